"""What README.md and docs/ tell to type works when it is typed: docs.py pastes it. What cannot be pasted is listed, with why; the
commands, settings, make targets and files that the text names are there."""
import re
import shutil

import pytest

import docs
from program import ROOT, free_port_base, run_command

pytestmark = pytest.mark.once  # brings its own processes

PAGES = docs.pages()
BEFORE = {"docs/scaling.md": "bookadate migrate >/dev/null\n"}  # an installation to move
NOT_PASTED_MAX = 8


@pytest.fixture
def database(postgres):
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop(name)


@pytest.mark.parametrize("page", [page for page in PAGES if page.pasted], ids=lambda page: page.name)
def test_a_page_works_when_pasted(page, tmp_path, request):
    wants_database = any(docs.DATABASE.search(fence.text) for fence in page.pasted)
    database = request.getfixturevalue("database") if wants_database else None
    outputs = docs.paste(page, docs.clean_copy(tmp_path / "clone"), ports(), database, BEFORE.get(page.name, ""))
    for fence, output in outputs.items():
        docs.compare(fence, output)


def ports():
    return free_port_base(), free_port_base()


def test_no_command_stands_where_it_is_not_pasted():
    for page in PAGES:
        for fence in page.fences:
            assert fence.language, f"{fence} has no language"
            assert fence.language in ("sh", "console") or not docs.COMMAND.search(fence.text), f"{fence}: a command outside ```sh"
            assert fence.language != "console", f"{fence}: say ```sh"


def test_what_is_not_pasted_is_little_and_says_why():
    left = [fence for page in PAGES for fence in page.fences if fence.language == "sh" and not fence.pasted]
    for fence in left:
        assert re.fullmatch(r"not-pasted: \S.{8,}", fence.mark), f"{fence}: {fence.mark}"
        print(fence, fence.mark)
    assert len(left) <= NOT_PASTED_MAX, [str(fence) for fence in left]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page):
    known = {line.split()[0] for line in run_command("help").stdout.split("Commands\n")[1].split("\n\n")[0].splitlines()}
    code = " ".join(re.findall(r"`[^`\n]+`", page.text) + [fence.text for fence in page.fences])
    assert set(re.findall(r"(?<![\w/.-])bookadate ([a-z]+)\b", code)) <= known | {"command"}
    settings = set(re.findall(r"BOOKADATE_[A-Z_]+[A-Z]", (ROOT / "docs" / "configuration.md").read_text()))
    beside = {"BOOKADATE_CONFIG", "BOOKADATE_ADMIN_PASSWORD", "BOOKADATE_UPSTREAM", "BOOKADATE_BIN"}
    assert set(re.findall(r"BOOKADATE_[A-Z_]+[A-Z]", page.text)) <= settings | beside | {"BOOKADATE_TEST_SPLIT"}
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?<![\w-])(?<!install )make ([a-z-]+)", code)) <= targets
    folder = (ROOT / page.name).parent
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.text):
        assert link.startswith("http") or (folder / link).exists(), f"{page.name} links to {link}"


def test_quoted_code_is_the_tree_s():
    tree = " ".join(" ".join(path.read_text().split()) for path in sorted((ROOT / "src").rglob("*.c")))
    quoted = [fence for page in PAGES for fence in page.fences if fence.language == "c"]
    assert quoted
    for fence in quoted:
        assert " ".join(fence.text.split()) in tree, f"{fence} is not what stands in src/"


# ── That it would find what is wrong ──


def page_of(tmp_path, text, monkeypatch):
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    (tmp_path / "a.md").write_text(text)
    return docs.Page(tmp_path / "a.md")


@pytest.mark.parametrize("text,wrong", [
    ("```sh\necho '{\"id\": 1}'\n```\n```json\n{\"id\": 2}\n```\n", False),
    ("```sh\necho '{\"status\": \"a\"}'\n```\n```json\n{\"status\": \"b\"}\n```\n", True),
    ("```sh\necho '{\"a\": 1}'\n```\n```json\n{\"a\": 1, \"b\": 2}\n```\n", True),
    ("```sh\necho '{\"detail\": \"no\"}'\n```\n", True),
    ("```sh\necho '{\"detail\": \"no\"}'\n```\n```json\n{\"detail\": \"no\"}\n```\n", False),
    ("```sh\nfalse\n```\n", True), ("```sh\nfalse | cat\n```\n", True), ("```sh\necho $UNSET\n```\n", True),
    ("```sh\necho one two\n```\n```text\none …\n```\n", False),
    ("```sh\necho one two\n```\n```text\ntwo …\n```\n", True),
    ("```sh server\nbookadate run nothing\n```\n", True),
])
def test_a_page_that_is_wrong_is_found(text, wrong, tmp_path, monkeypatch):
    page = page_of(tmp_path, text, monkeypatch)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "bookadate").symlink_to(docs.BINARY)

    def all_of_it():
        for fence, output in docs.paste(page, tmp_path, ports(), None).items():
            docs.compare(fence, output)

    assert shutil.which("bash")
    if wrong:
        pytest.raises(AssertionError, all_of_it)
    else:
        all_of_it()
