"""The command line as a person meets it: help, what was meant, completion in the shells that are there, colours, JSON; the manual
page and the page of settings are as the program prints them; `doctor` and `demo`."""
import contextlib
import json
import os
import pty
import re
import shutil
import socket
import sqlite3
import subprocess
from pathlib import Path

import pytest
import requests

import store
from program import PRODUCTION
from helpers import BINARY, check, environment, free_port_base, run_command

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMANDS = ["run", "routes", "openapi", "config", "migrate", "admin", "backup", "restore", "demo", "doctor", "completion",
            "version", "help"]
FAILED, MISUSED = 1, 2


def test_every_command_has_a_page_and_help_names_them_all():
    overview = run_command("help")
    assert overview.returncode == 0 and overview.stdout == run_command("--help").stdout
    listed = [line.split()[0] for line in overview.stdout.split("Commands\n")[1].split("\n\n")[0].splitlines()]
    assert listed == COMMANDS
    for command in COMMANDS:
        page = run_command("help", command)
        assert page.returncode == 0 and page.stdout.startswith(f"bookadate {command}: "), command
        assert run_command(command, "--help").stdout == page.stdout
        assert all(len(line) <= 110 for line in page.stdout.splitlines())


@pytest.mark.parametrize("written,meant", [("rnu", "run"), ("demoo", "demo"), ("dcotor", "doctor"), ("bakup", "backup"),
                                           ("xyzzy", None), ("", None), ("r" * 500, None)])
def test_what_was_meant(written, meant):
    result = run_command(written)
    assert result.returncode == MISUSED and result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert (f'did you mean "{meant}"' in result.stderr) if meant else ("did you mean" not in result.stderr)


@pytest.mark.parametrize("words", [[], ["completion", "tcsh"], ["backup"], ["restore", "a", "b"], ["routes", "x"],
                                   ["version", "x"], ["demo", "--people", "none"], ["demo", "--people", "1"],
                                   ["demo", "--city", " , "], ["help", "rnu"],
                                   ["demo", "--people"], ["demo", "--people", "--city", "Boston"], ["demo", "extra"],
                                   ["doctor", "extra"], ["config", "extra"], ["migrate", "--from", "x"],
                                   ["migrate", "--from", "x", "--to", "mysql://y"], ["config", "--json=1"], ["doctor", "--port-base"],
                                   ["run", "--"], ["backup", "-"], ["backup", "--portbase", "1", "x.tar"]])
def test_asked_wrongly_is_2(words, tmp_path):
    result = run_command(*words, settings={"data_dir": tmp_path / "d"})
    assert result.returncode == MISUSED and (len(result.stderr.splitlines()) == 1 or not words)
    assert result.stderr and not result.stdout and not (tmp_path / "d").exists()


@pytest.mark.parametrize("words,meant", [(["config", "--jso"], "--json"), (["doctor", "--jsno"], "--json"), (["demo", "--cty", "X"], "--city"),
                                         (["demo", "--port-bass", "1"], "--port-base"), (["migrate", "--form", "x"], "--from"),
                                         (["config", "--xyzzy"], None), (["config", "--" + "x" * 500], None)])
def test_which_flag_was_meant(words, meant):
    result = run_command(*words)
    assert result.returncode == MISUSED and result.stdout == "" and "there is no setting --" in result.stderr
    assert (f"did you mean {meant}?" in result.stderr) if meant else ("did you mean" not in result.stderr)


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_config_shows_no_value_that_is_not_in_force(tmp_path, words):
    """What cannot be read is one sentence, and no table of what would be instead of it."""
    (tmp_path / "file").write_text("BOOKADATE_PORT_BASE=9100\nBOOKADATE_PORT_BASS=1\n")
    for settings, named in (({"port_base": "abc"}, "BOOKADATE_PORT_BASE"), ({"config": tmp_path / "file"}, "line 2 of")):
        result = run_command("config", *words, settings=settings)
        assert result.returncode == FAILED and result.stdout == "" and len(result.stderr.splitlines()) == 1
        assert named in result.stderr


def test_config_shows_what_is_not_safe_and_says_so():
    result = run_command("config", settings={"profile": "production", "port_base": "9100"})
    assert result.returncode == FAILED and "9100" in result.stdout and "BOOKADATE_TOKEN_SECRET must be given" in result.stderr


def test_pages_in_the_tree_are_as_the_program_prints_them():
    assert (DOCS / "bookadate.1").read_text() == run_command("help", "--man").stdout, \
        "bookadate help --man > docs/bookadate.1"
    assert (DOCS / "configuration.md").read_text() == run_command("config", "--markdown").stdout, \
        "bookadate config --markdown > docs/configuration.md"


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff here")
def test_the_manual_page_is_read_without_a_warning():
    result = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(DOCS / "bookadate.1")], capture_output=True, text=True)
    assert result.returncode == 0 and result.stderr == ""
    assert "BOOKADATE_PORT_BASE" in re.sub(".\b", "", result.stdout)  # bold is struck over


# ── Completion ──


