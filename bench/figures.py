"""What a benchmark hands to report.py: each figure with its rounds, what it stands against and what it must reach; and the page on
which tables end up. Measures nothing."""
import json
import statistics
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE = DOCS / "PERFORMANCE.md"
SIGNS = {"≤": float.__le__, "<": float.__lt__, "≥": float.__ge__, ">": float.__gt__}


def figure(row, what, ours, theirs=(), against="", aim="", cpu=(), cpu_theirs=()):
    """ours, theirs, cpu (µs a request): a value a round. aim: "≤ 20", of ours, or "ratio ≥ 1.3", of the medians."""
    return {"row": row, "what": what, "ours": list(ours), "theirs": list(theirs), "against": against, "aim": aim,
            "cpu": list(cpu), "cpu_theirs": list(cpu_theirs)}


def side_by_side(row, against, ours, theirs, cpu_aim, rate_aim):
    """Three figures of two servers' runs of measure()."""
    cpu, cpu_theirs = column(ours, 1), column(theirs, 1)
    return [figure(row, "CPU µs a request", cpu, cpu_theirs, against, cpu_aim),
            figure(row, "requests/s", column(ours, 0), column(theirs, 0), against, rate_aim, cpu, cpu_theirs),
            figure(row, "p99 ms", column(ours, 2), column(theirs, 2), against, "", cpu, cpu_theirs)]


def not_measured(row, why):
    return {"row": row, "failed": why}


def column(runs, index):
    return [run[index] for run in runs]


def hand_over(given, figures):
    """To the file that the command line names, if any."""
    if given.json:
        with open(given.json, "w") as f:
            json.dump(figures, f)


def write_between_marks(command, text):
    """Onto the page, in place of what that command wrote before."""
    begin, end = f"<!-- {command}: from here -->\n", f"<!-- {command}: to here -->\n"
    before, rest = PAGE.read_text().split(begin)
    PAGE.write_text(f"{before}{begin}\n{text}\n\n{end}{rest.split(end)[1]}")


def ratio(one):
    """Ours by theirs; None without a peer."""
    return statistics.median(one["ours"]) / statistics.median(one["theirs"]) if one["theirs"] else None


def met(one):
    """Is the aim reached? None: there is none."""
    words = one["aim"].split()
    if not words:
        return None
    value = ratio(one) if words[0] == "ratio" else statistics.median(one["ours"])
    return SIGNS[words[-2]](float(value), float(words[-1].replace(",", "")))
