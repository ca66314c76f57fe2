"""Hostile input over real sockets to the sanitizer build, beyond tests/api/test_http_engine.py: every route is sent what is cut
short, too large, of the wrong type, too deep or no text at all; slow and silent clients. Each gets a documented error or a close,
the next client is served, and the process is the same one, with the memory that it had."""
import json
import os
import re
import socket
import time

import pytest

from fault import dice, rounds
from helpers import PASSWORD, check, new_user, new_venue, png
from program import Server
from routes import filled, table
from wire import form

HOST = b"Host: localhost\r\n"
ERRORS = {400, 401, 403, 404, 405, 409, 411, 413, 414, 415, 417, 422, 429, 431, 501, 503, 505}


@pytest.fixture(scope="module")
def user(server):
    return new_user(server)


@pytest.fixture(autouse=True)
def same_process_serves_on(server):
    pid = server.process.pid
    yield
    assert server.process.pid == pid and server.process.poll() is None
    assert talk(server, b"GET /health/live HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n")[0] == 200
    server.check()


def connect(server):
    return socket.create_connection(("127.0.0.1", server.port), timeout=60)


def read_reply(file):
    """(status, body) or None at the end of the connection; anything else fails the test."""
    try:
        line = file.readline()
    except ConnectionError:
        return None
    if not line:
        return None
    found = re.fullmatch(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n", line)
    assert found, line
    headers = {}
    while (line := file.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b": ")
        headers[name.lower()] = value.strip()
    return int(found.group(1)), file.read(int(headers.get(b"content-length", b"0")))


def talk(server, data, end=False):
    """Send it all, and the first reply; end: half-close behind it."""
    with connect(server) as s, s.makefile("rb") as file:
        try:
            s.sendall(data)
            if end:
                s.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # refused before it was all sent: the reply stands
        return read_reply(file)


def request(user, method, path, body=b"", type=b"application/json", more=b""):
    token = b"Authorization: Bearer %s\r\n" % user.token.encode() if user else b""
    return b"%s %s HTTP/1.1\r\n%s%sContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n%s\r\n%s" % (
        method.encode(), path.encode() if isinstance(path, str) else path, HOST, token, type, len(body), more, body)


def assert_refused(reply, what, may_close=False):
    """A documented error in the documented form, or (where that is allowed) a close."""
    if reply is None and may_close:
        return
    assert reply is not None and reply[0] in ERRORS, (what, reply)
    value = json.loads(reply[1])
    assert set(value) <= {"detail", "errors", "reason"} and isinstance(value["detail"], str), (what, reply)
    assert not re.search(r"sqlite|SELECT |/src/|\.c:\d|postgres", reply[1].decode()), reply


# ── Bodies, at every route ──

DEEP = b'{"a":' * 100 + b"1" + b"}" * 100
BROKEN = {
    "nothing": b"", "a brace": b"{", "an array": b"[]", "a number": b"7", "null": b"null", "text": b'"x"',
    "deep": DEEP, "deep arrays": b"[" * 50000, "deep, unclosed": b'{"a":' * 10000, "not UTF-8": b'{"name":"\xff\xfe"}',
    "overlong": b'{"name":"\xc0\x80"}', "a surrogate": b'{"name":"\\ud800"}', "NUL": b'{"name":"a\\u0000b"}', "raw NUL": b'{"a":"\0"}',
    "a key twice": b'{"name":"a","name":"b"}', "NaN": b'{"id":NaN}', "a huge number": b'{"id":1e999}',
    "a long number": b'{"id":' + b"9" * 5000 + b"}", "a BOM": b"\xef\xbb\xbf{}", "two values": b"{}{}", "a control character": b'{"a":"\n"}',
    "oversized": b'{"name":"' + b"a" * (300 << 10) + b'"}', "binary": bytes(range(256)) * 16,
}
# Nothing is read there, or a form.
BODILESS = ("/photos", "/verify-token", "/mark-available", "/mark-unavailable", "/faceauth/challenge/{user_id}", "/approve")
MUST = {"a brace", "deep", "deep arrays", "deep, unclosed", "not UTF-8", "overlong", "a surrogate", "raw NUL", "a key twice", "NaN",
        "a long number", "two values", "a control character", "binary", "oversized"}


@pytest.mark.parametrize("method,path", [(r.method, r.path) for r in table() if r.method in ("POST", "PUT")])
def test_bodies_that_are_none(server, user, method, path):
    """400, 413 or 422 wherever a body is read; where none is needed, whatever the route says, but never a crash or a 500."""
    reads = not path.endswith(BODILESS)
    path = filled(path, user)
    for name, body in BROKEN.items():
        if name not in MUST and path == "/auth/logout":
            continue  # it would succeed
        reply = talk(server, request(user, method, path, body))
        assert reply is not None and (reply[0] < 500 or reply[0] == 503), (name, reply)
        if name in MUST and reads:
            assert_refused(reply, (method, path, name))
    for kind in (b"text/plain", b"application/xml", b"multipart/form-data", b"multipart/form-data; boundary=", b"\xff", b"a" * 9000):
        if reads or path.endswith("/photos"):
            assert_refused(talk(server, request(user, method, path, b"{", kind)), (method, path, kind))


WRONG = (None, True, False, 0, -1, 1.5, 2 ** 53, -2 ** 63, 10 ** 30, "", " ", "x" * 70000, "\u0000", "é" * 3000, "1e9", "-0", "..",
         "%00", "'; DROP TABLE users; --", [], [[]], {}, {"a": []}, ["x"] * 3000)


@pytest.mark.parametrize("path,fields", [
    ("/auth/signup", {"name": "A", "email": "a@example.com", "phone": "+15550001111", "gender": "f", "dob": "1990-01-01", "password": PASSWORD,
                      "bio": ""}),
    ("/auth/login", {"email": "a@example.com", "password": "x"}),
    ("/matches/preferences", {"user_id": 1, "gender": "a", "seeking_gender": "b", "age_min": 18, "age_max": 99, "interests": "x", "bio": ""}),
    ("/matches/find", {"user_id": 1}), ("/matches/approve", {"match_id": 1, "approved": True}),
    ("/bookings/create", {"match_id": 1, "user_1_id": 1, "user_2_id": 2}),
    ("/bookings/approve-venue", {"booking_id": 1, "venue_id": 1, "approved": True}),
    ("/bookings/approve-time", {"booking_id": 1, "date": "2026-01-01", "time": "19:00", "approved": True}),
    ("/bookings/confirm", {"booking_id": 1}), ("/bookings/cancel", {"booking_id": 1, "reason": "x"}),
    ("/venues/", {"name": "A", "address": "B", "city": "C", "capacity": 5, "price_per_hour": 1.0, "email": "a@example.com"}),
    ("/venues/timeslots/", {"venue_id": 1, "date": "2026-01-01", "time": "19:00"}),
    ("/venues/timeslots/bulk", {"venue_id": 1, "dates": ["2026-01-01"], "times": ["19:00"]}),
    ("/venues/reviews/", {"venue_id": 1, "user_id": 1, "rating": 5, "comment": "x"}),
    ("/chat/match", {"user1_id": 1, "user2_id": 2, "meeting_time": "2026-01-01T19:00:00", "duration_minutes": 60}),
])
def test_every_field_with_every_wrong_value(server, user, path, fields):
    for name in fields:
        for value in WRONG:
            status, text = talk(server, request(user, "POST", path, json.dumps({**fields, name: value}).encode()))
            assert status < 500, (name, value, text)
            json.loads(text)


# ── Cut at every byte ──


def test_an_upload_cut_at_every_byte(server, user):
    """Half-closed and dropped: nothing is stored, nothing is answered but an error."""
    body, line = form("file", png(32, 32))
    whole = b"POST /users/%d/photos HTTP/1.1\r\n%sAuthorization: Bearer %s\r\n%sContent-Length: %d\r\n\r\n%s" % (
        user.number, HOST, user.token.encode(), line, len(body), body)
    for length in range(len(whole)):
        assert_refused(talk(server, whole[:length], end=True), length, may_close=True)
    assert check(user.get(f"/users/{user.id}/photos"), 200) == []
    assert talk(server, whole.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))[0] == 201


