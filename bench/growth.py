#!/usr/bin/python3
"""How cost grows with what is stored and with who is connected: profile reads among 10³ to 10⁶ users; writing a time slot and listing
a venue's among as many slots; sending a message and reading a page of the history among as many messages; and what an idle chat
socket and a message cost beside other sockets, up to as many as a process may have open files. On SQLite, one process.

Prints a table of medians over the rounds and writes it, with a plot, into docs/. CPU µs are the server's; p99 is by the clock."""
import os
import resource
import sqlite3
import statistics
import sys
import time
import uuid

import fixture
from chat_relay import talk
from figures import DOCS, write_between_marks
from idle import idle_sockets, split_file, stop
from measure import compiled, measure, options, pin, resident_kb, workplace
from timeslot_writes import make_venues, write_script

PLOT = DOCS / "growth.svg"
SIZES = (1_000, 10_000, 100_000, 1_000_000)
VENUES = 20  # 50 slots each in the smallest store: a page's rows are always there
PAIRS = 20   # 50 messages each, likewise
SPARE_FILES = 150
SETTINGS = {"loops": 1, "connections_per_address": 0, "requests_per_minute": 0}


class Growth:
    """One line of the plot: what it is, over how many of what; points of (n, median CPU µs or bytes, median p99 ms or None)."""

    def __init__(self, of, name, unit="CPU µs"):
        self.of, self.name, self.unit, self.points = of, name, unit, []

    def add(self, n, runs):
        """runs: (value, p99) each."""
        p99 = [run[1] for run in runs if run[1] is not None]
        self.points.append((n, statistics.median(run[0] for run in runs), statistics.median(p99) if p99 else None))
        print(f"{self.name} among {n:,} {self.of}: {self.points[-1][1]:.1f} {self.unit}", file=sys.stderr, flush=True)


def served_once(server, script, given):
    """A run of measure(), as (CPU µs, p99 ms)."""
    return measure(server.pids, server.url, script, given.seconds, given.connections)[1:]


def served(server, script, given):
    """One for each round."""
    return [served_once(server, script, given) for _ in range(given.rounds)]


def database(work):
    return sqlite3.connect(os.path.join(work, "data", "bookadate.db"))


def users(given, work, started, n, lines):
    people = fixture.make_users(given.binary, work, n)
    server = fixture.start_bookadate(given.binary, work, started, **SETTINGS)
    lines["profile"].add(n, served(server, fixture.write_requests(work, people), given))


