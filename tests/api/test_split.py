"""Services in processes of their own: what the gateway does while one is away, who may believe whom, and what a gateway
alone needs. The proxy's bytes are tests/unit/test_proxy_*.c; BOOKADATE_TEST_SPLIT runs the whole suite this way."""
import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from requests.adapters import HTTPAdapter

from balancer import Balancer
from helpers import anonymous, check, free_port_base, new_user, new_venue, run_command, unique
from program import OFFSETS, SIX

SECRET = "only-for-tests-" + "0123456789abcdef" * 2
AWAY = "The {} service is not available; try again shortly"

pytestmark = pytest.mark.once  # brings its own processes


@pytest.fixture
def split(make_server, tmp_path):
    """split(["venue"]): (rest, elsewhere), those services in a second process with a store of its own."""
    def start(services, **settings):
        settings = {"token_secret": SECRET, **settings}
        here = ["gateway", *(s for s in SIX if s not in services)]
        elsewhere = make_server(services=services, **settings)
        rest = make_server(services=here, port_base=elsewhere.port_base, **settings)
        return rest, elsewhere
    return start


def timed(call):
    begin = time.monotonic()
    return call(), time.monotonic() - begin


class From(HTTPAdapter):
    """Of requests: connections from this address of the machine."""

    def __init__(self, address):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **kw):
        super().init_poolmanager(*args, source_address=(self.address, 0), **kw)


def statuses(server):
    health = requests.get(server.url + "/health", timeout=10)
    assert health.status_code == 200
    return {name: said["status_code"] for name, said in health.json()["services"].items()}


def access_lines(server):
    lines = [json.loads(line) for line in server.log_text().splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "http.access"]


# ── Away and back ──


def test_a_service_that_dies_is_503_while_the_others_go_on(split):
    rest, venue = split(["venue"])
    user = new_user(rest)
    made = new_venue(user)
    assert set(statuses(rest).values()) == {200}
    venue.kill()
    for _ in range(3):
        reply, seconds = timed(lambda: user.get("/venues/"))
        check(reply, 503, AWAY.format("venue"))
        assert seconds < 5
    reply, seconds = timed(lambda: user.post("/venues/", json={"name": "x"}))
    check(reply, 503, AWAY.format("venue"))
    assert seconds < 5
    check(user.get(f"/users/{user.id}"), 200)
    check(anonymous(rest).get("/venues/"), 401)  # known here, without asking
    check(user.get("/venues/1/nothing"), 404)
    now, seconds = timed(lambda: statuses(rest))
    assert seconds < 5 and now.pop("venue_service") == 503 and set(now.values()) == {200}
    venue.restart()
    assert check(user.get(f"/venues/{made['id']}"), 200)["name"] == made["name"]
    assert set(statuses(rest).values()) == {200}


def hang(process):
    """Stop it, and wait until each of its threads has stopped."""
    os.kill(process.pid, signal.SIGSTOP)
    until = time.monotonic() + 10
    while {task.read_text().rsplit(")", 1)[1].split()[0] for task in Path(f"/proc/{process.pid}/task").glob("*/stat")} != {"T"}:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_service_that_hangs_is_503_at_last_and_then_at_once(split):
    rest, venue = split(["venue"], upstream_response_s=1)
    user = new_user(rest)
    check(user.get("/venues/"), 200)
    hang(venue.process)
    try:
        reply, seconds = timed(lambda: user.get("/venues/"))
        check(reply, 503, "The venue service took too long to answer; try again shortly")
        assert 0.9 < seconds < 5
        check(user.get(f"/users/{user.id}"), 200)
        now, seconds = timed(lambda: statuses(rest))
        assert now["venue_service"] == 503 and seconds < 5
    finally:
        os.kill(venue.process.pid, signal.SIGCONT)
    until = time.monotonic() + 10
    while user.get("/venues/").status_code != 200:
        assert time.monotonic() < until
        time.sleep(0.1)


def test_restarts_under_load_lose_no_acknowledged_write(split):
    rest, venue = split(["venue"])
    user = new_user(rest)
    made, bad, ended = [], [], threading.Event()

    def write():
        while not ended.is_set():
            name = unique("venue")
            reply = user.post("/venues/", json={"name": name, "address": "a", "city": "b"})
            if reply.status_code == 201:
                made.append(name)
            elif reply.status_code != 503:
                bad.append(reply.text)
    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    for _ in range(2):
        time.sleep(0.5)
        venue.kill()
        venue.restart()
    time.sleep(0.5)
    ended.set()
    for writer in writers:
        writer.join()
    assert not bad and len(made) > 10
    kept = {v["name"] for v in check(user.get("/venues/"), 200)}
    assert set(made) <= kept


def test_a_service_that_was_stopped_is_503(split):
    rest, chat = split(["chat"])
    check(anonymous(rest).get("/chat/sessions"), 401)
    chat.stop()
    reply, seconds = timed(lambda: requests.get(rest.url + "/chat/sessions", timeout=10, headers={
        "Authorization": "Bearer " + new_user(rest).token}))
    check(reply, 503, AWAY.format("chat"))
    assert seconds < 5


# ── Who is believed ──


@pytest.mark.parametrize("trusted,seen", [("", "6.6.6.6"), ("127.0.0.0/8,::1", "6.6.6.6"), ("none", "127.0.0.1"),
                                          ("10.0.0.1", "127.0.0.1")])
def test_forwarded_addresses_count_from_trusted_peers_only(make_server, trusted, seen):
    service = make_server(services=["venue"], trusted_proxies=trusted)
    url = f"http://127.0.0.1:{service.port_base + OFFSETS['venue']}/health"
    requests.get(url, headers={"X-Forwarded-For": "6.6.6.6", "X-Request-ID": "it"}, timeout=10)
    service.stop()
    assert [line["address"] for line in access_lines(service) if line["request_id"] == "it"] == [seen]


