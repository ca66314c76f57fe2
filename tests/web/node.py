"""Node and the npm packages of this folder, installed as package-lock.json has them, when they are not there yet; and the client that
is generated from the program's description."""
import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from program import run_command

HERE = Path(__file__).resolve().parent
STAMP = HERE / "node_modules" / ".package-lock.json"


@functools.cache
def missing():
    """Why these tests cannot run here, or None."""
    if shutil.which("npm") is None:
        return "npm is not installed"
    wanted = HERE / "package-lock.json"
    if STAMP.exists() and STAMP.stat().st_mtime >= wanted.stat().st_mtime:
        return None
    result = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, timeout=300,
                            capture_output=True, text=True)
    return None if result.returncode == 0 else "npm could not install the packages: " + result.stderr[-300:]


def node(*words, timeout=120, **kw):
    """Run node in this folder to its end; fails with what it said."""
    if missing() is not None:
        pytest.skip(missing())
    result = subprocess.run(["node", *map(str, words)], cwd=HERE, timeout=timeout, capture_output=True, text=True, **kw)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@functools.cache
def generate():
    """generated/: types of every path, body and reply of this program, and what this folder writes in TypeScript, compiled
    with them."""
    document = HERE / "generated" / "openapi.json"
    document.parent.mkdir(exist_ok=True)
    result = run_command("openapi")
    assert result.returncode == 0, result.stderr
    document.write_text(result.stdout)
    node("node_modules/openapi-typescript/bin/cli.js", document, "-o", document.with_name("api.d.ts"))
    node("node_modules/typescript/bin/tsc", "-p", ".")