def test_images_cut_and_changed(server, user):
    """A file that ends early is 415 at every length; one with a changed byte is taken or refused, never a crash."""
    picture = png(32, 32)
    for length in range(0, len(picture), 1 + len(picture) // 150):
        body, line = form("file", picture[:length])
        assert_refused(talk(server, request(user, "POST", f"/users/{user.id}/photos", body, line[14:-2])), length)
    for n in rounds(60, 0.02):
        draw = dice("images", n)
        spoiled = bytearray(picture)
        for _ in range(draw.randint(1, 4)):
            spoiled[draw.randrange(8, len(spoiled))] = draw.randrange(256)
        body, line = form("file", bytes(spoiled))
        status, text = talk(server, request(user, "POST", f"/users/{user.id}/photos", body, line[14:-2]))
        assert status in (201, 409, 413, 415), text


# ── Paths ──

PATHS = ["/../etc/passwd", "/uploads/../bookadate.db", "/uploads/..%2fbookadate.db", "/uploads/%2e%2e/token.key", "/uploads/%2e%2e%2ftoken.key",
         "/uploads/....//token.key", "/uploads/..\\token.key", "/uploads/..%5ctoken.key", "/uploads/a%00.jpg", "/uploads/%00", "/users/1%00",
         "/uploads//etc/passwd", "/uploads/%ff.jpg", "/uploads/%", "/uploads/%4", "/uploads/%zz", "/users/%2e%2e", "/users/.", "/users/..",
         "/uploads/" + "a" * 7000, "/" + "a/" * 4000, "//", "/users/1/photos/..%2f..%2fbookadate.db", "/users/1//photos", "/venues/9" + "9" * 40,
         "/venues/-1", "/venues/0", "/venues/1.0", "/venues/0x1", "/venues/%31%30%30%30%30%30%30", "/chat/sessions/..", "/static/../main.c"]


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p[:40])
def test_paths_lead_nowhere(server, user, path):
    for method in ("GET", "DELETE"):
        assert_refused(talk(server, request(user, method, path)), path)
    raw = path.replace("%00", "\0").replace("%ff", "\xff").encode("latin-1")
    if raw != path.encode():
        assert_refused(talk(server, request(user, "GET", raw)), raw)


