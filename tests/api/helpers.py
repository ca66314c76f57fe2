"""What every API test needs: people, pairs, bookings, sockets, and one way to check a reply. Through the gateway only."""
import itertools
import os
import subprocess
import time
from datetime import datetime, timedelta, timezone

import requests
import websocket

from contract import Socket
from images import exif, jpeg, png  # noqa: F401 (for the tests)
from program import BINARY, Server, environment, free_port_base, run_command  # noqa: F401

PASSWORD = "correct-Horse-7-battery"
TIMEOUT = 30
_count = itertools.count(1)
_run = os.urandom(3).hex()


def unique(prefix="x"):
    """A word that no other test has used."""
    return f"{prefix}-{_run}-{next(_count)}"


class Client:
    """Requests to one server, with a token or without one."""

    def __init__(self, server, token=None):
        self.server = server
        self.token = token

    def request(self, method, path, **kw):
        headers = dict(kw.pop("headers", None) or {})
        if self.token and not any(name.lower() == "authorization" for name in headers):
            headers["Authorization"] = "Bearer " + self.token
        kw.setdefault("timeout", TIMEOUT)
        url = path if path.startswith("http") else self.server.url + path
        return requests.request(method, url, headers=headers, **kw)

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, **kw):
        return self.request("POST", path, **kw)

    def put(self, path, **kw):
        return self.request("PUT", path, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)


class User(Client):
    """Somebody signed in. `reply` is what signup or login said."""

    def __init__(self, server, reply, email, password, name):
        super().__init__(server, reply["access_token"])
        self.id = reply["user_id"]
        self.number = reply["user_number"]
        self.email = email
        self.password = password
        self.name = name


def check(response, status, detail=None):
    """Assert the status and, for errors, a body that is exactly what an error's may be. Returns the JSON."""
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.text[:500]}"
    assert response.headers["X-Request-ID"]
    assert response.headers["Content-Type"].startswith("application/json"), response.headers["Content-Type"]
    body = response.json()
    if status < 400:
        assert detail is None
        return body
    assert set(body) - {"reason"} == ({"detail", "errors"} if status == 422 else {"detail"}), body
    assert isinstance(body["detail"], str) and body["detail"].strip() == body["detail"] != ""
    if status == 422:
        assert body["errors"] and all(set(e) == {"field", "message"} for e in body["errors"]), body
    if status == 401:
        assert response.headers["WWW-Authenticate"] == "Bearer" or "reason" in body
    if status in (429, 503):
        assert int(response.headers["Retry-After"]) > 0
    if detail is not None:
        assert body["detail"] == detail
    return body


