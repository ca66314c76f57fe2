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


def add_cases(total, path, where):
    """Every case of a JUnit file, its name behind `where`. Returns the names of the suites with a failed case."""
    bad = set()
    for suite in ElementTree.parse(path).iter("testsuite"):
        for case in suite.findall("testcase"):
            name = f"{where}: {case.get('classname') or suite.get('name')}::{case.get('name')}"
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


def add_meson(total, folder, name):
    where = name.removeprefix("meson-")
    if not (folder / f"{name}.json").exists():
        text = (folder / f"{name}.txt").read_text() if (folder / f"{name}.txt").exists() else ""
        total.fail("meson test", "left no results: " + text)
        return
    bad = add_cases(total, folder / f"{name}.xml", where)
    n_before = len(total.failures)
    for line in (folder / f"{name}.json").read_text().splitlines():
        program = json.loads(line)
        if program["result"] in ("OK", "SKIP", "EXPECTEDFAIL"):
            continue
        output = program.get("stdout", "") + "\n" + program.get("stderr", "").split("Shadow bytes around")[0]
        last = program["name"].split(" / ")[-1].split(":")[-1]
        if any(suite.split(".")[-1] == last or suite.endswith(last) for suite in bad):
            continue
        total.fail(f"{where}: {program['name']}", f"{program['result']}\n{output}")
    if exit_code(folder, name) != 0 and not bad and len(total.failures) == n_before:
        total.fail(f"{where}: meson test", f"ended with code {exit_code(folder, name)}")


def add_pytest(total, folder):
    for code_path in sorted(folder.glob("pytest-*.code")):
        name = code_path.stem
        path = folder / f"{name}.xml"
        bad = add_cases(total, path, name.rpartition("-")[2]) if path.exists() else set()
        if exit_code(folder, name) != 0 and not bad:
            total.fail(name, f"ended with code {exit_code(folder, name)}, see above")


def main():
    folder = Path(sys.argv[1])
    total = Sum()
    for code_path in sorted(folder.glob("meson-*.code")):
        add_meson(total, folder, code_path.stem)
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
