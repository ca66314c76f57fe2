"""Nobody acts for anybody else: for every route of the table, somebody else's token on Alice's things, a partner's or a user's where
only admins may, and forged ones on sockets. Requests are made from the program's own OpenAPI document, so that a new route is in it
by itself; one that cannot be placed fails. (No, expired, forged and revoked tokens on every other route: tests/api/test_access_matrix.py.)"""
import json
import subprocess

import pytest
import requests

from helpers import BINARY, PASSWORD, TIMEOUT, admin, booked_couple, check, new_user, new_venue, png, unique, utc, ws_connect
from routes import table
from test_access_matrix import forged  # noqa: F401 (a fixture)

# What everybody signed in may read, whosever it is.
EVERYBODYS = {
    ("GET", "/venues"), ("GET", "/venues/cities"), ("GET", "/venues/{venue_id}"), ("GET", "/venues/{venue_id}/stats"), ("GET", "/venues/{venue_id}/timeslots"),
    ("GET", "/venues/{venue_id}/reviews"), ("GET", "/bookings/available-times/{venue_id}"),
    ("GET", "/matches/queue/available/{gender}"), ("GET", "/faceauth/model"),
}
# What names nobody: the token alone says whose.
ONES_OWN = {
    ("POST", "/auth/verify-token"), ("POST", "/auth/logout"), ("POST", "/auth/change-password"), ("GET", "/chat/sessions"),
    ("POST", "/venues"),
}
# What the other of a matched pair may see.
MATCHES_SEE = {("GET", "/users/{user_id}"), ("GET", "/users/{user_id}/photos"), ("GET", "/uploads/{name}")}
# Where admins never act for someone (contract §1).
NO_ADMINS = {"matching", "booking", "chat", "faceauth"}
NO_IDS = {"gender", "limit", "cursor"}  # parameters that name no thing of anybody's

ROUTES = [r for r in table() if r.who not in ("public", "local")]


def name_of(route):
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def document():
    return json.loads(subprocess.run([BINARY, "openapi"], capture_output=True, text=True, check=True).stdout)


def new_registration(server):
    """The id of one that somebody else has sent."""
    email = unique("alice") + "@example.com"
    sent = requests.post(server.url + "/auth/signup", timeout=TIMEOUT, data={
        "name": "Alice", "email": email, "phone": "+1234567890", "gender": "female", "dob": "1995-05-10", "password": PASSWORD},
        files={part: ("a.png", png(200, 200), "image/png") for part in ("id_document", "selfie")})
    person = check(sent, 201)["user_id"]
    return next(r["id"] for r in check(admin(server).get("/admin/registrations"), 200) if r["user_id"] == person)


class World:
    """Alice and what is hers: a match and a confirmed booking with Bob, a chat, a venue with a slot and a review, a photo."""

    def __init__(self, server):
        self.alice, self.bob, booking, _ = booked_couple(server)
        venue = new_venue(self.alice)["id"]
        date, clock, _ = utc(days=3)
        photo = check(self.alice.post(f"/users/{self.alice.id}/photos", files={"file": png(40, 40)}), 201)["photo_url"]
        review = check(self.alice.post("/venues/reviews/", json={
            "venue_id": venue, "user_id": self.alice.number, "rating": 4, "comment": "x"}), 201)
        self.ids = {
            "registration_id": new_registration(server),
            **dict.fromkeys(("user_id", "user_1_id", "user1_id"), self.alice.id),
            **dict.fromkeys(("user_2_id", "user2_id"), self.bob.id),
            "match_id": booking["match_id"], "booking_id": booking["id"], "venue_id": venue, "review_id": review["id"],
            "slot_id": check(self.alice.post("/venues/timeslots/", json={"venue_id": venue, "date": date, "time": clock}), 201)["id"],
            "session_id": check(self.alice.get("/chat/sessions"), 200)[0]["session_id"], "name": photo.rsplit("/", 1)[1],
        }

    def state(self):
        """What is hers, as she sees it."""
        i = self.ids
        paths = (f"/users/{self.alice.id}", f"/users/{self.alice.id}/photos", f"/users/{self.alice.id}/preferences",
                 f"/matches/{i['match_id']}", f"/matches/preferences/{self.alice.number}", f"/bookings/{i['booking_id']}",
                 f"/venues/{i['venue_id']}", f"/venues/{i['venue_id']}/timeslots?available_only=false", f"/venues/{i['venue_id']}/reviews",
                 f"/chat/sessions/{i['session_id']}", f"/chat/sessions/{i['session_id']}/messages")
        return [check(self.alice.get(path), 200) for path in paths]


@pytest.fixture(scope="module")
def world(server):
    return World(server)


class Request:
    """A route's request as its documentation has it, about the things of one world."""

    def __init__(self, document, route, ids):
        if "/documents/" in route.path:
            ids = {**ids, "name": "id_document"}
        self.route, self.ids, self.about = route, ids, set()
        operation = document["paths"][route.path][route.method.lower()]
        named = {p["name"]: p for p in operation.get("parameters", [])}
        self.path = "/".join(self.value(part[1:-1]) if part.startswith("{") else part for part in route.path.split("/"))
        self.query = {name: self.value(name, p) for name, p in named.items() if p["in"] == "query" and self.is_wanted(name, p)}
        self.sent = self.body(operation.get("requestBody", {}).get("content", {}))

    def is_wanted(self, name, parameter):
        return parameter.get("required") or name.endswith("_id")

    def value(self, name, parameter=None):
        if name in self.ids and (name.endswith("_id") or parameter is None):
            self.about.add(name)
            return str(self.ids[name])
        examples = (parameter or {}).get("schema", {}).get("examples", ["anything"])
        assert name in NO_IDS or (parameter and not name.endswith("_id")), f"{name_of(self.route)}: whose is {name}? Place it in World"
        return str(examples[0])

    def body(self, content):
        if "multipart/form-data" in content:
            part, = content["multipart/form-data"]["schema"]["properties"]
            return {"files": {part: ("a.png", png(40, 40), "image/png")}}
        if "application/json" not in content:
            return {}
        example = content["application/json"].get("example", {})
        return {"json": {name: self.field(name, value) for name, value in example.items()}}

    def field(self, name, value):
        if name == "password":
            return PASSWORD  # everybody's here
        if name in self.ids and name.endswith("_id"):  # "name" is a photo's in paths alone
            self.about.add(name)
            return self.ids[name]
        assert not name.endswith("_id"), f"{name_of(self.route)}: whose is {name}? Place it in World"
        return value

    def by(self, client):
        return client.request(self.route.method, self.path, params=self.query, **self.sent).status_code


