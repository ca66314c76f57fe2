"""GET /metrics and the probes: who may ask, the format by Prometheus' own parser, that what happened was counted, and that every
query of the dashboard names what is really there."""
import json
import re
import socket
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

import store
from helpers import admin, check, couple, new_user, opt_in, unique, until, utc, ws_connect
from program import OFFSETS, SPLIT

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
REQUESTS = "bookadate_http_request_duration_seconds"
NAME = re.compile(r"[a-z][a-z0-9_]*")
BALANCER = pytest.mark.skipif(SPLIT == "replicas", reason="a balancer speaks for others: /metrics wants an admin's token")
ONE_PROCESS = pytest.mark.skipif(SPLIT != "", reason="asks the gateway's process for what another one counted")


def scrape(url, **kw):
    """{name: {labels as a sorted tuple: value}}, and the families' names. Every line must be as the format says."""
    reply = requests.get(url + "/metrics", timeout=30, **kw)
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    strict(reply.text)
    samples, families = {}, {}
    for family in text_string_to_metric_families(reply.text):
        assert family.name not in families, f"{family.name} twice"
        assert family.documentation and family.type != "unknown", family.name
        families[family.name] = family
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            assert labels not in samples.setdefault(sample.name, {}), (sample.name, labels)
            samples[sample.name][labels] = sample.value
    for family in families.values():
        if family.type == "histogram":
            consistent(family)
    return samples


def strict(text):
    """What the parser forgives: lines that are nothing, families apart from their lines, no end of line."""
    assert text.endswith("\n") and "\r" not in text
    current = None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split(" ")[2]
            assert len(line.split(" ", 3)) == 4
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == current
            assert line.split(" ")[3] in ("counter", "gauge", "histogram")
            kind = line.split(" ")[3]
        else:
            name = NAME.match(line).group()
            base = re.sub("_(bucket|sum|count)$", "", name) if kind == "histogram" else name
            assert base == current, line
            assert kind != "counter" or name.endswith("_total"), line
            float(line.rsplit(" ", 1)[1])


