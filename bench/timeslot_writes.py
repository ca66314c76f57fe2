#!/usr/bin/python3
"""Durable writes: POST /venues/timeslots/ from 256 connections, each reply after its row is on disk, beside the bare SQLite loop
(the same table, 256 rows a commit, batch_insert.c), in turn on fresh stores on the same disk.

Prints medians over the rounds: rows/s, CPU µs a row, p50 and p99, the ratio, and the disk's own rate of fdatasync."""
import os
import sqlite3
import statistics
import subprocess
import time
from itertools import count

import fixture
from figures import column, figure, hand_over
from measure import compiled, cpu_seconds, in_turn, median, options, spread, workplace, wrk

VENUES = 200


def make_venues(work, n=VENUES):
    """So many of person 1."""
    with sqlite3.connect(os.path.join(work, "data", "bookadate.db")) as db:
        db.executemany("INSERT INTO venues(owner, name, address, city, city_key, created_at, updated_at) "
                       "VALUES(1, ?, '123 Main St', 'New York', 'new york', 0, 0)",
                       ((f"Venue {i}",) for i in range(n)))
    db.close()


def fresh_store(binary, work):
    """Alice with 200 venues."""
    fixture.make_users(binary, work, 1)
    make_venues(work)


def write_script(work, first, venues=VENUES):
    """Slots in an order that jumps between venues and days, from number `first` on."""
    path = os.path.join(work, "slots.lua")
    today = int(time.time()) // 86400
    with open(path, "w") as f:
        f.write(f"""
local n = {first}
local days, times, heads = {{}}, {{}}, {{}}
for d = 1, 200 do days[d] = os.date("!%Y-%m-%d", ({today} + d) * 86400) end
for m = 0, 1439 do times[m] = string.format('", "time": "%02d:%02d"}}', math.floor(m / 60), m % 60) end
wrk.method = "POST"
wrk.headers["Authorization"] = "Bearer {fixture.token_of(1)}"
wrk.headers["Content-Type"] = "application/json"
-- Requests of one length, put together from three texts: what the generator computes, the server does not get.
function init()
  for v = 1, {venues} do
    local whole = wrk.format(nil, "/venues/timeslots/", nil, string.format('{{"venue_id": %6d, "date": "', v) .. days[1] .. times[0])
    heads[v] = string.sub(whole, 1, -1 - #days[1] - #times[0])
  end
end
function request()
  n = n + 1
  local slot = (n * 7368787) % {venues * 200 * 1440}
  local rest = math.floor(slot / {venues})
  return heads[1 + slot % {venues}] .. days[1 + math.floor(rest / 1440)] .. times[rest % 1440]
end
""")
    return path


def ours(binary, work, started, given, turn):
    """(rows/s, CPU µs a row, p50 ms, p99 ms) on a fresh store."""
    place = os.path.join(work, f"ours-{turn}")
    os.mkdir(place)
    fresh_store(binary, place)
    server = fixture.start_bookadate(binary, place, started, connections_per_address=0, requests_per_minute=0)
    script = write_script(place, 0)
    before = cpu_seconds(server.pids)
    rate, requests, p50, p99 = wrk(server.url, script, given.seconds, given.connections)
    cpu = (cpu_seconds(server.pids) - before) / requests * 1e6
    started.pop().terminate()
    return rate, cpu, p50, p99


def bare(binary, loop, work, given, turn):
    place = os.path.join(work, f"bare-{turn}")
    os.mkdir(place)
    fresh_store(binary, place)
    out = subprocess.run([loop, os.path.join(place, "data", "bookadate.db"), str(given.seconds)], check=True,
                         capture_output=True, text=True).stdout.split()
    return float(out[0]), float(out[1])


def figures(given, runs, loops):
    row, cpu = f"`POST /venues/timeslots/`, {given.connections} connections, each reply after its commit is on disk", column(runs, 1)
    return [figure(row, "rows/s", column(runs, 0), column(loops, 0), "the bare SQLite loop, 256 rows a commit", "ratio ≥ 0.5", cpu),
            figure(row, "p99 ms", column(runs, 3), aim="≤ 50", cpu=cpu),
            figure("what the disk does meanwhile", "`fdatasync` of 16 KB appended, a second", column(loops, 1))]


def main():
    given = options(__doc__, rounds=5, seconds=4, connections=256)

    with workplace() as (work, started):
        loop = compiled("batch_insert.c", work, "-lsqlite3")
        turns = count()
        sides = in_turn(given.rounds, bare=lambda: bare(given.binary, loop, work, given, next(turns)),
                        ours=lambda: ours(given.binary, work, started, given, next(turns)))
        runs, loops = sides["ours"], sides["bare"]
        rate, cpu, p50, p99 = median(runs)
        bare_rate = statistics.median(l[0] for l in loops)
        print(f"\nPOST /venues/timeslots/: {given.connections} connections, every reply after its commit is on disk, "
              f"{given.rounds} rounds of {given.seconds} s\n")
        print("| writer | rows/s | lowest–highest | CPU µs/row | p50 ms | p99 ms |\n|---|---|---|---|---|---|")
        print(f"| bookadate over HTTP | {rate:,.0f} | {spread(runs, 0, ',.0f')} | {cpu:.1f} | {p50:.1f} | {p99:.1f} (aim ≤ 50) |")
        print(f"| bare SQLite, 256 a commit | {bare_rate:,.0f} | {spread(loops, 0, ',.0f')} | | | |")
        print(f"| ratio | {rate / bare_rate:.2f} (aim ≥ 0.5) | | | | |")
        print(f"\nfdatasync of 16 KB appended: {statistics.median(l[1] for l in loops):,.0f}/s")
        hand_over(given, figures(given, runs, loops))


if __name__ == "__main__":
    main()
