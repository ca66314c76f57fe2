"""The gateway itself: health, request id, CORS, tokens, unknown paths, limits of bodies, the direct ports."""
import gzip
import json
import re
import socket

import pytest
import requests

from helpers import anonymous, check, new_user, unique
from program import GATEWAY_ALONE

SERVICES = ["user_service", "match_service", "booking_service", "venue_service", "faceauth_service", "chat_service"]
OFFSETS = {"chat": 1, "matching": 2, "booking": 3, "venue": 4, "faceauth": 5, "user": 6}


@pytest.fixture(scope="module")
def alice(server):
    return new_user(server)


def test_health_has_the_form_of_the_reference(server):
    reply = requests.get(server.url + "/health")
    assert reply.status_code == 200
    assert reply.json() == {
        "gateway": "healthy",
        "services": {name: {"status": "healthy", "status_code": 200} for name in SERVICES},
    }
    assert list(reply.json()["services"]) == SERVICES


def test_probes(server):
    assert requests.get(server.url + "/health/live").json() == {"status": "live"}
    ready = requests.get(server.url + "/health/ready")
    assert ready.status_code == 200
    assert ready.json()["status"] == "ready" and ready.json()["store"] == ("none" if GATEWAY_ALONE else "healthy")
    assert ready.json()["face_model"] in ("installed", "not_installed")


@pytest.mark.parametrize("service,offset", OFFSETS.items())
def test_direct_ports_answer_health_and_their_own_routes_only(server, alice, service, offset):
    base = f"http://localhost:{server.port_base + offset}"
    assert requests.get(base + "/health").json() == {"status": "healthy"}
    # the same token counts there, and another service's route is unknown
    other = "/venues/" if service != "venue" else "/matches/1"
    reply = requests.get(base + other, headers={"Authorization": "Bearer " + alice.token})
    assert reply.status_code == 404


def test_services_hosted_alone_say_503_for_the_others(make_server):
    some = make_server(services=["gateway", "user"])
    health = requests.get(some.url + "/health").json()["services"]
    assert health["user_service"] == {"status": "healthy", "status_code": 200}
    assert health["booking_service"] == {"status": "unhealthy", "status_code": 503}
    reply = new_user(some).get("/bookings/1")
    assert reply.status_code == 503
    assert reply.headers["Retry-After"]
    assert reply.json() == {"detail": "The booking service is not available; try again shortly"}


def test_request_id_is_made_or_echoed(server):
    made = requests.get(server.url + "/health").headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{24}", made)
    assert made != requests.get(server.url + "/health").headers["X-Request-ID"]
    echoed = requests.get(server.url + "/health", headers={"X-Request-ID": "abc-1.2_3"})
    assert echoed.headers["X-Request-ID"] == "abc-1.2_3"
    for bad in ("a b", "x" * 129, 'a"b', "ä".encode()):
        reply = requests.get(server.url + "/health", headers={"X-Request-ID": bad})
        assert re.fullmatch(r"[0-9a-f]{24}", reply.headers["X-Request-ID"])


def test_errors_carry_the_request_id_too(server):
    reply = requests.get(server.url + "/users/1", headers={"X-Request-ID": "mine"})
    assert reply.status_code == 401 and reply.headers["X-Request-ID"] == "mine"


def test_unknown_path_is_401_without_and_404_with_a_token(server, alice):
    reply = anonymous(server).get("/nothing/here")
    check(reply, 401, "Missing or invalid authorization header")
    assert reply.headers["WWW-Authenticate"] == "Bearer"
    check(alice.get("/nothing/here"), 404)
    check(anonymous(server).get("/nothing"), 401)


def test_wrong_method_is_405_with_allow(server, alice):
    reply = alice.delete("/auth/login")
    check(reply, 405)
    assert reply.headers["Allow"] == "POST"
    assert alice.put("/venues/").headers["Allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize("header", [
    None, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Token abc", "bearer\tx",
])
def test_bad_authorization(server, header):
    headers = {} if header is None else {"Authorization": header}
    reply = requests.get(server.url + "/venues/", headers=headers)
    check(reply, 401, "Missing or invalid authorization header")


def test_scheme_is_case_insensitive(server, alice):
    assert requests.get(server.url + "/venues/", headers={"Authorization": "bearer " + alice.token}).status_code == 200


