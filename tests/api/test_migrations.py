"""What tools/embed_migrations.py takes into the program and what it refuses: texts that one store would run and the other would not."""
import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[2] / "tools" / "embed_migrations.py"
DROP = "{{postgres}}DROP INDEX a;"


def embed(tmp_path, text):
    folder = tmp_path / "src/services/user/migrations"
    folder.mkdir(parents=True)
    (folder / "0001_init.sql").write_text(text)
    out = tmp_path / "out.c"
    done = subprocess.run([sys.executable, TOOL, tmp_path / "src", out, tmp_path / "out.d"], stderr=subprocess.PIPE, text=True)
    return done, out


@pytest.mark.parametrize("text", [
    "CREATE TABLE t (id {{identity}});\n",
    f"{DROP}\n",
    f"CREATE TABLE t (id {{{{identity}}}});\n{DROP}\n{DROP} -- both\n",
])
def test_taken(tmp_path, text):
    done, out = embed(tmp_path, text)
    assert done.returncode == 0, done.stderr
    assert '{"user", 1, "0001_init"' in out.read_text()


@pytest.mark.parametrize("text,why", [
    ("{{postgres}}ALTER TABLE t\n    ADD PRIMARY KEY (a);\n", "on one line"),
    ("{{postgres}}DROP INDEX a\n", "on one line"),
    (f"{DROP} DROP INDEX b;\n", "on one line"),
    (f"DROP INDEX b; {DROP}\n", "on one line"),
    (f"CREATE TABLE t (id BIGINT);\n  {DROP}\n", "on one line"),
    ("{{postgres}};\n", "on one line"),
    ("CREATE TABLE t (id BIGINT) STRICT;\n", "STRICT does not work"),
])
def test_refused(tmp_path, text, why):
    done, out = embed(tmp_path, text)
    assert done.returncode == 1
    assert why in done.stderr
    assert not out.exists()
