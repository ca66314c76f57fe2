#!/usr/bin/python3
"""SQL in a service names only tables that its own migrations create; SQL in platform/ only the platform's; and base/ and
rules hold no SQL at all."""
from source import ROOT, SERVICES, files, finish, line_of, name
from sql import pieces, statements, tables_created, tables_in_piece, tables_named

SCHEMA = {"sqlite_master", "sqlite_schema", "sqlite_sequence", "pragma_table_info", "information_schema",
          "schema_migrations"}  # made by the stores and by migrate.c itself


def owner_of(path):
    """The folder whose migrations this file may use, or None."""
    parts = path.relative_to(ROOT).parts
    if parts[1] == "platform":
        return "src/platform"
    if parts[1] == "services" and parts[2] in SERVICES:
        return f"src/services/{parts[2]}"
    return None


def main():
    problems = []
    owners = ["src/platform"] + [f"src/services/{service}" for service in SERVICES]
    tables = {owner: tables_created(owner) for owner in owners if (ROOT / owner).is_dir()}
    known = set().union(*tables.values())
    for path in files("*.c", "*.h"):
        owner = owner_of(path)
        allowed = tables.get(owner, set()) | (SCHEMA if owner == "src/platform" else set())
        pure = path.parent.name == "base" or path.name.startswith("rules")
        for sql, offset in statements(path):
            where = f"{name(path)}:{line_of(path.read_text(), offset)}"
            if pure:
                problems.append(f"{where}: no SQL here")
            for table in sorted(tables_named(sql) - allowed):
                problems.append(f"{where}: table {table} is not made by the migrations of {owner or 'this folder'}")
        for text, offset in pieces(path):
            for table in sorted(tables_in_piece(text) & (known - allowed)):
                problems.append(f"{name(path)}:{line_of(path.read_text(), offset)}: table {table} is not "
                                f"{owner or 'this folder'}'s")
    finish(sorted(set(problems)), "tables")


if __name__ == "__main__":
    main()
