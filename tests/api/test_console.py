"""The pages that browsers get from the gateway: what they are, under which policy, and that a client which has them gets none twice."""
import gzip

import pytest
import requests

from helpers import check

POLICY = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]


def fetch(server, path, **headers):
    return requests.get(server.url + path, headers=headers, timeout=30)


@pytest.mark.parametrize("path", ["/", "/test_all_services.html", "/console/index.html"])
def test_the_console_is_a_page_under_a_strict_policy(server, path):
    reply = fetch(server, path)
    assert reply.status_code == 200 and reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<title>BOOKADATE" in reply.text
    rules = [rule.strip() for rule in reply.headers["Content-Security-Policy"].split(";")]
    assert all(rule in rules for rule in POLICY), rules
    assert f"connect-src 'self' ws://localhost:{server.port} wss://localhost:{server.port}" in rules
    assert "unsafe" not in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-cache"


def test_a_host_cannot_write_into_the_policy(server):
    reply = fetch(server, "/", Host="localhost;script-src")
    assert reply.status_code in (400, 403) or "connect-src 'self';" in reply.headers["Content-Security-Policy"]


def test_who_has_it_gets_none_twice(server):
    first = fetch(server, "/")
    tag = first.headers["ETag"]
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = fetch(server, "/", **{"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b""), known
        assert again.headers["ETag"] == tag
    assert fetch(server, "/", **{"If-None-Match": '"other"'}).status_code == 200


def test_gzip_for_those_who_take_it(server):
    def raw(encoding):
        reply = requests.get(server.url + "/console/index.html", headers={"Accept-Encoding": encoding}, stream=True, timeout=30)
        return reply.headers, reply.raw.read(decode_content=False)

    plain_headers, plain = raw("identity")
    headers, small = raw("gzip, br")
    assert "Content-Encoding" not in plain_headers and headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small) == plain and len(small) < len(plain)
    assert "Accept-Encoding" in headers["Vary"] and "Accept-Encoding" in plain_headers["Vary"]
    refused, whole = raw("gzip;q=0")
    assert "Content-Encoding" not in refused and whole == plain


@pytest.mark.parametrize("path", ["/console/none.js", "/console/../index.html", "/console/lib/none.js", "/console/%2e%2e/meson.build",
                                  "/console//index.html"])
def test_nothing_else_is_given(server, path):
    connection = requests.Session()
    request = requests.Request("GET", server.url + path).prepare()
    request.url = server.url + path  # as written: no client's tidying
    assert connection.send(request, timeout=30).status_code in (401, 404)


def test_methods(server):
    head = requests.head(server.url + "/", timeout=30)
    assert head.status_code == 200 and head.content == b"" and int(head.headers["Content-Length"]) > 0
    check(requests.post(server.url + "/", timeout=30), 405)


def test_off_in_production_unless_set(make_server):
    assert fetch(make_server(profile="production"), "/").status_code == 401
    assert fetch(make_server(profile="production", console=True), "/").status_code == 200


def test_a_direct_port_has_no_pages(server):
    for path in ("/", "/console/index.html"):
        assert requests.get(f"http://localhost:{server.port_base + 6}{path}", timeout=30).status_code == 401