def test_identity_headers_from_outside_mean_nothing(server, alice):
    other = new_user(server)
    reply = alice.get("/users/" + other.id, headers={"X-User-ID": other.id, "X-User-Number": str(other.number)})
    assert reply.status_code == 403


def test_trailing_slash_is_optional(server, alice):
    assert alice.get("/venues").json() == alice.get("/venues/").json()
    assert alice.get(f"/users/{alice.id}/").json() == alice.get(f"/users/{alice.id}").json()


# ── CORS ──


def test_cors_any_origin_without_credentials_in_development(server):
    reply = requests.get(server.url + "/health", headers={"Origin": "https://app.example"})
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in reply.headers
    assert {h.strip() for h in reply.headers["Access-Control-Expose-Headers"].split(",")} == {
        "X-Request-ID", "Link", "Retry-After"}


def test_cors_on_errors_too(server):
    reply = requests.get(server.url + "/users/1", headers={"Origin": "https://app.example"})
    assert reply.status_code == 401 and reply.headers["Access-Control-Allow-Origin"] == "*"


def test_preflight(server):
    reply = requests.options(server.url + "/venues/", headers={
        "Origin": "https://app.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type"})
    assert reply.status_code == 204 and reply.content == b""
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    allowed = reply.headers["Access-Control-Allow-Headers"].lower()
    assert "authorization" in allowed and "content-type" in allowed


