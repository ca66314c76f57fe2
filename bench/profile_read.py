#!/usr/bin/python3
"""GET /users/{id} through the gateway (token checked, row read from a table of many users, JSON written) beside nginx:
`proxy_pass` to nginx `return 200`, one worker each, both run in turn in the same call.

Prints medians over the rounds: requests/s, CPU µs a request (user + system time of the server's processes), and the ratios.
CPU is the steadier figure on a shared machine."""
import argparse

import fixture
from measure import measure, row, workplace


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--users", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=4)
    options.add_argument("--connections", type=int, default=64)
    options.add_argument("--binary", default="build/bookadate")
    given = options.parse_args()

    with workplace() as (work, started):
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


if __name__ == "__main__":
    main()
