#!/usr/bin/python3
"""GET /users/{id} at a fixed rate while 32 clients log in without pause (argon2id, 19 MiB, 2 passes), beside the same reads alone.

Prints medians over the rounds: p50 and p99 of the reads (h2load, 200 connections, each at its own pace), logins/s."""
import json
import os
import statistics
import urllib.request

import fixture
from figures import column, figure, hand_over
from measure import median, options, reads_beside, spread, workplace, wrk

PASSWORD = "a quiet corner by the window"


def sign_up(url, n):
    """n accounts that can log in."""
    for i in range(n):
        body = {"name": "Bob", "email": f"bob{i}@example.com", "phone": "+1234567890", "gender": "male", "dob": "1995-05-10",
                "password": PASSWORD}
        request = urllib.request.Request(url + "/auth/signup", json.dumps(body).encode(), {"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=30).read()


def write_logins(work, n):
    path = os.path.join(work, "logins.lua")
    with open(path, "w") as f:
        f.write(f"""
local n = 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function request()
  n = (n + 1) % {n}
  return wrk.format(nil, "/auth/login", nil, string.format('{{"email": "bob%d@example.com", "password": "{PASSWORD}"}}', n))
end
""")
    return path


def figures(given, alone, beside, logins):
    row = f"`GET /users/{{id}}` at {given.rate:,}/s while {given.logins} clients log in"
    return [figure(row, "p99 ms", column(beside, 1), column(alone, 1), "the same without log-ins", "< 20"),
            figure(row, "log-ins/s", logins, aim="≥ 30")]


def main():
    given = options(__doc__, users=100_000, rounds=5, seconds=6, rate=2000, logins=32)

    with workplace() as (work, started):
        people = fixture.make_users(given.binary, work, given.users)
        server = fixture.start_bookadate(given.binary, work, started, connections_per_address=0, requests_per_minute=0,
                                         signups_per_hour=0)
        sign_up(server.url, given.logins)
        script = write_logins(work, given.logins)
        alone, beside, logins = reads_beside(work, server.url, people[0], given,
                                             lambda: wrk(server.url, script, given.seconds + 1, given.logins)[0])
        print(f"\nGET /users/{{id}} at {given.rate:,}/s while {given.logins} clients log in without pause, "
              f"{given.rounds} rounds of {given.seconds} s\n")
        print("| reads | p50 ms | p99 ms | lowest–highest | logins/s |\n|---|---|---|---|---|")
        print("| alone | {:.2f} | {:.2f} | {} | |".format(*median(alone), spread(alone, 1, ".2f")))
        print("| beside logins | {:.2f} | {:.2f} (aim < 20) | {} | {:.0f} (aim ≥ 30) |".format(
            *median(beside), spread(beside, 1, ".2f"), statistics.median(logins)))
        hand_over(given, figures(given, alone, beside, logins))


if __name__ == "__main__":
    main()
