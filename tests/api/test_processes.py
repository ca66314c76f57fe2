"""GET /metrics/processes: what each process behind a gateway has counted, to those only who would be told there."""
import contextlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from helpers import admin, check, new_user
from program import OFFSETS

pytestmark = pytest.mark.once  # brings its own processes
INFO = re.compile(r'^bookadate_process_info\{pid="(\d+)",services="([a-z ]+)"\} 1$', re.M)


def processes(who, **kw):
    return check(who.get("/metrics/processes", **kw), 200)


class Service:
    """Stands for one on another machine: /metrics for one token, and a text as long as is wanted."""

    def __init__(self, token, text):
        self.asked = asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers.get("Authorization")))
                good = self.headers.get("Authorization") == token
                self.send_response(200 if good else 401)
                self.send_header("Content-Length", str(len(text) if good else 0))
                self.end_headers()
                if good:
                    self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@contextlib.contextmanager
def elsewhere(*services):
    try:
        yield ",".join(f"http://{service.address}" for service in services)
    finally:
        for service in services:
            service.server.shutdown()


def test_one_process_tells_of_itself(make_server):
    row, = processes(new_user(make_server(split="")))
    assert (row["service"], row["address"], row["status"]) == ("gateway", None, 200)
    assert set(INFO.search(row["metrics"]).group(2).split()) == set(OFFSETS)


def test_each_process_tells_its_own(make_server):
    server = make_server(split="two")
    person = new_user(server)
    gateway, *others = processes(person)
    assert gateway["service"] == "gateway" and {row["service"] for row in others} == set(OFFSETS) - {"gateway"}
    assert all(row["status"] == 200 and row["address"].endswith(str(server.port_base + OFFSETS[row["service"]])) for row in others)
    pids = {row["service"]: INFO.search(row["metrics"]).group(1) for row in (gateway, *others)}
    assert pids["gateway"] == str(server.processes[1].popen.pid)
    assert {pid for service, pid in pids.items() if service != "gateway"} == {str(server.processes[0].popen.pid)}
    assert "bookadate_password_hash_duration_seconds_count 1" in others[0]["metrics"]
    assert "bookadate_password_hash_duration_seconds_count 0" in gateway["metrics"]

    foreign = {"X-Forwarded-For": "203.0.113.9"}
    check(requests.get(server.url + "/metrics/processes", headers=foreign), 401)
    check(person.get("/metrics/processes", headers=foreign), 403)
    boss = admin(server)
    assert all(row["status"] == 200 for row in processes(boss, headers=foreign))

    server.kill_one(0)
    gateway, *others = processes(person)
    assert gateway["status"] == 200 and len(others) == 6
    assert all((row["status"], row["metrics"]) == (0, None) for row in others)
    server.start_again(0)


def test_every_address_is_asked_with_the_askers_own_token(make_server):
    open_to = "Bearer of-an-admin"
    first, second = Service(open_to, "first 1\n"), Service(open_to, "second 2\n")
    with elsewhere(first, second) as addresses:
        server = make_server(services=["gateway"], split="", upstream_user=addresses)

        def told(**headers):
            reply = check(requests.get(server.url + "/metrics/processes", headers=headers, timeout=30), 200)
            return [(row["status"], row["metrics"]) for row in reply if row["service"] == "user"]

        assert told() == [(401, None), (401, None)]
        assert told(Authorization=open_to) == [(200, "first 1\n"), (200, "second 2\n")]
        for service in (first, second):
            assert [asked for asked in service.asked if asked[0] == "/metrics"] == [("/metrics", None), ("/metrics", open_to)]


def test_what_is_too_long_is_not_taken(make_server):
    open_to = "Bearer of-an-admin"
    fits, long = Service(open_to, "f" * (512 << 10)), Service(open_to, "l" * ((512 << 10) + 1))
    with elsewhere(fits) as user, elsewhere(long) as chat:
        server = make_server(services=["gateway"], split="", upstream_user=user, upstream_chat=chat)
        reply = check(requests.get(server.url + "/metrics/processes", headers={"Authorization": open_to}, timeout=30), 200)
        told = {row["service"]: (row["status"], len(row["metrics"] or "")) for row in reply}
        assert told["user"] == (200, 512 << 10) and told["chat"] == (0, 0)