def test_cors_list(make_server):
    some = make_server(cors_origins="https://app.example,https://b.example")
    good = requests.get(some.url + "/health", headers={"Origin": "https://b.example"})
    assert good.headers["Access-Control-Allow-Origin"] == "https://b.example"
    assert good.headers["Access-Control-Allow-Credentials"] == "true"
    assert "Origin" in good.headers["Vary"]
    bad = requests.get(some.url + "/health", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in bad.headers
    assert "Origin" in bad.headers["Vary"]


# ── Host ──


@pytest.mark.parametrize("host,status", [
    ("localhost", 200), ("LOCALHOST:1234", 200), ("127.0.0.1", 200), ("[::1]:8000", 200),
    ("evil.example", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example", 403), ("[::2]", 403),
])
def test_only_local_names_in_development(server, host, status):
    reply = requests.get(server.url + "/health", headers={"Host": host})
    assert reply.status_code == status


def test_allow_remote_opens_other_names(make_server):
    some = make_server(allow_remote=1)
    assert requests.get(some.url + "/health", headers={"Host": "api.example"}).status_code == 200


def test_ipv6_loopback_answers(server):
    with socket.create_connection(("::1", server.wire_port), timeout=5) as s:
        s.sendall(b"GET /health HTTP/1.1\r\nHost: [::1]\r\nConnection: close\r\n\r\n")
        assert s.recv(64).startswith(b"HTTP/1.1 200")


# ── Bodies ──


@pytest.mark.parametrize("body", [
    b"{", b"[]", b"1", b"null", b'"x"', b'{"email": NaN}', b'{"a":1,"a":2}', b'{"a":"\\ud800"}', b'{"a":"\xff"}',
    b'{"a":1} x', b'{"a":' + b"[" * 33 + b"]" * 33 + b"}", b'{"a":"\\u0000"}', b"{'a':1}", b'{"a":1,}',
])
def test_malformed_json_is_400(server, body):
    reply = requests.post(server.url + "/auth/login", data=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 400
    assert list(reply.json()) == ["detail"] and reply.json()["detail"]


def test_json_without_content_type_is_read(server, alice):
    body = json.dumps({"email": alice.email, "password": alice.password}).encode()
    assert requests.post(server.url + "/auth/login", data=body).status_code == 200


def test_other_content_types_are_415(server):
    reply = requests.post(server.url + "/auth/login", data="email=a", headers={"Content-Type": "text/csv"})
    check(reply, 415)


@pytest.mark.parametrize("parameters,status", [("", 200), ("; charset=utf-8", 200), (';charset="UTF-8"', 200), ("; Charset=Utf-8; x=y", 200),
                                               ("; x=latin1", 200), ("; charset=latin1", 415), ('; charset="iso-8859-1"', 415),
                                               ("; x=y; charset=utf-16", 415), ("; charset=", 415)])
def test_a_body_is_utf8_or_415(server, alice, parameters, status):
    body = json.dumps({"email": alice.email, "password": alice.password}).encode()
    check(requests.post(server.url + "/auth/login", data=body, headers={"Content-Type": "application/json" + parameters}), status)


@pytest.mark.parametrize("path", ["/venues/?limit=&cursor=&city=&active_only=", "/venues/cities?limit=", "/venues/?limit", "/chat/sessions?cursor="])
def test_an_empty_parameter_counts_as_absent(alice, path):
    assert check(alice.get(path), 200) == check(alice.get(path.split("?")[0]), 200)


def test_an_encoded_body_is_415(server, alice):
    body = json.dumps({"email": alice.email, "password": alice.password}).encode()
    for coding, status in (("gzip", 415), ("identity", 200)):
        reply = requests.post(server.url + "/auth/login", data=gzip.compress(body) if coding == "gzip" else body,
                              headers={"Content-Type": "application/json", "Content-Encoding": coding})
        assert reply.status_code == status


def test_an_encoded_slash_stays_in_its_segment(server, alice):
    assert alice.get("/matches/queue/available/a%2Fb").json()["gender"] == "a/b"
    check(alice.get("/matches%2F1"), 404)


def test_uploads_have_a_limit_of_their_own(make_server):
    some = make_server(balanced=False, enforce_limits=1, uploads_per_minute=2)
    user = new_user(some)
    for expected in (422, 422, 429):
        reply = user.post(f"/users/{user.id}/photos", files={"other": ("a.txt", b"x", "text/plain")})
        check(reply, expected)
    check(user.get("/venues/"), 200)


def test_body_over_the_limit_is_413(server):
    body = b'{"email": "' + b"a" * 70000 + b'"}'
    reply = requests.post(server.url + "/auth/login", data=body, headers={"Content-Type": "application/json"})
    check(reply, 413)
    assert reply.headers["X-Request-ID"]


def test_replies_are_compressed_when_asked_for(server, alice):
    for _ in range(12):
        check(alice.post("/venues/", json={"name": unique("Bar"), "address": "1 Main St", "city": "Zipville",
                                         "capacity": 50, "price_per_hour": 75.0}), 201)
    url = server.url + "/venues/?city=Zipville"
    plain = requests.get(url, headers={"Authorization": "Bearer " + alice.token, "Accept-Encoding": "identity"})
    packed = requests.get(url, headers={"Authorization": "Bearer " + alice.token, "Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"])


def test_responses_are_not_cached_or_sniffed(server, alice):
    reply = alice.get("/venues/")
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


# ── Access log ──


def test_access_log_is_json_lines_without_queries(make_server):
    some = make_server()
    user = new_user(some)
    user.get("/venues/?city=Secretville", headers={"X-Request-ID": "log-me"})
    refused = check(user.put(f"/users/{user.number}", json={"a secret of mine" + "x" * 500: 1}), 422)
    some.stop()
    lines = [json.loads(line) for line in some.log_text().splitlines() if line.startswith("{")]
    mine = [line for line in lines if line.get("request_id") == "log-me"]
    assert len(mine) == (2 if GATEWAY_ALONE else 1)  # a line in each process that had it, with one request id
    assert mine[0]["status"] == 200 and mine[0]["method"] == "GET" and mine[0]["path"] == "/venues/"
    assert mine[0]["user"] == user.number
    text = some.log_text()
    assert len(refused["errors"][0]["field"]) == 65 and "secret of mine" not in text
    assert "Secretville" not in text and user.password not in text and user.token not in text


def test_requests_that_cannot_be_read_are_answered_and_logged_like_others(make_server):
    some = make_server()
    with socket.create_connection(("127.0.0.1", some.wire_port), timeout=10) as s:
        s.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        reply = s.recv(4096).decode()
    assert reply.startswith("HTTP/1.1 400")
    ids = re.findall(r"X-Request-ID: ([0-9a-f]{24})\r\n", reply)
    assert len(ids) == 1 and "X-Content-Type-Options: nosniff" in reply
    some.stop()
    lines = [json.loads(line) for line in some.log_text().splitlines() if ids[0] in line]
    assert [line["status"] for line in lines] == [400] and lines[0]["address"] == "127.0.0.1"
