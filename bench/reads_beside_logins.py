#!/usr/bin/python3
"""GET /users/{id} at a fixed rate while 32 clients log in without pause (argon2id, 19 MiB, 2 passes), beside the same reads alone.

Prints medians over the rounds: p50 and p99 of the reads (h2load, 200 connections, each at its own pace), logins/s."""
import argparse
import json
import os
import statistics
import subprocess
import threading
import urllib.request

import fixture
from measure import median, spread, workplace, wrk

PASSWORD = "a quiet corner by the window"
READERS = 200


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


def read_at_rate(work, url, person, given):
    """p50 and p99 in ms of reads at given.rate a second; every reply must be 200."""
    log = os.path.join(work, "reads.tsv")
    if os.path.exists(log):
        os.unlink(log)
    subprocess.run(["h2load", "--h1", "-t1", f"-c{READERS}", f"--rps={given.rate / READERS}", f"-D{given.seconds}",
                    f"--log-file={log}", "-H", f"Authorization: Bearer {person[1]}", f"{url}/users/{person[0]}"],
                   check=True, capture_output=True)
    took = []
    with open(log) as f:
        for line in f:
            _, status, us = line.split("\t")[:3]
            if status != "200":
                raise SystemExit(f"a read was answered {status}")
            took.append(int(us) / 1000)
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100]


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--users", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--seconds", type=int, default=6)
    options.add_argument("--rate", type=int, default=2000)
    options.add_argument("--logins", type=int, default=32)
    options.add_argument("--binary", default="build/bookadate")
    given = options.parse_args()

    with workplace() as (work, started):
        people = fixture.make_users(given.binary, work, given.users)
        server = fixture.start_bookadate(given.binary, work, started, connections_per_address=0, requests_per_minute=0,
                                         signups_per_hour=0)
        sign_up(server.url, given.logins)
        script = write_logins(work, given.logins)
        alone, beside, logins = [], [], []
        for _ in range(given.rounds):
            alone.append(read_at_rate(work, server.url, people[0], given))
            load = threading.Thread(target=lambda: logins.append(
                wrk(server.url, script, given.seconds + 1, given.logins)[:1]))
            load.start()
            beside.append(read_at_rate(work, server.url, people[0], given))
            load.join()
        print(f"\nGET /users/{{id}} at {given.rate:,}/s while {given.logins} clients log in without pause, "
              f"{given.rounds} rounds of {given.seconds} s\n")
        print("| reads | p50 ms | p99 ms | lowest–highest | logins/s |\n|---|---|---|---|---|")
        print("| alone | {:.2f} | {:.2f} | {} | |".format(*median(alone), spread(alone, 1, ".2f")))
        print("| beside logins | {:.2f} | {:.2f} (aim < 20) | {} | {:.0f} (aim ≥ 30) |".format(
            *median(beside), spread(beside, 1, ".2f"), statistics.median(l[0] for l in logins)))


if __name__ == "__main__":
    main()
