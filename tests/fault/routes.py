"""The route table as the program prints it, for tests that are generated from it."""
import functools
import subprocess
from collections import namedtuple

from program import BINARY

Route = namedtuple("Route", "service method path who kind")


@functools.cache
def table():
    text = subprocess.run([BINARY, "routes"], capture_output=True, text=True, check=True).stdout
    return [Route(*line.split()[:5]) for line in text.splitlines()[1:]]


def filled(path, user):
    """The path with the user's own number, a number that nothing has, and names that nothing has."""
    for name, value in {"user_id": user.number, "session_id": "00000000-0000-4000-8000-000000000000", "gender": "nobody",
                        "name": "00000000-0000-4000-8000-000000000000.jpg"}.items():
        path = path.replace("{%s}" % name, str(value))
    return path.replace("{", "").replace("}", "") if "{" not in path else _numbered(path)


def _numbered(path):
    return "/".join("999999" if part.startswith("{") else part for part in path.split("/"))