def soon(true, seconds=10):
    """What one process knows and the others are told: until it is so (no AssertionError), and not for ever."""
    until = time.monotonic() + seconds
    while True:
        try:
            return true()
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def until(true, seconds=30):
    """Until it holds, asking again and again. Returns how many seconds that took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - began


def everywhere(true, seconds=10):
    """soon(), asked of one process after the other where several take turns: true of one alone is not enough."""
    soon(lambda: [true() for _ in range(2)], seconds)


# ── People ──


def new_user(server, **fields):
    """Sign up somebody new; fields replace what signup is sent."""
    name = fields.get("name") or unique("Person")
    sent = {"name": name, "email": unique("person") + "@example.com", "phone": "+1234567890", "gender": "female",
            "dob": "1995-05-10", "password": PASSWORD, **fields}
    reply = check(requests.post(server.url + "/auth/signup", json=sent, timeout=TIMEOUT), 201)
    return User(server, reply, sent["email"], sent["password"], name)


def anonymous(server):
    return Client(server)


def log_in(server, email, password, name=None):
    reply = check(requests.post(server.url + "/auth/login", json={"email": email, "password": password},
                                timeout=TIMEOUT), 200)
    return User(server, reply, email, password, name)


def admin(server, role="admin"):
    """An admin (or partner), made with the command line beside the running server."""
    email, name = unique(role) + "@example.com", unique(role.capitalize())
    settings = {**server.settings, "data_dir": server.data_dir, "port_base": server.port_base}
    result = subprocess.run([BINARY, "admin", "create", "--email", email, "--name", name, "--role", role],
                            input=PASSWORD + "\n", capture_output=True, text=True, timeout=60,
                            env=environment(**settings))
    assert result.returncode == 0, result.stderr
    return log_in(server, email, PASSWORD, name)


# ── Pairs ──


def opt_in(user, gender, seeking, **fields):
    """Save matching preferences."""
    return check(user.post("/matches/preferences", json={
        "user_id": user.number, "gender": gender, "seeking_gender": seeking, "age_min": 18, "age_max": 99,
        "interests": "coffee, travel", "bio": "Here I am", **fields}), 201)


def pending_couple(server):
    """(alice, bob, match): a pending match of two people whom nobody else fits."""
    alice, bob = new_user(server, name="Alice", gender="female"), new_user(server, name="Bob", gender="male")
    hers, his = unique("a"), unique("b")  # genders of their own: other tests' people are no candidates
    opt_in(alice, hers, his)
    opt_in(bob, his, hers)
    match = check(alice.post("/matches/find", json={"user_id": alice.number}), 200)
    assert match["status"] == "pending" and {match["user_1_id"], match["user_2_id"]} == {alice.number, bob.number}
    return alice, bob, match


def approve(user, match_id, approved=True):
    return check(user.post(f"/matches/approve?user_id={user.number}",
                           json={"match_id": match_id, "approved": approved}), 200)


def couple(server):
    """(alice, bob, match): both have approved."""
    alice, bob, match = pending_couple(server)
    approve(alice, match["id"])
    match = approve(bob, match["id"])
    assert match["status"] == "matched"
    return alice, bob, match


# ── Venues and bookings ──


def new_venue(owner, **fields):
    return check(owner.post("/venues/", json={
        "name": unique("The Cozy Corner"), "address": "123 Main St", "city": unique("Town"),
        "description": "Romantic restaurant", "phone": "+1234567890", "email": "info@example.com", "capacity": 50,
        "price_per_hour": 75.0, **fields}), 201)


def venue_owner(server):
    """Somebody who may create venues there."""
    return admin(server) if server.settings.get("profile") == "production" else new_user(server)


def utc(**delta):
    """Now plus timedelta(**delta), to the minute, as (YYYY-MM-DD, HH:MM, YYYY-MM-DDTHH:MM:SS)."""
    moment = (datetime.now(timezone.utc) + timedelta(**delta)).replace(second=0, microsecond=0)
    return moment.strftime("%Y-%m-%d"), moment.strftime("%H:%M"), moment.strftime("%Y-%m-%dT%H:%M:%S")


def new_booking(server):
    """(alice, bob, booking, venue): just created, nothing proposed."""
    alice, bob, match = couple(server)
    venue = new_venue(venue_owner(server))
    booking = check(alice.post("/bookings/create", json={
        "match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}), 201)
    return alice, bob, booking, venue


def agree_on_venue(alice, bob, booking, venue):
    b, v = booking["id"], venue["id"]
    check(alice.post(f"/bookings/propose-venue?booking_id={b}&venue_id={v}&user_id={alice.number}"), 200)
    return check(bob.post(f"/bookings/approve-venue?user_id={bob.number}",
                          json={"booking_id": b, "venue_id": v, "approved": True}), 200)


def agree_on_time(alice, bob, booking, date, time):
    b = booking["id"]
    check(alice.post(f"/bookings/propose-time?booking_id={b}&date={date}&time={time}&user_id={alice.number}"), 200)
    return check(bob.post(f"/bookings/approve-time?user_id={bob.number}",
                          json={"booking_id": b, "date": date, "time": time, "approved": True}), 200)


def booked_couple(server, **delta):
    """(alice, bob, booking, venue): a confirmed booking, a day from now or timedelta(**delta) from now."""
    alice, bob, booking, venue = new_booking(server)
    date, time, _ = utc(**(delta or {"days": 1}))
    maker = venue_owner(server)
    if server.settings.get("profile") == "production":  # elsewhere the slot is made at confirm
        check(maker.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": date, "time": time}), 201)
    agree_on_venue(alice, bob, booking, venue)
    agree_on_time(alice, bob, booking, date, time)
    booking = check(alice.post("/bookings/confirm", json={"booking_id": booking["id"]}), 200)
    assert booking["status"] == "confirmed"
    return alice, bob, booking, venue


# ── Sockets ──


def ws_connect(server, session_id, user, *, path=None, query="", token="header", timeout=15, **kw):
    """A WebSocket to a chat session through the gateway. token: how the user's token travels, "header",
    "subprotocol", "query" or None. path replaces /chat/ws/{session}/{user}; query is without '?'."""
    path = path or f"/chat/ws/{session_id}/{user.id}"
    if token == "header":
        kw["header"] = [*kw.get("header", []), "Authorization: Bearer " + user.token]
    elif token == "subprotocol":
        kw["subprotocols"] = ["bearer", user.token]
    elif token == "query":
        query = "&".join(filter(None, [query, "token=" + user.token]))
    url = path if path.startswith("ws") else server.url.replace("http", "ws", 1) + path
    kw.setdefault("class_", Socket)
    return websocket.create_connection(url + ("?" + query if query else ""), timeout=timeout, **kw)
