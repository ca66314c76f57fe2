"""PostgreSQL stops and starts again under a running program: what it answers meanwhile, and that nothing acknowledged is
lost and nobody has to do anything."""
import contextlib
import re
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from helpers import check, new_user

pytestmark = pytest.mark.once


@pytest.fixture
def control(own_postgres):
    """control("stop", "-m", "fast"), control("start"): it runs again afterwards, whatever happens."""
    def control(*words):
        subprocess.run([own_postgres.known["PG_CTL"], *words], check=True, timeout=60, stdout=subprocess.DEVNULL)

    yield control
    if subprocess.run([own_postgres.known["PG_CTL"], "status"], stdout=subprocess.DEVNULL).returncode != 0:
        control("start")


@pytest.fixture
def one(make_server, own_postgres):
    return make_server(split="", database_url=own_postgres.url(own_postgres.new_database()))


def quickly(call):
    """Answered before anybody's patience ends, not when a time-out does."""
    start = time.monotonic()
    reply = call()
    assert time.monotonic() - start < 9  # the least time-out is 10 s
    return reply


def services_of(server):
    return {name: s["status"] for name, s in check(requests.get(server.url + "/health", timeout=10), 200)["services"].items()}


def until_well(server, seconds=30):
    until = time.monotonic() + seconds
    while set(services_of(server).values()) != {"healthy"}:
        assert time.monotonic() < until, services_of(server)
        time.sleep(0.05)


def test_503_while_it_is_away(one, control, own_postgres):
    user = new_user(one)
    control("stop", "-m", "fast")
    for _ in range(3):
        check(quickly(lambda: user.get(f"/users/{user.id}")), 503)
        check(quickly(lambda: user.put(f"/users/{user.id}", json={"bio": "lost"})), 503)
        check(quickly(lambda: user.put(f"/users/{user.id}/preferences", json={"age_min": 30})), 503)
        check(quickly(lambda: requests.post(one.url + "/auth/login", timeout=10, json={
            "email": user.email, "password": user.password})), 503)
    assert set(services_of(one).values()) == {"unhealthy"}
    assert quickly(lambda: user.get("/health/ready")).status_code == 503
    assert requests.get(one.url + "/health/live", timeout=5).status_code == 200
    control("start")
    until_well(one)
    assert check(user.get(f"/users/{user.id}"), 200)["bio"] is None
    assert check(user.put(f"/users/{user.id}", json={"bio": "kept"}), 200)["bio"] == "kept"
    events = one.log_text()
    assert '"store.away"' in events and '"store.back"' in events
    assert own_postgres.known["PGPASSWORD"] not in events  # the password


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_was_acknowledged_stays(one, control, mode):
    """Writers all the while: every acknowledged message of the count is there afterwards, whatever the stop interrupted."""
    users = [new_user(one) for _ in range(4)]
    said, over = {u.number: 0 for u in users}, threading.Event()
    statuses = set()

    def write(user):
        n = 0
        while not over.is_set():
            n += 1
            reply = user.put(f"/users/{user.id}", json={"bio": str(n)})
            statuses.add(reply.status_code)
            if reply.status_code == 200:
                said[user.number] = n

    threads = [threading.Thread(target=write, args=(u,)) for u in users]
    for thread in threads:
        thread.start()
    time.sleep(1)
    control("stop", "-m", mode)
    time.sleep(0.5)
    control("start")
    until_well(one)
    time.sleep(0.5)
    over.set()
    for thread in threads:
        thread.join()
    assert statuses == {200, 503}
    for user in users:
        assert said[user.number] > 0
        assert int(check(user.get(f"/users/{user.id}"), 200)["bio"]) >= said[user.number]


@contextlib.contextmanager
def server_of_a_role(make_server, postgres, **settings):
    """A server whose role PostgreSQL can grant fewer connections than it wants."""
    database = postgres.new_database()
    role = f"{database}_few"
    postgres.sql(f"CREATE ROLE {role} LOGIN PASSWORD 'few'")
    postgres.sql(f"ALTER DATABASE {database} OWNER TO {role}")
    url = re.sub("//[^@]*@", f"//{role}:few@", postgres.url(database))
    server = make_server(split="", database_url=url, **settings)
    try:
        yield server, role
    finally:
        server.stop()
        postgres.drop(database)
        postgres.sql(f"DROP ROLE {role}")


def test_a_thread_that_is_refused_a_connection_leaves_its_work_to_the_others(make_server, own_postgres):
    """All are thrown out, and few of six threads are let in again: no request is the worse for it."""
    with server_of_a_role(make_server, own_postgres, database_pool=6) as (server, role), ThreadPoolExecutor(8) as pool:
        user = new_user(server)
        own_postgres.sql(f"ALTER ROLE {role} CONNECTION LIMIT 3")
        for _ in range(3):
            own_postgres.sql(f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{role}'")
            until_well(server)
            replies = list(pool.map(lambda n: user.put(f"/users/{user.id}/preferences", json={"age_min": 20 + n // 2}) if n % 4 == 0
                                    else user.get(f"/users/{user.id}"), range(80)))
            assert {r.status_code for r in replies} == {200}


def test_log_ins_too_are_left_to_threads_that_have_a_connection(make_server, own_postgres):
    """A sign-up has given one of six threads for passwords its connection; no other gets one."""
    with server_of_a_role(make_server, own_postgres, compute_threads=6) as (server, role), ThreadPoolExecutor(8) as pool:
        user = new_user(server)
        own_postgres.sql(f"ALTER ROLE {role} CONNECTION LIMIT 1")
        replies = list(pool.map(lambda _: requests.post(server.url + "/auth/login", json={"email": user.email, "password": user.password},
                                                        timeout=30), range(16)))
        assert {r.status_code for r in replies} == {200}