def test_the_gateway_tells_services_whose_request_it_is(split):
    rest, venue = split(["venue"])
    user = new_user(rest)
    for host, sent in (("127.0.0.1", {}), ("[::1]", {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6"})):
        requests.get(f"http://{host}:{rest.port_base}/venues/", timeout=10, headers={
            "Authorization": "Bearer " + user.token, "X-Request-ID": "it", **sent})
    rest.stop()
    venue.stop()
    for server in (rest, venue):
        assert [line["address"] for line in access_lines(server) if line["request_id"] == "it"] == ["127.0.0.1", "::1"]


@pytest.fixture
def recorder():
    """An upstream of the test's own: the heads that reached it, and its address."""
    heads = []

    class Recorder(BaseHTTPRequestHandler):
        def do_POST(self):
            heads.append(self.headers)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(401)
            self.send_header("Content-Type", "application/json")
            self.send_header("WWW-Authenticate", "Bearer")
            self.send_header("Content-Length", "15")
            self.end_headers()
            self.wfile.write(b'{"detail":"No"}')

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as upstream:
        thread = threading.Thread(target=upstream.serve_forever)
        thread.start()
        yield heads, f"http://127.0.0.1:{upstream.server_port}"
        upstream.shutdown()
        thread.join()


@pytest.mark.parametrize("trusted,address,scheme", [("127.0.0.1", "127.0.0.9", "https"), ("127.0.0.0/8", "6.6.6.6", "https"),
                                                    ("10.0.0.1", "127.0.0.1", "http"), ("", "127.0.0.1", "http")])
def test_a_balancer_in_front_says_who_asks_and_how(make_server, recorder, authority, certificate, tmp_path,
                                                       trusted, address, scheme):
    """HTTPS ends at HAProxy; the client is 127.0.0.9 and pretends to be 6.6.6.6, over HTTP. The gateway believes whom its setting
    names, in its own log and towards the services."""
    heads, upstream = recorder
    gateway = make_server(services=["gateway"], upstream_user=upstream, trusted_proxies=trusted)
    front = free_port_base()
    balancer = Balancer(tmp_path, front, [gateway.port_base], 1, certificate=certificate)
    lies = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Proto": "http", "X-Request-ID": "it"}
    with requests.Session() as client:
        client.mount("https://", From("127.0.0.9"))
        try:
            balancer.wait(1)
            check(client.post(f"https://localhost:{front}/auth/login", json={}, headers=lies, verify=str(authority.path)), 401, "No")
        finally:
            balancer.stop()
    assert [(h.get_all("X-Forwarded-For"), h.get_all("X-Forwarded-Proto")) for h in heads] == [([address], [scheme])]
    gateway.stop()
    assert [line["address"] for line in access_lines(gateway) if line["request_id"] == "it"] == [address]


def test_limits_count_people_not_the_gateway(split):
    rest, venue = split(["venue"], enforce_limits=True, requests_per_minute=30, connections_per_address=4)
    users = [new_user(rest) for _ in range(3)]
    for user in users:
        for _ in range(15):
            check(user.get("/venues/"), 200)
    with_all = [user.get("/venues/").status_code for user in users for _ in range(20)]
    assert with_all.count(429) > 0


# ── Starting ──


def test_a_gateway_alone_needs_no_store(make_server):
    gateway = make_server(services=["gateway"])
    assert set(statuses(gateway).values()) == {503}
    assert check(requests.get(gateway.url + "/health/ready"), 200)["store"] == "none"
    check(anonymous(gateway).get("/users/1"), 401)
    check(anonymous(gateway).get("/nothing"), 401)
    check(requests.delete(gateway.url + "/auth/login"), 405)
    check(requests.post(gateway.url + "/auth/login", json={}), 503, AWAY.format("user"))
    assert not (gateway.data_dir / "bookadate.db").exists() and not (gateway.data_dir / "bookadate.lock").exists()
    gateway.stop()
    assert "its services run elsewhere" in gateway.output_text()


@pytest.mark.sqlite
def test_sqlite_is_not_shared_between_processes(make_server):
    venue = make_server(services=["venue"])
    result = run_command("run", "user", settings={"data_dir": venue.data_dir, "port_base": venue.port_base})
    assert result.returncode == 1
    sentence = result.stderr.strip().splitlines()
    assert len(sentence) == 1 and "in use by another bookadate" in sentence[0]
    assert "BOOKADATE_DATABASE_URL" in sentence[0]


@pytest.mark.parametrize("setting,value,word", [
    ("upstream_venue", "10.0.0.1:80", "venue"), ("upstream_chat", "http://a:1,https://b:2", "chat"),
    ("trusted_proxies", "everybody", "BOOKADATE_TRUSTED_PROXIES"), ("upstream_connect_ms", "1", "UPSTREAM_CONNECT_MS"),
])
def test_a_wrong_neighbour_is_one_sentence(tmp_path, setting, value, word):
    result = run_command("run", "gateway", settings={"data_dir": tmp_path / "d", setting: value})
    assert result.returncode == 1
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and word in lines[0]


def test_services_are_found_where_the_setting_says(make_server):
    """On other ports than by convention, the dead address beside the living one."""
    venue = make_server(services=["venue"], token_secret=SECRET)
    address = f"http://127.0.0.1:{venue.port_base + OFFSETS['venue']}"
    rest = make_server(services=["gateway", *(s for s in SIX if s != "venue")], token_secret=SECRET,
                       upstream_venue=f"http://127.0.0.1:1,{address}/")
    user = new_user(rest)
    for _ in range(10):
        check(user.get("/venues/"), 200)
    assert set(statuses(rest).values()) == {200}
