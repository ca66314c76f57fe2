"""The console in a real browser (Debian's Chromium, driven by playwright-core): tests/web/browser holds the cases, which run once,
two at a time, against programs of their own; here each is a test. Screenshots go to results/screens beside the program."""
import json
import os
import subprocess
from pathlib import Path

import pytest

from node import generate, missing

HERE = Path(__file__).resolve().parent
BINARY = Path(os.environ.get("BOOKADATE_BIN", HERE.parents[1] / "build-asan" / "bookadate")).resolve()
SECONDS = 900
RUN = ["node", str(HERE / "browser" / "run.mjs")]


def environment():
    env = {name: value for name, value in os.environ.items() if not name.startswith("BOOKADATE_")}
    env.setdefault("ASAN_OPTIONS", "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    return {**env, "BOOKADATE_TEST_BINARY": str(BINARY), "BOOKADATE_TEST_SCREENS": str(BINARY.parent / "results" / "screens")}


def names():
    if missing():
        raise RuntimeError(missing())
    generate()
    return json.loads(subprocess.run([*RUN, "--list"], capture_output=True, text=True, check=True, timeout=60, env=environment()).stdout)


@pytest.fixture(scope="session")
def results(request):
    """{name: line} of one run of the cases that were asked for."""
    wanted = [item.callspec.params["name"] for item in request.session.items if item.name.startswith("test_in_the_browser")]
    run = subprocess.run([*RUN, *wanted], capture_output=True, text=True, timeout=SECONDS, env=environment())
    lines = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    return {line["name"]: line for line in lines}, run


@pytest.mark.parametrize("name", names())
def test_in_the_browser(results, name):
    lines, run = results
    assert name in lines, f"did not run; the runner ended with {run.returncode}:\n{run.stderr[-3000:]}"
    assert lines[name]["failure"] is None, lines[name]["failure"]


def test_the_programs_ended_well(results):
    _, run = results
    assert run.returncode == 0, run.stderr[-4000:]
