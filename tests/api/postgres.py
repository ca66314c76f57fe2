"""A PostgreSQL of the tests' own: the one that tools/with_postgres.sh has started around this run, or one started by it
now and taken down at the end. Each test gets a database of its own."""
import atexit
import itertools
import os
import signal
import subprocess
import time
from pathlib import Path

import store
from program import ROOT

_count = itertools.count(1)
_variables = ("BOOKADATE_TEST_POSTGRES", "PG_CTL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")


def _start():
    """with_postgres.sh around a shell that waits until we hang up; what it says of the server."""
    shell = subprocess.Popen([str(ROOT / "tools" / "with_postgres.sh"), "bash", "-c",
                              "for v in %s; do echo $v=${!v}; done; echo; exec cat" % " ".join(_variables)],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def stop():
        shell.stdin.close()
        shell.wait(timeout=60)

    atexit.register(stop)
    known = dict(line.strip().split("=", 1) for line in iter(shell.stdout.readline, "\n") if "=" in line)
    if set(known) != set(_variables):
        raise RuntimeError("PostgreSQL did not start: tools/install.sh test installs it")
    return known


class Postgres:
    """`url(database)` for the program; `sql` and `ctl` for the test. own: one that the test may stop and kill."""

    def __init__(self, own=False):
        self.known = {_variables[0]: store.POSTGRES, **{v: os.environ[v] for v in _variables[1:]}} \
            if store.POSTGRES and not own else _start()

    def url(self, database):
        return f"{self.known['BOOKADATE_TEST_POSTGRES']}/{database}"

    def sql(self, text, database="postgres"):
        """Run it; rows as lists of texts."""
        result = subprocess.run(["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-d", database,
                                 "-c", text], capture_output=True, text=True, timeout=60,
                                env={**os.environ, **self.known})
        assert result.returncode == 0, result.stderr
        return [line.split("\x1f") for line in result.stdout.splitlines()]

    def number(self, text, database):
        return int(self.sql(text, database)[0][0])

    def new_database(self):
        name = f"t{os.getpid()}_{next(_count)}"
        self.sql(f"CREATE DATABASE {name}")
        return name

    def drop(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def kill(self):
        """kill -9 of the server's first process: its others see it and end, and nothing is tidied up."""
        os.kill(int((Path(self.known["PG_CTL"]).parent / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def revive(self, seconds=60):
        """Start it after a kill: as soon as the killed one's last process has gone."""
        until = time.monotonic() + seconds
        while subprocess.run([self.known["PG_CTL"], "start"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
            assert time.monotonic() < until, "PostgreSQL does not start again"
            time.sleep(0.1)

    def ctl(self, word):
        """stop, start, restart."""
        subprocess.run([self.known["PG_CTL"], word, "-m", "fast"][:2 if word == "start" else 4], check=True, timeout=120,
                       stdout=subprocess.DEVNULL)
