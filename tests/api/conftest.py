"""Fixtures of the API tests: `server`, shared by the whole run, and `make_server`, for one test each. Every program that a
test started is stopped and examined; a crash, a non-zero exit or a sanitizer's report fails the run."""
import os
import sys

import pytest

import contract
import store
from certificates import Authority
from postgres import Postgres
from program import BINARY, SPLIT, SPLITS, Crashed, Server

# The shapes after the first: tests/api/pytest.ini says what "once" is.
REPEATED = bool(int(os.environ.get("BOOKADATE_TEST_REPEATED", "0")))
_crashes = []


def pytest_sessionstart(session):
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is not there: build it, or name the binary in BOOKADATE_BIN", returncode=2)
    if SPLIT not in SPLITS:
        pytest.exit(f"BOOKADATE_TEST_SPLIT is one of {', '.join(filter(None, SPLITS))}", returncode=2)
    contract.watch()


def pytest_report_header():
    return f"processes: {SPLIT or 'one'}, store: {'PostgreSQL' if store.POSTGRES else 'SQLite'}"


def _examine(what, act):
    """Run act(); remember its crash for the end of the run, and fail here and now."""
    try:
        return act()
    except Crashed as crash:
        _crashes.append(f"{what}: {crash}")
        pytest.fail(f"{what}: {crash}", pytrace=False)


def pytest_collection_modifyitems(config, items):
    for item in items:
        if store.POSTGRES and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="only the embedded store can do it"))
        if REPEATED and item.get_closest_marker("once"):
            item.add_marker(pytest.mark.skip(reason="tells nothing new in this shape: run with the first one"))


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A development-profile program for all tests: leave alone what you did not make."""
    program = _examine("the shared server", lambda: Server(tmp_path_factory.mktemp("server")))
    yield program
    _examine("the shared server", program.remove)


@pytest.fixture
def make_server(tmp_path):
    """make_server(profile="production", services=["gateway", "user"], match_expiry_days=1): a program of one's own."""
    made = []

    def make(services=(), **settings):
        folder = tmp_path / f"server-{len(made)}"
        made.append(_examine("a server of this test", lambda: Server(folder, services, **settings)))
        return made[-1]

    yield make
    for program in made:
        _examine("a server of this test", program.remove)


@pytest.fixture(scope="session")
def postgres():
    """The run's PostgreSQL, or one started for this run: in every shape, for tests that bring their own processes."""
    return Postgres()


@pytest.fixture(scope="session")
def own_postgres():
    """One that nobody else's servers are on: it may be stopped and killed."""
    return Postgres(own=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """Issues certificates; requests and websocket-client trust it meanwhile."""
    made = Authority(tmp_path_factory.mktemp("authority"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REQUESTS_CA_BUNDLE", str(made.path))
        patch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(made.path))
        yield made


@pytest.fixture(scope="module")
def certificate(authority):
    """A certificate for localhost, and its key."""
    return authority.issue()


@pytest.fixture
def secure(make_server, certificate):
    """A program of one's own that speaks HTTPS where it would speak HTTP."""
    return make_server(**certificate.settings)


@pytest.fixture(autouse=True)
def _shared_server_lives(request):
    """Stop the run at the test that killed the shared server, instead of failing all that follow."""
    yield
    program = request.node.funcargs.get("server") if hasattr(request.node, "funcargs") else None
    if program is None or program.alive():
        return
    request.session.shouldfail = "the shared server is dead"
    _examine("the shared server died", program.check)
    pytest.fail("the shared server was stopped by this test", pytrace=False)


@pytest.fixture(autouse=True)
def _as_documented():
    """Fail the test in which a reply was not what the documents say, also where a thread has swallowed that."""
    known = len(contract.problems)
    yield
    if len(contract.problems) > known:
        pytest.fail("\n".join(contract.problems[known:]), pytrace=False)


def pytest_terminal_summary(terminalreporter):
    for crash in _crashes:
        terminalreporter.section("CRASH", sep="!")
        terminalreporter.write_line(crash)


def pytest_sessionfinish(session, exitstatus):
    if _crashes and session.exitstatus == 0:
        session.exitstatus = 1
        print("A program under test crashed", file=sys.stderr)
