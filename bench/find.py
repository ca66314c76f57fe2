#!/usr/bin/python3
"""POST /matches/find among a million people who opted in, up to its commit: on SQLite and on PostgreSQL, which gets the same people;
and a hundred answers of each compared with a scan of everybody (matching_find.c).

PostgreSQL and what asks it share a core (one_core).

Prints medians over the rounds: p50 and p99, the time this thread computed on SQLite and the time by the clock on PostgreSQL, where
each statement goes to another process; CPU µs a find, PostgreSQL's own included."""
import json
import os
import sqlite3
import statistics
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import fixture
from figures import figure, hand_over, not_measured
from measure import options, workplace

TOOLS = Path(__file__).resolve().parents[1] / "tools"
TABLES = ("match_genders", "match_cities", "match_interests", "match_seekers", "match_reach", "match_kinds", "match_pasts", "match_tallies")
P50, P99 = 0, 1


def find_program(binary):
    """Built beside the program, when asked for."""
    build = os.path.dirname(binary)
    subprocess.run(["ninja", "-C", build, "--quiet", "bench/bench_matching_find"], check=True, stdout=subprocess.DEVNULL)
    return os.path.join(build, "bench", "bench_matching_find")


def set_up_server():
    """As docs/scaling.md says of a server for a million people."""
    for setting in ("shared_buffers = '2GB'", "max_wal_size = '4GB'"):
        subprocess.run(["psql", "-X", "-q", "-d", "postgres", "-c", f"ALTER SYSTEM SET {setting}"], check=True)
    subprocess.run([os.environ["PG_CTL"], "restart"], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def one_core():
    """This process and PostgreSQL's for new connections on one core: asking in turn, they need no second one, and to wake an idle
    virtual core costs more than most statements (docs/PERFORMANCE.md)."""
    pid = int(subprocess.run(["psql", "-X", "-At", "-d", "postgres", "-c",
                              "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout)
    postmaster = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    cores = os.sched_getaffinity(0)
    one = {max(cores)}
    for who in (0, postmaster):
        os.sched_setaffinity(who, one)
    try:
        yield
    finally:
        for who in (0, postmaster):
            os.sched_setaffinity(who, cores)


def run(program, place, *numbers):
    """Its lines by what and who: a list, an entry a round."""
    out = subprocess.run([program, place, *map(str, numbers)], check=True, stdout=subprocess.PIPE, text=True).stdout
    lines = defaultdict(list)
    for line in map(json.loads, out.splitlines()):
        lines[line["what"], line.get("who")].append(line)
    return lines


def copy(folder, url):
    """The people of one store into the other, by COPY."""
    def psql(text, **more):
        subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", text], check=True, **more)

    with sqlite3.connect(os.path.join(folder, "bookadate.db")) as db:
        for table in TABLES:
            rows = db.execute(f"SELECT * FROM {table}")
            psql(f"TRUNCATE {table}")
            copier = subprocess.Popen(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c",
                                       f"COPY {table} ({', '.join(c[0] for c in rows.description)}) FROM STDIN"],
                                      stdin=subprocess.PIPE, text=True)
            for row in rows:
                copier.stdin.write("\t".join("\\N" if value is None else str(value) for value in row) + "\n")
            copier.stdin.close()
            if copier.wait() != 0:
                sys.exit(f"PostgreSQL did not take {table}")
    db.close()
    psql("VACUUM ANALYZE")


def figures_of(store, lines, clock, aims):
    compared = lines["compared", None][0]
    row = f"`POST /matches/find` among {compared['everybody']:,} on {store}"
    some = [figure(row, "answers of the search that differ from a scan of everybody", [compared["n"] - compared["same"]],
                   aim="≤ 0")]
    for what, who, shown, aim in aims:
        rounds = lines[what, who]
        if not rounds:
            some.append(not_measured(row, f"{shown}: too few people"))
            continue
        for part, name in ((P50, "p50"), (P99, "p99")):
            some.append(figure(row, f"{shown}, {name} ms", [line[clock][part] for line in rounds],
                               aim=aim if part == P99 else "", cpu=[line["cpu_us"] for line in rounds]))
    return some


def show(some):
    print("| row | what | median | lowest–highest | aim | CPU µs |\n|---|---|---|---|---|---|")
    for one in (one for one in some if "failed" not in one):
        cpu = f"{statistics.median(one['cpu']):,.0f}" if one["cpu"] else ""
        print(f"| {one['row']} | {one['what']} | {statistics.median(one['ours']):.2f} | {min(one['ours']):.2f}–{max(one['ours']):.2f} | "
              f"{one['aim']} | {cpu} |")


def main():
    given = options(__doc__, people=1_000_000, finds=1000, rounds=5)
    if "BOOKADATE_TEST_POSTGRES" not in os.environ:
        os.execv(TOOLS / "with_postgres.sh", ["with_postgres.sh", sys.executable, *sys.argv])

    set_up_server()
    program = find_program(given.binary)
    with workplace() as (work, _):
        folder = fixture.kept("people", work)
        os.makedirs(folder, exist_ok=True)
        url = os.environ["BOOKADATE_TEST_POSTGRES"] + "/bench"
        subprocess.run(["psql", "-X", "-q", "-d", "postgres", "-c", "CREATE DATABASE bench"], check=True)
        run(program, folder, given.people, 0, 0)
        run(program, url, 0, 0, 0)
        copy(folder, url)
        small = run(program, folder, given.people, given.finds, given.rounds)
        some = figures_of("SQLite", small, "cpu", (
            ("find", "all", "search and writes", "≤ 1"),
            ("search after 5,000 rejections", "all", "search after 5,000 rejections", "≤ 3")))
        with one_core():
            large = run(program, url, given.people, given.finds, given.rounds)
        some += figures_of("PostgreSQL", large, "wall", (
            ("find", "in a city", "search and writes, in a city", "≤ 5"),
            ("find", "no city", "search and writes, without a city", "≤ 20")))
    show(some)
    hand_over(given, some)


if __name__ == "__main__":
    main()
