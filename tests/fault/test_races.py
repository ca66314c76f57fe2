"""Hundreds of clients at once, and the record of what they were told: one winner a slot, one live match a person, approvals in
order, no lost rating, nothing given twice. Nothing is stopped or killed here."""
import asyncio
import time

import pytest

import store
from fault import dice, rounds
from helpers import PASSWORD, log_in, png, unique, utc
from history import History, approvals, by_key, chat, last_word, once_each, one_live_match, same_kind, shelf, slot, unexplained
from people import WAYS, crowd, good, match, new_venue, opt_in
from wire import Client, Socket, form

PEOPLE = 160
TAKEN = {"Time slot is no longer available", "Time slot is not available"}


@pytest.fixture(scope="module")
def people(server):
    return asyncio.run(crowd(server, PEOPLE))


def fresh(server, people, n):
    """Who has met once does not meet again: every further round has people of its own."""
    return people if n == 0 else asyncio.run(crowd(server, PEOPLE))


def run(main):
    """asyncio.run() with its fixture's arguments bound; what it returns are the faults that it found."""
    wrong = asyncio.run(main)
    assert wrong == [], "\n".join(wrong[:20])


# ── Slots ──


async def agree(pair, booking, venue, when):
    """Both on this venue and time; the answer of the time's approval, as (status, reply)."""
    one, two = pair
    status, reply = await one.ask("look", when, booking, "POST", f"/bookings/propose-time?booking_id={booking}"
                                  f"&date={when[0]}&time={when[1]}")
    if status != 200:
        return status, reply
    return await two.ask("look", when, booking, "POST", "/bookings/approve-time", {"booking_id": booking, "approved": True})


async def open_booking(pair, made, venue):
    one, two = pair
    booking = await good(one.call("POST", "/bookings/create", {
        "match_id": made["id"], "user_1_id": made["user_1_id"], "user_2_id": made["user_2_id"]}))
    await good(one.call("POST", f"/bookings/propose-venue?booking_id={booking['id']}&venue_id={venue['id']}"))
    await good(two.call("POST", "/bookings/approve-venue", {"booking_id": booking["id"], "approved": True}))
    return booking["id"]


async def contend(pair, made, venue, slots, draw):
    """One couple: several times over, agree on a slot, both confirm, and whoever got it gives it up again."""
    booking = await open_booking(pair, made, venue)
    for _ in range(3):
        when = draw.choice(slots)
        status, _ = await agree(pair, booking, venue, when)
        if status != 200:
            continue
        answers = await asyncio.gather(*(c.ask("take", when, booking, "POST", "/bookings/confirm", {"booking_id": booking})
                                         for c in pair))
        if 200 in [status for status, _ in answers]:
            await draw.choice(pair).ask("free", when, booking, "POST", "/bookings/cancel", {"booking_id": booking})
            booking = await open_booking(pair, made, venue)


def about_slots(event):
    """Does this answer tell who has the slot? A confirm that lost sends the other's into 400."""
    return event.status in (200, None) or (event.status == 409 and event.reply["detail"] in TAKEN)


async def race_for_slots(server, people, draw):
    history = History()
    clients = [Client(server, user, history) for user in people]
    pairs = list(zip(clients[::2], clients[1::2]))
    matches = await asyncio.gather(*(match(*pair) for pair in pairs))
    venue = await new_venue(clients[0])
    slots = []
    for n in range(5):
        date, clock, _ = utc(days=30, hours=n)
        slots.append((date, clock))
        await good(clients[0].call("POST", "/venues/timeslots/", {"venue_id": venue["id"], "date": date, "time": clock}))
    await asyncio.gather(*(contend(pair, made, venue, slots, draw) for pair, made in zip(pairs, matches)))
    odd = {(e.op, e.status, e.reply["detail"]) for e in history.events if e.status not in (200, None) and not about_slots(e)
           and e.status != 400}
    assert not odd, odd
    wrong = []
    for when, events in by_key(history.events).items():
        wrong += unexplained(f"slot {when}", [e for e in events if about_slots(e)], "", slot)
    held = await good(clients[0].call("GET", f"/venues/{venue['id']}/timeslots?available_only=false"))
    wrong += [f"slot {s['id']} is still booked" for s in held if s.get("booked_by")]
    assert len(history.of("take")) > len(pairs)
    for pair, made in zip(pairs, matches):
        await good(pair[0].call("POST", f"/matches/{made['id']}/end"))
    for client in clients:
        client.close()
    return wrong


