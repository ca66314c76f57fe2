"""`bookadate migrate --from … --to postgres://…`: an installation moves from SQLite to PostgreSQL, whole or not at all."""
import os
import pty
import sqlite3
import subprocess

import pytest

from helpers import PASSWORD, booked_couple, check, log_in, new_user, new_venue, opt_in, png, unique, ws_connect
from program import BINARY, Server, environment, run_command
from test_chat import messages, open_session, say_acked

SPECIALS = "tab\t, \\N, \\., back\\slash, 'quotes', {braces}, \U0001f495 and\nnew lines\r\n"

pytestmark = pytest.mark.once  # brings its own processes


@pytest.fixture
def database(postgres):
    name = postgres.new_database()
    yield name
    postgres.drop(name)


@pytest.fixture
def old(tmp_path):
    """A SQLite installation, stopped, in which everything has happened; and what its people know."""
    server = Server(tmp_path / "old", split="", database_url="")
    alice, bob, booking, venue = booked_couple(server, minutes=5)
    session = check(alice.get("/chat/sessions"), 200)[0]["session_id"]
    ws = ws_connect(server, session, alice)
    for text in ("Hello", SPECIALS, "\U0001f495" * 4096):
        say_acked(ws, text)
    ws.close()
    check(alice.put(f"/users/{alice.id}", json={"bio": SPECIALS}), 200)
    photo = check(alice.post(f"/users/{alice.id}/photos", files={"file": ("a.png", png(), "image/png")}), 201)["photo_url"]
    review = {"venue_id": venue["id"], "user_id": bob.number, "rating": 4, "comment": SPECIALS}
    check(bob.post("/venues/reviews/", json=review), 201)
    waiter = new_user(server)
    opt_in(waiter, unique("x"), unique("y"), interests="tea, " + "\u00e4" * 20)
    assert check(waiter.post("/matches/find", json={"user_id": waiter.number}), 200)["status"] == "waiting"
    gone = new_user(server)
    check(gone.post("/auth/logout", json={}), 200)
    server.people = alice, bob, waiter, gone
    server.paths = {path: check(alice.get(path), 200) for path in (
        f"/users/{alice.id}", f"/users/{alice.id}/photos", f"/matches/user/{alice.number}", f"/bookings/{booking['id']}",
        f"/venues/{venue['id']}", f"/venues/{venue['id']}/reviews", f"/venues/{venue['id']}/timeslots",
        f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages")}
    server.photo = photo
    server.stop()
    return server


def move(old, url, **kw):
    return run_command("migrate", "--from", str(old.data_dir), "--to", url, **kw)


def test_everything_is_there_and_new_things_get_new_numbers(old, postgres, database, tmp_path):
    result = move(old, postgres.url(database))
    assert result.returncode == 0, result.stderr
    assert "every table was read back and is the same" in result.stdout and "Photos" in result.stdout
    people = rows_of(old)["users"]
    assert f"copied users: {people} rows" in result.stderr and f"checked users: {people} rows" in result.stderr
    new = Server(tmp_path / "new", split="", data_dir=old.data_dir, database_url=postgres.url(database))
    alice, bob, waiter, gone = old.people
    for user in old.people:
        user.server = new
    for path, reply in old.paths.items():
        assert check(alice.get(path), 200) == reply, path
    assert alice.get(old.photo).status_code == 200
    check(gone.get(f"/users/{gone.id}"), 401)
    assert log_in(new, bob.email, PASSWORD).number == bob.number
    status = check(waiter.get(f"/matches/queue/status/{waiter.number}"), 200)
    assert status["status"] == "waiting" and status["position"] == 1
    # what comes now is new
    assert new_user(new).number == gone.number + 1
    venue = new_venue(alice)
    known = next(reply for path, reply in old.paths.items() if path.startswith("/venues/") and "capacity" in reply)
    assert venue["id"] == known["id"] + 1
    again = booked_couple(new)[2]
    assert again["id"] == check(alice.get(f"/bookings/user/{alice.number}"), 200)[0]["id"] + 1
    session = open_session(alice, bob)
    ws = ws_connect(new, session, alice)
    say_acked(ws, "And here we are")
    ws.close()
    assert [m["content"] for m in messages(bob, session)] == ["And here we are"]
    new.stop()


def rows_of(old):
    with sqlite3.connect(f"file:{old.data_dir}/bookadate.db?mode=ro", uri=True) as db:
        tables = [t for (t,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'"
                                           " AND name NOT LIKE 'sqlite_%'")]
        return {t: db.execute(f"SELECT count(*) FROM {t}").fetchone()[0] for t in tables}


def test_every_table_and_the_source_as_it_was(old, postgres, database):
    before = rows_of(old)
    assert move(old, postgres.url(database)).returncode == 0
    assert rows_of(old) == before
    for table, rows in before.items():
        assert postgres.number(f"SELECT count(*) FROM {table}", database) == rows, table


def test_a_database_that_is_not_empty_is_refused(old, postgres, database):
    assert move(old, postgres.url(database)).returncode == 0
    bios = postgres.number("SELECT count(*) FROM users", database)
    result = move(old, postgres.url(database))
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].endswith(": give an empty database"), result.stderr
    assert postgres.number("SELECT count(*) FROM users", database) == bios


def test_nothing_is_kept_of_what_fails(old, postgres, database):
    assert run_command("migrate", settings={"database_url": postgres.url(database), "data_dir": old.data_dir}).returncode == 0
    postgres.sql("ALTER TABLE venue_reviews ADD CONSTRAINT never CHECK (rating > 4)", database)
    result = move(old, postgres.url(database))
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("bookadate: Copying venue_reviews failed, nothing was kept: "), result.stderr
    assert postgres.number("SELECT count(*) FROM users", database) == 0
    postgres.sql("ALTER TABLE venue_reviews DROP CONSTRAINT never", database)
    # what is read back must be what was sent
    postgres.sql("CREATE FUNCTION other() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := ''?''; RETURN NEW; END';"
                 "CREATE TRIGGER other BEFORE INSERT ON venues FOR EACH ROW EXECUTE FUNCTION other()", database)
    result = move(old, postgres.url(database))
    assert result.returncode == 1 and "Checking venues failed, nothing was kept" in result.stderr, result.stderr
    postgres.sql("DROP TRIGGER other ON venues", database)
    assert move(old, postgres.url(database)).returncode == 0
    assert postgres.number("SELECT count(*) FROM users", database) == rows_of(old)["users"]


def test_a_running_server_and_wrong_words(old, postgres, database, tmp_path):
    url = postgres.url(database)
    for code, words, sentence in (
            (1, ["--from", str(tmp_path / "nowhere"), "--to", url], "there is no installation in"),
            (2, ["--from", str(old.data_dir)], "moving takes both"),
            (2, ["--to", url], "moving takes both"),
            (2, ["--from", str(old.data_dir), "--to", "sqlite://x"], "--to must begin with postgres://"),
            (1, ["--from", str(old.data_dir), "--to", "postgres://nobody@127.0.0.1:1/x"], "cannot be used")):
        result = run_command("migrate", *words)
        assert result.returncode == code and len(result.stderr.strip().splitlines()) <= 2, result.stderr
        assert sentence in result.stderr, result.stderr
    old.start()
    result = move(old, url)
    assert result.returncode == 1 and result.stderr.startswith("bookadate: "), result.stderr
    assert postgres.sql("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", database) == []
    old.stop()


def test_a_bar_on_a_terminal(old, postgres, database):
    ours, its = pty.openpty()
    process = subprocess.Popen([BINARY, "migrate", f"--from={old.data_dir}/bookadate.db",
                                f"--to={postgres.url(database)}"], stdout=subprocess.PIPE, stderr=its, env=environment())
    os.close(its)
    drawn = b""
    try:
        while chunk := os.read(ours, 4096):
            drawn += chunk
    except OSError:  # the terminal's other side has closed
        pass
    assert process.wait(timeout=60) == 0
    os.close(ours)
    assert b"\r[" in drawn and b"[##############################] 100 %" in drawn and drawn.endswith(b"\n")
    assert postgres.number("SELECT count(*) FROM users", database) == rows_of(old)["users"]
