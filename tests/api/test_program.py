"""The program from the outside: commands, exit codes, the one sentence for each thing that can go wrong at its start, and
an orderly stop."""
import os
import signal
import socket
import stat
import subprocess
import time

import pytest
import requests

import store
from helpers import BINARY, environment, free_port_base, new_user

REFUSED, MISUSED = 1, 2


def run(*words, timeout=20, **env):
    clean = {k: v for k, v in os.environ.items() if not k.startswith("BOOKADATE_")}
    clean.update({"BOOKADATE_" + k.upper(): str(v) for k, v in env.items()})
    return subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=timeout, env=clean)


def one_sentence(result):
    lines = [line for line in result.stderr.splitlines() if not line.startswith("{")]
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("bookadate: ")
    return lines[0]


def test_version_and_help():
    assert run("--version").stdout.startswith("bookadate ")
    page = run("--help")
    assert page.returncode == 0
    for word in ("run", "routes", "config", "migrate", "admin"):
        assert word in page.stdout
    nothing = run()
    assert nothing.returncode == 2 and "Usage" in nothing.stderr


def test_unknown_words_are_refused(tmp_path):
    assert "fly" in one_sentence(run("fly"))
    result = run("run", "gatway", data_dir=tmp_path / "d", port_base=free_port_base())
    assert result.returncode == MISUSED and 'no service "gatway"; did you mean "gateway"?' in one_sentence(result)
    result = run("run", "xyzzy", data_dir=tmp_path / "d", port_base=free_port_base())
    assert result.returncode == MISUSED and "the seven are" in one_sentence(result)


def test_routes_lists_every_endpoint_of_the_reference():
    text = run("routes").stdout
    for method, path in [
        ("POST", "/auth/signup"), ("POST", "/auth/login"), ("POST", "/auth/verify-token"), ("GET", "/users/{user_id}"),
        ("POST", "/matches/find"), ("DELETE", "/matches/queue/{user_id}"), ("POST", "/bookings/confirm"),
        ("GET", "/venues/{venue_id}/stats"), ("POST", "/faceauth/verify/{user_id}"), ("POST", "/chat/match"),
    ]:
        assert any(line.split()[1:3] == [method, path] for line in text.splitlines()[1:]), (method, path)


def test_config_shows_every_setting_and_hides_secrets(tmp_path):
    shown = run("config", token_secret="s" * 40, port_base=9100)
    assert shown.returncode == 0
    assert "s" * 40 not in shown.stdout
    assert "9100" in shown.stdout
    for name in ("data_dir", "port_base", "profile", "bind", "allow_remote", "loops"):
        assert name.upper() in shown.stdout.upper()


def test_unknown_setting_is_an_error(tmp_path):
    result = run("run", data_dir=tmp_path / "d", port_bass=9000)
    assert result.returncode == REFUSED and "BOOKADATE_PORT_BASS" in one_sentence(result)
    result = run("run", "--port-bass", "9000", data_dir=tmp_path / "d")
    assert result.returncode == MISUSED and "port-bass" in one_sentence(result)
    (tmp_path / "conf").write_text("BOOKADATE_PORT_BASS=9000\n")
    result = run("run", "--config", str(tmp_path / "conf"), data_dir=tmp_path / "d")
    assert result.returncode == REFUSED and "PORT_BASS" in one_sentence(result)


def test_production_refuses_to_start_unsafely(tmp_path):
    result = run("run", data_dir=tmp_path / "d", profile="production", port_base=free_port_base())
    assert result.returncode == REFUSED and "BOOKADATE_TOKEN_SECRET" in one_sentence(result)
    result = run("run", data_dir=tmp_path / "d", profile="production", token_secret="not-the-same-40-letters-all-the-way-down", port_base=free_port_base())
    assert result.returncode == REFUSED and "BOOKADATE_CORS_ORIGINS" in one_sentence(result)
    result = run("run", data_dir=tmp_path / "d", profile="production", token_secret="x" * 40, port_base=free_port_base())
    assert result.returncode == REFUSED and "easy to guess" in one_sentence(result)


def test_port_in_use(server, tmp_path):
    result = run("run", data_dir=tmp_path / "d", port_base=server.port_base)
    assert result.returncode == REFUSED
    assert str(server.port_base) in one_sentence(result) and "in use" in result.stderr
    assert not (tmp_path / "d").exists()


