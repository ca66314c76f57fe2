#!/usr/bin/python3
"""What the program costs while nothing happens: all seven services after first use, the time until it is ready, and what 10,000
idle chat sockets add. The Python original needed 446 MB in 7 processes.

A socket's share counts from the 200th on: those before have paid for what all share. Anonymous leaves out the pages of the store's
file that became mapped when the sockets' sessions were looked up."""
import json
import statistics
import subprocess
import time
import urllib.error
import urllib.request

import fixture
from figures import column, figure, hand_over
from measure import compiled, median, options, resident_kb, spread, workplace

ORIGINAL_MB = [446]  # measured once; it is not part of this repository
WARM = 100  # pairs that have paid for what all sockets share


def ready_in(binary, work, started, **settings):
    """A started server, and the seconds until it answered."""
    begun = time.monotonic()
    server = fixture.start_bookadate(binary, work, started, **settings)
    return server, time.monotonic() - begun


def use_once(url, turn):
    """Sign up, log in, look, opt in, find, list: something of every service."""
    person = {"name": "Alice", "email": f"alice.{turn}@example.org", "phone": "+1234567890", "gender": "female", "dob": "1995-05-10",
              "password": "a quiet corner by the window"}

    def ask(method, path, body=None, token=None):
        headers = {"Content-Type": "application/json"} | ({"Authorization": "Bearer " + token} if token else {})
        request = urllib.request.Request(url + path, json.dumps(body).encode() if body else None, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as refused:
            return json.load(refused)

    token = ask("POST", "/auth/signup", person)["access_token"]
    ask("POST", "/auth/login", {"email": person["email"], "password": person["password"]})
    ask("GET", "/auth/me", token=token)
    ask("POST", "/matches/preferences", {"gender": "female", "seeking_gender": "male", "age_min": 25, "age_max": 40}, token)
    ask("POST", "/matches/find", {}, token)
    ask("POST", "/venues/", {"name": "The Cozy Corner", "address": "123 Main St", "city": "New York"}, token)
    for path in ("/venues/?city=New%20York", "/bookings/", "/chat/sessions", "/faceauth/model", "/health"):
        ask("GET", path, token=token)


def split_file(path, n):
    """(a file without, a file of the first n lines)"""
    with open(path) as f:
        lines = f.readlines()
    for name, part in (("-many", lines[n:]), ("-few", lines[:n])):
        with open(path + name, "w") as f:
            f.writelines(part)
    return path + "-many", path + "-few"


def idle_sockets(client, url, sockets):
    process = subprocess.Popen([client, url.rsplit(":", 1)[1], sockets, "idle"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    time.sleep(1)
    return process


def stop(started):
    process = started.pop()
    process.terminate()
    process.wait(timeout=30)


def bytes_a_socket(given, work, started, client, few, sockets):
    """(resident, anonymous) bytes that each of many idle sockets adds."""
    server, _ = ready_in(given.binary, work, started, connections_per_address=0)
    warm = idle_sockets(client, server.url, few)
    before = resident_kb(server.pid), resident_kb(server.pid, "Anonymous")
    many = idle_sockets(client, server.url, sockets)
    after = resident_kb(server.pid), resident_kb(server.pid, "Anonymous")
    for process in (warm, many):
        process.stdin.close()
        process.wait(timeout=30)
    stop(started)
    return tuple((late - early) * 1024 / given.sockets for late, early in zip(after, before))


def main():
    given = options(__doc__, rounds=5, sockets=10_000)

    with workplace() as (work, started):
        fixture.make_users(given.binary, work, given.sockets + 2 * WARM)
        sockets, few = split_file(fixture.make_sessions(work, given.sockets // 2 + WARM), 2 * WARM)
        client = compiled("chat_load.c", work)
        starts, resident, each = [], [], []
        for turn in range(given.rounds):
            server, seconds = ready_in(given.binary, work, started)
            use_once(server.url, turn)
            time.sleep(0.5)
            starts.append(seconds)
            resident.append(resident_kb(server.pid) / 1024)
            stop(started)
            each.append(bytes_a_socket(given, work, started, client, few, sockets))
        print("\nIdle\n\n| what | measured | lowest–highest | aim |\n|---|---|---|---|")
        print(f"| resident, seven services after first use | {statistics.median(resident):.1f} MB | "
              f"{min(resident):.1f}–{max(resident):.1f} | ≤ 40 MB |")
        print(f"| ready after | {statistics.median(starts):.3f} s | {min(starts):.3f}–{max(starts):.3f} | ≤ 0.3 s |")
        print("| {:,} idle chat sockets, each | {:.0f} bytes (anonymous: {:.0f}) | {} | ≤ 1024 |".format(
            given.sockets, *median(each), spread(each, 0, ".0f")))
        hand_over(given, [
            figure(f"{given.sockets:,} idle chat sockets", "resident bytes each", column(each, 0), aim="≤ 1,024"),
            figure("seven services after first use", "resident MB", resident, ORIGINAL_MB, "the Python original, 7 processes", "≤ 40"),
            figure("seven services after first use", "seconds until ready", starts, aim="≤ 0.3")])


if __name__ == "__main__":
    main()
