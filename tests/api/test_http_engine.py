"""The HTTP engine under the whole program, over raw sockets: what is refused, what survives, what a reply carries."""
import gzip
import json
import re
import socket
import threading
import time

import pytest
from helpers import new_user

HOST = b"Host: localhost\r\n"
ALIVE = b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n"


class Wire:
    """One raw connection to the gateway."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.wire_port), timeout=10)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self, head_only=False):
        """(status, headers by lower-case name, body); None when the server has closed."""
        line = self.file.readline()
        if not line:
            return None
        status = int(re.fullmatch(rb"HTTP/1\.1 (\d{3}) [^\r\n]*\r\n", line).group(1))
        headers = {}
        while (line := self.file.readline()) != b"\r\n":
            name, value = re.fullmatch(rb"([!-9;-~]+): ([^\r\n]*)\r\n", line).groups()
            headers.setdefault(name.decode().lower(), value.decode("latin-1"))
        length = 0 if head_only or status < 200 or status in (204, 304) else int(headers["content-length"])
        return status, headers, self.file.read(length)

    def closed(self):
        """Has the server ended the connection in order?"""
        return self.file.read(1) == b""


def only_detail(body):
    value = json.loads(body)
    assert set(value) == {"detail"} and isinstance(value["detail"], str) and value["detail"]


REFUSED = {
    "no Host": (400, b"GET /health HTTP/1.1\r\n\r\n"),
    "two Hosts": (400, b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n"),
    "bad Host": (400, b"GET /health HTTP/1.1\r\nHost: a b\r\n\r\n"),
    "bare LF": (400, b"GET /health HTTP/1.1\n" + HOST + b"\n"),
    "bare CR": (400, b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n"),
    "NUL": (400, b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n"),
    "folded": (400, b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n"),
    "space before colon": (400, b"POST /health HTTP/1.1\r\n" + HOST + b"Content-Length : 3\r\n\r\n"),
    "CL and TE": (400, b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "TE and CL": (400, b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"),
    "two CLs": (400, b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\n"),
    "signed CL": (400, b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length: +4\r\n\r\n"),
    "TE list": (400, b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: gzip, chunked\r\n\r\n"),
    "TE hidden": (400, b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: \x0bchunked\r\n\r\n"),
    "TE in 1.0": (400, b"POST /x HTTP/1.0\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n"),
    "fragment": (400, b"GET /health#x HTTP/1.1\r\n" + HOST + b"\r\n"),
    "CONNECT": (400, b"CONNECT localhost:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "HTTP/2": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "other Expect": (417, b"POST /x HTTP/1.1\r\n" + HOST + b"Expect: tea\r\nContent-Length: 1\r\n\r\n"),
    "long address": (414, b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
    "large header": (431, b"GET /health HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 17000 + b"\r\n\r\n"),
    "101 headers": (431, b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 100 + b"\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_a_reply_and_closed(server, name):
    status, request = REFUSED[name]
    with Wire(server) as wire:
        # What follows would be answered if the first were read otherwise than it was meant.
        wire.send(request + ALIVE)
        got, headers, body = wire.reply()
        assert got == status
        assert headers["content-type"] == "application/json"
        assert headers["connection"] == "close"
        only_detail(body)
        assert wire.closed()


def test_limits_are_exact(server):
    with Wire(server) as wire:
        wire.send(b"GET /health?" + b"a" * (8192 - 8) + b" HTTP/1.1\r\n" + HOST + b"\r\n")
        assert wire.reply()[0] == 200
        wire.send(b"GET /health HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 99 + b"\r\n")
        assert wire.reply()[0] == 200
        wire.send(b"GET /health HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 16000 + b"\r\n\r\n")
        assert wire.reply()[0] == 200


def test_keep_alive_and_close(server):
    with Wire(server) as wire:
        for _ in range(3):
            wire.send(ALIVE)
            status, headers, _ = wire.reply()
            assert status == 200 and "connection" not in headers
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["date"])
        wire.send(ALIVE[:-2] + b"Connection: close\r\n\r\n")
        assert wire.reply()[1]["connection"] == "close"
        assert wire.closed()
    with Wire(server) as wire:
        wire.send(b"GET /health HTTP/1.0\r\n" + HOST + b"\r\n")
        assert wire.reply()[1]["connection"] == "close"
        assert wire.closed()
    with Wire(server) as wire:
        for _ in range(2):
            wire.send(b"GET /health HTTP/1.0\r\n" + HOST + b"Connection: keep-alive\r\n\r\n")
            assert wire.reply()[1]["connection"] == "keep-alive"


def test_head_is_get_without_the_body(server):
    with Wire(server) as wire:
        wire.send(ALIVE)
        _, want, body = wire.reply()
        wire.send(ALIVE.replace(b"GET", b"HEAD"))
        status, got, _ = wire.reply(head_only=True)
        assert status == 200 and got["content-length"] == str(len(body))
        assert {k: v for k, v in got.items() if k not in ("date", "x-request-id")} == \
               {k: v for k, v in want.items() if k not in ("date", "x-request-id")}
        wire.send(ALIVE)  # nothing of a body is in the way
        assert wire.reply()[0] == 200


def signup(email, framing=b"length"):
    body = json.dumps({"name": "Ada", "email": email, "phone": "+15551234567", "gender": "female",
                       "dob": "1990-01-01", "password": "long enough for Ada"}).encode()
    head = b"POST /auth/signup HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    if framing == b"length":
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7]) for i in range(0, len(body), 7))
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


@pytest.mark.parametrize("framing", [b"length", b"chunks"])
def test_a_byte_at_a_time(server, framing):
    request = signup(f"drip-{framing.decode()}@example.com", framing)
    with Wire(server) as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for i in range(len(request)):
            wire.send(request[i:i + 1])
        status, _, body = wire.reply()
        assert status == 201, body
        wire.send(ALIVE)
        assert wire.reply()[0] == 200


def test_cut_at_every_byte(server):
    request = signup("never@example.com", b"chunks")
    for length in range(len(request)):
        with Wire(server) as wire:
            wire.send(request[:length])
            wire.socket.shutdown(socket.SHUT_WR)
            assert wire.closed()
    with Wire(server) as wire:  # nothing of it was done
        wire.send(request)
        assert wire.reply()[0] == 201


def test_pipelined_in_order(server):
    """Reads answer at once, the sign-up only after its commit: order holds all the same."""
    requests = [ALIVE, signup("pipe-1@example.com"), ALIVE.replace(b"/health", b"/nowhere"),
                signup("pipe-2@example.com", b"chunks"), ALIVE, signup("pipe-1@example.com")]
    with Wire(server) as wire:
        wire.send(b"".join(requests))
        assert [wire.reply()[0] for _ in requests] == [200, 201, 401, 201, 200, 409]


def test_many_pipelined(server):
    with Wire(server) as wire:
        sender = threading.Thread(target=wire.send, args=(ALIVE * 1000,))
        sender.start()
        assert all(wire.reply()[0] == 200 for _ in range(1000))
        sender.join()


def test_expect_continue(server):
    request = signup("expect@example.com")
    head, body = request.split(b"\r\n\r\n", 1)
    with Wire(server) as wire:
        wire.send(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert wire.reply()[0] == 100
        wire.send(body)
        assert wire.reply()[0] == 201


def test_refused_before_the_body(server):
    """Neither asked to go on nor waited for; and what is sent all the same does not drown the reply."""
    head = b"POST /auth/signup HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n"
    with Wire(server) as wire:
        wire.send(head % 90000000 + b"Expect: 100-continue\r\n\r\n")
        assert wire.reply()[0] == 413
    with Wire(server) as wire:
        wire.send(b"PUT /users/1 HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert wire.reply()[0] == 401
    with Wire(server) as wire:
        wire.send(head % 6000000 + b"\r\n" + b"x" * 6000000)
        status, headers, body = wire.reply()
        assert status == 413 and headers["connection"] == "close"
        only_detail(body)
        assert headers["x-request-id"]


def test_chunks_over_the_limit(server):
    with Wire(server) as wire:
        wire.send(b"POST /auth/signup HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"4000\r\n" + b" " * 0x4000 + b"\r\n"
        for _ in range(5):
            wire.send(chunk)
        status, _, body = wire.reply()
        assert status == 413
        only_detail(body)
        assert wire.closed()


@pytest.mark.parametrize("chunk", [b"x\r\n", b"-1\r\n", b"0x2\r\n{}\r\n", b"2\n{}\r\n", b"2 \r\n{}\r\n",
                                   b"2\r\n{}}\r\n", b"ffffffffffffffff1\r\n", b"2;a\nb\r\n{}\r\n"])
def test_malformed_chunks(server, chunk):
    with Wire(server) as wire:
        wire.send(b"POST /auth/login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"0\r\n\r\n")
        status, headers, body = wire.reply()
        assert status == 400 and headers["connection"] == "close"
        only_detail(body)
        assert wire.closed()


def test_gzip_when_asked_for(server):
    user = new_user(server)
    with Wire(server) as wire:
        def fetch(path, accept):
            wire.send(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + user.token.encode() +
                      (b"\r\nAccept-Encoding: " + accept if accept else b"") + b"\r\n\r\n")
            return wire.reply()

        small = fetch(b"/users/%d" % user.number, b"gzip")
        assert "content-encoding" not in small[1]
        for i in range(12):
            made = user.post("/venues/", json={"name": f"Gzip {i}", "address": "Some Street 1", "city": "Gziptown",
                                               "description": "A table and two chairs", "phone": "+15550000000",
                                               "email": "table@example.com", "capacity": 2, "price_per_hour": 75.0})
            assert made.status_code == 201, made.text
        path = b"/venues/?city=Gziptown"
        status, headers, plain = fetch(path, b"")
        assert status == 200 and len(plain) > 1024, plain
        assert "content-encoding" not in headers and "Accept-Encoding" in headers["vary"]
        for accept in (b"gzip", b"deflate, gzip;q=0.5", b"*"):
            _, headers, packed = fetch(path, accept)
            assert headers["content-encoding"] == "gzip"
            assert gzip.decompress(packed) == plain
        for accept in (b"gzip;q=0", b"identity", b"br", b"gzip;q=0, *"):
            _, headers, body = fetch(path, accept)
            assert "content-encoding" not in headers and body == plain


def test_deadlines(make_server):
    program = make_server(head_timeout_s=1, body_timeout_s=1, keep_alive_s=2)
    cases = [(b"GET /hea", 408), (signup("slow@example.com")[:-5], 408), (b"", None), (ALIVE, 200)]
    wires = [Wire(program) for _ in cases]
    for wire, (data, _) in zip(wires, cases):
        wire.send(data)
    begin = time.monotonic()
    for wire, (_, status) in zip(wires, cases):
        with wire:
            if status is not None:
                assert wire.reply()[0] == status
            assert wire.closed()
    assert 1 < time.monotonic() - begin < 8


def test_absolute_form_names_the_host(server):
    with Wire(server) as wire:
        wire.send(b"GET http://localhost/health HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n")
        assert wire.reply()[0] == 200
        wire.send(b"GET http://elsewhere.example/health HTTP/1.1\r\n" + HOST + b"\r\n")
        assert wire.reply()[0] == 403
