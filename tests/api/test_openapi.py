"""/openapi.json and /asyncapi.json: every route and nothing else, valid, and the same as the command prints."""
import json
import re

import requests

from helpers import TIMEOUT, run_command, unique


def without_doubles(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), sorted(keys)
    return dict(pairs)


def read(text):
    return json.loads(text, object_pairs_hook=without_doubles)


def operations(document):
    return {(method.upper(), path): operation for path, item in document["paths"].items()
            for method, operation in item.items()}


def listed_routes():
    result = run_command("routes")
    assert result.returncode == 0, result.stderr
    return {tuple(line.split()[1:3]) for line in result.stdout.splitlines()[1:]}


def test_every_route_is_in_it_and_nothing_else(server):
    reply = requests.get(server.url + "/openapi.json", timeout=TIMEOUT)
    assert reply.status_code == 200 and reply.headers["Content-Type"] == "application/json"
    document = read(reply.text)
    assert set(operations(document)) == listed_routes()
    names = [operation["operationId"] for operation in operations(document).values()]
    assert len(names) == len(set(names)) and all(name.isidentifier() for name in names), names


def test_it_has_a_validator(server):
    for path in ("/openapi.json", "/asyncapi.json"):
        reply = requests.get(server.url + path, timeout=TIMEOUT)
        again = requests.get(server.url + path, timeout=TIMEOUT, headers={"If-None-Match": reply.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_the_command_prints_the_same(server):
    for path, words in (("/openapi.json", []), ("/asyncapi.json", ["--async"])):
        printed = run_command("openapi", *words)
        assert printed.returncode == 0, printed.stderr
        assert read(printed.stdout) == read(requests.get(server.url + path, timeout=TIMEOUT).text)
    assert run_command("openapi", "--yaml").returncode == 2


def test_everybody_may_read_it_and_operations_say_who_may_what(server):
    document = read(requests.get(server.url + "/openapi.json", timeout=TIMEOUT).text)
    for (method, path), operation in operations(document).items():
        public = operation["x-permission"] == "public"
        assert (operation["security"] == []) == public, (method, path)
        assert ("401" in operation["responses"]) or public, (method, path)


def test_the_page_of_the_documentation(server):
    page = requests.get(server.url + "/docs", timeout=TIMEOUT)
    assert page.status_code == 200 and page.headers["Content-Type"].startswith("text/html")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy and "unsafe" not in policy
    files = re.findall(r'(?:src|href)="(/docs/[^"]+)"', page.text)
    assert files and "/docs/docs.css" in files
    for path in files:
        assert requests.get(server.url + path, timeout=TIMEOUT).status_code == 200, path
    assert "/docs/lib/swagger-ui.js" in files or "tools/fetch_npm.sh run" in page.text  # built without npm: it says so


def test_a_part_that_may_come_several_times_is_a_list(server):
    document = read(run_command("openapi").stdout)

    def parts(path):
        form = document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]
        return form["schema"]["properties"]

    image = parts("/faceauth/verify/{user_id}")["image"]
    assert (image["type"], image["items"], image["minItems"]) == ("array", {"type": "string", "format": "binary"}, 1)
    assert image["maxItems"] >= 3
    for path, name in (("/users/{user_id}/photos", "file"), ("/auth/signup", "selfie"), ("/auth/signup", "id_document")):
        assert (parts(path)[name]["type"], parts(path)[name]["format"]) == ("string", "binary")


def test_its_examples_sign_up_and_in(server):
    """What Swagger and the console's forms offer can be sent as it stands."""
    document = read(run_command("openapi").stdout)

    def example(path):
        return document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]

    signup = {**example("/auth/signup"), "email": unique("example") + "@example.com"}
    assert requests.post(server.url + "/auth/signup", json=signup, timeout=TIMEOUT).status_code == 201
    login = {**example("/auth/login"), "email": signup["email"]}
    token = requests.post(server.url + "/auth/login", json=login, timeout=TIMEOUT).json()["access_token"]
    changed = requests.post(server.url + "/auth/change-password", json=example("/auth/change-password"), timeout=TIMEOUT,
                            headers={"Authorization": "Bearer " + token})
    assert changed.status_code == 200, changed.text