def test_one_booking_a_slot(server, people):
    for n in rounds(1, 0.15):
        run(race_for_slots(server, fresh(server, people, n), dice("slots", n)))


# ── Matches ──


async def court(client, draw):
    """One person: find, and decide, over and over."""
    number = client.user.number
    for turn in range(4):
        status, reply = await client.ask("find", number, number, "POST", "/matches/find", {"user_id": number})
        if status != 200 or reply["id"] < 0:
            await client.call("PUT", f"/matches/preferences/{number}", {"age_max": 90 + turn})
            continue
        client.history.also(client.last, "look", reply["id"])
        side, yes = 0 if reply["user_1_id"] == number else 1, draw.random() < 0.6
        await client.ask("decide", reply["id"], (side, yes), "POST", "/matches/approve",
                         {"match_id": reply["id"], "approved": yes})


async def race_for_people(server, people, draw):
    history = History()
    word = unique("g")
    clients = [Client(server, user, history) for user in people]
    await asyncio.gather(*(opt_in(c, word + "ab"[i % 2], word + "ba"[i % 2]) for i, c in enumerate(clients)))
    await asyncio.gather(*(court(client, draw) for client in clients))
    statuses = {"find": {200, 400}, "look": {200}, "decide": {200, 409}}
    busy = {503} if store.POSTGRES else set()  # had to give way to others too often: documented, and nothing was done
    odd = {(e.op, e.status) for e in history.events if e.status not in statuses[e.op] | busy}
    assert not odd, odd
    history.events = [e for e in history.events if e.status != 503]
    wrong = one_live_match(history.of("find", "decide"))
    for number, events in by_key(history.of("look", "decide")).items():
        wrong += unexplained(f"match {number}", events, (False, False, "pending"), approvals)
    live = {}
    for client in clients:
        for made in await good(client.call("GET", f"/matches/user/{client.user.number}")):
            if made["status"] in ("pending", "matched"):
                live.setdefault(client.user.number, {})[made["id"]] = made
    wrong += [f"{who} is left in {len(made)} live matches" for who, made in live.items() if len(made) > 1]
    assert len(by_key(history.of("decide"))) > PEOPLE // 4
    await leave(clients, live)
    return wrong


async def leave(clients, live):
    """Everybody is free again."""
    for client in clients:
        for number, made in live.get(client.user.number, {}).items():
            how = ("/matches/approve", {"match_id": number, "approved": False}) if made["status"] == "pending" else \
                (f"/matches/{number}/end", None)
            await client.call("POST", *how)  # the other may have done it
        await client.call("DELETE", f"/matches/queue/{client.user.number}")
        client.close()


def test_one_live_match_a_person_and_approvals_in_order(server, people):
    for n in rounds(1, 0.15):
        run(race_for_people(server, fresh(server, people, n), dice("matches", n)))


# ── Chat ──


async def converse(socket, history, session, name, count):
    """Say `count` things, one after the other's ack, on one socket; the texts that it was told meanwhile."""
    told = []
    for n in range(count):
        text = f"{name} {n}"
        event = history.begin(name, "say", session, text)
        socket.send({"content": text, "client_id": text})
        while True:
            frame = await asyncio.wait_for(socket.receive(), 60)
            if frame["type"] == "ack":
                break
            told.append(frame["data"]["content"])
        assert frame["data"]["client_id"] == text
        history.end(event, 200, frame["data"])
    return told


