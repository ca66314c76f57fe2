"""docs/PROMISES.md names tests that exist, and no promise stands without one."""
import re

import pytest

from program import ROOT

TEXT = (ROOT / "docs" / "PROMISES.md").read_text()
NAMED = re.findall(r"`(tests/[\w/]+\.(?:py|c))::(\w+)`", TEXT)


def is_there(path, name):
    text = (ROOT / path).read_text() if (ROOT / path).is_file() else ""
    pattern = rf"^def {name}\(" if path.endswith(".py") else rf"(?:cmocka_unit_test\w*|\bCASE)\(\s*{name}\b"
    return re.search(pattern, text, re.M) is not None


@pytest.mark.parametrize("path,name", sorted(set(NAMED)))
def test_every_named_test_exists(path, name):
    assert is_there(path, name)


def test_no_promise_without_a_test():
    promises = re.findall(r"^- (.*?)(?=^- |^#|\Z)", TEXT, re.M | re.S)
    bare = [p.split("\n")[0] for p in promises if not p.startswith("Not tried") and "::" not in p]
    assert len(promises) > 20 and bare == []


def test_what_is_not_there_is_noticed():
    assert not is_there("tests/fault/test_promises.py", "test_that_nobody_wrote")
    assert not is_there("tests/fault/test_nothing.py", "test_every_named_test_exists")
    assert not is_there("tests/unit/test_http_deadlines.c", "nobody_wrote_this")
