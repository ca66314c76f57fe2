"""No route is open by accident: every non-public route of the table refuses no token, a broken one, a forged one, an
expired one and a revoked one. Generated from `bookadate routes`, so a new route is in it by itself."""
import base64
import hashlib
import hmac
import json
import subprocess
import time

import pytest
import requests

from helpers import BINARY, log_in, new_user

PUBLIC = {
    ("POST", "/auth/signup"), ("POST", "/auth/login"), ("GET", "/health"), ("GET", "/health/live"),
    ("GET", "/health/ready"), ("GET", "/openapi.json"), ("GET", "/asyncapi.json"),
}


def table():
    text = subprocess.run([BINARY, "routes"], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in text.splitlines()[1:]]
    return [(row[1], row[2], row[3]) for row in rows]


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def sign(header, claims, key):
    text = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims).encode())
    return text + "." + b64(hmac.new(key, text.encode(), hashlib.sha256).digest())


@pytest.fixture(scope="module")
def forged(server):
    """Tokens that must not count, made from a real one's claims."""
    user = new_user(server)
    head, body, mark = user.token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    hs256 = {"alg": "HS256", "typ": "JWT"}
    expired = dict(claims, iat=int(time.time()) - 7300, exp=int(time.time()) - 100)
    return {
        "none": b64(b'{"alg":"none","typ":"JWT"}') + "." + body + ".",
        "none, kept signature": b64(b'{"alg":"none","typ":"JWT"}') + "." + body + "." + mark,
        "wrong key": sign(hs256, claims, b"k" * 32),
        "empty key": sign(hs256, claims, b""),
        "other algorithm": sign({"alg": "HS512", "typ": "JWT"}, claims, b"k" * 32),
        "changed claims": head + "." + b64(json.dumps(dict(claims, role="admin")).encode()) + "." + mark,
        "cut": user.token[:-1],
        "expired, wrong key": sign(hs256, expired, b"k" * 32),
        "not a token": "x" * 40,
    }


SECRET = "only-for-tests-" + "fedcba9876543210" * 2


def test_refused_with_a_token_that_was_good(make_server):
    """Rightly signed but expired, and revoked: on every route, where the same token unexpired passes."""
    server = make_server(token_secret=SECRET)
    user = new_user(server)
    claims = json.loads(base64.urlsafe_b64decode(user.token.split(".")[1] + "=="))
    hs256 = {"alg": "HS256", "typ": "JWT"}
    now = int(time.time())

    def status(method, path, token):
        url = server.url + path.replace("{", "").replace("}", "")
        return requests.request(method, url, headers={"Authorization": "Bearer " + token}, timeout=30).status_code

    fresh = sign(hs256, dict(claims, jti="00000000-0000-4000-8000-000000000001"), SECRET.encode())
    assert status("POST", "/auth/verify-token", fresh) == 200  # the key and the form are right
    gone = log_in(server, user.email, user.password)
    assert gone.post("/auth/logout").status_code == 200
    refused = {
        "expired": sign(hs256, dict(claims, iat=now - 7300, exp=now - 100), SECRET.encode()),
        "revoked": gone.token,
    }
    for method, path, who in table():
        if who in ("public", "socket", "local"):
            continue
        for name, token in refused.items():
            assert status(method, path, token) == 401, (name, method, path)
    assert status("POST", "/auth/verify-token", fresh) == 200


def test_public_routes_are_exactly_the_documented_ones():
    assert {(method, path) for method, path, who in table() if who == "public"} == PUBLIC


@pytest.mark.parametrize("method,path,who", [row for row in table() if row[2] not in ("public", "socket", "local")])
def test_refused_without_a_good_token(server, forged, method, path, who):
    url = server.url + path.replace("{", "").replace("}", "")
    reply = requests.request(method, url)
    assert reply.status_code == 401, (method, path)
    assert reply.json() == {"detail": "Missing or invalid authorization header"}
    for name, token in forged.items():
        reply = requests.request(method, url, headers={"Authorization": "Bearer " + token})
        assert reply.status_code == 401, (name, method, path)


@pytest.mark.parametrize("method,path,who", [row for row in table() if row[2] == "admin"])
def test_admin_routes_refuse_users(server, method, path, who):
    user = new_user(server)
    reply = requests.request(method, server.url + path.replace("{", "").replace("}", ""),
                             headers={"Authorization": "Bearer " + user.token})
    assert reply.status_code == 403
