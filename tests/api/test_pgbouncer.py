"""PgBouncer in transaction mode between the processes and PostgreSQL: with two settings everything works as without."""
import time

import pytest

from helpers import admin, booked_couple, check, new_user, run_command, ws_connect
from pgbouncer import PgBouncer
from test_chat import closing, receive, say_acked
from test_replicas import at_once, gone, on, start

pytestmark = pytest.mark.once  # brings its own processes


@pytest.fixture(scope="module")
def bouncer(postgres):
    made = PgBouncer(postgres)
    yield made
    made.stop()


@pytest.fixture
def pooled(postgres, bouncer, tmp_path):
    """Two processes behind it; settings replace those that it needs."""
    made = []

    def make(**settings):
        def urls(database):
            return {"database_url": bouncer.url(database), "database_listen_url": postgres.url(database),
                    "database_prepare": False, **settings}

        made.append(start(postgres, tmp_path / str(len(made)), urls=urls))
        return made[-1]

    yield make
    for group in made:
        for server in group:
            server.stop()
        postgres.drop(group.database)


def journey(replicas):
    """Two people at two processes, from signing up to the end of their chat; and many at once."""
    alice, bob, booking, _ = booked_couple(replicas[0], minutes=5)
    there = on(replicas[1], bob)
    assert check(there.get(f"/bookings/{booking['id']}"), 200)["status"] == "confirmed"
    session = check(alice.get("/chat/sessions"), 200)[0]["session_id"]
    a, b = ws_connect(replicas[0], session, alice), ws_connect(replicas[1], session, there)
    began = time.monotonic()
    for n in range(10):
        say_acked(a, f"m{n}")
        assert receive(b)["data"]["content"] == f"m{n}"
    spent = time.monotonic() - began
    check(there.post("/bookings/cancel", json={"booking_id": booking["id"]}), 200)
    for ws in (a, b):
        assert receive(ws) == {"error": "Booking was cancelled"} and closing(ws) == 1008
    people = at_once([lambda i=i: new_user(replicas[i % 2]) for i in range(16)])
    assert len({user.number for user in people}) == 16
    assert all(r.status_code == 200 for r in at_once([lambda u=u: u.get(f"/users/{u.id}") for u in people * 4]))
    admin(replicas[0])
    check(alice.post("/auth/logout", json={}), 200)
    gone(on(replicas[1], alice))
    return spent


def test_with_the_two_settings_it_works_as_without(pooled):
    replicas = pooled()
    assert journey(replicas) < 2  # at once, not once a second
    for server in replicas:
        assert '"bus.' not in server.log_text() and '"level":"error"' not in server.log_text()


def test_without_a_way_to_listen_it_is_said_and_all_is_found_within_a_second(pooled):
    replicas = pooled(database_listen_url="")
    journey(replicas)
    for server in replicas:
        assert server.log_text().count('"bus.pooler"') == 1
        assert "BOOKADATE_DATABASE_LISTEN_URL" in server.log_text()


def test_config_says_what_must_be_set():
    text = run_command("config").stdout
    for name in ("database_prepare", "database_listen_url"):
        line = next(line for line in text.splitlines() if name in line.lower())
        assert "pooler in transaction mode" in line, line