def consistent(family):
    """Buckets grow with their bound, end with +Inf, and agree with the count."""
    series = {}
    for sample in family.samples:
        labels = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
        row = series.setdefault(labels, {"buckets": []})
        if sample.name.endswith("_bucket"):
            row["buckets"].append((float(sample.labels["le"]), sample.value))
        else:
            row[sample.name.rsplit("_", 1)[1]] = sample.value
    for labels, row in series.items():
        bounds = [bound for bound, _ in row["buckets"]]
        counts = [count for _, count in row["buckets"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), (family.name, labels)
        assert counts == sorted(counts) and counts[-1] == row["count"], (family.name, labels)
        assert row["sum"] >= 0


def of(samples, name, **labels):
    """The sum of all lines with these labels."""
    wanted = set(labels.items())
    return sum(value for row, value in samples.get(name, {}).items() if wanted <= set(row))


# ── Who may ask ──


@BALANCER
def test_whoever_speaks_for_others_needs_an_admins_token(server):
    url = server.url + "/metrics"
    user, boss = new_user(server), admin(server)
    for header in ({"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=1.2.3.4"},
                   {"Origin": "https://elsewhere.example"}):
        check(requests.get(url, headers=header), 401)
        check(user.get("/metrics", headers=header), 403)
        assert boss.get("/metrics", headers=header).status_code == 200
    assert requests.get(url, headers={"Origin": server.url}).status_code == 200  # the console's own page
    assert requests.post(url).status_code == 405


@BALANCER
def test_from_another_machine(make_server):
    """An address of this machine that is not loopback: as from elsewhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))  # sends nothing: asks for the way
        except OSError:
            pytest.skip("this machine has no address but loopback")
        address = s.getsockname()[0]
    server = make_server(bind=f"127.0.0.1,{address}", allow_remote=True)
    url = f"http://{address}:{server.port_base}"
    check(requests.get(url + "/metrics"), 401)
    assert requests.get(url + "/health/live").status_code == 200
    boss = admin(server)
    assert boss.get(url + "/metrics").status_code == 200


# ── What is counted ──


@ONE_PROCESS
def test_requests_are_counted_by_route_and_status(server):
    user = new_user(server)
    where = {"service": "user", "method": "GET", "route": "/users/{user_id}"}
    before = scrape(server.url)
    for _ in range(3):
        check(user.get(f"/users/{user.id}"), 200)
    check(user.get("/users/00000000-0000-4000-8000-000000000000"), 404)
    requests.get(server.url + "/users/" + "x" * 40)
    requests.get(server.url + "/nowhere-" + unique())
    requests.get(server.url + "/")
    requests.get(server.url + "/docs")
    after = scrape(server.url)

    def more(name, **labels):
        return of(after, name, **labels) - of(before, name, **labels)

    assert more(REQUESTS + "_count", status="2xx", **where) == 3
    assert more(REQUESTS + "_count", status="4xx", **where) == 2
    assert more(REQUESTS + "_sum", status="2xx", **where) > 0
    assert more(REQUESTS + "_count", route="unmatched", status="4xx") == 1
    assert more(REQUESTS + "_count", service="gateway", route="/") == 1
    assert "nowhere" not in str(after) and "(null)" not in str(after)


@ONE_PROCESS
def test_passwords_commits_and_queues_are_counted(server):
    before = scrape(server.url)
    user = new_user(server)
    check(user.post("/auth/logout"), 200)  # a write that computes nothing
    after = scrape(server.url)
    for name in ("bookadate_password_hash_duration_seconds_count", "bookadate_commit_jobs_count",
                 "bookadate_commit_jobs_sum", "bookadate_commit_duration_seconds_count"):
        assert of(after, name) > of(before, name), name
    queue = "database" if store.POSTGRES else "write"
    for name in ("compute", queue):
        assert of(after, "bookadate_queue_jobs_total", queue=name) > of(before, "bookadate_queue_jobs_total", queue=name)
        assert of(after, "bookadate_queue_threads", queue=name) >= 1
    assert of(after, "bookadate_password_hash_duration_seconds_sum") > 0


@BALANCER
def test_the_process_and_its_store(server):
    samples = scrape(server.url)
    assert of(samples, "process_resident_memory_bytes") > 1 << 20
    assert of(samples, "process_cpu_seconds_total") > 0
    assert 5 < of(samples, "process_open_fds") < of(samples, "process_max_fds")
    assert of(samples, "process_start_time_seconds") > 1_600_000_000
    kind = "none" if SPLIT else "postgresql" if store.POSTGRES else "sqlite"
    assert of(samples, "bookadate_build_info", store=kind) == 1
    if kind == "sqlite":
        assert of(samples, "bookadate_store_bytes") > 10_000
    assert of(samples, "bookadate_http_connections") >= 1


@ONE_PROCESS
def test_sockets_are_counted_while_they_are_open(make_server):
    server = make_server()
    alice, bob, _ = couple(server)
    session = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": bob.id, "meeting_time": utc()[2], "duration_minutes": 60}), 201)
    assert of(scrape(server.url), "bookadate_websockets") == 0
    sockets = [ws_connect(server, session["session_id"], user) for user in (alice, bob)]
    during = scrape(server.url)
    assert of(during, "bookadate_websockets") == 2
    assert of(during, "bookadate_chat_sessions_live") >= 1
    for one in sockets:
        one.close()
    until(lambda: of(scrape(server.url), "bookadate_websockets") == 0)
    assert of(scrape(server.url), "bookadate_chat_sessions_live") == 0


@ONE_PROCESS
def test_who_waits_is_told_by_the_gender_sought_whatever_it_is_called(make_server):
    """People's own words become label values: quotes, backslashes and line ends must not become lines."""
    server = make_server()
    word = 'a "b" \\ c}\u00e9 1'
    for _ in range(2):
        user = new_user(server)
        opt_in(user, unique("g"), word)
        check(user.post("/matches/find", json={"user_id": user.number}), 200)
    until(lambda: of(scrape(server.url), "bookadate_matching_waiting", seeking=word) == 2)


# ── Everywhere ──


@ONE_PROCESS
@pytest.mark.parametrize("service", OFFSETS)
def test_every_port_answers_probes_and_metrics(server, service):
    base = f"http://localhost:{server.port_base + OFFSETS[service]}"
    assert requests.get(base + "/health/live").json() == {"status": "live"}
    ready = requests.get(base + "/health/ready")
    assert ready.status_code == 200 and ready.json()["status"] == "ready"
    assert "bookadate_http_connections" in scrape(base)


def test_a_gateway_alone_has_metrics_too(make_server):
    server = make_server(services=["gateway"])
    samples = scrape(server.url)
    assert of(samples, "bookadate_build_info", store="none") == 1
    assert "bookadate_store_up" not in samples
    check(requests.get(server.url + "/venues/", headers={"Authorization": "Bearer x"}), 401)
    assert requests.get(server.url + "/health/ready").json()["store"] == "none"


# ── The dashboard ──


def expressions(node):
    """Every query text of a Grafana dashboard, wherever it stands."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("expr", "query") and isinstance(value, str):
                yield value
            else:
                yield from expressions(value)
    elif isinstance(node, list):
        for item in node:
            yield from expressions(item)


@BALANCER
def test_the_dashboard_asks_for_nothing_that_is_not_there(server):
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    texts = [text for text in expressions(dashboard) if text != "prometheus"]
    assert len(texts) > 15
    known = set(scrape(server.url)) | {"bookadate_matching_waiting", "bookadate_store_bytes", "bookadate_store_up", "up"}
    labels = {label for rows in scrape(server.url).values() for row in rows for label, _ in row}
    labels |= {"instance", "job", "seeking", "le", "pool", "state"}
    for text in texts:
        names = set(re.findall(r"\b(?:bookadate|process)_[a-z0-9_]+", text))
        assert names or "up" in text, text
        assert names <= known, (text, names - known)
        for group in re.findall(r"by \(([^)]*)\)", text) + re.findall(r"([a-z_]+)\s*=~?\"", text):
            assert {word.strip() for word in group.split(",")} <= labels, text
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
