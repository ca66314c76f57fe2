"""The documents by public tools: they validate, and a TypeScript client is generated from one, type-checked and used."""
import pytest

from helpers import run_command
from node import generate, node


@pytest.fixture(scope="module")
def documents(tmp_path_factory):
    """(openapi.json, asyncapi.json) as files."""
    paths = []
    for name, words in (("openapi.json", []), ("asyncapi.json", ["--async"])):
        result = run_command("openapi", *words)
        assert result.returncode == 0, result.stderr
        paths.append(tmp_path_factory.mktemp("documents") / name)
        paths[-1].write_text(result.stdout)
    return paths


def test_public_validators_take_both(documents):
    assert "examples" in node("documents.mjs", *documents)


def test_a_generated_client_compiles_and_works(server):
    generate()
    assert node("generated/client.js", server.url).strip() == "fine"
