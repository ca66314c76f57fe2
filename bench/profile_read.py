#!/usr/bin/python3
"""GET /users/{id} through the gateway (token checked, row read from a table of many users, JSON written) beside nginx:
`proxy_pass` to nginx `return 200`, one worker each, both run in turn in the same call.

Prints medians over the rounds: requests/s, CPU µs a request (user + system time of the server's processes), and the ratios.
CPU is the steadier figure on a shared machine."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import fixture

WRK = ["wrk", "--latency"]


def cpu_seconds(pids):
    """User + system time of these processes so far (proc(5), fields 14 and 15)."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def measure(pids, url, script, seconds, connections):
    """One wrk run. Returns (requests/s, CPU µs a request, p99 ms)."""
    before = cpu_seconds(pids)
    out = subprocess.run(WRK + ["-t1", f"-c{connections}", f"-d{seconds}s", "-s", script, url],
                         capture_output=True, text=True, check=True).stdout
    cpu = cpu_seconds(pids) - before
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    if "Non-2xx" in lines:
        sys.exit("replies that were not 200:\n" + out)
    requests = next(int(line.split()[0]) for line in out.splitlines() if " requests in " in line)
    p99 = lines["99%"][1]
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    name = "us" if p99.endswith("us") else "ms" if p99.endswith("ms") else "s"
    return requests / seconds, cpu / requests * 1e6, float(p99[:-len(name)]) * unit[name]


def row(name, runs):
    rate, cpu, p99 = (statistics.median(column) for column in zip(*runs))
    spread = f"{min(r[1] for r in runs):.1f}–{max(r[1] for r in runs):.1f}"
    print(f"| {name} | {rate:,.0f} | {cpu:.1f} | {spread} | {p99:.2f} |")
    return rate, cpu


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--users", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=4)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--binary", default="build/bookadate")
    given = options.parse_args()

    work = tempfile.mkdtemp(prefix="bookadate-bench-")
    started = []
    try:
        people = fixture.make_users(given.binary, work, given.users)
        ours = fixture.start_bookadate(given.binary, work, started, loops=1)
        nginx = fixture.start_nginx(work, started)
        script = fixture.write_requests(work, people)
        runs = {"bookadate": [], "nginx": []}
        for _ in range(given.rounds):
            runs["bookadate"].append(measure([ours.pid], ours.url, script, given.seconds, given.connections))
            runs["nginx"].append(measure(nginx.pids, nginx.url, script, given.seconds, given.connections))
        print(f"\nGET /users/{{id}}: {given.users:,} users, {given.connections} connections, "
              f"{given.rounds} rounds of {given.seconds} s, one worker each\n")
        print("| server | requests/s | CPU µs/request | lowest–highest | p99 ms |\n|---|---|---|---|---|")
        mine = row("bookadate", runs["bookadate"])
        peer = row("nginx proxy_pass", runs["nginx"])
        print(f"| ratio | {mine[0] / peer[0]:.2f} (aim ≥ 1.3) | {mine[1] / peer[1]:.2f} (aim ≤ 0.75) | | |")
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=20)
        shutil.rmtree(work, ignore_errors=True)
        time.sleep(0.1)


if __name__ == "__main__":
    main()
