#!/usr/bin/python3
"""GET /users/{id} at a fixed rate while face checks run without pause, beside the same reads alone; and the server's memory.

The checks are of photos of people in $BOOKADATE_TEST_FACES/lfw10 or ../shared/faces/lfw10; without those nothing is measured.
Prints medians over the rounds: p50 and p99 of the reads (h2load, 200 connections, each at its own pace), checks/s, resident memory."""
import json
import os
import statistics
import subprocess
import sys
import urllib.request

import fixture
from figures import column, figure, hand_over, not_measured
from measure import median, options, reads_beside, resident_kb, spread, workplace

BOUNDARY = "b0undary"


def photos():
    faces = os.environ.get("BOOKADATE_TEST_FACES", "../shared/faces") + "/lfw10"
    if not os.path.isdir(faces):
        return []
    person = os.path.join(faces, sorted(os.listdir(faces))[0])
    return [os.path.join(person, name) for name in sorted(os.listdir(person))]


def form(work, part, photo):
    """A multipart body with this photo, as a file."""
    path = os.path.join(work, part + ".form")
    with open(photo, "rb") as image, open(path, "wb") as f:
        f.write(f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{part}"; filename="p.jpg"\r\n'
                'Content-Type: image/jpeg\r\n\r\n'.encode() + image.read() + f"\r\n--{BOUNDARY}--\r\n".encode())
    return path


def post(url, token, body):
    with open(body, "rb") as f:
        request = urllib.request.Request(url, f.read(), {"Authorization": "Bearer " + token,
                                                         "Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def check_without_pause(url, person, body, given):
    """How many checks a second; every one must pass."""
    out = subprocess.run(["h2load", "--h1", "-t1", f"-c{given.clients}", f"-D{given.seconds + 1}", f"--data={body}",
                          "-H", f"Authorization: Bearer {person[1]}", "-H", f"Content-Type: multipart/form-data; boundary={BOUNDARY}",
                          f"{url}/faceauth/verify/{person[0]}"], check=True, capture_output=True, text=True).stdout
    statuses = next(line for line in out.splitlines() if line.startswith("status codes:"))
    passed, others = int(statuses.split()[2]), [int(word) for word in statuses.split()[4::2]]
    if any(others):
        sys.exit("checks were refused: " + statuses)
    return passed / (given.seconds + 1)


def figures(given, alone, beside, checks):
    row = f"`GET /users/{{id}}` at {given.rate:,}/s while {given.clients} clients have their faces checked"
    return [figure(row, "p99 ms", column(beside, 1), column(alone, 1), "the same without checks", "ratio ≤ 3"),
            figure(row, "checks/s", checks)]


def main():
    given = options(__doc__, users=100_000, rounds=3, seconds=6, rate=2000, clients=4)
    pictures = photos()
    if not pictures:
        print("There are no photos of people: reads beside face checks are not measured")
        hand_over(given, [not_measured("`GET /users/{id}` while faces are checked", "there are no photos of people here")])
        return

    with workplace() as (work, started):
        people = fixture.make_users(given.binary, work, given.users)
        server = fixture.start_bookadate(given.binary, work, started, connections_per_address=0, requests_per_minute=0,
                                         uploads_per_minute=0)
        idle = resident_kb(server.pid)
        post(f"{server.url}/users/{people[1][0]}/photos", people[1][1], form(work, "file", pictures[0]))
        body = form(work, "image", pictures[1])
        post(f"{server.url}/faceauth/verify/{people[1][0]}", people[1][1], body)
        first = resident_kb(server.pid)
        alone, beside, checks = reads_beside(work, server.url, people[0], given,
                                             lambda: check_without_pause(server.url, people[1], body, given))
        ratio = median(beside)[1] / median(alone)[1]
        print(f"\nGET /users/{{id}} at {given.rate:,}/s while {given.clients} clients have their faces checked without pause, "
              f"{given.rounds} rounds of {given.seconds} s\n")
        print("| reads | p50 ms | p99 ms | lowest–highest | checks/s |\n|---|---|---|---|---|")
        print("| alone | {:.2f} | {:.2f} | {} | |".format(*median(alone), spread(alone, 1, ".2f")))
        print("| beside face checks | {:.2f} | {:.2f} ({:.1f} ×, aim ≤ 3) | {} | {:.0f} |".format(
            *median(beside), ratio, spread(beside, 1, ".2f"), statistics.median(checks)))
        print(f"\nResident: {idle // 1024} MB before the first check, {first // 1024} MB after it, "
              f"{resident_kb(server.pid) // 1024} MB after all (aim ≤ 120)")
        hand_over(given, figures(given, alone, beside, checks))


if __name__ == "__main__":
    main()