# ── Slow and silent clients ──


def resident_kib(server):
    text = open(f"/proc/{server.process.pid}/smaps_rollup").read()
    return int(re.search(r"^Rss:\s+(\d+) kB", text, re.M).group(1))


def wait_until_closed(sockets, seconds):
    """All of them closed by the server, at the latest after so long."""
    until = time.monotonic() + seconds
    for s in sockets:
        s.settimeout(max(0.1, until - time.monotonic()))
        try:
            while s.recv(1 << 20):
                pass
        except ConnectionError:
            pass
        s.close()


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """Short deadlines; and freed memory is given back, which the sanitizer would keep for a while to find who still uses it."""
    options = os.environ.get("ASAN_OPTIONS", "detect_leaks=1") + ":quarantine_size_mb=1:allocator_release_to_os_interval_ms=100"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASAN_OPTIONS", options)
        made = started(tmp_path_factory)
    yield made
    made.remove()


def started(tmp_path_factory):
    return Server(tmp_path_factory.mktemp("hasty"), head_timeout_s=1, body_timeout_s=2, form_timeout_s=2, keep_alive_s=2, reply_timeout_s=1,
                  reply_min_rate=200000)


def test_many_slow_clients_and_one_that_is_served(hasty):
    """Heads, bodies and uploads that drip, and silence: all cut off in time, and meanwhile everybody else is served."""
    someone = new_user(hasty)
    begin = [b"", b"GET /hea", b"POST /auth/login HTTP/1.1\r\n" + HOST + b"Content-Length: 500\r\n\r\n{",
             b"POST /users/%d/photos HTTP/1.1\r\n%sAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\n"
             b"Content-Length: 5000\r\n\r\n--b\r\n" % (someone.number, HOST, someone.token.encode())]
    lines = []
    for data in begin * 20:
        lines.append(connect(hasty))
        lines[-1].sendall(data)
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        for s, data in zip(lines, begin * 20):
            try:
                s.sendall(b"x" if data else b"")
            except ConnectionError:
                pass
        assert someone.get(f"/users/{someone.id}").status_code == 200
    wait_until_closed(lines, 30)
    assert someone.get(f"/users/{someone.id}").status_code == 200


@pytest.fixture(scope="module")
def long_list(hasty):
    """A person and the path of a list of some 100 KB."""
    user = new_user(hasty)
    venue = new_venue(user)["id"]
    for year in (2030, 2031):
        check(user.post("/venues/timeslots/bulk", json={
            "venue_id": venue, "dates": [f"{year}-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(83)],
            "times": [f"{h:02}:00" for h in range(24)]}), 201)
    return user, f"/venues/{venue}/timeslots?available_only=false"


@pytest.mark.parametrize("spoon", [0, 20000])
def test_clients_that_do_not_take_their_replies(hasty, long_list, spoon):
    """Asking for much and reading nothing, or by the spoonful: reset, and their memory with them, the kernel's too."""
    user, path = long_list
    ask = request(user, "GET", path).replace(b"Connection: close\r\n", b"") * 30
    assert talk(hasty, request(user, "GET", path))[0] == 200
    before = resident_kib(hasty)
    lines = []
    for _ in range(6):
        s = socket.socket()
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        s.settimeout(30)
        s.connect(("127.0.0.1", hasty.port))
        s.sendall(ask)
        lines.append(s)
    live = list(lines)
    until = time.monotonic() + 40
    while live and time.monotonic() < until:
        time.sleep(0.25)
        live = [s for s in live if still_open(s, spoon)]
    assert live == [], f"{len(live)} are still being served"
    assert resident_kib(hasty) < before + 20000
    for s in lines:
        s.close()


def still_open(s, spoon):
    """Has the server not reset it? Reads at most `spoon` bytes."""
    try:
        if spoon and not s.recv(spoon, socket.MSG_DONTWAIT):
            return False
    except BlockingIOError:
        pass
    except ConnectionError:
        return False
    return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1  # ESTABLISHED


def test_memory_does_not_grow(hasty):
    """Rounds of everything hostile cost nothing that stays."""
    server, user = hasty, new_user(hasty)

    def storm():
        for name, body in BROKEN.items():
            for path in ("/auth/login", "/venues/", "/chat/match"):
                talk(server, request(user, "POST", path, body))
        for path in PATHS:
            talk(server, request(user, "GET", path))
        for _ in range(40):
            with connect(server) as s:
                s.sendall(request(user, "POST", "/venues/", b"x" * 60000)[:-1])

    for _ in range(2):
        storm()
    before = resident_kib(server)
    for _ in rounds(3, 0.02):
        storm()
    assert resident_kib(server) < before + 10000