def bash_completes(*words):
    script = run_command("completion", "bash").stdout
    quoted = " ".join(f"'{word}'" for word in words)
    script += f'\nCOMP_WORDS=(bookadate {quoted}); COMP_CWORD={len(words)}; _bookadate; printf "%s\\n" "${{COMPREPLY[@]}}"'
    result = subprocess.run(["bash", "--norc", "-uc", script], capture_output=True, text=True)
    assert result.stderr == ""
    return result.stdout.split()


def test_bash_completes_commands_words_and_settings():
    assert set(COMMANDS) <= set(bash_completes(""))
    assert bash_completes("do") == ["doctor"]
    assert bash_completes("run", "gat") == ["gateway"]
    assert bash_completes("run", "--port") == ["--port-base"]
    assert bash_completes("demo", "--pe") == ["--people"]
    assert "zsh" in bash_completes("completion", "")
    assert bash_completes("routes", "--port") == []


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_their_script(shell):
    script = run_command("completion", shell).stdout
    assert "doctor" in script and "port-base" in script
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, capture_output=True).stderr == ""


# ── Colours ──


def on_a_terminal(*words, **env):
    reader, writer = pty.openpty()
    process = subprocess.Popen([BINARY, *words], stdout=writer, stderr=writer, stdin=subprocess.DEVNULL,
                               env={**environment(), "TERM": "xterm", **env})
    os.close(writer)
    text = b""
    while True:
        try:
            part = os.read(reader, 65536)
        except OSError:
            break
        if not part:
            break
        text += part
    os.close(reader)
    process.wait(timeout=60)
    return text


def test_colours_on_a_terminal_only_and_only_where_they_are_wanted():
    assert b"\033[1m" in on_a_terminal("help", NO_COLOR="")
    assert b"\033" not in on_a_terminal("help", NO_COLOR="1")
    assert b"\033" not in on_a_terminal("help", NO_COLOR="", TERM="dumb")
    assert "\033" not in run_command("help").stdout


# ── JSON ──


def test_json_says_what_the_tables_say(tmp_path):
    routes = json.loads(run_command("routes", "--json").stdout)
    lines = run_command("routes").stdout.splitlines()[1:]
    assert [[r["service"], r["method"], r["path"], r["who"]] for r in routes] == [line.split()[:4] for line in lines]
    settings = {"data_dir": str(tmp_path), "token_secret": "s" * 40}
    config = {row["name"]: row for row in json.loads(run_command("config", "--json", settings=settings).stdout)}
    assert config["BOOKADATE_TOKEN_SECRET"]["value"] is None and config["BOOKADATE_TOKEN_SECRET"]["from"] == "environment"
    assert config["BOOKADATE_DATA_DIR"]["value"] == str(tmp_path)
    assert config["BOOKADATE_DATABASE_URL"]["value"] == ""
    version = json.loads(run_command("version", "--json").stdout)
    assert run_command("--version").stdout == f"bookadate {version['version']}\n"
    listed = run_command("version").stdout.splitlines()
    assert [listed[0]] + [line.split(maxsplit=1) for line in listed[1:]] == \
        [f"bookadate {version['version']}"] + [list(pair) for pair in version["libraries"].items()]
    assert version["libraries"]["sqlite"].startswith("3.")


# ── doctor ──


def doctor(**settings):
    result = run_command("doctor", "--json", settings=settings)
    found = {row["what"]: row for row in json.loads(result.stdout)}
    assert result.returncode == (FAILED if any(row["state"] == "bad" for row in found.values()) else 0), result.stderr
    assert all(row["advice"] for row in found.values() if row["state"] == "bad")
    return found


def test_doctor_finds_nothing_bad_in_a_new_place_and_makes_nothing(tmp_path):
    found = doctor(data_dir=tmp_path / "new", port_base=free_port_base())
    assert not [row for row in found.values() if row["state"] == "bad"]
    assert not (tmp_path / "new").exists()
    assert {"settings", "data directory", "disk space", "fsync", "store", "token secret", "TLS", "ports", "open files",
            "clock", "face models", "libraries"} <= set(found)


