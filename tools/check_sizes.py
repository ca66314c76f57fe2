#!/usr/bin/python3
"""Files of at most 400 lines, functions of at most 60, and a first line that says what the file is for. Tests may be twice as
long: they are tables of cases. (Columns are the formatter's.)"""
import re

from source import code_only, files, finish, name

FILE_MAX = 400
FUNCTION_MAX = 60
FUNCTION = re.compile(r"^(?![#}\s])[^;{}=]*?\b(\w+)\([^;{}]*\)\s*\n\{\n(.*?)^\}", re.S | re.M)


def check(path, times=1):
    text = path.read_text()
    lines = text.splitlines()
    if len(lines) > FILE_MAX * times:
        yield f"{name(path)}: {len(lines)} lines, at most {FILE_MAX * times}"
    if not lines or not lines[0].startswith("/*"):
        yield f"{name(path)}:1: the file does not open with what it is for"
    for match in FUNCTION.finditer(code_only(text)):
        length = match.group(2).count("\n") + 3
        if length > FUNCTION_MAX * times:
            yield f"{name(path)}: {match.group(1)} has {length} lines, at most {FUNCTION_MAX * times}"


def main():
    problems = [p for path in files("*.c", "*.h") for p in check(path)]
    problems += [p for path in files("*.c", "*.h", under="tests") for p in check(path, times=2)]
    finish(problems, "sizes")


if __name__ == "__main__":
    main()
