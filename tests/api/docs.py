"""The documentation as somebody follows it: which commands its pages have, pasted page by page into a shell in a clean copy of the
tree, and what they print compared with what the page shows. How a fence is marked:
  ```sh                      pasted; every command must succeed
  ```sh server               programs that go on running while the rest of the page is pasted
  ```sh not-pasted: <why>    cannot be pasted here
  ```json after one of them  the last JSON document it prints; ids, tokens, times and codes may differ
  ```text after one of them  lines among those it prints; … stands for anything
  any other language         no commands"""
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from program import BINARY, REPORT, ROOT, environment

FENCE = re.compile(r"^```(\w*)([^\n`]*)\n(.*?)^```$", re.S | re.M)
COMMAND = re.compile(r"^\s*(?:[A-Z_]+=\S+ +)*(?:bookadate|curl|make|git|npx|tools/\S+)\b", re.M)
DATABASE = re.compile(r"postgres://bookadate:…@[\w.:]+/bookadate")
SECONDS = 120

# What differs each time, by its form or by the name of its field.
VARIES = [(re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"), (re.compile(r"eyJ[\w.…-]+"), "<token>"),
          (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"), "<moment>"), (re.compile(r"\d{4}-\d\d-\d\d"), "<date>"), (re.compile(r"^\d\d:\d\d$"), "<clock>")]
OWN_FIELD = re.compile(r"(^|_)id$|^confirmation_code$|^compatibility$|^user_number$")


class Fence:
    def __init__(self, page, match):
        self.page, self.text = page, match[3]
        self.language, self.mark = match[1], match[2].strip()
        self.line = page.text.count("\n", 0, match.start()) + 1
        self.shown = None  # (language, text) of the fence below, when it tells what comes back

    def __str__(self):
        return f"{self.page.name}:{self.line}"

    @property
    def pasted(self):
        return self.language == "sh" and self.mark in ("", "server")


class Page:
    def __init__(self, path):
        self.name = str(path.relative_to(ROOT))
        self.text = path.read_text()
        self.fences, end = [], 0
        for match in FENCE.finditer(self.text):
            fence = Fence(self, match)
            below = self.fences and not self.text[end:match.start()].strip()
            if below and self.fences[-1].pasted and fence.language in ("json", "text"):
                self.fences[-1].shown = fence
            else:
                self.fences.append(fence)
            end = match.end()

    @property
    def pasted(self):
        return [fence for fence in self.fences if fence.pasted]


def pages():
    paths = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [Page(path) for path in paths]


def clean_copy(folder):
    """The tree without what was built or stored in it, with this program where a build would leave one, and found by its name."""
    made = shutil.ignore_patterns(".git", "build", "build-*", "data", "generated", "node_modules", "__pycache__", ".pytest_cache")
    shutil.copytree(ROOT, folder, symlinks=True, ignore=made)
    (folder / "build").mkdir()
    (folder / "build" / "bookadate").symlink_to(BINARY)
    return folder


PROLOGUE = """set -eu -o pipefail
PIDS=()
curl() { command curl "$@"; echo; }   # a line end after each document
serve() { "$@" >>server.log 2>&1 & PIDS+=($!); }
served() { # until all services answer
  for _ in $(seq 600); do
    case $(command curl -s "localhost:$BOOKADATE_PORT_BASE/health" || true) in *unhealthy*|"") ;; *) return 0 ;; esac
    for pid in "${PIDS[@]}"; do kill -0 "$pid" || { cat server.log >&2; return 1; }; done
    sleep 0.05
  done
  return 1
}
stop() { [ ${#PIDS[@]} -eq 0 ] || kill -TERM "${PIDS[@]}"; for pid in "${PIDS[@]}"; do wait "$pid"; done; PIDS=(); }
trap stop EXIT
"""


def script_of(page, before):
    """Everything that is pasted, as one shell; a line before the output of each block."""
    parts = [PROLOGUE, before]
    servers = any(fence.mark == "server" for fence in page.pasted)
    if not servers and "localhost:800" in "".join(fence.text for fence in page.pasted):
        parts.append("serve bookadate run; served\n")
    for i, fence in enumerate(page.pasted):
        text = fence.text
        if fence.mark == "server":
            text = re.sub(r"\bmake run\b", "bookadate run", text)  # which builds before: that has been done
            text = re.sub(r"\bbookadate run\b", "serve bookadate run", text)
            text += " ".join(re.findall(r"BOOKADATE_PORT_BASE=\d+", text)[:1]) + " served\n"
        parts.append(f"echo; echo '=== {i}'\n{text}")
    return "".join(parts)


def paste(page, folder, port_bases, database, before=""):
    """{fence: what it printed}; in place of ports 8000… and 8010… it has those of port_bases. Fails when a command does, or when a
    program does not end well."""
    script = re.sub(r"\b(localhost:|PORT_BASE=)80([01])(\d)\b", lambda m: f"{m[1]}{port_bases[int(m[2])] + int(m[3])}", script_of(page, before))
    if database:
        script = DATABASE.sub(database, script)
    env = {**environment(port_base=port_bases[0], access_log=False), "PATH": f"{folder}/build:/usr/bin:/bin:{os.environ['PATH']}"}
    result = subprocess.run(["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, timeout=SECONDS)
    log = folder / "server.log"
    said = log.read_text() if log.exists() else ""
    assert not REPORT.search(said + result.stderr), (said + result.stderr)[-6000:]
    printed = re.split(r"^=== (\d+)\n", result.stdout, flags=re.M)[1:]
    outputs = dict(zip(map(int, printed[::2]), printed[1::2]))
    at = page.pasted[max(outputs, default=0)]
    assert result.returncode == 0, f"{at}: {result.stdout[-1500:]}\n{result.stderr[-1500:]}\n{said[-1500:]}"
    return {fence: outputs[i] for i, fence in enumerate(page.pasted)}


# ── Comparing ──


def even(value, name=""):
    """The value without what differs each time."""
    if isinstance(value, dict):
        return {key: even(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [even(item) for item in value]
    if OWN_FIELD.search(name) and value is not None:
        return f"<{name}>"
    if isinstance(value, str):
        for form, word in VARIES:
            value = form.sub(word, value)
    return value


def documents(output):
    return [json.loads(line) for line in output.splitlines() if line.startswith(("{", "["))]


def compare(fence, output):
    """What it printed is what the page shows; what the page shows no refusal of was not refused."""
    shown = fence.shown
    replies = documents(output)
    refused = [reply for reply in replies if isinstance(reply, dict) and "detail" in reply]
    if shown is None or "detail" not in shown.text:
        assert not refused, f"{fence}: {refused}"
    if shown is None:
        return
    if shown.language == "json":
        assert replies, f"{fence} printed no JSON: {output}"
        assert even(replies[-1]) == even(json.loads(shown.text)), f"{fence} shows something else than {json.dumps(replies[-1])}"
        return
    for line in shown.text.splitlines():
        form = ".*".join(r"\s+".join(map(re.escape, part.split())) for part in line.split("…"))
        assert re.search(rf"^\s*{form}\s*$", output, re.M), f"{fence}: no line is “{line.strip()}”:\n{output}"