async def listen(socket, told, count):
    """Until it has been told so many."""
    while len(told) < count:
        told.append((await asyncio.wait_for(socket.receive(), 60))["data"]["content"])


async def race_of_words(server, alice, bob, sockets, count):
    history = History()
    async with Client(server, alice) as client:
        session = (await good(client.call("POST", "/chat/match", {
            "user1_id": alice.id, "user2_id": bob.id, "meeting_time": utc()[2], "duration_minutes": 120})))["session_id"]
        lines = [await Socket.open(server, session, (alice, bob)[i % 2]) for i in range(sockets)]
        names = [unique("socket") for _ in lines]
        told = await asyncio.gather(*(converse(line, history, session, name, count) for name, line in zip(names, lines)))
        await asyncio.gather(*(listen(line, heard, count * (sockets - 1)) for line, heard in zip(lines, told)))
        replay = await good(client.call("GET", f"/chat/sessions/{session}/messages"))
    for line in lines:
        line.close()
    wrong = chat(history.events, replay, told)
    for name, heard in zip(names, told):
        others = [m["content"] for m in replay if not m["content"].startswith(name + " ")]
        wrong += [] if heard == others else [f"{name} was told {len(heard)} of {len(others)}"]
    return wrong


def test_every_message_once_and_in_order(server, people):
    for n in rounds(1, 0.1):
        two = people[2 * n % PEOPLE:][:2]  # one pair at one time has one session
        run(race_of_words(server, *two, sockets=24, count=12))


# ── What is given once ──


async def race_for_numbers(server, people):
    history = History()
    base = 40_000_000 + int(time.monotonic() * 10) % 40_000_000
    clients = [Client(server, user, history) for user in people]
    await asyncio.gather(*(c.ask("claim", base + i % 8, c.user.number, "POST", "/matches/preferences", {
        "user_id": base + i % 8, "gender": "a", "seeking_gender": "b", "age_min": 18, "age_max": 99})
        for i, c in enumerate(clients)))
    for client in clients:
        client.close()
    return once_each("number", history.events)


def test_a_number_is_claimed_by_one(server, people):
    run(race_for_numbers(server, people))


async def race_for_addresses(server, history):
    addresses = [unique("wanted") + "@example.com" for _ in range(4)]

    async def want(address):
        async with Client(server, None, history) as client:
            await client.ask("signup", address.lower(), address, "POST", "/auth/signup", {**WAYS, "email": address})

    await asyncio.gather(*(want(a if n % 2 else a.upper()) for a in addresses for n in range(10)))
    return once_each("address", history.events)


def test_an_address_signs_up_once(server):
    run(race_for_addresses(server, History()))


# ── Ratings ──


async def race_of_reviews(server, people, draw):
    history = History()
    clients = [Client(server, user, history) for user in people]
    venue = await new_venue(clients[0])
    marks = [(c, draw.randint(1, 5)) for c in clients * 2]
    draw.shuffle(marks)

    async def review(c, mark):
        own = Client(server, c.user, history)
        await own.ask("review", c.user.number, mark, "POST", "/venues/reviews/", {
            "venue_id": venue["id"], "user_id": c.user.number, "rating": mark, "comment": "x"})
        own.close()

    await asyncio.gather(*(review(c, mark) for c, mark in marks))
    standing = await good(clients[0].call("GET", f"/venues/{venue['id']}/reviews"))
    both = {r["user_id"]: r["rating"] for r in standing}
    shown = (await good(clients[0].call("GET", f"/venues/{venue['id']}")))["rating"]
    wrong = last_word("review", history.events, both)
    if len(standing) != len(people) or {e.status for e in history.events} != {200, 201}:
        wrong.append(f"{len(standing)} reviews of {len(people)} people")
    if abs(shown - sum(both.values()) / len(both)) > 1e-9:
        wrong.append(f"rated {shown}, the average of what stands is {sum(both.values()) / len(both)}")
    for client in clients:
        client.close()
    return wrong


