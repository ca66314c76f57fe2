#!/usr/bin/python3
"""Adds up what meson and pytest left in a folder of results: each case is one test, and so is a program that crashed, timed out or
ended badly without a failed case to show for it. Prints every failure, then "N passed, N failed"; exit code 1 when anything
failed or nothing ran."""
import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


class Sum:
    def __init__(self):
        self.passed = 0
        self.skipped = 0
        self.failures = []  # (name, text)

    def fail(self, name, text=""):
        self.failures.append((name, text.strip()))


def said_by_cmocka(suite, case):
    """The comment lines behind "not ok 2 - name" in a program's output."""
    lines = (suite.findtext("system-out") or "").splitlines()
    start = next((i for i, line in enumerate(lines) if line == "not ok " + case.get("name")), len(lines))
    said = []
    for line in lines[start + 1:]:
        if not line.startswith("#"):
            break
        said.append(line[2:])
    return "\n".join(said)


def add_cases(total, path):
    """Every case of a JUnit file. Returns the names of the suites with a failed case."""
    bad = set()
    for suite in ElementTree.parse(path).iter("testsuite"):
        for case in suite.findall("testcase"):
            name = f"{case.get('classname') or suite.get('name')}::{case.get('name')}"
            wrong = [part for part in case if part.tag in ("failure", "error")]
            if wrong:
                bad.add(suite.get("name"))
                text = "\n".join((part.text or part.get("message") or "") for part in wrong)
                total.fail(name, text or said_by_cmocka(suite, case))
            elif case.find("skipped") is not None:
                total.skipped += 1
            else:
                total.passed += 1
    return bad


def exit_code(folder, name):
    path = folder / f"{name}.code"
    return int(path.read_text()) if path.exists() else 0


def add_meson(total, folder):
    if not (folder / "meson.json").exists():
        text = (folder / "meson.txt").read_text() if (folder / "meson.txt").exists() else ""
        total.fail("meson test", "left no results: " + text)
        return
    bad = add_cases(total, folder / "meson.xml")
    n_before = len(total.failures)
    for line in (folder / "meson.json").read_text().splitlines():
        program = json.loads(line)
        if program["result"] in ("OK", "SKIP", "EXPECTEDFAIL"):
            continue
        output = program.get("stdout", "") + "\n" + program.get("stderr", "").split("Shadow bytes around")[0]
        name = program["name"].split(" / ")[-1].split(":")[-1]
        if any(suite.split(".")[-1] == name or suite.endswith(name) for suite in bad):
            continue
        total.fail(program["name"], f"{program['result']}\n{output}")
    if exit_code(folder, "meson") != 0 and not bad and len(total.failures) == n_before:
        total.fail("meson test", f"ended with code {exit_code(folder, 'meson')}")


def add_pytest(total, folder):
    for code_path in sorted(folder.glob("pytest-*.code")):
        name = code_path.stem
        path = folder / f"{name}.xml"
        bad = add_cases(total, path) if path.exists() else set()
        if exit_code(folder, name) != 0 and not bad:
            total.fail(name, f"ended with code {exit_code(folder, name)}, see above")


def main():
    folder = Path(sys.argv[1])
    total = Sum()
    add_meson(total, folder)
    add_pytest(total, folder)
    for name, text in total.failures:
        print(f"FAILED {name}")
        for line in text.splitlines()[-60:]:
            print("    " + line)
    if total.passed + len(total.failures) == 0:
        total.fail("no test ran")
    if total.skipped:
        print(f"{total.skipped} skipped")
    print(f"{total.passed} passed, {len(total.failures)} failed")
    sys.exit(1 if total.failures else 0)


if __name__ == "__main__":
    main()
