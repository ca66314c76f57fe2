"""How the benchmarks measure: load from public tools, CPU time of the server's processes, medians over rounds that take turns.
Loopback only."""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager

UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
READERS = 200  # connections of read_at_rate


def options(doc, **defaults):
    """The command line of a benchmark: these numbers (BENCH_ROUNDS and so on in the environment are other defaults), the program,
    and where the figures go as data."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, number in defaults.items():
        number = int(os.environ.get("BENCH_" + name.upper(), number))
        parser.add_argument("--" + name, type=int, default=number, help=f"{number:,} unless told")
    parser.add_argument("--binary", default="build/bookadate")
    parser.add_argument("--json", metavar="FILE", help="write the figures there too, for report.py")
    return parser.parse_args()


def in_turn(rounds, **sides):
    """Each side's runs: every side once a round, one after the other."""
    runs = {name: [] for name in sides}
    for _ in range(rounds):
        for name, run in sides.items():
            runs[name].append(run())
    return runs


def cpu_seconds(pids):
    """User + system time of these processes so far (proc(5), fields 14 and 15)."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def milliseconds(text):
    """wrk's "1.23ms", "45us", "1.2s"."""
    number = text.rstrip("mus")
    return float(number) * UNITS[text[len(number):]]


def resident_kb(pid, what="Rss"):
    """What this process holds in memory, KB: Rss, or Anonymous (without pages of files)."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(what + ":"))


def wrk(url, script, seconds, connections, expect=True):
    """One run of wrk: requests/s, requests, p50 and p99 in ms. expect: replies of an error status end the benchmark."""
    out = subprocess.run(["wrk", "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", script, url],
                         capture_output=True, text=True, check=True).stdout
    lines = {line.split()[0]: line.split() for line in out.splitlines() if line.strip()}
    if expect and "Non-2xx" in lines:
        sys.exit("replies that were not 2xx:\n" + out)
    requests = next(int(line.split()[0]) for line in out.splitlines() if " requests in " in line)
    return requests / seconds, requests, milliseconds(lines["50%"][1]), milliseconds(lines["99%"][1])


def measure(pids, url, script, seconds, connections):
    """One wrk run. Returns (requests/s, CPU µs a request, p99 ms)."""
    before = cpu_seconds(pids)
    rate, requests, _, p99 = wrk(url, script, seconds, connections)
    return rate, (cpu_seconds(pids) - before) / requests * 1e6, p99


def read_at_rate(work, url, person, given):
    """p50 and p99 in ms of GET /users/{id} at given.rate a second (h2load); every reply must be 200."""
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


def reads_beside(work, url, person, given, load):
    """Rounds of those reads alone and then beside load(), which goes on for a second longer: each round's reads alone, its reads
    beside, and what load() returned."""
    loads = []

    def beside():
        other = threading.Thread(target=lambda: loads.append(load()))
        other.start()
        read = read_at_rate(work, url, person, given)
        other.join()
        return read

    runs = in_turn(given.rounds, alone=lambda: read_at_rate(work, url, person, given), beside=beside)
    return runs["alone"], runs["beside"], loads


def median(runs):
    """The median of each column."""
    return tuple(statistics.median(column) for column in zip(*runs))


def spread(runs, column, form=".1f"):
    values = [run[column] for run in runs]
    return f"{min(values):{form}}–{max(values):{form}}"


def row(name, runs):
    """Print a line of measure()'s runs; returns the medians of requests/s and CPU."""
    rate, cpu, p99 = median(runs)
    print(f"| {name} | {rate:,.0f} | {cpu:.1f} | {spread(runs, 1)} | {p99:.2f} |")
    return rate, cpu


@contextmanager
def workplace():
    """A temporary folder, and a list of the processes to be ended after it."""
    work = tempfile.mkdtemp(prefix="bookadate-bench-", dir=os.environ.get("TMPDIR"))
    started = []
    try:
        yield work, started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)
        shutil.rmtree(work, ignore_errors=True)
        time.sleep(0.1)


def pin(pid, core):
    """All threads of a process to one core; on a machine with one core there is nothing to choose."""
    if (os.cpu_count() or 1) > 1:
        subprocess.run(["taskset", "-acp", str(core), str(pid)], check=True, stdout=subprocess.DEVNULL)


def compiled(source, work, *flags):
    """A C program of bench/ that needs nothing of ours."""
    binary = os.path.join(work, os.path.basename(source)[:-2])
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["cc", "-O2", "-D_GNU_SOURCE", "-o", binary, os.path.join(here, source), *flags], check=True)
    return binary