def slots(given, work, started, n, lines):
    fixture.make_users(given.binary, work, 1)
    make_venues(work, VENUES)
    tomorrow = int(time.time()) // 86400 + 1
    with database(work) as db:
        places = ((i * 7368787) % (VENUES * 200 * 1440) for i in range(1, n + 1))  # those that write_script leaves out
        db.executemany("INSERT INTO venue_slots(venue_id, date, time, created_at) VALUES(?, ?, ?, 0)",
                       ((1 + at % VENUES, tomorrow + at // VENUES // 1440, at // VENUES % 1440) for at in places))
    db.close()
    server = fixture.start_bookadate(given.binary, work, started, **SETTINGS)
    token = fixture.token_of(1)
    lists = fixture.write_gets(work, [(f"/venues/{venue}/timeslots?limit=50", token) for venue in range(1, VENUES + 1)])
    lines["list"].add(n, served(server, lists, given))
    firsts = range(n, n + given.rounds * 1_000_000, 1_000_000)
    lines["slot"].add(n, [served_once(server, write_script(work, first, VENUES), given) for first in firsts])


def in_turns(sessions, each):
    """Rows of chat_messages as if all sessions had talked at the same time."""
    for seq in range(1, each + 1):
        for turn, (session, _, person) in enumerate(sessions, 1):
            place = (seq - 1) * len(sessions) + turn
            yield place, session, seq, place - len(sessions) if seq > 1 else None, str(uuid.UUID(int=seq << 64 | session)), person


def messages(given, work, started, n, lines):
    fixture.make_users(given.binary, work, 2 * PAIRS)
    sockets = fixture.make_sessions(work, PAIRS)
    each = n // PAIRS
    with database(work) as db:
        sessions = db.execute("SELECT id, session_id, person_1 FROM chat_sessions ORDER BY id").fetchall()
        db.executemany("INSERT INTO chat_messages(place, session, seq, before, id, sender, origin, content, created_at) "
                       "VALUES(?, ?, ?, ?, ?, ?, 0, 'See you at the fountain', 0)", in_turns(sessions, each))
        db.execute("INSERT INTO chat_lasts(session, seq, place) SELECT session, MAX(seq), MAX(place) FROM chat_messages GROUP BY session")
        db.execute("INSERT INTO chat_marks(session, seq, place) SELECT session, seq, place FROM chat_messages WHERE seq % 32 = 0")
    db.close()
    server = fixture.start_bookadate(given.binary, work, started, **SETTINGS)
    pages = fixture.write_gets(work, [(f"/chat/sessions/{session}/messages?limit=50&cursor={max(0, each // 2 - 25)}", fixture.token_of(person))
                        for _, session, person in sessions])
    lines["history"].add(n, served(server, pages, given))
    runs = [talk(given.client, server, sockets, "ping", str(given.seconds)) for _ in range(given.rounds)]
    lines["message"].add(n, [(cpu, p99) for _, cpu, _, p99 in runs])


def sockets(given, work, started, n, lines):
    """n idle ones, and PAIRS of pairs more that talk."""
    fixture.make_users(given.binary, work, n + 2 * PAIRS)
    idle, few = split_file(fixture.make_sessions(work, n // 2 + PAIRS), 2 * PAIRS)
    server = fixture.start_bookadate(given.binary, work, started, **SETTINGS)
    pin(server.pid, 0)
    talk(given.client, server, few, "ping", "1")
    before = resident_kb(server.pid)
    holder = idle_sockets(given.client, server.url, idle)
    lines["idle"].add(n, [((resident_kb(server.pid) - before) * 1024 / n, None)])
    runs = [talk(given.client, server, few, "ping", str(given.seconds)) for _ in range(given.rounds)]
    lines["beside"].add(n, [(cpu, p99) for _, cpu, _, p99 in runs])
    holder.stdin.close()
    holder.wait(timeout=60)


def socket_sizes():
    """As far as a process may have open files: the server needs one for each socket, and so does its client."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - SPARE_FILES
    return [n for n in SIZES if n < most] + ([most // 100 * 100] if most < SIZES[-1] else [])


def run(given):
    lines = {"profile": Growth("users", "GET /users/{id}"),
             "list": Growth("slots", "GET /venues/{id}/timeslots, 50 of them"),
             "slot": Growth("slots", "POST /venues/timeslots/"),
             "history": Growth("messages", "GET …/messages, 50 of them"),
             "message": Growth("messages", "a message stored and relayed"),
             "idle": Growth("sockets", "an idle chat socket", "bytes resident"),
             "beside": Growth("sockets", "a message beside idle sockets")}
    for fill, sizes in ((users, SIZES), (slots, SIZES), (messages, SIZES), (sockets, socket_sizes())):
        for n in (size for size in sizes if size <= given.most):
            with workplace() as (work, started):
                given.client = compiled("chat_load.c", work)
                fill(given, work, started, n, lines)
                stop(started)
    return list(lines.values())


def table(lines):
    text = ["| what | among | " + " | ".join(f"{n:,}" for n in SIZES) + " | times |", "|---|---|" + "---|" * (len(SIZES) + 1)]
    for line in lines:
        cells = {n: f"{value:,.0f}" + (f" · {p99:.1f}" if p99 is not None else "") for n, value, p99 in line.points}
        last = line.points[-1][0]
        shown = [cells.get(n, f"{cells[last]} (at {last:,})" if n > last > m else "") for m, n in zip((0, *SIZES), SIZES)]
        by = line.points[-1][1] / line.points[0][1]
        text.append(f"| {line.name}: {line.unit}{' · p99 ms' if line.points[0][2] is not None else ''} | {line.of} | "
                    + " | ".join(shown) + f" | {by:.2f} |")
    return "\n".join(text)


def plot(lines, path):
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "growth", "svg.fonttype": "none", "font.size": 9})
    from matplotlib import pyplot

    figure, panes = pyplot.subplots(1, 3, figsize=(11, 3.8))
    for pane, name, column in ((panes[0], "CPU µs a request or message", 1), (panes[1], "p99 ms", 2), (panes[2], "bytes an idle socket", 1)):
        for line in lines:
            if (line.unit == "CPU µs") == (pane is not panes[2]):
                pane.plot([p[0] for p in line.points], [p[column] for p in line.points], marker="o", markersize=3,
                          label=f"{line.name} ({line.of})")
        pane.set(xscale="log", title=name, xlabel="how many there are", ylim=(0, 1.1 * pane.get_ylim()[1]))
        pane.grid(alpha=0.3)
    handles, labels = panes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncol=2, frameon=False)
    figure.subplots_adjust(left=0.05, right=0.99, top=0.91, bottom=0.36, wspace=0.17)
    figure.savefig(path, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})


def main():
    given = options(__doc__, rounds=3, seconds=2, connections=64, most=SIZES[-1])
    lines = run(given)
    text = table(lines)
    print("\n" + text)
    if given.most < SIZES[-1] or given.rounds < 3:
        print("Not written to docs/: only some of it, or too few rounds")
        return
    plot(lines, PLOT)
    write_between_marks("make bench-growth", text)


if __name__ == "__main__":
    main()