@pytest.mark.sqlite
def test_second_process_on_the_same_data_directory(server):
    result = run("run", data_dir=server.data_dir, port_base=free_port_base())
    assert result.returncode == REFUSED and str(server.data_dir) in one_sentence(result)


@pytest.mark.skipif(not os.path.exists("/proc/self"), reason="needs /proc as a place nobody can write to")
def test_unwritable_directory():
    result = run("run", data_dir="/proc/nothing/data", port_base=free_port_base())
    assert result.returncode == REFUSED and "/proc/nothing/data" in one_sentence(result)


def test_newer_database(make_server):
    some = make_server()
    some.stop()
    store.query(some, "INSERT INTO schema_migrations(owner, number, name, checksum, applied_us) VALUES('user', 9999, "
                "'9999_later', 'x', 0)")
    result = run("run", **{**some.settings, "data_dir": some.data_dir, "port_base": free_port_base()})
    assert result.returncode == REFUSED and "newer" in one_sentence(result)


def test_private_data_directory(server):
    assert stat.S_IMODE(os.stat(server.data_dir).st_mode) & 0o077 == 0
    for name in ("token.key",) if store.POSTGRES else ("token.key", "bookadate.db"):
        assert stat.S_IMODE(os.stat(os.path.join(server.data_dir, name)).st_mode) & 0o077 == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stops_in_order(make_server, number):
    was = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup's programs stay when the terminal goes, and so would this one
    try:
        some = make_server()
    finally:
        signal.signal(signal.SIGHUP, was)
    new_user(some)
    some.signal(number)
    assert some.wait(15) == []
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://localhost:{some.wire_port}/health", timeout=2)


def test_finishes_what_runs_when_stopped(make_server):
    """A request under way at SIGTERM is answered; a new connection is not taken."""
    some = make_server()
    user = new_user(some)
    body = b'{"email": "%s", "password": "%s"}' % (user.email.encode(), user.password.encode())
    with socket.create_connection(("127.0.0.1", some.wire_port), timeout=10) as s:
        s.sendall(b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                  b"Content-Length: %d\r\n\r\n" % len(body) + body)
        time.sleep(0.02)
        some.signal(signal.SIGTERM)
        assert s.recv(4096).startswith(b"HTTP/1.1 200")
    assert some.wait(15) == []


def test_everything_is_still_there_after_a_restart(make_server):
    some = make_server()
    user = new_user(some)
    before = user.get("/users/" + user.id).json()
    some.kill()
    some.restart()
    assert user.get("/users/" + user.id).json() == before


def test_admin_create_beside_a_running_server(server):
    result = subprocess.run([BINARY, "admin", "create", "--email", "root@example.com", "--name", "Root"],
                            env=environment(data_dir=server.data_dir, admin_password="a-long-Passphrase-1",
                                            database_url=server.settings.get("database_url", "")),
                            capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    reply = requests.post(server.url + "/auth/login",
                          json={"email": "root@example.com", "password": "a-long-Passphrase-1"})
    assert reply.status_code == 200


def test_admin_create_refuses_a_weak_password(server):
    result = run("admin", "create", "--email", "weak@example.com", "--name", "Weak", data_dir=server.data_dir,
                 admin_password="password")
    assert result.returncode == REFUSED and "password" in one_sentence(result).lower()


def test_admin_create_changes_the_role_of_an_account_by_its_address_alone(server):
    user = new_user(server)
    place = {"data_dir": server.data_dir, "database_url": server.settings.get("database_url", "")}

    def admin_create(*words, **settings):
        clean = environment(**place, **settings)
        return subprocess.run([BINARY, "admin", "create", *words], env=clean, capture_output=True, text=True, stdin=subprocess.DEVNULL)

    for role in ("partner", "user", "admin"):
        made = admin_create("--email", user.email, "--role", role)
        assert made.returncode == 0 and f"is now {role}" in made.stdout, made.stderr
        signed_in = requests.post(server.url + "/auth/login", json={"email": user.email, "password": user.password})
        assert signed_in.status_code == 200
        reply = requests.get(server.url + "/admin/users", headers={"Authorization": "Bearer " + signed_in.json()["access_token"]})
        assert reply.status_code == (200 if role == "admin" else 403)
    nobody = admin_create("--email", "nobody-yet@example.com")
    assert nobody.returncode == REFUSED and "--name" in one_sentence(nobody)
    assert admin_create("--email", user.email, "--role", "root").returncode == MISUSED
    assert admin_create("--email", "no address").returncode == REFUSED
