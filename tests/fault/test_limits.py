"""Limits hold for those who ask many times at once, not only for those who ask in turn."""
import asyncio
from collections import Counter

import pytest
import requests

from faces import DOUBLE
from helpers import check, new_user, png, unique
from history import History
from people import WAYS
from wire import Client, form


@pytest.fixture
def strict(make_server):
    return make_server(enforce_limits=True, compute_threads=4, requests_per_minute=0, uploads_per_minute=0, connections_per_address=0)


@pytest.fixture
def painted(make_server):
    """Compares painted faces: with no model nothing would be counted."""
    return make_server(binary=DOUBLE, enforce_limits=True, compute_threads=4, requests_per_minute=0, uploads_per_minute=0,
                       connections_per_address=0)


def at_once(server, user, count, method, path, body, headers=b""):
    """How often each status came, of so many clients at once."""
    async def one():
        async with Client(server, user, History()) as client:
            return (await client.call(method, path, body, headers))[0]

    async def all_of_them():
        return Counter(await asyncio.gather(*(one() for _ in range(count))))

    return asyncio.run(all_of_them())


def test_guesses_at_a_password(strict):
    """Ten are told that they are wrong, whatever runs beside them; then the account is locked for this address, and no good
    password opens it."""
    user, other = new_user(strict), new_user(strict)
    guess = {"email": user.email, "password": "not the password"}
    statuses = at_once(strict, None, 60, "POST", "/auth/login", guess)
    assert statuses == {401: 10, 429: 50}
    assert at_once(strict, None, 4, "POST", "/auth/login", guess) == {429: 4}
    check(user.post("/auth/login", json={"email": user.email, "password": user.password}), 429)
    check(other.post("/auth/login", json={"email": other.email, "password": other.password}), 200)


def test_whoever_has_an_ipv6_address_has_many(make_server):
    """The 2^64 around it are one customer's: neither guesses nor sign-ups begin anew with each of them."""
    server = make_server(enforce_limits=True, requests_per_minute=0, login_failures=3, signups_per_hour=2,
                         trusted_proxies="127.0.0.1,::1", connections_per_address=0)

    def post(address, path, body):
        return requests.post(server.url + path, json=body, headers={"X-Forwarded-For": address}, timeout=30).status_code

    def sign_up(address):
        return post(address, "/auth/signup", {**WAYS, "email": unique("network") + "@example.com"})

    assert [sign_up(f"2001:db8:1:2::{n}") for n in range(3)] == [201, 201, 429]
    assert sign_up("2001:db8:1:3::1") == 201
    guess = {"email": "nobody@example.com", "password": "not the password"}
    assert [post(f"2001:db8:1:2:{n}::1", "/auth/login", guess) for n in range(5)] == [401, 401, 401, 429, 429]
    assert post("2001:db8:1:3::1", "/auth/login", guess) == 401
    assert [post(f"192.0.2.{n}", "/auth/login", guess) for n in range(4)] == [401] * 4  # each of these is somebody


def test_changes_of_a_password_are_guesses_too(strict):
    user = new_user(strict)
    statuses = at_once(strict, user, 40, "POST", "/auth/change-password", {
        "current_password": "not the password", "new_password": "another-Long-password-7"})
    assert statuses == {401: 10, 429: 30}


def test_face_checks_that_fail(painted):
    """Five are told why, however many are sent at once."""
    user = new_user(painted)
    body, line = form("image", png(16, 16))  # too small for any face
    statuses = at_once(painted, user, 30, "POST", f"/faceauth/verify/{user.id}", body, line)
    assert statuses == {401: 5, 429: 25}


def test_sign_ups_from_one_address(make_server):
    server = make_server(enforce_limits=True, signups_per_hour=12, requests_per_minute=0, connections_per_address=0)

    async def sign_up(n):
        async with Client(server) as client:
            return (await client.call("POST", "/auth/signup", {
                "name": "A", "email": f"limit-{n}@example.com", "phone": "+15550001111", "gender": "f", "dob": "1990-01-01",
                "password": "correct-Horse-7-battery"}))[0]

    async def everybody():
        return Counter(await asyncio.gather(*(sign_up(n) for n in range(30))))

    assert asyncio.run(everybody()) == {201: 12, 429: 18}


def test_requests_of_one_account(make_server):
    """The gate itself counts exactly, on several loops."""
    server = make_server(enforce_limits=True, requests_per_minute=200, loops=2, connections_per_address=0)
    user = new_user(server)

    async def ask():
        async with Client(server, user) as client:
            return Counter([(await client.call("GET", f"/users/{user.id}"))[0] for _ in range(10)])

    async def everybody():
        return sum(await asyncio.gather(*(ask() for _ in range(40))), Counter())

    statuses = asyncio.run(everybody())
    assert set(statuses) == {200, 429} and 195 <= statuses[200] <= 260, statuses  # a window may turn meanwhile