def test_doctor_says_what_is_wrong(tmp_path, make_server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        found = doctor(data_dir=tmp_path / "x", port_base=min(taken.getsockname()[1], 65529))
        assert taken.getsockname()[1] > 65529 or found["ports"]["state"] == "note"
    broken = tmp_path / "broken"
    broken.mkdir(mode=0o755)
    (broken / "bookadate.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 8000)
    (broken / "token.key").write_bytes(b"k" * 32)
    (broken / "token.key").chmod(0o644)
    base = free_port_base()
    found = doctor(data_dir=broken, port_base=base)
    assert found["store"]["state"] == "bad" and found["token secret"]["state"] == "bad"
    assert found["data directory"]["state"] == "note"
    assert doctor(data_dir=tmp_path, port_bass=1)["settings"]["state"] == "bad"
    away = doctor(data_dir=tmp_path / "y", database_url="postgres://u:secretword@127.0.0.1:1/x", port_base=base)
    assert away["PostgreSQL"]["state"] == "bad" and "secretword" not in str(away)
    no_file = doctor(data_dir=tmp_path / "z", tls_cert="/nowhere.pem", tls_key="/nowhere.key", port_base=base)
    assert no_file["TLS"]["state"] == "bad"


def test_doctor_lists_all_wrong_settings_and_goes_on(tmp_path):
    (tmp_path / "file").write_text("BOOKADATE_PORT_BASS=1\nnothing\n")
    result = run_command("doctor", "--json", settings={
        "config": tmp_path / "file", "profile": "production", "data_dir": tmp_path / "d", "claim_numbers": "1", "login_failures": "0",
        "bind": "here", "photos_per_user": "many"})
    rows = json.loads(result.stdout)
    wrong = [row["found"] for row in rows if row["what"] == "settings"]
    assert result.returncode == FAILED and all(row["state"] == "bad" for row in rows if row["what"] == "settings")
    for part in ("BOOKADATE_PORT_BASS", "line 2 of", "BOOKADATE_PHOTOS_PER_USER", "BOOKADATE_TOKEN_SECRET", "BOOKADATE_CORS_ORIGINS",
                 "BOOKADATE_DATA_KEY", "BOOKADATE_CLAIM_NUMBERS", "BOOKADATE_LOGIN_FAILURES", "BOOKADATE_BIND"):
        assert sum(part in sentence for sentence in wrong) == 1, (part, wrong)
    assert {"disk space", "store", "token secret", "libraries"} <= {row["what"] for row in rows}


def test_doctor_beside_a_running_server(make_server):
    server = make_server()
    found = doctor(**{**server.settings, "data_dir": server.data_dir, "port_base": server.port_base})
    assert not [row for row in found.values() if row["state"] == "bad"], found
    assert found["ports"]["state"] == "note"
    assert ("PostgreSQL" if store.POSTGRES else "store") in found
    assert found["schema"]["found"] == "it is this version's"


def test_doctor_tells_migrations_that_are_to_come(tmp_path, postgres):
    """A schema that is a version behind, and one ahead, on both stores."""
    name = postgres.new_database()
    base = free_port_base()
    stores = {"sqlite": {"data_dir": tmp_path / "d"}, "postgres": {"data_dir": tmp_path / "p", "database_url": postgres.url(name)}}
    try:
        assert doctor(**stores["postgres"], port_base=base)["schema"]["found"].startswith("there is none yet")
        for kind, settings in stores.items():
            assert run_command("migrate", settings=settings).returncode == 0
            sql = (lambda text: postgres.sql(text, name)) if kind == "postgres" else (lambda text: in_file(tmp_path / "d" / "bookadate.db", text))
            sql("DELETE FROM schema_migrations WHERE owner = 'venue' AND number = 3")
            behind = doctor(**settings, port_base=base)["schema"]
            assert (behind["state"], behind["found"]) == ("note", "1 migration is to come"), kind
            sql("INSERT INTO schema_migrations (owner, number, name, checksum, applied_us) VALUES "
                "('venue', 3, 'x', 'x', 1), ('venue', 99, 'x', 'x', 1)")
            assert doctor(**settings, port_base=base)["schema"]["state"] == "bad", kind
    finally:
        postgres.drop(name)


def in_file(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        db.execute(sql)


# ── demo ──


def test_demo_fills_an_empty_system_that_people_can_use(make_server):
    server = make_server()
    settings = {**server.settings, "data_dir": server.data_dir}
    made = run_command("demo", "--people", "60", "--city", "New York,Berlin", settings=settings, timeout=300)
    assert made.returncode == 0, made.stderr
    password = made.stdout.split("password is ")[1].strip()
    token = check(requests.post(server.url + "/auth/login", json={"email": "alice@demo.example", "password": password}),
                  200)
    headers = {"Authorization": "Bearer " + token["access_token"]}

    def get(path):
        return check(requests.get(server.url + path, headers=headers), 200)

    me = get(f"/users/{token['user_id']}")
    assert me["name"] == "Alice" and me["profile_photo"]
    photo = requests.get(server.url + me["profile_photo"], headers=headers)
    assert photo.status_code == 200 and photo.content[:3] == b"\xff\xd8\xff"
    venues = get("/venues/?city=New%20York")
    cozy = next(venue for venue in venues if venue["name"] == "The Cozy Corner")
    assert len(get(f"/venues/{cozy['id']}/timeslots")) >= 100
    assert all(venue["name"] != "The Cozy Corner" for venue in get("/venues/?city=Berlin"))
    assert get(f"/matches/user/{token['user_number']}")
    assert " 0 people waiting" not in made.stdout and " in 2 cities, " in made.stdout
    again = run_command("demo", settings=settings)
    assert again.returncode == FAILED and "a demonstration is here already" in again.stderr


def test_demo_is_not_for_production(tmp_path):
    result = run_command("demo", settings={"data_dir": tmp_path / "d", "profile": "production", "token_secret": PRODUCTION["token_secret"],
                                           "cors_origins": "https://app.example"})
    assert result.returncode == FAILED and "production" in result.stderr
    assert not (tmp_path / "d" / "bookadate.db").exists()
