#!/usr/bin/python3
"""GET /users/{id} through the gateway (token checked, row read from a table of many users, JSON written) beside nginx:
`proxy_pass` to nginx `return 200`, one worker each, both run in turn in the same call.

Prints medians over the rounds: requests/s, CPU µs a request (user + system time of the server's processes), and the ratios.
CPU is the steadier figure on a shared machine."""

import fixture
from figures import hand_over, side_by_side
from measure import in_turn, measure, options, row, workplace


def main():
    given = options(__doc__, users=1_000_000, rounds=5, seconds=4, connections=64)

    with workplace() as (work, started):
        people = fixture.make_users(given.binary, work, given.users)
        ours = fixture.start_bookadate(given.binary, work, started, loops=1)
        nginx = fixture.start_nginx(work, started)
        script = fixture.write_requests(work, people)
        runs = in_turn(given.rounds, ours=lambda: measure(ours.pids, ours.url, script, given.seconds, given.connections),
                       nginx=lambda: measure(nginx.pids, nginx.url, script, given.seconds, given.connections))
        print(f"\nGET /users/{{id}}: {given.users:,} users, {given.connections} connections, "
              f"{given.rounds} rounds of {given.seconds} s, one worker each\n")
        print("| server | requests/s | CPU µs/request | lowest–highest | p99 ms |\n|---|---|---|---|---|")
        mine = row("bookadate", runs["ours"])
        peer = row("nginx proxy_pass", runs["nginx"])
        print(f"| ratio | {mine[0] / peer[0]:.2f} (aim ≥ 1.3) | {mine[1] / peer[1]:.2f} (aim ≤ 0.75) | | |")
        hand_over(given, side_by_side(f"`GET /users/{{id}}`, {given.users:,} users in SQLite", "nginx `proxy_pass`, one worker", runs["ours"], runs["nginx"],
                                      "ratio ≤ 0.75", "ratio ≥ 1.3"))


if __name__ == "__main__":
    main()