def test_no_rating_is_lost(server, people):
    for n in rounds(1, 0.05):
        run(race_of_reviews(server, people, dice("reviews", n)))


# ── Photos ──


async def race_of_uploads(server, user, draw):
    history = History()
    body, line = form("file", png(40, 40))
    names = []

    async def act(n):
        async with Client(server, user, history) as client:
            for _ in range(3):
                if names and draw.random() < 0.35:
                    name = draw.choice(names)
                    await client.ask("drop", "shelf", name, "DELETE", f"/users/{user.id}/photos/{name}")
                    continue
                status, reply = await client.ask("put", "shelf", n, "POST", f"/users/{user.id}/photos", body, line)
                if status == 201:
                    names.append(reply["photo_url"].rsplit("/", 1)[1])

    await asyncio.gather(*(act(n) for n in range(24)))
    async with Client(server, user) as client:
        left = await good(client.call("GET", f"/users/{user.id}/photos"))
    got = {e.status for e in history.events}
    put = [e for e in history.of("put") if e.status == 201]
    dropped = [e for e in history.of("drop") if e.status == 200]
    wrong = [] if got <= {200, 201, 404, 409} else [f"answered {got}"]
    if len(left) != len(put) - len(dropped) or len({e.value for e in dropped}) < len(dropped):
        wrong.append(f"{len(put)} uploaded, {len(dropped)} deleted, {len(left)} left")
    return wrong + unexplained("photos", history.events, 0, shelf(12), same_kind)


def test_photos_are_counted_exactly(server, people):
    for n in rounds(1, 0.05):
        run(race_of_uploads(server, people[n % PEOPLE], dice("uploads", n)))


# ── Passwords ──


async def race_of_passwords(server, user, old, new):
    """Log-ins with the old password, checks of the tokens that they got, and one change, all at once."""
    history = History()
    tokens = [user.token]

    async def log_in_with(word):
        async with Client(server, None, history) as client:
            status, reply = await client.ask("login", word, word, "POST", "/auth/login", {"email": user.email, "password": word})
            if status == 200 and word == old:
                tokens.append(reply["access_token"])

    async def change():
        await asyncio.sleep(0.05)
        async with Client(server, user, history) as client:
            return await client.ask("change", user.number, new, "POST", "/auth/change-password",
                                    {"current_password": old, "new_password": new})

    answers = await asyncio.gather(*(log_in_with(old) for _ in range(12)), change(), change(),
                                   *(log_in_with(old) for _ in range(12)))
    changed = [a for a in answers if a is not None]
    wrong = [] if sorted(a[0] for a in changed) in ([200, 401], [200, 403], [200, 409]) else [f"two changes: {changed}"]
    status, reply = await asyncio.wait_for(Client(server).call("POST", "/auth/login", {"email": user.email, "password": new}), 60)
    if status != 200:
        return wrong + [f"the new password: {status} {reply}"]
    await log_in_with(old)
    if history.of("login")[-1].status != 401:
        wrong.append("the old password still counts after the change")
    first = min(e.end for e in history.of("change") if e.status == 200)
    late = [e for e in history.of("login") if e.start > first and e.status == 200]
    wrong += [f"the old password counted {e.start - first:.3f} s after the change" for e in late]
    for n, token in enumerate(tokens[1:]):
        holder = Client(server, type("Holder", (), {"token": token}))
        if (await holder.call("POST", "/auth/verify-token"))[0] != 401:
            wrong.append(f"a token of the old password outlives the change (log-in {n})")
        holder.close()
    return wrong


def test_no_token_of_the_old_password_outlives_a_change(server, people):
    for n in rounds(2, 0.05):
        user = people[-1 - n % PEOPLE]
        user.token = log_in(server, user.email, user.password).token
        new = f"{PASSWORD}-{n}-changed"
        run(race_of_passwords(server, user, user.password, new))
        user.password = new
        user.token = log_in(server, user.email, new).token
