#!/usr/bin/python3
"""Runs the benchmarks one after the other and makes one table of their medians: printed, and written between the marks in
docs/PERFORMANCE.md with the machine, the versions and the date. What fails, or has no peer here, has a line that says so.

With fewer than five rounds nothing is written. Smaller stores for trying out: BENCH_USERS and BENCH_PEOPLE in the environment."""
import argparse
import datetime
import json
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from figures import met, not_measured, ratio, write_between_marks

HERE = Path(__file__).resolve().parent
SCRIPTS = ("profile_read", "proxied_read", "tls_read", "timeslot_writes", "reads_beside_logins", "chat_relay", "idle", "find",
           "reads_beside_checks", "stores")
ROUNDS_LEAST = 5
LONGEST_S = 900
HEAD = ("| what | against | ours | theirs | ratio | aim | | CPU µs | lowest–highest |\n"
        "|---|---|---|---|---|---|---|---|---|")
PROGRAMS = (("GCC", "gcc -dumpfullversion"), ("PostgreSQL", "psql --version"), ("nginx", "/usr/sbin/nginx -v"), ("wrk", "wrk -v"),
            ("h2load", "h2load --version"), ("HAProxy", "/usr/sbin/haproxy -v"), ("Node", "node --version"))


def reason(said):
    """One line of what a script said before it failed."""
    lines = [line.strip() for line in said.splitlines() if line.strip()] or ["it said nothing"]
    return (lines[-1] if "Traceback" in said else lines[0])[:160].replace("|", "/")


def run(name, given, folder):
    """Its figures; its own tables go to a log beside the program."""
    data, log = Path(folder, name + ".json"), Path(given.binary).parent / "bench" / (name + ".log")
    log.parent.mkdir(exist_ok=True)
    with open(log, "w") as out, open(Path(folder, "said"), "w+") as said:
        process = subprocess.Popen([sys.executable, HERE / (name + ".py"), "--binary", given.binary, "--json", data], stdout=out,
                                   stderr=said, start_new_session=True, env=os.environ | {"BENCH_KEEP": folder})
        try:
            code = process.wait(LONGEST_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt) as end:
            os.killpg(process.pid, signal.SIGTERM)  # it and all that it has started
            process.wait(60)
            if isinstance(end, KeyboardInterrupt):
                raise
            return [not_measured(f"`bench/{name}.py`", f"took longer than {LONGEST_S} s")]
        said.seek(0)
        words = said.read()
    if code != 0 or not data.exists():
        return [not_measured(f"`bench/{name}.py`", reason(words))]
    return json.loads(data.read_text())


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def middle(values):
    return number(statistics.median(values)) if values else ""


def spread(values):
    return f"{number(min(values))}–{number(max(values))}" if len(values) > 1 else ""


def beside(ours, theirs):
    return ours + (f" ({theirs})" if theirs else "")


def line(one):
    if "failed" in one:
        return f"| {one['row']} | | | | | | **not measured**: {one['failed']} | | |"
    by = ratio(one)
    word = {None: "", True: "reached", False: "**missed**"}[met(one)]
    return (f"| {one['row']}: {one['what']} | {one['against']} | {middle(one['ours'])} | {middle(one['theirs'])} | "
            f"{'' if by is None else f'{by:.2f}'} | {one['aim']} | {word} | {beside(middle(one['cpu']), middle(one['cpu_theirs']))} | "
            f"{beside(spread(one['ours']), spread(one['theirs']))} |")


def version(command):
    try:
        done = subprocess.run(command.split(), capture_output=True, text=True)
    except OSError:
        return "missing"
    return (re.findall(r"\d+\.\d[\w.]*", done.stdout + done.stderr) or ["unknown"])[0]


def where():
    """The machine and the versions, in words."""
    def first(path, pattern):
        return re.search(pattern, Path(path).read_text(), re.M)

    cpu = first("/proc/cpuinfo", r"^model name\s*: (.*)$")
    memory = int(first("/proc/meminfo", r"^MemTotal:\s*(\d+)")[1]) / 2**20
    system = first("/etc/os-release", r'^PRETTY_NAME="(.*)"')
    ws = HERE.parent / "build-npm" / "ws" / "package.json"
    programs = [f"{name} {version(command)}" for name, command in PROGRAMS]
    programs.append("ws " + (json.loads(ws.read_text())["version"] if ws.exists() else "missing"))
    return (f"{os.cpu_count()} cores of {cpu[1] if cpu else 'an unnamed processor'}, {memory:.0f} GB, Linux {'.'.join(os.uname().release.split('.')[:2])}, "
            f"{system[1] if system else 'an unnamed system'}; SQLite {sqlite3.sqlite_version}, {', '.join(programs)}")


def report(figures, rounds, minutes):
    today = datetime.date.today().isoformat()
    return (f"`make bench` on {today}, {rounds} rounds each, {minutes:.0f} minutes in all. {where()}.\n\n"
            + "\n".join([HEAD, *map(line, figures)]))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rounds", type=int, default=ROUNDS_LEAST)
    options.add_argument("--seconds", type=int, help="a round; else each benchmark's own")
    options.add_argument("--binary", default="build/bookadate")
    options.add_argument("only", nargs="*", help="these alone, of " + " ".join(SCRIPTS))
    given = options.parse_args()
    os.environ["BENCH_ROUNDS"] = str(given.rounds)
    if given.seconds:
        os.environ["BENCH_SECONDS"] = str(given.seconds)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    figures, begun = [], time.monotonic()
    folder = tempfile.mkdtemp(prefix="bookadate-bench-")
    try:
        for name in given.only or SCRIPTS:
            print(f"{name} …", file=sys.stderr, flush=True)
            figures += run(name, given, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    text = report(figures, given.rounds, (time.monotonic() - begun) / 60)
    print("\n" + text + "\n")
    if given.only or given.rounds < ROUNDS_LEAST:
        print("Not written to docs/PERFORMANCE.md: only some of it, or too few rounds")
    else:
        write_between_marks("make bench", text)


if __name__ == "__main__":
    main()
