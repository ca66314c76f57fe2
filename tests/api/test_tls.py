"""HTTPS and WSS on the gateway: what people do works, what is negotiated, the certificate's life, the redirect."""
import json
import random
import re
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import zlib
from datetime import timedelta

import pytest
import requests
from helpers import booked_couple, check, free_port_base, jpeg, new_user, run_command, until, ws_connect
from tls_client import TIMEOUT, ask, connect, received, reply_on


def noise_png(size):
    """A picture that no compression makes small."""
    rows = b"".join(b"\0" + random.randbytes(size * 3) for _ in range(size))

    def chunk(kind, data):
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack("!IIBBBBB", size, size, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 0)) + chunk(b"IEND", b""))


# ── What people do ──


def test_a_chat_over_wss_after_a_booking_over_https(secure):
    alice, bob, _, _ = booked_couple(secure)
    session = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": bob.id, "meeting_time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        "duration_minutes": 60}), 201)["session_id"]
    hers, his = ws_connect(secure, session, alice), ws_connect(secure, session, bob)
    said, heard = [f"{n} " + "ä" * 1500 for n in range(200)], []

    def hear(ws):
        while (event := json.loads(ws.recv())).get("type") != "message":
            pass
        return event["data"]["content"]
    listener = threading.Thread(target=lambda: heard.extend(hear(his) for _ in said))
    listener.start()
    for text in said:
        hers.send(json.dumps({"content": text}))
    listener.join(TIMEOUT)
    assert heard == said
    his.send(json.dumps({"content": "and back"}))
    assert hear(hers) == "and back"
    secure.signal(signal.SIGTERM)  # said in order, through TLS
    frame = hers.sock.recv(4)
    assert frame[0] == 0x88 and struct.unpack("!H", frame[2:4])[0] == 1012
    for ws in (hers, his):
        ws.sock.close()
    assert secure.wait(TIMEOUT) == []


def test_large_uploads_and_downloads(secure, authority):
    user = new_user(secure)
    sent = noise_png(1700)
    assert 8 << 20 < len(sent) < 10 << 20
    url = check(user.post(f"/users/{user.id}/photos", files={"file": ("me.png", sent, "image/png")}), 201)["photo_url"]
    photo = user.get(url).content
    assert len(photo) > 500_000 and photo.startswith(b"\xff\xd8")
    # A client that reads slowly, and asks for more than any buffer holds, gets every byte in order.
    stream = connect(secure, authority.context())
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
    request = f"GET {url} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {user.token}\r\n\r\n".encode()
    stream.sendall(request * 12)
    time.sleep(0.5)
    for n in range(12):
        status, body = reply_on(stream, 20_000 if n < 2 else 1 << 20)
        assert status == 200 and body == photo
    too_large = user.post(f"/users/{user.id}/photos", files={"file": ("me.png", jpeg() + b"\0" * (12 << 20), "image/png")})
    assert too_large.status_code == 413


def test_bodies_of_many_sizes(secure, authority):
    """Around the edges of records, in one piece and byte by byte."""
    stream = connect(secure, authority.context())
    for size in (0, 1, 100, 16_000, 16_383, 16_384, 16_385, 40_000):
        body = json.dumps({"email": "x" * size, "password": "x"}).encode()
        head = f"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        stream.sendall(head.encode() + body)
        assert reply_on(stream)[0] in (401, 422)
    for byte in b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n":
        stream.sendall(bytes([byte]))
    assert reply_on(stream)[0] == 200


@pytest.mark.once
def test_pipelined_requests_are_answered_in_order(secure, authority):
    stream = connect(secure, authority.context())
    stream.sendall(b"".join(b"GET /nowhere/%d HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: r%d\r\n\r\n" % (n, n) for n in range(500)))
    data = b""
    while data.count(b"HTTP/1.1 401") < 500:
        data += received(stream)
    assert re.findall(rb"X-Request-ID: r(\d+)", data) == [b"%d" % n for n in range(500)]


# ── What is negotiated ──


