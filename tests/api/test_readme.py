"""The README's journey, pasted as it stands into a shell (only the port differs), must work."""
import json
import os
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def journey():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    section = text.split("## The journey in curl", 1)[1].split("\n## ", 1)[0]
    return "\n".join(re.findall(r"```sh\n(.*?)```", section, flags=re.S))


def test_the_readme_journey_works_when_pasted(make_server):
    server = make_server()
    script = journey()
    assert "API=http://localhost:8000" in script
    script = script.replace("localhost:8000", f"localhost:{server.port_base}")
    # every curl on a line of its own prints one JSON document; a newline after each keeps them apart
    script = re.sub(r"^(curl .*)$", r"\1; echo", script, flags=re.M)
    result = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    replies = [json.loads(line) for line in result.stdout.splitlines() if line.startswith(("{", "["))]
    refused = [reply for reply in replies if "detail" in reply]
    assert not refused, refused
    statuses = [reply["status"] for reply in replies if "status" in reply]
    for expected in ("matched", "pending_time_approval", "both_approved", "confirmed", "completed"):
        assert expected in statuses, (expected, statuses)
    assert replies[-1]["comment"] == "Great place!"
    assert any(line.startswith("ws://localhost") for line in result.stdout.splitlines())
