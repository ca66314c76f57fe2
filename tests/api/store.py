"""The store of a program under test, behind its back: SQLite's file, or a database of its own on the PostgreSQL that
BOOKADATE_TEST_POSTGRES names (tools/with_postgres.sh)."""
import contextlib
import itertools
import os
import sqlite3

POSTGRES = os.environ.get("BOOKADATE_TEST_POSTGRES", "")
_count = itertools.count(1)


def _connect(url):
    import psycopg2
    connection = psycopg2.connect(url)
    connection.autocommit = True
    return contextlib.closing(connection)


def fresh_database():
    """The URL of an empty database."""
    name = f"test_{os.getpid()}_{next(_count)}"
    with _connect(POSTGRES + "/postgres") as db:
        db.cursor().execute(f"CREATE DATABASE {name}")
    return f"{POSTGRES}/{name}"


def drop_database(url):
    with _connect(POSTGRES + "/postgres") as db:
        db.cursor().execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]} WITH (FORCE)")


def query(server, sql, *args):
    """Run one statement (? for each argument) in the store of a server; its rows. SQLite: one that is stopped, or only
    to read."""
    url = server.settings.get("database_url")
    if url:
        with _connect(url) as db:
            cursor = db.cursor()
            cursor.execute(sql.replace("%", "%%").replace("?", "%s"), args)
            return cursor.fetchall() if cursor.description else []
    with contextlib.closing(sqlite3.connect(server.data_dir / "bookadate.db")) as db, db:
        return db.execute(sql, args).fetchall()
