"""TLS on the gateway seen from the wire: rude, slow and vanishing clients, and how connections end."""
import random
import re
import select
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest
import requests
from tls_client import TIMEOUT, Client, ask, connect, received, reply_on

pytestmark = pytest.mark.once  # the gateway's socket alone: what is behind it makes no difference

REQUEST = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
ALERT = 0x15


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def end_of(sock, seconds=TIMEOUT):
    """What comes until the server closes."""
    sock.settimeout(seconds)
    data = b""
    try:
        while piece := sock.recv(65536):
            data += piece
    except ConnectionResetError:
        pass
    return data


def well(server):
    assert requests.get(server.url + "/health", timeout=TIMEOUT).status_code == 200


# ── Ends ──


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_ends_are_said(secure, authority, version):
    client = Client(secure, authority, maximum_version=version).shake_hands()
    client.sendall(REQUEST[:-2] + b"Connection: close\r\n\r\n")
    data = b""
    while piece := client.recv():
        data += piece
    assert data.startswith(b"HTTP/1.1 200") and data.endswith(b"}")  # and no "EOF in violation of protocol"
    client = Client(secure, authority, maximum_version=version).shake_hands()
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.flush()
    assert client.recv() == b""
    assert client.socket.recv(1) == b""


def test_a_request_with_its_goodbye_is_answered(secure, authority):
    """A client may say that it will send no more, and still listen (RFC 8446 §6.1)."""
    client = Client(secure, authority).shake_hands()
    client.tls.write(REQUEST * 3)
    with pytest.raises(ssl.SSLWantReadError):
        client.tls.unwrap()
    client.flush()
    status, body = reply_on(client)
    assert status == 200 and b"healthy" in body


