"""Several complete processes on one PostgreSQL are one program: whatever is done on one holds on the other."""
import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers import (PASSWORD, agree_on_time, agree_on_venue, approve, booked_couple, check, couple, log_in, new_booking,
                     new_user, new_venue, opt_in, pending_couple, png, unique, until, utc, ws_connect)
from program import Server
from test_chat import (assert_silent, at, closing, details, messages, open_session, receive, say, say_acked)

SECRET = "a-secret-that-all-processes-of-these-tests-share"

pytestmark = pytest.mark.once  # brings its own processes


class Replicas(list):
    """Servers on one database, with one data directory."""
    database = None


def start(postgres, folder, n=2, urls=None, **settings):
    """n processes that start together on an empty database; urls(database): how they reach it."""
    made = Replicas()
    made.database = postgres.new_database()
    reach = urls(made.database) if urls else {"database_url": postgres.url(made.database)}
    common = {**reach, "data_dir": folder / "data", "token_secret": SECRET,
              "loops": 2, **settings}
    with ThreadPoolExecutor(n) as pool:
        made += pool.map(lambda i: Server(folder / f"replica-{i}", split="", **common), range(n))
    return made


@pytest.fixture(scope="module")
def replicas(postgres, tmp_path_factory):
    made = start(postgres, tmp_path_factory.mktemp("replicas"))
    yield made
    for server in made:
        server.stop()
    postgres.drop(made.database)


@pytest.fixture
def make_replicas(postgres, tmp_path):
    made = []

    def make(**settings):
        made.append(start(postgres, tmp_path / str(len(made)), **settings))
        return made[-1]

    yield make
    for group in made:
        for server in group:
            server.stop()
        postgres.drop(group.database)


def on(server, user):
    """The same person, at another process."""
    other = object.__new__(type(user))
    other.__dict__.update(user.__dict__)
    other.server = server
    return other


def at_once(calls):
    with ThreadPoolExecutor(max_workers=32) as pool:
        return [f.result() for f in [pool.submit(call) for call in calls]]


def spread(replicas, users):
    """Everybody at a process in turn."""
    return [on(replicas[i % len(replicas)], user) for i, user in enumerate(users)]


# ── Starting ──


def test_many_start_together_on_an_empty_database(postgres, tmp_path):
    made = start(postgres, tmp_path, n=4)
    steps = postgres.number("SELECT count(*) FROM schema_migrations", made.database)
    assert steps == postgres.number("SELECT count(DISTINCT (owner, number)) FROM schema_migrations", made.database) >= 7
    user = new_user(made[0])
    for server in made:
        assert check(on(server, user).get(f"/users/{user.id}"), 200)["name"] == user.name
        server.stop()
    postgres.drop(made.database)


# ── Tokens ──


def gone(user):
    """Wait until this token no longer counts there."""
    until(lambda: user.get(f"/users/{user.id}").status_code == 401, 15)  # within 1 s, but for slow machines


def test_a_token_counts_everywhere_until_it_is_revoked_anywhere(replicas):
    user = new_user(replicas[0])
    there = on(replicas[1], user)
    check(there.get(f"/users/{user.id}"), 200)
    check(user.post("/auth/logout", json={}), 200)
    gone(there)
    check(user.get(f"/users/{user.id}"), 401)


def test_all_tokens_and_a_changed_password(replicas):
    user = new_user(replicas[0])
    second, third = log_in(replicas[1], user.email, PASSWORD), log_in(replicas[1], user.email, PASSWORD)
    check(second.post("/auth/change-password", json={"current_password": PASSWORD, "new_password": PASSWORD + "2"}), 200)
    gone(user)
    check(on(replicas[0], second).get(f"/users/{user.id}"), 200)
    check(third.get(f"/users/{user.id}"), 401)
    check(second.post("/auth/logout", json={"all": True}), 200)
    gone(on(replicas[0], second))


def test_revocations_hold_when_processes_do_not_hear_each_other(make_replicas):
    replicas = make_replicas(database_listen_url="postgres://nobody@127.0.0.1:1/nothing")
    user = new_user(replicas[0])
    for _ in range(5):
        here = log_in(replicas[0], user.email, PASSWORD)
        there = on(replicas[1], here)
        check(there.get(f"/users/{user.id}"), 200)
        check(here.post("/auth/logout", json={}), 200)
        gone(there)
    assert '"bus.away"' in replicas[0].log_text()


# ── Chat ──


@pytest.fixture
def pair(replicas):
    """(alice at one process, bob at the other, their session)."""
    alice, bob = new_user(replicas[0]), new_user(replicas[1])
    return alice, bob, open_session(alice, bob)


def hello(*sockets):
    """Each has entered: what is said from now on reaches it."""
    for ws in sockets:
        say_acked(ws, "I am here")
        for other in sockets:
            if other is not ws:
                assert receive(other)["type"] == "message"


