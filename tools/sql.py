"""The SQL of the C files: constants, and the tables that statements and migrations name. Not a check."""
import re

from source import files, without_comments

CONSTANT = re.compile(r"\b(?:static\s+)?const\s+char\s+(SQL_\w+)\s*\[\s*\]\s*=\s*((?:\"(?:\\.|[^\"\\])*\"|\w+|\s)+);", re.S)
TEXT = re.compile(r'"((?:\\.|[^"\\])*)"')
CREATE = re.compile(r"\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.I)
NAMED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE|USING)\s+(?:ONLY\s+)?(\w+)", re.I)
COMMA = re.compile(r"\bFROM\s+\w+(?:\s+(?:AS\s+)?\w+)?((?:\s*,\s*\w+(?:\s+(?:AS\s+)?\w+)?)+)", re.I)
COMMON = re.compile(r"(?:\bWITH\b(?:\s+RECURSIVE)?|,)\s*(\w+)(?:\s*\([^()]*\))?\s+AS\s+(?:NOT\s+MATERIALIZED\s+|MATERIALIZED\s+)?\(",
                    re.I)
NOT_TABLES = {"set", "select", "lateral", "values", "unnest", "json_each", "generate_series", "excluded", "nothing"}


def constants(path):
    """(name, SQL text, offset) of every SQL_ constant that is written out in the file."""
    text = without_comments(path.read_text())
    for match in CONSTANT.finditer(text):
        yield match.group(1), " ".join(TEXT.findall(match.group(2))), match.start()


def statements(path):
    """(SQL text, offset) of every text in the file that looks like a statement or a part of one."""
    text = without_comments(path.read_text())
    for match in re.finditer(r'(?:"(?:\\.|[^"\\\n])*"\s*(?:[A-Z_]+\s+)?)+', text):
        sql = " ".join(TEXT.findall(match.group(0)))
        if re.match(r"\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|WITH \w+)\b", sql):
            yield sql, match.start()


def pieces(path):
    """(text, offset) of every literal in the file: pieces of SQL too, as macros hold them."""
    for match in TEXT.finditer(without_comments(path.read_text())):
        yield match.group(1), match.start()


def tables_in_piece(text):
    """Tables that a piece of SQL names behind a keyword in capitals (a sentence says "from users" in small letters)."""
    return {match.group(1).lower() for match in re.finditer(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE)\s+(\w+)", text)}


def tables_named(sql):
    """Tables that a statement reads or writes."""
    sql = re.sub(r"'(?:[^']|'')*'", "''", sql)
    sql = re.sub(r"\b(?:IS\s+(?:NOT\s+)?DISTINCT\s+FROM|FOR\s+UPDATE|DO\s+UPDATE|EXTRACT\s*\(\s*\w+\s+FROM)\b", " ", sql,
                 flags=re.I)
    found = {match.group(1).lower() for match in NAMED.finditer(sql)}
    for match in COMMA.finditer(sql):
        found |= {part.split()[0].lower() for part in match.group(1).split(",") if part.strip()}
    own = {match.group(1).lower() for match in COMMON.finditer(sql)}
    return found - own - NOT_TABLES


def tables_created(folder):
    """Tables that the migrations of a folder create."""
    found = set()
    for path in files("*.sql", under=folder):
        found |= {match.group(1).lower() for match in CREATE.finditer(re.sub(r"--[^\n]*", "", path.read_text()))}
    return found
