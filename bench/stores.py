#!/usr/bin/python3
"""What growing costs: GET /users/{id} and POST /venues/timeslots/ on SQLite in one process, on PostgreSQL in one process, and on two
complete processes behind HAProxy on the same PostgreSQL; every setting as it comes, each reply to a write after its commit is on
disk. All on this machine, the load generator too: what one request costs is told better by CPU time than by requests/s.

Prints medians over rounds that take turns: requests/s, CPU µs a request (user + system time) of all processes that serve it
and of bookadate's alone, p99."""
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from itertools import count
from pathlib import Path

import fixture
from figures import column, figure, hand_over
from measure import cpu_seconds, median, options, spread, workplace, wrk
from timeslot_writes import make_venues, write_script

TOOLS = Path(__file__).resolve().parents[1] / "tools"
HAPROXY = """
global
    nbthread 1
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
listen front
    bind 127.0.0.1:{port}
    balance roundrobin
    option forwardfor
"""
GET, POST = "GET /users/{id}", "POST /venues/timeslots/"


class Database:
    """The PostgreSQL of tools/with_postgres.sh: CPU seconds of all its processes, those included that have ended."""

    def __init__(self):
        self.url = os.environ["BOOKADATE_TEST_POSTGRES"] + "/bench"
        self.pid = int((Path(os.environ["PG_CTL"]).parent / "data" / "postmaster.pid").read_text().split()[0])

    @staticmethod
    def sql(text, database="postgres"):
        subprocess.run(["psql", "-X", "-q", "-d", database, "-c", text], check=True)

    def seconds(self):
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        with open(f"/proc/{self.pid}/stat") as f:
            ended = sum(map(int, f.read().rsplit(")", 1)[1].split()[13:15])) / os.sysconf("SC_CLK_TCK")
        return cpu_seconds([self.pid, *children]) + ended


def start_replicas(binary, work, started, **settings):
    """(url, pids of ours, pid of HAProxy): two, each in a folder of its own."""
    ours = []
    for name in ("one", "two"):
        os.makedirs(os.path.join(work, name), exist_ok=True)
        ours.append(fixture.start_bookadate(binary, os.path.join(work, name), started, trusted_proxies="127.0.0.1", **settings))
    port, path = fixture.free_ports(1), os.path.join(work, "haproxy.cfg")
    with open(path, "w") as f:
        f.write(HAPROXY.format(port=port) + "".join(
            f"    server r{i} {server.url.removeprefix('http://')}\n" for i, server in enumerate(ours)))
    program = shutil.which("haproxy", path=os.environ["PATH"] + ":/usr/sbin")
    started.append(subprocess.Popen([program, "-q", "-db", "-f", path]))
    fixture.wait_for(f"http://127.0.0.1:{port}/health")
    return f"http://127.0.0.1:{port}", [server.pid for server in ours], started[-1].pid


def start(name, binary, work, started, database):
    settings = {"connections_per_address": 0, "requests_per_minute": 0}
    if name != "SQLite, one process":
        settings["database_url"] = database.url
    if name == "two replicas behind HAProxy":
        return start_replicas(binary, work, started, **settings)
    server = fixture.start_bookadate(binary, work, started, **settings)
    return server.url, server.pids, None


def stop(started):
    for process in started:
        process.terminate()
    for process in started:
        process.wait(timeout=30)
    started.clear()


def one_run(url, ours, front, database, script, given):
    """(requests/s, CPU µs a request of all, of ours, p99 ms)."""
    def spent():
        mine = cpu_seconds(ours)
        return mine, mine + database.seconds() + (cpu_seconds([front]) if front else 0)

    before = spent()
    rate, requests, _, p99 = wrk(url, script, given.seconds, given.connections)
    mine, everything = (1e6 * (after - then) / requests for after, then in zip(spent(), before))
    return rate, everything, mine, p99


def prepare(given, work, database):
    """The same people and venues in both stores: moved, as an installation that grows is."""
    people = fixture.make_users(given.binary, work, given.users)
    make_venues(work)
    database.sql("CREATE DATABASE bench")
    subprocess.run([given.binary, "migrate", "--from", os.path.join(work, "data"), "--to", database.url], check=True,
                   env=fixture.environment(work), capture_output=True)
    database.sql("VACUUM ANALYZE", "bench")
    return people


def show(runs, given):
    print(f"\nGET /users/{{id}} and POST /venues/timeslots/: {given.users:,} users, {given.connections} connections, {given.rounds} "
          f"rounds of {given.seconds} s, {os.cpu_count()} cores for everything, the load generator included\n")
    print("| installation | request | requests/s | lowest–highest | CPU µs/request, all | bookadate's alone | p99 ms |"
          "\n|---|---|---|---|---|---|---|")
    for (name, what), some in sorted(runs.items(), key=lambda run: run[0][1]):
        rate, everything, mine, p99 = median(some)
        print(f"| {name} | {what} | {rate:,.0f} | {spread(some, 0, ',.0f')} | {everything:.0f} | {mine:.0f} | {p99:.1f} |")


def figures(runs):
    """Those that need PostgreSQL, beside SQLite in one process."""
    small = "SQLite, one process"
    return [figure(f"`{what}`, {name}", "requests/s", column(some, 0), column(runs[small, what], 0), small, "", column(some, 1),
                   column(runs[small, what], 1)) for (name, what), some in runs.items() if name != small]


def main():
    given = options(__doc__, users=10_000, rounds=5, seconds=2, connections=64)
    if "BOOKADATE_TEST_POSTGRES" not in os.environ:
        os.execv(TOOLS / "with_postgres.sh", ["with_postgres.sh", sys.executable, *sys.argv])

    runs, numbers, database = defaultdict(list), count(), Database()
    with workplace() as (work, started):
        people = prepare(given, work, database)
        for _ in range(given.rounds):
            for name in ("SQLite, one process", "PostgreSQL, one process", "two replicas behind HAProxy"):
                place = start(name, given.binary, work, started, database)
                for what in (GET, POST):
                    script = fixture.write_requests(work, people) if what == GET else write_script(work, next(numbers) * 10**6)
                    runs[name, what].append(one_run(*place, database, script, given))
                stop(started)
        show(runs, given)
        hand_over(given, figures(runs))


if __name__ == "__main__":
    main()
