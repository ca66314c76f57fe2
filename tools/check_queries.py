#!/usr/bin/python3
"""Every SQL_ constant stands in a QUERIES array of its service (so that a test prepares it on every store), and every entry of
such an array is a constant."""
import re

from source import code_only, files, finish, line_of, name
from sql import constants

ARRAY = re.compile(r"\b(\w*QUERIES\w*)\s*\[\s*\]\s*=\s*\{([^}]*)\}", re.S)
ALIAS = re.compile(r"\bconst\s+char\s+(?:\*\s*const\s+)?(SQL_\w+)\b")


def is_checked(path):
    """What src/platform/db runs at every start needs no test that prepares it."""
    return not name(path).startswith("src/platform/db/")


def group_of(path):
    """Files that share arrays: one service, or the platform."""
    parts = name(path).split("/")
    return "/".join(parts[:3]) if parts[1] == "services" else "/".join(parts[:2])


def main():
    listed, defined, problems = {}, {}, []
    for path in filter(is_checked, files("*.c")):
        group = group_of(path)
        text = path.read_text()
        for match in ARRAY.finditer(code_only(text)):
            listed.setdefault(group, set()).update(re.findall(r"\bSQL_\w+", match.group(2)))
        for sql_name, _, offset in constants(path):
            defined[(group, sql_name)] = f"{name(path)}:{line_of(text, offset)}"
        for match in ALIAS.finditer(code_only(text)):
            defined.setdefault((group, match.group(1)), f"{name(path)}:{line_of(text, match.start())}")
    for (group, sql_name), where in sorted(defined.items()):
        if sql_name not in listed.get(group, set()):
            problems.append(f"{where}: {sql_name} is in no QUERIES array of {group}")
    for group, names in listed.items():
        for sql_name in sorted(names):
            if (group, sql_name) not in defined:
                problems.append(f"{group}: {sql_name} is listed, but not defined")
    finish(problems, "queries")


if __name__ == "__main__":
    main()
