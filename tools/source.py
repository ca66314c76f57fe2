"""What the house rules' checks share: the files, their code without comments and texts, and how to report. Not a check."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("gateway", "user", "matching", "booking", "venue", "faceauth", "chat")

_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(*patterns, under="src"):
    """Every file below `under` that fits one of the patterns, sorted."""
    return sorted(p for pattern in patterns for p in (ROOT / under).rglob(pattern))


def name(path):
    return str(path.relative_to(ROOT))


def without_comments(text):
    """The C text with comments blanked out; lines keep their numbers."""
    def blank(match):
        token = match.group(0)
        return re.sub(r"[^\n]", " ", token) if token[0] == "/" else token
    return _TOKEN.sub(blank, text)


def code_only(text):
    """The same, with texts and characters blanked out too."""
    return _TOKEN.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def finish(problems, what):
    """Print the problems and end with 1, or say that all is well."""
    for problem in problems:
        print(problem)
    print(f"{what}: {len(problems)} wrong" if problems else f"{what}: fine")
    sys.exit(1 if problems else 0)
