"""Holds every reply that a test gets against /openapi.json: its status, its type and each field of its body, none missing and
none more. What it finds fails the test that asked (conftest.py)."""
import functools
import json
import re
from urllib.parse import urlsplit

import fastjsonschema
import requests
import websocket

from program import run_command

# What the document has as "default": the same for every route, whatever it does.
ANYWHERE = {405, 408, 413, 414, 415, 417, 431, 500, 505}
TO_HTTPS = 308  # what a plain port says where there is HTTPS, of whatever path
HOST_REFUSED = b"This server answers for localhost only"
NO_ROUTE = b'{"detail":"Not found"}'  # a service's own port, asked for another's
UUID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"
FORMATS = {"uuid": UUID, "date": r"^\d{4}-\d{2}-\d{2}\Z", "email": "@", "password": "", "binary": ""}
problems = []


@functools.cache
def document(*words):
    result = run_command("openapi", *words)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@functools.cache
def templates():
    """(pattern of a path, its item), literals before parameters."""
    paths = sorted(document()["paths"].items(), key=lambda pair: pair[0].replace("{", "~"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", re.escape(path).replace(r"\{", "{").replace(r"\}", "}")) + "/?"),
             path, item) for path, item in paths]


def strict(schema):
    """The schema with every object closed: a field that the document does not have is a fault of one of the two."""
    if isinstance(schema, list):
        return [strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items() if key != "examples"}
    if "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def compiled(schema, components):
    return fastjsonschema.compile({"$schema": "http://json-schema.org/draft-07/schema#", **strict(schema),
                                   "components": {"schemas": strict(components["schemas"])}}, formats=FORMATS)


@functools.cache
def validator(path, method, status):
    """What checks such a body; None: it has none."""
    answer = find_answer(document()["paths"][path][method], status)
    content = answer.get("content")
    if content is None:
        return None
    schema = content.get("application/json", {}).get("schema", {})
    return compiled(schema, document()["components"])


def find_answer(operation, status):
    answer = operation["responses"].get(str(status), operation["responses"]["default"])
    while "$ref" in answer:
        answer = functools.reduce(lambda part, key: part[key], answer["$ref"][2:].split("/"), document())
    return answer


def find_operation(response):
    """(path's template, method), or None: not a route of the document."""
    url, method = urlsplit(response.request.url), response.request.method.lower()
    if "X-Request-ID" not in response.headers:
        return None
    if url.path == "/health" and '"gateway"' not in response.text:  # a service's own port
        return None
    for pattern, path, item in templates():
        if pattern.fullmatch(url.path):
            return (path, method) if method in item else None
    return None


def complaint(response):
    """What is wrong with this reply by the document, or None."""
    found = find_operation(response)
    if found is None or response.status_code == TO_HTTPS or response.content == NO_ROUTE:
        return None
    if HOST_REFUSED in response.content[:200]:
        return None
    path, method = found
    status = response.status_code
    operation = document()["paths"][path][method]
    if str(status) not in operation["responses"] and status not in ANYWHERE:
        return f"{status} is not among {sorted(operation['responses'])}: {response.text[:300]}"
    answer = find_answer(operation, status)
    kind = response.headers.get("Content-Type", "").split(";")[0]
    if kind not in answer.get("content", {"": None}):
        return f"{status} with a body of type {kind!r} instead of {sorted(answer.get('content', ()))}"
    if "Link" in response.headers and "Link" not in answer["headers"]:
        return "a Link that is not in the document"
    return None if kind != "application/json" else body_complaint(response, path, method, status)


def body_complaint(response, path, method, status):
    if response.request.method == "HEAD":
        return None
    try:
        validator(path, method, status)(response.json())
    except fastjsonschema.JsonSchemaValueException as wrong:
        return f"{status}: {wrong.message}: {response.text[:500]}"
    return None


def watch():
    """From now on every reply is looked at."""
    send = requests.Session.send

    @functools.wraps(send)
    def checked(self, request, **kw):
        response = send(self, request, **kw)
        if not kw.get("stream"):
            wrong = complaint(response)
            if wrong is not None:
                problems.append(f"{request.method} {request.path_url}: {wrong}")
                raise AssertionError("not what /openapi.json says: " + problems[-1])
        return response

    requests.Session.send = checked


# ── Sockets ──


@functools.cache
def frame_validators():
    """What checks each message that the server sends, by the member "type" (None: it has none)."""
    told = document("--async")
    names = [ref["$ref"].rsplit("/", 1)[1] for ref in told["operations"]["tell"]["messages"]]
    payloads = [told["components"]["messages"][name]["payload"] for name in names]
    return {payload["properties"].get("type", {}).get("const"): compiled(payload, told["components"])
            for payload in payloads}


class Socket(websocket.WebSocket):
    """Looks at every frame of a chat that comes from the server."""

    def recv(self):
        text = super().recv()
        if not isinstance(text, str) or not text:
            return text
        frame = json.loads(text)
        check = frame_validators().get(frame.get("type"))
        try:
            assert check is not None, "no such message"
            check(frame)
        except (AssertionError, fastjsonschema.JsonSchemaValueException) as wrong:
            problems.append(f"a frame: {wrong}: {text[:300]}")
            raise AssertionError("not what /asyncapi.json says: " + problems[-1]) from None
        return text