def placed(document, world, route):
    """Its request, and the proof that it says whose things it is about."""
    request = Request(document, route, world.ids)
    key = (route.method, route.path)
    assert request.about or key in EVERYBODYS | ONES_OWN, f"{name_of(route)} names nobody's things and is in no list here"
    assert key not in ONES_OWN or not request.about, f"{name_of(route)} names {request.about}: it is not one's own alone"
    return request


USERS = [r for r in ROUTES if r.who == "user"]


def test_a_stranger_does_nothing_with_anybodys_things(server, document, world):
    before = world.state()
    eve = new_user(server)
    wrong = {}
    for route in USERS:
        key = (route.method, route.path)
        if key not in EVERYBODYS | ONES_OWN:
            status = placed(document, world, route).by(eve)
            wrong.update({} if status in (403, 404) else {name_of(route): status})
    assert wrong == {}
    assert world.state() == before


def test_the_other_of_a_pair_does_not_act_in_her_name(server, document, world):
    """Bob is part of the match, the booking and the chat; "user_id" is still his own alone."""
    before = world.state()
    wrong = {}
    for route in USERS:
        request = placed(document, world, route)
        if "user_id" in request.about and (route.method, route.path) not in MATCHES_SEE:
            status = request.by(world.bob)
            wrong.update({} if status == 403 else {name_of(route): status})
    assert wrong == {}
    assert world.state() == before


def test_admins_do_not_act_for_anybody(server, document, world):
    before = world.state()
    root, partner = admin(server), admin(server, role="partner")
    wrong = {}
    for route in USERS:
        request = placed(document, world, route)
        if route.service in NO_ADMINS and route.method != "GET" and request.about:
            wrong.update({name_of(route): s for s in (request.by(root), request.by(partner)) if s not in (403, 404)})
    assert wrong == {}
    assert world.state() == before


def test_admins_routes_are_admins_alone(server, document, world):
    others = (new_user(server), world.alice, admin(server, role="partner"))
    routes = [r for r in ROUTES if r.who == "admin"]
    assert routes
    for route in routes:
        request = Request(document, route, world.ids)
        assert [request.by(who) for who in others] == [403] * len(others), name_of(route)
        assert request.by(admin(server)) not in (401, 403, 404), name_of(route)


def test_everybody_reads_what_is_everybodys(server, document, world):
    eve = new_user(server)
    for method, path in EVERYBODYS:
        route, = [r for r in table() if (r.method, r.path) == (method, path)]
        assert placed(document, world, route).by(eve) == 200, name_of(route)


def test_her_own_token_passes_where_theirs_did_not(server, document):
    """The control: the same requests, about things of her own, are Alice's to make. Deeper things first; what ends things last."""
    world = World(server)
    order = {"GET": 0, "POST": 1, "PUT": 2, "DELETE": 3}
    ends = ("/end", "/cancel", "/logout", "/change-password", "/users/{user_id}")
    for route in sorted(USERS, key=lambda r: (order[r.method], r.path.endswith(ends), -r.path.count("/"))):
        if route.path.startswith("/auth/"):
            continue
        if route.path == "/venues/reviews/{review_id}":  # hers was replaced by a newer one
            world.ids["review_id"] = check(world.alice.get(f"/venues/{world.ids['venue_id']}/reviews"), 200)[0]["id"]
        status = placed(document, world, route).by(world.alice)
        # no attempt yet, nobody to find, or gone by what came before
        may = {404} if route.path.startswith(("/faceauth/status", "/matches/queue/{user_id}")) else set()
        if route.path.startswith("/faceauth/verify"):  # with a model, a picture of nobody is refused
            may = {401}
        assert status not in {401, 403, 404} - may, (name_of(route), status)


def test_sockets_refuse_forged_tokens(server, world, forged):  # noqa: F811
    """The one route of another kind: told why, and closed with 1008."""
    assert [name_of(r) for r in ROUTES if r.who == "socket"] == ["GET /chat/ws/{session_id}/{user_id}"]
    session = world.ids["session_id"]
    eve = new_user(server)
    bearers = {**forged, "a stranger's": eve.token, "nothing": None}
    for name, token in bearers.items():
        ws = ws_connect(server, session, world.alice, token=None, header=[f"Authorization: Bearer {token}"] if token else [])
        assert list(json.loads(ws.recv())) == ["error"], name
        assert ws.recv_data()[1][:2] == (1008).to_bytes(2, "big"), name
        ws.close()


def test_every_route_is_of_a_known_kind():
    assert {r.who for r in table()} <= {"public", "user", "partner", "admin", "socket", "local"}
    assert {(r.method, r.path) for r in table()} >= EVERYBODYS | ONES_OWN | MATCHES_SEE
