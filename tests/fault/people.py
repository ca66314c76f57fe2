"""Crowds of people for the races, made as fast as passwords are hashed. Through the gateway only."""
import asyncio

from helpers import PASSWORD, User, unique
from wire import Client

WAYS = {"name": "Person", "phone": "+1234567890", "gender": "female", "dob": "1995-05-10", "password": PASSWORD}


async def sign_up(server):
    email = unique("crowd") + "@example.com"
    async with Client(server) as client:
        status, reply = await client.call("POST", "/auth/signup", {**WAYS, "email": email})
    assert status == 201, reply
    return User(server, reply, email, PASSWORD, "Person")


async def crowd(server, count):
    """That many people, all of whom signed up at once."""
    return await asyncio.gather(*(sign_up(server) for _ in range(count)))


async def opt_in(client, gender, seeking):
    status, reply = await client.call("POST", "/matches/preferences", {
        "user_id": client.user.number, "gender": gender, "seeking_gender": seeking, "age_min": 18, "age_max": 99,
        "interests": "coffee", "bio": "Here I am"})
    assert status in (200, 201), reply


async def good(call):
    """The reply of a call that has to succeed."""
    status, reply = await call
    assert status in (200, 201), (status, reply)
    return reply


async def match(one, two):
    """Bring two clients' people together: a match that both have approved."""
    word = unique("g")
    await opt_in(one, word + "a", word + "b")
    await opt_in(two, word + "b", word + "a")
    made = await good(one.call("POST", "/matches/find", {"user_id": one.user.number}))
    assert made["status"] == "pending", made
    for client in (one, two):
        made = await good(client.call("POST", f"/matches/approve?user_id={client.user.number}",
                                      {"match_id": made["id"], "approved": True}))
    assert made["status"] == "matched"
    return made


async def new_venue(client, **fields):
    return await good(client.call("POST", "/venues/", {
        "name": unique("Corner"), "address": "1 Main St", "city": unique("Town"), "description": "Tables", "capacity": 50,
        "phone": "+1234567890", "email": "info@example.com", "price_per_hour": 75.0, **fields}))
