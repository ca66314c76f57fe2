"""Node and the npm packages of this folder, installed as package-lock.json has them, when they are not there yet."""
import functools
import shutil
import subprocess
from pathlib import Path

import pytest

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