def test_a_cut_connection_is_no_end_of_a_body(secure, authority):
    client = Client(secure, authority).shake_hands()
    client.sendall(b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    client.socket.shutdown(socket.SHUT_WR)
    assert b"200" not in end_of(client.socket)
    well(secure)


# ── What is no TLS ──


@pytest.mark.parametrize("seed", range(20))
def test_garbage_is_closed(secure, authority, seed):
    chance = random.Random(seed)
    hello = Client(secure, authority).hello()
    for _ in range(15):
        data = bytearray(chance.choice([hello, chance.randbytes(chance.randrange(1, 3000)), b"\x16\x03\x01\xff\xff" + b"x" * 70000,
                                        b"\x00" * 100, b"\x80\x2e\x01\x03\x01" + bytes(60), b"\x16\x03\x01\x00\x00" * 50]))
        for _ in range(chance.randrange(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with socket.create_connection(("127.0.0.1", secure.port), timeout=TIMEOUT) as wire:
            try:
                wire.sendall(data)
                wire.shutdown(socket.SHUT_WR)
            except OSError:
                continue
            end_of(wire)
    well(secure)


def test_garbage_after_the_handshake_is_closed(secure, authority):
    for junk in (b"GET / HTTP/1.1\r\n\r\n", b"\x17\x03\x03\x00\x20" + b"x" * 32, b"\x14\x03\x03\x00\x01\x02", b"\x16\x03\x03\x00\x04\0\0\0\0"):
        client = Client(secure, authority).shake_hands()
        client.sendall(REQUEST)
        assert reply_on(client)[0] == 200
        client.socket.sendall(junk)
        end_of(client.socket, 5)
    well(secure)


def test_a_refusal_reaches_the_client_as_an_alert(secure, authority):
    with socket.create_connection(("127.0.0.1", secure.port), timeout=TIMEOUT) as wire:
        wire.sendall(b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00" + b"more that nobody reads" * 5000)
        wire.shutdown(socket.SHUT_WR)
        assert end_of(wire)[0] == ALERT


def test_renegotiation_is_refused(secure):
    """The openssl command asks for it on the letter R (TLS 1.2 alone has it)."""
    client = subprocess.Popen(["openssl", "s_client", "-tls1_2", "-connect", f"127.0.0.1:{secure.port}"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in client.stdout:
        if "Verify return code" in line:  # the handshake is done
            break
    client.stdin.write("R\n")
    client.stdin.flush()
    assert "no renegotiation" in client.communicate(timeout=TIMEOUT)[0]
    well(secure)


# ── Slow and vanishing clients ──


@pytest.mark.parametrize("first", [1, 5, 60])
def test_a_handshake_that_drips_is_cut_at_the_heads_deadline(make_server, certificate, authority, first):
    server = make_server(balanced=False, **certificate.settings, head_timeout_s=1)
    client = Client(server, authority)
    hello = client.hello()
    begun = time.monotonic()
    client.socket.sendall(hello[:first])
    with pytest.raises(OSError):
        for byte in hello[first:]:
            time.sleep(0.05)
            client.socket.sendall(bytes([byte]))
    assert 0.8 < time.monotonic() - begun < 15  # all of it would take 20 s and more
    well(server)


def test_a_slow_handshake_and_then_half_a_head_is_408(make_server, certificate, authority):
    server = make_server(balanced=False, **certificate.settings, head_timeout_s=3)
    client = Client(server, authority)
    hello = client.hello()
    begun = time.monotonic()
    client.socket.sendall(hello[:50])
    time.sleep(1)
    client.socket.sendall(hello[50:])
    client.work(client.tls.do_handshake)
    client.sendall(REQUEST[:-2])
    data = b""
    while piece := client.recv():
        data += piece
    assert data.startswith(b"HTTP/1.1 408")
    assert 2.8 < time.monotonic() - begun < 15


def half_a_head(client):
    client.work(client.tls.do_handshake)
    client.sendall(REQUEST[:-2])


def test_a_slow_handshake_leaves_the_head_its_rest(make_server, certificate, authority):
    """They have one deadline together: who began earlier is cut off earlier, though both began their heads at once."""
    server = make_server(balanced=False, **certificate.settings, head_timeout_s=3)
    slow, quick = (Client(server, authority, maximum_version=ssl.TLSVersion.TLSv1_2) for _ in range(2))  # no tickets behind the handshake
    hello = slow.hello()
    slow.socket.sendall(hello[:50])
    time.sleep(2)
    half_a_head(quick)
    slow.socket.sendall(hello[50:])
    half_a_head(slow)
    assert slow.socket in select.select([slow.socket, quick.socket], [], [], TIMEOUT)[0]


def test_an_open_connection_may_wait(make_server, certificate, authority):
    """Browsers connect before they have anything to ask."""
    server = make_server(balanced=False, **certificate.settings, head_timeout_s=2)
    client = Client(server, authority).shake_hands()
    time.sleep(3)
    client.sendall(REQUEST)
    assert reply_on(client)[0] == 200


def test_idle_connections_end_in_order(make_server, certificate, authority):
    server = make_server(balanced=False, **certificate.settings, keep_alive_s=1)
    client = Client(server, authority).shake_hands()
    client.sendall(REQUEST)
    assert reply_on(client)[0] == 200
    assert client.recv() == b""
    silent = socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT)
    assert end_of(silent, 10) == b""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_clients_that_vanish(secure, authority, version):
    for bye in (reset, socket.socket.close):
        for first in (0, 1, 4, 5, 6, 40, 100):
            client = Client(secure, authority, maximum_version=version)
            client.socket.sendall(client.hello()[:first])
            bye(client.socket)
        client = Client(secure, authority, maximum_version=version)
        client.socket.sendall(client.hello())
        received(client.socket)
        bye(client.socket)
        client = Client(secure, authority, maximum_version=version).shake_hands()
        client.sendall(REQUEST * 50)
        bye(client.socket)
        client = Client(secure, authority, maximum_version=version).shake_hands()
        client.sendall(b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n" + b"x" * 10000)
        bye(client.socket)
    well(secure)


def test_a_client_that_asks_and_never_reads(make_server, certificate, authority):
    """Requests stop being read while replies wait; nothing grows, and once read everything is there."""
    server = make_server(balanced=False, **certificate.settings, access_log=0)
    client = Client(server, authority).shake_hands()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    client.tls.write(b"GET /nothing/here HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000)
    wire = client.outgoing.read()
    sender = threading.Thread(target=client.socket.sendall, args=(wire,))
    sender.start()
    time.sleep(1)
    statuses = [reply_on(client)[0] for _ in range(1000)]
    sender.join(TIMEOUT)
    assert len(set(statuses)) == 1
    well(server)


def test_many_handshakes_at_once(secure, authority):
    failed = []

    def visit():
        for _ in range(10):
            try:
                with connect(secure, authority.context()) as stream:
                    assert ask(stream)[0] == 200
            except Exception as error:  # noqa: BLE001 (any is a failure)
                failed.append(repr(error))
    threads = [threading.Thread(target=visit) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert failed == []


def test_records_of_every_shape(secure, authority):
    """A thousand requests, cut at random into records and into segments."""
    chance = random.Random(7)
    client = Client(secure, authority).shake_hands()
    requests_left = REQUEST * 1000
    wire = b""
    while requests_left:
        n = chance.choice([1, 7, 41, 300, 5000, 16384])
        client.tls.write(requests_left[:n])
        requests_left = requests_left[n:]
        wire += client.outgoing.read()

    def send():
        at = 0
        while at < len(wire):
            n = chance.choice([1, 2, 5, 6, 100, 1448, 20000, 60000])
            client.socket.sendall(wire[at:at + n])
            at += n
    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(1000):
        status, body = reply_on(client)
        assert status == 200 and re.match(rb'{"gateway":"healthy"', body)
    sender.join(TIMEOUT)
