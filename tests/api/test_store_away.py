"""PostgreSQL stops and starts again under a running program: what it answers meanwhile, and that nothing acknowledged is
lost and nobody has to do anything."""
import os
import subprocess
import threading
import time

import pytest
import requests

import store
from helpers import check, new_user

pytestmark = pytest.mark.skipif(not store.POSTGRES or "PG_CTL" not in os.environ, reason="needs tools/with_postgres.sh")


def control(*words):
    subprocess.run([os.environ["PG_CTL"], *words], check=True, timeout=60, stdout=subprocess.DEVNULL)


@pytest.fixture
def stopped():
    """Stops PostgreSQL when called; it runs again afterwards, whatever happens."""
    def stop(mode="fast"):
        control("stop", "-m", mode)
        made.append(mode)

    made = []
    yield stop
    if made and subprocess.run([os.environ["PG_CTL"], "status"], stdout=subprocess.DEVNULL).returncode != 0:
        control("start")


def quickly(call):
    start = time.monotonic()
    reply = call()
    assert time.monotonic() - start < 2
    return reply


def services_of(server):
    return {name: s["status"] for name, s in check(requests.get(server.url + "/health", timeout=10), 200)["services"].items()}


def until_well(server, seconds=10):
    until = time.monotonic() + seconds
    while set(services_of(server).values()) != {"healthy"}:
        assert time.monotonic() < until, services_of(server)
        time.sleep(0.05)


def test_503_while_it_is_away(make_server, stopped):
    server = make_server()
    user = new_user(server)
    stopped()
    for _ in range(3):
        check(quickly(lambda: user.get(f"/users/{user.id}")), 503)
        check(quickly(lambda: user.put(f"/users/{user.id}", json={"bio": "lost"})), 503)
        check(quickly(lambda: user.put(f"/users/{user.id}/preferences", json={"age_min": 30})), 503)
        check(quickly(lambda: requests.post(server.url + "/auth/login", timeout=10, json={
            "email": user.email, "password": user.password})), 503)
    assert set(services_of(server).values()) == {"unhealthy"}
    assert quickly(lambda: user.get("/health/ready")).status_code == 503
    assert requests.get(server.url + "/health/live", timeout=5).status_code == 200
    control("start")
    until_well(server)
    assert check(user.get(f"/users/{user.id}"), 200)["bio"] is None
    assert check(user.put(f"/users/{user.id}", json={"bio": "kept"}), 200)["bio"] == "kept"
    events = server.log_text()
    assert '"store.away"' in events and '"store.back"' in events
    assert store.POSTGRES.split(":")[2].split("@")[0] not in events  # the password


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_what_was_acknowledged_stays(make_server, stopped, mode):
    """Writers all the while: every acknowledged message of the count is there afterwards, whatever the stop interrupted."""
    server = make_server()
    users = [new_user(server) for _ in range(4)]
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
    stopped(mode)
    time.sleep(0.5)
    control("start")
    until_well(server)
    time.sleep(0.5)
    over.set()
    for thread in threads:
        thread.join()
    assert statuses == {200, 503}
    for user in users:
        assert said[user.number] > 0
        assert int(check(user.get(f"/users/{user.id}"), 200)["bio"]) >= said[user.number]