def test_a_conversation(pair):
    alice, bob, session = pair
    a, b = ws_connect(alice.server, session, alice), ws_connect(bob.server, session, bob)
    again = ws_connect(bob.server, session, alice)
    hello(a, b, again)
    ack = say_acked(a, "Hello from here", "c-1")
    for ws in (b, again):
        message = receive(ws)
        assert message["type"] == "message" and message["data"]["content"] == "Hello from here"
        assert message["data"]["id"] == ack["id"] and message["data"]["sender_id"] == alice.id
    assert say_acked(a, "Hello from here", "c-1")["id"] == ack["id"]  # said again: stored and told once
    assert say_acked(again, "Hello from here", "c-1")["id"] == ack["id"]
    assert_silent(b)
    say(b, "true", type="typing")
    for ws in (a, again):
        assert receive(ws)["type"] == "typing"
    say(b, ack["id"], type="read")
    for ws in (a, again):
        data = receive(ws)
        assert data["type"] == "read" and data["data"]["content"] == ack["id"]
    assert details(bob, session)["messages_count"] == 4
    for ws in (a, b, again):
        ws.close()


def test_everybody_gets_everything_in_one_order(pair):
    alice, bob, session = pair
    sockets = [ws_connect(server, session, user) for user in (alice, bob) for server in (alice.server, bob.server)]
    hello(*sockets)
    each = 60

    def talk(i):
        for n in range(each):
            say(sockets[i], f"{i}:{n}")

    at_once([lambda i=i: talk(i) for i in range(4)])
    until(lambda: details(alice, session)["messages_count"] == 4 + 4 * each, 30)
    stored = [m["content"] for m in messages(alice, session)][4:]
    for i in range(4):
        assert [c for c in stored if c.startswith(f"{i}:")] == [f"{i}:{n}" for n in range(each)]
    for i, ws in enumerate(sockets):
        heard = [receive(ws)["data"]["content"] for _ in range(3 * each)]
        assert heard == [c for c in stored if not c.startswith(f"{i}:")]
        ws.close()


def test_replay_and_large_messages_at_another_process(pair):
    alice, bob, session = pair
    a, b = ws_connect(alice.server, session, alice), ws_connect(bob.server, session, bob)
    hello(a, b)
    large = "\U0001f495" * 4096  # more than a notification carries
    first = say_acked(a, large)
    assert receive(b)["data"]["content"] == large
    say_acked(a, "small")
    assert receive(b)["data"]["content"] == "small"
    late = ws_connect(bob.server, session, bob, query=f"after={first['id']}")
    assert receive(late)["data"]["content"] == "small"
    for ws in (a, b, late):
        ws.close()


def test_nothing_is_lost_when_processes_do_not_hear_each_other(make_replicas):
    replicas = make_replicas(database_listen_url="postgres://nobody@127.0.0.1:1/nothing")
    alice, bob = new_user(replicas[0]), new_user(replicas[1])
    session = open_session(alice, bob)
    a, b = ws_connect(replicas[0], session, alice), ws_connect(replicas[1], session, bob)
    for n in range(3):
        say_acked(a, f"message {n}")
        began = time.monotonic()
        assert receive(b)["data"]["content"] == f"message {n}"
        assert time.monotonic() - began < 5
    check(alice.post("/auth/logout", json={}), 200)
    assert receive(a) == {"error": "Access token was revoked"} and closing(a) == 1008
    b.close()


def test_nothing_is_lost_with_a_connection(postgres, replicas, pair):
    alice, bob, session = pair
    a, b = ws_connect(alice.server, session, alice), ws_connect(bob.server, session, bob)
    hello(a, b)
    for n in range(60):
        say(a, f"m{n}")
        if n % 20 == 10:
            postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bookadate bus'"
                         f" AND datname = '{replicas.database}'")
        time.sleep(0.01)
    assert [receive(b)["data"]["content"] for n in range(60)] == [f"m{n}" for n in range(60)]
    a.close()
    b.close()


def test_cancelling_ends_the_chat_at_all_processes(replicas):
    alice, bob, booking, _ = booked_couple(replicas[0], minutes=5)
    session = check(alice.get("/chat/sessions"), 200)[0]["session_id"]
    a, b = ws_connect(replicas[0], session, alice), ws_connect(replicas[1], session, on(replicas[1], bob))
    hello(a, b)
    check(on(replicas[1], bob).post("/bookings/cancel", json={"booking_id": booking["id"]}), 200)
    for ws in (a, b):
        began = time.monotonic()
        assert receive(ws) == {"error": "Booking was cancelled"}
        assert time.monotonic() - began < 5 and closing(ws) == 1008
    assert details(alice, session)["status"] == "expired"


def test_signing_out_closes_sockets_at_all_processes(pair):
    alice, bob, session = pair
    here, there = ws_connect(alice.server, session, alice), ws_connect(bob.server, session, alice)
    stays = ws_connect(alice.server, session, bob)
    check(alice.post("/auth/logout", json={}), 200)
    began = time.monotonic()
    for ws in (here, there):
        assert receive(ws) == {"error": "Access token was revoked"} and closing(ws) == 1008
    assert time.monotonic() - began < 5
    assert_silent(stays)
    stays.close()
