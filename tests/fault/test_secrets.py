"""No password stays in the program's memory once its request is answered: all of its memory is searched, as whoever gets a core dump
or a swapped-out page could. (Heap, stacks and buffers of the sanitizer build, which keeps freed memory longer than any other.)"""
import os
import re
import signal
import socket
import threading
from collections import Counter

import pytest

from helpers import check, new_user, unique
from wire import form


MARK = b"aXQ7"
SHADOW = 0x7fff7000, 0x10007fff8000  # AddressSanitizer's notes about the rest


def resident(pid):
    """(begin, end) of every mapping that can be written and holds something."""
    found = None
    for line in open(f"/proc/{pid}/smaps"):
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", line)
        if head:
            found = (int(head.group(1), 16), int(head.group(2), 16)) if "w" in head.group(3) else None
        elif line.startswith("Rss:") and found and int(line.split()[1]) > 0 and not SHADOW[0] <= found[0] < SHADOW[1]:
            yield found


def places(pid, secrets):
    """How often each text lies in the memory of the process. All contain MARK."""
    counts = Counter()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for begin, end in resident(pid):
            tail = b""
            for at in range(begin, end, 1 << 22):
                memory.seek(at)
                try:
                    data = tail + memory.read(min(1 << 22, end - at))
                except OSError:  # gone meanwhile
                    break
                if MARK in data:
                    counts.update({secret: data.count(secret) for secret in secrets if secret in data})
                tail = data[-200:]
    return counts


def word(what):
    """A password that nothing else contains."""
    return f"{unique(what)}-aXQ7-secret-of-alice"


def raw(server, path, body, chunks=False):
    """A body in small pieces, or in chunks: what is put together out of many reads."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as s:
        head = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n" % path.encode()
        s.sendall(head + (b"Transfer-Encoding: chunked\r\n\r\n" if chunks else b"Content-Length: %d\r\n\r\n" % len(body)))
        for i in range(0, len(body), 40):
            piece = body[i:i + 40]
            s.sendall(b"%x\r\n%s\r\n" % (len(piece), piece) if chunks else piece)
        s.sendall(b"0\r\n\r\n" if chunks else b"")
        while s.recv(65536):
            pass


def use_passwords(server):
    """Every way in which a password comes in; all of them."""
    first, second, third = word("first"), word("second"), word("third")
    wrong, weak, other, cut = word("wrong"), word("weak"), word("other"), word("cut")
    user = new_user(server, password=first)
    user.password = first
    log_in = lambda password: user.post("/auth/login", json={"email": user.email, "password": password})  # noqa: E731
    check(log_in(first), 200)
    check(log_in(wrong), 401)
    user.post("/auth/signup", json={"name": "", "email": "no", "password": weak})
    user.post("/auth/login", data='{"email": "a@example.com", "password": "%s"' % cut,
              headers={"Content-Type": "application/json"})  # no JSON
    check(user.put(f"/users/{user.id}", json={"email": unique("new") + "@example.com", "password": first}), 200)
    check(user.post("/auth/change-password", json={"current_password": wrong, "new_password": other}), 401)
    check(user.post("/auth/change-password", json={"current_password": first, "new_password": second}), 200)
    for chunks in () if server.settings.get("tls_cert") else (False, True):
        raw(server, "/auth/login", b'{"email": "%s", "password": "%s"}' % (user.email.encode(), third.encode()), chunks)
    body, line = form("file", b"x" * 3000 + third.encode())
    user.post(f"/users/{user.id}/photos", data=body, headers={"Content-Type": line[14:-2].decode()})
    return [first, second, third, wrong, weak, other, cut]


@pytest.mark.parametrize("transport", ["http", "https"])
def test_no_password_stays_in_memory(transport, make_server, request):
    settings = request.getfixturevalue("certificate").settings if transport == "https" else {}
    server = make_server(token_secret="only-for-tests-aXQ7-" + unique("0123456789abcdef"), **settings)
    secrets = use_passwords(server)
    counts = places(server.process.pid, [server.settings["token_secret"].encode(), *(secret.encode() for secret in secrets)])
    assert counts.pop(server.settings["token_secret"].encode()) > 0  # the search finds what is there
    assert counts == {}


def test_no_password_stays_in_a_gateway_that_had_to_wait_for_its_service(make_server):
    """What the service does not take is kept meanwhile: a body larger than the kernel's buffers."""
    settings = {"token_secret": "only-for-tests-aXQ7-" + unique("0123456789abcdef")}
    behind = make_server(services=["user"], **settings)
    gateway = make_server(services=["gateway", "venue"], port_base=behind.port_base, **settings)
    user, secret = new_user(gateway), word("kept")
    body, line = form("file", secret.encode() * (9_000_000 // len(secret)))
    send = threading.Thread(target=user.post, args=(f"/users/{user.id}/photos",),
                            kwargs={"data": body, "headers": {"Content-Type": line[14:-2].decode()}})
    os.kill(behind.process.pid, signal.SIGSTOP)
    try:
        send.start()
        send.join(1)
        kept = places(gateway.process.pid, [secret.encode()])
    finally:
        os.kill(behind.process.pid, signal.SIGCONT)
    send.join()
    assert kept and places(gateway.process.pid, [secret.encode()]) == {}