@pytest.mark.once
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_versions_and_keys(make_server, authority, version, kind):
    server = make_server(**authority.issue(kind).settings)
    only = getattr(ssl.TLSVersion, version)
    with connect(server, authority.context(minimum_version=only, maximum_version=only)) as stream:
        assert ask(stream)[0] == 200
        name, _, bits = stream.cipher()
        assert ("GCM" in name or "CHACHA" in name) and bits >= 128
        assert stream.compression() is None


@pytest.mark.once
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_and_ciphers_are_refused(secure, authority):
    for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        context = authority.context()
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        with pytest.raises(ssl.SSLError, match="(?i)protocol.version|unsupported.protocol|internal.error"):
            connect(secure, context)
    for ciphers in ("kRSA", "aNULL:@SECLEVEL=0"):
        context = authority.context(maximum_version=ssl.TLSVersion.TLSv1_2)
        context.set_ciphers(ciphers)
        with pytest.raises(ssl.SSLError, match="(?i)handshake.failure"):
            connect(secure, context)
    assert requests.get(secure.url + "/health", timeout=TIMEOUT).status_code == 200


@pytest.mark.once
@pytest.mark.parametrize("offered, chosen", [([], None), (["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1")])
def test_alpn(secure, authority, offered, chosen):
    context = authority.context()
    if offered:
        context.set_alpn_protocols(offered)
    with connect(secure, context) as stream:
        assert stream.selected_alpn_protocol() == chosen
        assert ask(stream)[0] == 200


@pytest.mark.once
def test_alpn_without_ours_is_refused(secure, authority):
    context = authority.context()
    context.set_alpn_protocols(["h2", "spdy/3"])
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        connect(secure, context)


@pytest.mark.once
def test_any_server_name_or_none_is_served(secure, authority):
    for name in (None, "localhost", "other.example", "a" * 60 + ".example"):
        with connect(secure, authority.context(check_hostname=False), name) as stream:
            assert ask(stream)[0] == 200


@pytest.mark.once
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_sessions_resume_by_ticket(make_server, certificate, authority, version):
    secure = make_server(balanced=False, **certificate.settings)
    context = authority.context(maximum_version=getattr(ssl.TLSVersion, version))
    with connect(secure, context) as first:
        assert ask(first)[0] == 200
        assert not first.session_reused
        with connect(secure, context, session=first.session) as second:
            assert ask(second)[0] == 200
            assert second.session_reused


# ── The other port ──


def test_plain_http_is_sent_to_https(make_server, certificate):
    port = free_port_base()
    server = make_server(balanced=False, **certificate.settings, redirect_port=port)
    plain = f"http://localhost:{port}"
    for method in ("GET", "HEAD", "POST", "DELETE"):
        reply = requests.request(method, plain + "/users/x?a=1&b=%20c", allow_redirects=False, timeout=TIMEOUT)
        assert reply.status_code == 308
        assert reply.headers["Location"] == server.url + "/users/x?a=1&b=%20c"
    assert requests.get(plain + "/health", timeout=TIMEOUT).json()["gateway"] == "healthy"  # it follows
    reply = requests.post(plain + "/auth/login", json={"email": "nobody@example.com", "password": "x"}, timeout=TIMEOUT)
    assert reply.status_code == 401 and reply.url.startswith("https://")
    reply = requests.get(plain, headers={"Host": "evil.example"}, allow_redirects=False, timeout=TIMEOUT)
    assert reply.status_code == 403  # as everywhere, unless others may come at all
    reply = requests.get(plain + "//evil.example/", allow_redirects=False, timeout=TIMEOUT)
    assert reply.headers["Location"].startswith(server.url + "/")


def test_a_tls_port_takes_the_gateways_place(make_server, certificate):
    port = free_port_base()
    server = make_server(balanced=False, **certificate.settings, tls_port=port)
    assert server.url == f"https://localhost:{port}"
    assert f" {server.url} " in server.output_text()
    new_user(server)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://localhost:{server.port_base}/health", timeout=TIMEOUT)
    assert requests.get(f"http://localhost:{server.port_base + 6}/health", timeout=TIMEOUT).status_code == 200


@pytest.mark.once
def test_http_on_the_https_port_gets_a_sentence(secure):
    reply = requests.get(f"http://localhost:{secure.port}/health", timeout=TIMEOUT)
    assert reply.status_code == 400 and reply.headers["Content-Type"].startswith("text/plain")
    assert "https://" in reply.text and reply.headers["Connection"] == "close"


# ── The certificate's life ──


def reload(server, event):
    seen = server.log_text().count(f'"event":"{event}"')
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + TIMEOUT
    while server.log_text().count(f'"event":"{event}"') == seen:
        assert time.monotonic() < until and server.alive()
        time.sleep(0.02)


def test_reload_under_load(make_server, authority):
    """Three changes of the certificate while people talk: nobody notices, and new connections see the new one."""
    pairs = [authority.issue(kind) for kind in ("ec", "rsa", "ec", "ec")]
    live = authority.issue()
    live.put(pairs[0])
    server = make_server(balanced=False, **live.settings, connections_per_address=0)
    stop, errors, served = threading.Event(), [], [0, 0]

    def talk(keep):
        try:
            while not stop.is_set():
                with connect(server, authority.context()) as stream:
                    while ask(stream)[0] == 200 and keep and not stop.is_set():
                        served[0] += 1
                served[1] += 1
        except Exception as error:  # noqa: BLE001 (any is a failure)
            errors.append(repr(error))

    threads = [threading.Thread(target=talk, args=(n < 3,)) for n in range(5)]
    for thread in threads:
        thread.start()
    old = connect(server, authority.context())
    for pair in pairs[1:]:
        time.sleep(0.3)
        live.put(pair)
        reload(server, "tls.reloaded")
        with connect(server, authority.context()) as fresh:
            assert fresh.getpeercert(binary_form=True) == pair.der()
            assert ask(fresh)[0] == 200
        assert ask(old)[0] == 200 and old.getpeercert(binary_form=True) == pairs[0].der()
    stop.set()
    for thread in threads:
        thread.join(TIMEOUT)
    assert errors == [] and min(served) > 10


@pytest.mark.once
def test_a_bad_new_certificate_leaves_the_old_one(make_server, authority):
    good, live = authority.issue(), authority.issue()
    live.put(good)
    server = make_server(balanced=False, **live.settings)
    wrong = [("not a certificate", None), (None, "not a key"), (authority.issue().certificate.read_text(), None),
             (authority.issue(ends=timedelta(hours=-1)).certificate.read_text(), None)]
    for certificate, key in wrong:
        live.put(good)
        if certificate:
            live.certificate.write_text(certificate)
        if key:
            live.key.write_text(key)
        reload(server, "tls.not_reloaded")
        with connect(server, authority.context()) as stream:
            assert stream.getpeercert(binary_form=True) == good.der() and ask(stream)[0] == 200
    live.certificate.unlink()
    reload(server, "tls.not_reloaded")
    assert requests.get(server.url + "/health", timeout=TIMEOUT).status_code == 200
    live.put(good)
    reload(server, "tls.reloaded")


def broken_pairs(authority, folder):
    good, other, rsa = authority.issue(), authority.issue(), authority.issue("rsa")
    empty, garbage = folder / "empty.pem", folder / "garbage.pem"
    empty.touch()
    garbage.write_bytes(random.randbytes(3000))
    secret = authority.issue(passphrase="secret").key
    return [
        (good.certificate, "", "BOOKADATE_TLS_KEY must be given too"),
        ("", good.key, "BOOKADATE_TLS_CERT must be given too"),
        (folder / "none.pem", good.key, "certificate .*none.pem cannot be read: No such file or directory"),
        (good.certificate, folder / "none.key", "key .*none.key cannot be read: No such file or directory"),
        (folder, good.key, "cannot be read: Is a directory"),
        (empty, good.key, "cannot be read: it is empty"),
        (garbage, good.key, "it must be a chain in PEM form"),
        (good.key, good.key, "it must be a chain in PEM form"),
        (good.certificate, garbage, "it must be a private key in PEM form"),
        (good.certificate, good.certificate, "it must be a private key in PEM form"),
        (good.certificate, other.key, "does not belong to the certificate"),
        (good.certificate, rsa.key, "does not belong to the certificate"),
        (good.certificate, secret, "protected by a passphrase"),
        (*authority.issue("weak").files, "too small|too weak"),
        (*authority.issue(ends=timedelta(minutes=-1)).files, r"has expired on \d{4}-\d\d-\d\d"),
        (*authority.issue(begins=timedelta(days=2)).files, r"counts only from \d{4}-\d\d-\d\d on"),
    ]


@pytest.mark.once
def test_what_cannot_be_used_is_said_at_start(authority, tmp_path):
    for certificate, key, why in broken_pairs(authority, tmp_path):
        settings = {"tls_cert": certificate, "tls_key": key, "data_dir": tmp_path / "data", "port_base": free_port_base()}
        for command in ("run", "config"):
            result = run_command(command, settings=settings, stdin=subprocess.DEVNULL)
            assert result.returncode == 1, (certificate, key)
            assert re.fullmatch(rf"bookadate: .*({why}).*\n", result.stderr), result.stderr
    assert not (tmp_path / "data").exists()


@pytest.mark.once
@pytest.mark.parametrize("settings, why", [
    ({"tls_port": 8443}, "BOOKADATE_TLS_PORT needs a certificate"),
    ({"redirect_port": 8080}, "BOOKADATE_REDIRECT_PORT needs a certificate"),
    ({"tls_cert": "a", "tls_key": "b", "port_base": 8000, "redirect_port": 8000}, "BOOKADATE_REDIRECT_PORT is 8000"),
    ({"tls_cert": "a", "tls_key": "b", "tls_port": 8443, "redirect_port": 8443}, "BOOKADATE_REDIRECT_PORT is 8443"),
])
def test_settings_that_do_not_fit(settings, why):
    result = run_command("run", settings=settings)
    assert result.returncode == 1 and why in result.stderr and result.stderr.count("\n") == 1


def test_a_hangup_is_no_end_for_the_services_of_a_gateway_with_tls(make_server, certificate):
    server = make_server(services=["user", "venue"], **certificate.settings)
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert requests.get(f"http://localhost:{server.port_base + 6}/health", timeout=TIMEOUT).status_code == 200


@pytest.mark.once
@pytest.mark.parametrize("days, warned", [(5, True), (29, True), (31, False)])
def test_a_certificate_near_its_end_is_a_warning(make_server, authority, days, warned):
    pair = authority.issue(ends=timedelta(days=days, hours=1))
    server = make_server(balanced=False, **pair.settings)
    assert ('"event":"tls.expiring"' in server.log_text()) == warned
    reload(server, "tls.reloaded")
    until(lambda: server.log_text().count('"event":"tls.expiring"') == (2 if warned else 0))
    shown = run_command("config", settings=pair.settings)
    assert shown.returncode == 0
    assert ("WARNING: The TLS certificate ends on" in shown.stdout) == warned
    assert f"in {days} days" in shown.stdout


@pytest.mark.once
@pytest.mark.parametrize("certified, direct_ports, event", [
    (False, 0, "tls.none"), (False, 1, "tls.none"), (True, 0, None), (True, 1, "tls.partly")])
def test_what_others_reach_in_the_clear_is_a_warning(make_server, certificate, certified, direct_ports, event):
    server = make_server(balanced=False, profile="production", bind="0.0.0.0", direct_ports=direct_ports, **(certificate.settings if certified else {}))
    if len(server.processes) > 1 and event == "tls.partly":
        event = None  # those ports are other processes'
    assert re.findall(r'"event":"(tls\.\w+)"', server.log_text()) == ([event] if event else [])
