#!/usr/bin/env python3
"""Write the C table of all migrations (struct migration MIGRATIONS[]) from src/**/migrations/NNNN_name.sql.

usage: embed_migrations.py SRC_DIR OUT.c DEPFILE

The folder above migrations/ is the owner ("user"; "platform" for src/platform/db). The program itself checks numbers
and checksums against the database; here a text that no database could run the same way is refused.
"""
import pathlib
import re
import sys

NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# These work on one store and not on the other, or end the transaction that each migration runs in.
REFUSED = re.compile(r"\b(AUTOINCREMENT|BOOLEAN|WITHOUT\s+ROWID|STRICT|BEGIN|COMMIT)\b", re.I)
# The other store takes what follows on that line for a comment, and nothing else.
GUARD = "{{postgres}}"
GUARDED = re.compile(re.escape(GUARD) + r"[^;]+;\s*")


def owner_of(path):
    parts = path.parts
    return "platform" if parts[0] == "platform" else parts[1]


def quoted(text):
    lines = text.splitlines(keepends=True)
    escape = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return "\n".join('     "' + "".join(escape.get(c, c) for c in line) + '"' for line in lines)


def read(source, path):
    match = NAME.fullmatch(path.name)
    if not match:
        sys.exit(f"{path}: a migration is named NNNN_name.sql")
    text = path.read_text(encoding="utf-8")
    code = re.sub(r"--[^\n]*", "", text)
    bad = REFUSED.search(code)
    if bad:
        sys.exit(f"{path}: {bad.group(0)} does not work on every store")
    for line in code.splitlines():
        if GUARD in line and not GUARDED.fullmatch(line):
            sys.exit(f"{path}: {GUARD} stands before one statement, on one line: {line}")
    owner = owner_of(path.relative_to(source))
    return owner, int(match.group(1)), path.stem, text


def main():
    source, out, depfile = (pathlib.Path(p) for p in sys.argv[1:])
    folders = [source / "platform/db", source / "services", *sorted((source / "services").iterdir())]
    folders = [f for f in folders if f.is_dir()]
    folders += [f / "migrations" for f in folders if (f / "migrations").is_dir()]
    files = sorted(p for f in folders if f.name == "migrations" for p in f.glob("*.sql"))
    rows = sorted(read(source, p) for p in files)
    for before, row in zip([None, *rows], rows):
        expected = before[1] + 1 if before and before[0] == row[0] else 1
        if row[1] != expected:
            sys.exit(f"{row[0]}/{row[2]}: number {expected:04} is missing or given twice")

    table = "".join(f'    {{"{o}", {n}, "{name}",\n{quoted(text)}}},\n' for o, n, name, text in rows)
    out.write_text("/* All migrations, made by tools/embed_migrations.py. */\n"
                   '#include "platform/db/store.h"\n\n'
                   f"const struct migration MIGRATIONS[] = {{\n{table}    {{0}},\n}};\n", encoding="utf-8")
    # The folders too: a new file changes its folder.
    depfile.write_text(f"{out}: " + " ".join(str(p).replace(" ", "\\ ") for p in [*folders, *files]) + "\n")


if __name__ == "__main__":
    main()
