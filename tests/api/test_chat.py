"""Chat: sessions (reference 6.1, 6.2), sockets (6.3-6.5), and what the contract adds in section 9."""
import json
import re
import socket
import struct
import threading
import time
import uuid
from datetime import datetime, timedelta, timezone

import pytest
import websocket

from helpers import admin, agree_on_time, agree_on_venue, anonymous, booked_couple, check, everywhere, new_user, ws_connect

UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
SESSION_KEYS = ["session_id", "user1_id", "user2_id", "start_time", "end_time", "status", "messages_count"]
MESSAGE_KEYS = ["id", "sender_id", "content", "timestamp", "type"]
NO_TOKEN = "Missing or invalid authorization header"
EXPIRED = {"error": "Chat session has expired"}
SESSION_EXPIRED = {"type": "session_expired", "message": "Chat session has expired"}
SESSION_ACTIVE = {"type": "session_active", "message": "Chat session is now active"}
NOT_PART = "User not part of this session"


def at(seconds=0, **delta):
    """UTC wall time so far from now, to the second."""
    moment = datetime.now(timezone.utc) + timedelta(seconds=seconds, **delta)
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def open_session(alice, bob, meeting=None, duration=120, status=201):
    reply = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": bob.id, "meeting_time": meeting or at(), "duration_minutes": duration}),
        status)
    assert list(reply) == ["session_id", "status"]
    return reply["session_id"]


def details(user, session):
    return check(user.get(f"/chat/sessions/{session}"), 200)


def messages(user, session, query=""):
    return check(user.get(f"/chat/sessions/{session}/messages{query}"), 200)


def receive(ws, timeout=10):
    ws.settimeout(timeout)
    return json.loads(ws.recv())


def say(ws, content, **more):
    ws.send(json.dumps({"content": content, **more}))


def say_acked(ws, content, client_id=None):
    """Send with a client_id and wait for the ack; returns its data."""
    say(ws, content, type="text", client_id=client_id or str(uuid.uuid4()))
    ack = receive(ws)
    assert ack["type"] == "ack", ack
    return ack["data"]


def assert_silent(ws, seconds=0.4):
    ws.settimeout(seconds)
    with pytest.raises(websocket.WebSocketTimeoutException):
        pytest.fail(f"unexpected: {ws.recv()}")


def closing(ws, timeout=10):
    """The code of the Close frame that comes next."""
    ws.settimeout(timeout)
    opcode, data = ws.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE, (opcode, data)
    return struct.unpack("!H", data[:2])[0] if data else None


def closing_reason(ws, timeout=10):
    """The code and the reason of the Close frame that comes next."""
    ws.settimeout(timeout)
    opcode, data = ws.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE, (opcode, data)
    return struct.unpack("!H", data[:2])[0], data[2:].decode()


def closing_raw(ws, timeout=10):
    """The same, read by hand: Debian's client does not know 1012."""
    ws.sock.settimeout(timeout)
    frame = ws.sock.recv(2)
    assert frame[0] == 0x88, frame
    return struct.unpack("!H", ws.sock.recv(frame[1])[:2])[0]


def refused(ws, error=None):
    """It is told why, and closed with 1008."""
    reply = receive(ws)
    assert list(reply) == ["error"], reply
    if error is not None:
        assert reply["error"] == error
    assert closing(ws) == 1008
    return reply["error"]


@pytest.fixture
def pair(server):
    return new_user(server), new_user(server)


@pytest.fixture
def active(pair):
    """(alice, bob, session) within its window."""
    return (*pair, open_session(*pair))


# ── POST /chat/match ──


def test_open_a_session(pair):
    alice, bob = pair
    reply = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": bob.id, "meeting_time": "2099-01-15T19:00:00", "duration_minutes": 120}), 201)
    assert list(reply) == ["session_id", "status"]
    assert UUID4.match(reply["session_id"])
    assert reply["status"] == "pending"
    shown = details(bob, reply["session_id"])
    assert list(shown) == SESSION_KEYS
    assert shown == {"session_id": reply["session_id"], "user1_id": alice.id, "user2_id": bob.id,
                     "start_time": "2099-01-15T18:30:00", "end_time": "2099-01-15T21:30:00", "status": "pending",
                     "messages_count": 0}


def test_the_reference_example_is_expired_by_now(pair):
    alice, bob = pair
    reply = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": bob.id, "meeting_time": "2026-01-15T19:00:00", "duration_minutes": 120}), 201)
    shown = details(alice, reply["session_id"])
    assert (shown["start_time"], shown["end_time"]) == ("2026-01-15T18:30:00", "2026-01-15T21:30:00")
    assert reply["status"] == shown["status"]


@pytest.mark.parametrize("meeting, duration, status", [
    (dict(minutes=30, seconds=20), 60, "pending"),
    (dict(minutes=29, seconds=40), 60, "active"),
    (dict(minutes=-89, seconds=-30), 60, "active"),
    (dict(minutes=-90, seconds=-1), 60, "expired"),
])
def test_status_follows_the_clock(pair, meeting, duration, status):
    session = open_session(*pair, meeting=at(**meeting), duration=duration)
    assert details(pair[0], session)["status"] == status


def test_the_same_pair_time_and_duration_is_one_session(pair):
    alice, bob = pair
    meeting = at(days=1)
    first = open_session(alice, bob, meeting)
    assert open_session(alice, bob, meeting, status=200) == first
    assert open_session(bob, alice, meeting, status=200) == first
    assert details(bob, first)["user1_id"] == alice.id
    assert open_session(alice, bob, meeting, duration=121) != first
    assert open_session(alice, bob, at(days=2)) != first


def test_a_race_for_one_session(pair):
    alice, bob = pair
    meeting, replies = at(days=3), []

    def ask(user):
        replies.append(user.post("/chat/match", json={"user1_id": alice.id, "user2_id": bob.id,
                                                      "meeting_time": meeting, "duration_minutes": 60}))
    threads = [threading.Thread(target=ask, args=(user,)) for user in (alice, bob) * 5]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(r.status_code for r in replies) == [200] * 9 + [201]
    assert len({r.json()["session_id"] for r in replies}) == 1


def test_either_spelling_of_a_user(pair):
    alice, bob = pair
    reply = check(alice.post("/chat/match", json={
        "user1_id": alice.number, "user2_id": str(bob.number), "meeting_time": at(), "duration_minutes": "60"}), 201)
    shown = details(bob, reply["session_id"])
    assert (shown["user1_id"], shown["user2_id"]) == (alice.id, bob.id)


def test_a_zone_and_a_fraction_are_converted(pair):
    session = open_session(*pair, meeting="2099-01-15T19:00:00.75+02:00", duration=1)
    assert details(pair[0], session)["start_time"] == "2099-01-15T16:30:00"


def test_a_fraction_of_a_second_is_no_other_meeting(pair):
    alice, bob = pair
    session = open_session(alice, bob, meeting="2099-01-15T19:00:00")
    for fraction in (".123456", ".999999Z", ".5+00:00"):
        assert open_session(bob, alice, meeting="2099-01-15T19:00:00" + fraction, status=200) == session
    other = open_session(alice, bob, meeting="2099-01-15T19:00:01.5")
    assert details(alice, other)["start_time"] == "2099-01-15T18:30:01"


@pytest.mark.parametrize("change, field", [
    ({"user1_id": None}, "user1_id"), ({"user2_id": "nobody"}, "user2_id"), ({"meeting_time": None}, "meeting_time"),
    ({"meeting_time": "tomorrow"}, "meeting_time"), ({"meeting_time": "2101-01-01T00:00:00"}, "meeting_time"),
    ({"meeting_time": "1969-12-31T23:59:59.5"}, "meeting_time"), ({"duration_minutes": None}, "duration_minutes"),
    ({"duration_minutes": 0}, "duration_minutes"), ({"duration_minutes": 481}, "duration_minutes"),
    ({"duration_minutes": 1.5}, "duration_minutes"),
])
def test_wrong_fields(pair, change, field):
    alice, bob = pair
    body = {"user1_id": alice.id, "user2_id": bob.id, "meeting_time": at(), "duration_minutes": 60, **change}
    reply = check(alice.post("/chat/match", json=body), 422)
    assert [e["field"] for e in reply["errors"]] == [field]


@pytest.mark.parametrize("duration", [1, 480])
def test_durations_at_the_bounds(pair, duration):
    session = details(pair[0], open_session(*pair, meeting="2099-01-15T12:00:00", duration=duration))
    length = moment(session["end_time"]) - moment(session["start_time"])
    assert length == timedelta(minutes=60 + duration)


def test_with_oneself(pair):
    alice, _ = pair
    reply = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": alice.number, "meeting_time": at(), "duration_minutes": 60}), 422)
    assert reply["errors"] == [{"field": "user2_id", "message": "must be somebody else than user1_id"}]


def test_who_may_open(server, pair):
    alice, bob = pair
    body = {"user1_id": alice.id, "user2_id": bob.id, "meeting_time": at(), "duration_minutes": 60}
    check(new_user(server).post("/chat/match", json=body), 403, NOT_PART)
    check(admin(server).post("/chat/match", json=body), 403, NOT_PART)
    check(anonymous(server).post("/chat/match", json=body), 401, NO_TOKEN)
    unknown = "99999998-9f1c-8b6e-a4d0-5c1e2f3a4b5c"
    check(alice.post("/chat/match", json={**body, "user2_id": unknown}), 404, "User not found")
    forged = alice.id[:-1] + ("0" if alice.id[-1] != "0" else "1")  # the number is right, the rest is not
    check(alice.post("/chat/match", json={**body, "user1_id": forged}), 403, NOT_PART)


def test_a_number_nobody_owns_becomes_the_callers(server, pair):
    alice, bob = pair
    number = 70000000 + int.from_bytes(uuid.uuid4().bytes[:3], "big")
    reply = check(alice.post("/chat/match", json={
        "user1_id": number, "user2_id": bob.id, "meeting_time": at(), "duration_minutes": 60}), 201)
    assert details(alice, reply["session_id"])["user1_id"] == alice.id
    ws = ws_connect(server, reply["session_id"], alice, path=f"/chat/ws/{reply['session_id']}/{number}")
    assert_silent(ws)
    ws.close()


def test_bodies_that_are_no_json(pair):
    alice, _ = pair
    check(alice.post("/chat/match", data="{", headers={"Content-Type": "application/json"}), 400)
    check(alice.post("/chat/match", data="a=b", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)


# ── Reading sessions ──


def test_who_may_read(server, active):
    alice, bob, session = active
    for user in (alice, bob):
        assert details(user, session)["session_id"] == session
        assert messages(user, session) == []
    for path in (f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages"):
        check(new_user(server).get(path), 403, NOT_PART)
        check(admin(server).get(path), 403, NOT_PART)
        check(anonymous(server).get(path), 401, NO_TOKEN)
    for unknown in (str(uuid.uuid4()), "abc-123-def-456", "7"):
        check(alice.get(f"/chat/sessions/{unknown}"), 404, "Chat session not found")
        check(alice.get(f"/chat/sessions/{unknown}/messages"), 404, "Chat session not found")
    check(anonymous(server).get("/chat/sessions"), 401, NO_TOKEN)


def test_methods(active):
    alice, _, session = active
    for path, allowed in ((f"/chat/sessions/{session}", {"GET", "HEAD"}), ("/chat/match", {"POST"})):
        reply = alice.delete(path)
        check(reply, 405)
        assert allowed <= set(reply.headers["Allow"].replace(" ", "").split(","))


def test_own_sessions_newest_first(server, pair):
    alice, bob = pair
    carol = new_user(server)
    made = [open_session(alice, bob, at(days=d)) for d in (3, 1, 2)]
    made.append(open_session(carol, alice, at()))
    listed = check(alice.get("/chat/sessions"), 200)
    assert [s["session_id"] for s in listed] == made[::-1]
    assert all(list(s) == SESSION_KEYS for s in listed)
    assert [s["status"] for s in listed] == ["active", "pending", "pending", "pending"]
    assert [s["session_id"] for s in check(carol.get("/chat/sessions"), 200)] == made[3:]
    assert check(new_user(server).get("/chat/sessions"), 200) == []


def follow_pages(user, path):
    pages = []
    while path:
        reply = user.get(path)
        pages.append(check(reply, 200))
        link = re.match(r'<([^>]*)>; rel="next"$', reply.headers.get("Link", ""))
        path = link and link.group(1)
    return pages


def test_pages_of_sessions(pair):
    made = [open_session(*pair, at(days=d)) for d in range(5)]
    pages = follow_pages(pair[1], "/chat/sessions?limit=2")
    assert [len(p) for p in pages] == [2, 2, 1]
    assert [s["session_id"] for p in pages for s in p] == made[::-1]
    check(pair[0].get("/chat/sessions?limit=0"), 422)
    check(pair[0].get("/chat/sessions?limit=1001"), 422)


# ── Talking ──


def test_two_people_talk(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    assert_silent(a)  # nothing is sent on connect
    before = at()
    say(a, "Hello! Nice to meet you!", type="text")
    heard = receive(b)
    assert list(heard) == ["type", "data"]
    assert heard["type"] == "message"
    assert list(heard["data"]) == MESSAGE_KEYS
    assert re.match(r"^00000001-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", heard["data"]["id"])
    assert heard["data"]["sender_id"] == alice.id
    assert heard["data"]["content"] == "Hello! Nice to meet you!"
    assert heard["data"]["type"] == "text"
    assert before <= heard["data"]["timestamp"] <= at(1)
    assert_silent(a)  # neither an echo nor, without a client_id, an ack
    say(b, "Salut 👋 \"you\"\n\u0001")  # type left out
    assert receive(a)["data"] | {"id": "", "timestamp": ""} == {
        "id": "", "sender_id": bob.id, "content": "Salut 👋 \"you\"\n\u0001", "timestamp": "", "type": "text"}
    assert details(alice, session)["messages_count"] == 2
    stored = messages(bob, session)
    assert [m["content"] for m in stored] == ["Hello! Nice to meet you!", "Salut 👋 \"you\"\n\u0001"]
    assert stored[0] == heard["data"]
    a.close()
    b.close()


def test_every_other_socket_hears_it(server, active):
    alice, bob, session = active
    sockets = [ws_connect(server, session, user) for user in (alice, alice, bob, bob)]
    say(sockets[0], "to three")
    heard = [receive(ws) for ws in sockets[1:]]
    assert heard[0] == heard[1] == heard[2]
    assert heard[0]["data"]["content"] == "to three"
    assert_silent(sockets[0])
    for ws in sockets:
        ws.close()


def test_sessions_do_not_mix(server, active):
    alice, bob, session = active
    other = open_session(alice, bob, at(-60))
    here, there = ws_connect(server, session, bob), ws_connect(server, other, bob)
    a = ws_connect(server, session, alice)
    say(a, "only here")
    assert receive(here)["data"]["content"] == "only here"
    assert_silent(there)
    for ws in (a, here, there):
        ws.close()


def test_acks(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    say(a, "once", type="text", client_id="c-1")
    ack = receive(a)
    assert list(ack) == ["type", "data"] and list(ack["data"]) == ["id", "client_id", "timestamp"]
    assert ack["type"] == "ack" and ack["data"]["client_id"] == "c-1" and STAMP.match(ack["data"]["timestamp"])
    assert receive(b)["data"]["id"] == ack["data"]["id"]
    for _ in range(3):  # however often it is sent, whatever it says now
        say(a, "once more", client_id="c-1")
        assert receive(a) == ack
    assert_silent(b)
    another = ws_connect(server, session, alice)  # also after a reconnect
    say(another, "once", client_id="c-1")
    assert receive(another) == ack
    assert say_acked(b, "mine", "c-1")["id"] != ack["data"]["id"]  # the other side's names are its own
    assert details(bob, session)["messages_count"] == 2
    assert [m["content"] for m in messages(bob, session)] == ["once", "mine"]
    for ws in (a, b, another):
        ws.close()


def test_one_client_id_from_two_sockets_at_once(server, active):
    alice, bob, session = active
    sockets = [ws_connect(server, session, alice) for _ in range(4)]
    b = ws_connect(server, session, bob)
    for ws in sockets:
        say(ws, "same", client_id="race")
    ids = set()
    for ws in sockets:
        while True:
            reply = receive(ws)
            if reply["type"] == "ack":
                ids.add(reply["data"]["id"])
                break
    assert len(ids) == 1
    assert receive(b)["data"]["id"] in ids
    assert_silent(b)
    assert details(alice, session)["messages_count"] == 1
    for ws in (*sockets, b):
        ws.close()


def test_typing_is_relayed_and_not_stored(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    b.send("in?")  # once this is answered the socket is in the room; what was signalled between its 101 and that it may miss
    assert receive(b) == {"error": "The message is not valid JSON"}
    for said in ({}, {"content": ""}, {"content": "not for the record"}):
        a.send(json.dumps({"type": "typing", **said}))
        heard = receive(b)
        assert STAMP.match(heard["data"]["timestamp"])
        assert heard == {"type": "typing", "data": {"sender_id": alice.id, "content": "", "type": "typing",
                                                    "timestamp": heard["data"]["timestamp"]}}
    assert_silent(a)
    assert details(bob, session)["messages_count"] == 0
    assert messages(bob, session) == []
    a.close()
    b.close()


def test_read_marks(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    sent = say_acked(a, "read me")
    receive(b)
    say(b, sent["id"], type="read")
    heard = receive(a)
    assert heard["type"] == "read" and heard["data"]["content"] == sent["id"]
    assert heard["data"]["sender_id"] == bob.id
    b.send(json.dumps({"type": "read"}))
    assert receive(a)["type"] == "read"
    say(b, str(uuid.uuid4()), type="read")
    assert receive(b) == {"error": "Message not found"}
    assert_silent(a)
    assert details(bob, session)["messages_count"] == 1
    a.close()
    b.close()


ERRORS = [
    *((frame, "The message is not valid JSON") for frame in (
        "{", "", "hello", '{"content": "a"} b', '{"content": "a", "content": "b"}', '{"content": NaN}',
        '{"content": "\\ud800"}', '{"content": ' + "[" * 40 + "]" * 40 + "}")),
    *((frame, "A message is a JSON object") for frame in ("[]", '"text"', "null", "7", " true ", '[{"content": "a"}]')),
    ('{}', "Message content is empty"), ('{"content": null}', "Message content is empty"),
    ('{"content": ""}', "Message content is empty"), ('{"content": " \\n\\t"}', "Message content is empty"),
    ('{"content": {"a": 1}}', None), ('{"content": "a", "type": "shout"}', "type must be text, typing or read"),
    ('{"content": "a", "type": 7}', None), ('{"content": "a", "client_id": ""}', None),
    ('{"content": "a", "client_id": "' + "x" * 101 + '"}', None),
    (json.dumps({"content": "é" * 4097}), "Message content is longer than 4096 characters"),
]


@pytest.mark.parametrize("frame, error", ERRORS)
def test_errors_are_told_and_the_socket_stays(server, active, frame, error):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    a.send(frame)
    reply = receive(a)
    assert list(reply) == ["error"] and reply["error"].strip(), reply
    if error is not None:
        assert reply["error"] == error
    say(a, "still here")
    assert receive(b)["data"]["content"] == "still here"
    assert details(alice, session)["messages_count"] == 1
    a.close()
    b.close()


def test_the_longest_message(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    say(a, "💬" * 4096)
    assert receive(b)["data"]["content"] == "💬" * 4096
    a.close()
    b.close()


def test_binary_is_told(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    a.send_binary(b'{"content": "hello"}')
    assert list(receive(a)) == ["error"]
    say(a, "still here")
    assert receive(b)["data"]["content"] == "still here"
    a.close()
    b.close()


def test_frames_up_to_64_kib(server, active):
    alice, _, session = active
    a = ws_connect(server, session, alice)
    a.send(" " * 65536)
    assert receive(a) == {"error": "The message is not valid JSON"}
    a.send(" " * 65537)
    assert closing(a) == 1009


@pytest.mark.parametrize("frame, code", [
    (b"\x83\x80\0\0\0\0", 1002),  # a reserved opcode
    (b"\xc1\x80\0\0\0\0", 1002),  # a reserved bit
    (b"\x81\x01a", 1002),  # not masked
    (b"\x80\x80\0\0\0\0", 1002),  # a continuation of nothing
    (b"\x81\x81\0\0\0\0\xff", 1007),  # not UTF-8
    (b"\x01\x81\0\0\0\0\xff", 1007),  # not even to be continued
    (b"\x88\x82\0\0\0\0\x03\xed", 1002),  # 1005 is never sent
    (b"\x88\x82\0\0\0\0\x03\xe8", 1000),  # a proper close is answered in kind
])
def test_violations_get_their_close_code(server, active, frame, code):
    alice, _, session = active
    a = ws_connect(server, session, alice)
    a.sock.sendall(frame)
    assert closing(a) == code


def test_fragments_and_pings(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    text = json.dumps({"content": "é in pieces"}, ensure_ascii=False).encode()
    cut = text.index("é".encode()) + 1
    a.send_frame(websocket.ABNF(0, 0, 0, 0, websocket.ABNF.OPCODE_TEXT, 1, text[:cut]))
    a.ping("between")
    a.send_frame(websocket.ABNF(1, 0, 0, 0, websocket.ABNF.OPCODE_CONT, 1, text[cut:]))
    assert receive(b)["data"]["content"] == "é in pieces"
    a.settimeout(5)
    frame = a.recv_frame()
    assert (frame.opcode, frame.data) == (websocket.ABNF.OPCODE_PONG, b"between")
    a.close()
    b.close()


# ── Order and replay ──


def test_order_is_the_same_for_everybody(server, active):
    alice, bob, session = active
    senders = [ws_connect(server, session, user) for user in (alice, bob, alice, bob)]
    watchers = [ws_connect(server, session, user) for user in (alice, bob)]
    each = 50

    def talk(ws, name):
        for i in range(each):
            say(ws, f"{name}-{i}")
    threads = [threading.Thread(target=talk, args=(ws, n)) for n, ws in enumerate(senders)]
    for t in threads:
        t.start()
    seen = [[receive(ws)["data"]["content"] for _ in range(each * len(senders))] for ws in watchers]
    for t in threads:
        t.join()
    assert seen[0] == seen[1] == [m["content"] for m in messages(alice, session)]
    for n in range(len(senders)):  # and each sender's own are in the order it sent them
        assert [c for c in seen[0] if c.startswith(f"{n}-")] == [f"{n}-{i}" for i in range(each)]
    heard = [receive(senders[0])["data"]["content"] for _ in range(each * (len(senders) - 1))]
    assert heard == [c for c in seen[0] if not c.startswith("0-")]
    assert details(alice, session)["messages_count"] == each * len(senders)
    for ws in (*senders, *watchers):
        ws.close()


def test_replay_after_a_message(server, active):
    alice, bob, session = active
    a = ws_connect(server, session, alice)
    ids = [say_acked(a, f"m{i}")["id"] for i in range(5)]
    b = ws_connect(server, session, bob, query=f"after={ids[1]}")
    assert [receive(b)["data"]["content"] for _ in range(3)] == ["m2", "m3", "m4"]
    assert_silent(b)
    everything = ws_connect(server, session, alice, query="after=")  # one's own too
    assert [receive(everything)["data"]["id"] for _ in range(5)] == ids
    last = ws_connect(server, session, bob, query=f"after={ids[4]}")
    say(a, "live")
    for ws in (b, everything, last):
        assert receive(ws)["data"]["content"] == "live"
    assert [m["id"] for m in messages(bob, session, f"?after={ids[2]}")][:2] == ids[3:]
    assert messages(bob, session, f"?after={ids[4]}")[0]["content"] == "live"
    check(bob.get(f"/chat/sessions/{session}/messages?after={uuid.uuid4()}"), 404, "Message not found")
    refused(ws_connect(server, session, bob, query=f"after={uuid.uuid4()}"), "Message not found")
    for ws in (a, b, everything, last):
        ws.close()


def test_pages_of_messages(server, active):
    alice, bob, session = active
    a = ws_connect(server, session, alice)
    ids = [say_acked(a, f"m{i}")["id"] for i in range(7)]
    pages = follow_pages(bob, f"/chat/sessions/{session}/messages?limit=3")
    assert [[m["id"] for m in page] for page in pages] == [ids[:3], ids[3:6], ids[6:]]
    pages = follow_pages(bob, f"/chat/sessions/{session}/messages?after={ids[1]}&limit=4")
    assert [[m["id"] for m in page] for page in pages] == [ids[2:6], ids[6:]]
    a.close()


def test_a_replay_while_others_talk_has_no_gap(server, active):
    alice, bob, session = active
    a = ws_connect(server, session, alice)
    first = say_acked(a, "0")["id"]
    total = 400

    def talk():
        for i in range(1, total):
            say(a, str(i))
    thread = threading.Thread(target=talk)
    thread.start()
    joined = []
    for _ in range(6):
        joined.append(ws_connect(server, session, bob, query=f"after={first}"))
        time.sleep(0.02)
    for ws in joined:
        assert [receive(ws)["data"]["content"] for _ in range(total - 1)] == [str(i) for i in range(1, total)]
        assert_silent(ws, 0.1)
    thread.join()
    for ws in (a, *joined):
        ws.close()


def test_a_slow_reader_loses_nothing(server, active):
    """More than a client's share of memory waits for it: the rest stays in the store until it reads again."""
    alice, bob, session = active
    a = ws_connect(server, session, alice)
    slow = ws_connect(server, session, bob, sockopt=[(1, 8, 4096)])  # SO_RCVBUF
    total, filler = 300, "x" * 4000
    for i in range(total):
        say_acked(a, f"{i} {filler}"[:4096])
    heard = [receive(slow)["data"]["content"].split()[0] for _ in range(total)]
    assert heard == [str(i) for i in range(total)]
    a.close()
    slow.close()


def test_a_flood_is_slowed_not_dropped(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    total = 1000
    flood = b"".join(websocket.ABNF.create_frame(json.dumps({"content": str(i), "client_id": str(i)}),
                                                 websocket.ABNF.OPCODE_TEXT).format() for i in range(total))
    writer = threading.Thread(target=a.sock.sendall, args=(flood,))
    writer.start()
    assert [receive(b)["data"]["content"] for _ in range(total)] == [str(i) for i in range(total)]
    assert [receive(a)["data"]["client_id"] for _ in range(total)] == [str(i) for i in range(total)]
    writer.join()
    assert details(bob, session)["messages_count"] == total
    a.close()
    b.close()


# ── The window ──


def test_before_the_window_it_says_when(server, pair):
    session = open_session(*pair, meeting="2099-01-15T19:00:00")
    error = refused(ws_connect(server, session, pair[0]))
    assert "2099-01-15T18:30:00" in error


def test_after_the_window(server, pair):
    session = open_session(*pair, meeting=at(hours=-2), duration=60)
    refused(ws_connect(server, session, pair[0]), EXPIRED["error"])
    refused(ws_connect(server, session, pair[0], query="wait=1"), EXPIRED["error"])
    assert details(pair[0], session)["status"] == "expired"


def test_the_waiting_room(server, pair):
    alice, bob = pair
    session = open_session(alice, bob, meeting=at(6, minutes=30))
    starts = details(alice, session)["start_time"]
    a, b = ws_connect(server, session, alice, query="wait=1"), ws_connect(server, session, bob, query="wait=true")
    assert receive(a) == receive(b) == {"type": "session_pending", "starts_at": starts}
    say(a, "too early")
    assert list(receive(a)) == ["error"]
    assert receive(a) == SESSION_ACTIVE
    late = (datetime.now(timezone.utc) - moment(starts)).total_seconds()
    assert 0 <= late < 5  # no earlier; later only as far as the machine is
    assert receive(b) == SESSION_ACTIVE
    assert details(alice, session)["status"] == "active"
    say(a, "at last")
    assert receive(b)["data"]["content"] == "at last"
    assert details(alice, session)["messages_count"] == 1
    inside = ws_connect(server, session, alice, query="wait=1")  # nothing to wait for
    assert_silent(inside)
    for ws in (a, b, inside):
        ws.close()


def test_it_ends_to_the_second(server, pair):
    alice, bob = pair
    session = open_session(alice, bob, meeting=at(6, minutes=-31), duration=1)
    ends = details(alice, session)["end_time"]
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    say(a, "quick")
    assert receive(b)["data"]["content"] == "quick"
    assert receive(a) == SESSION_EXPIRED
    late = (datetime.now(timezone.utc) - moment(ends)).total_seconds()
    assert 0 <= late < 5  # no earlier; later only as far as the machine is
    assert closing(a) == 1000
    assert receive(b) == SESSION_EXPIRED
    assert closing(b) == 1000
    refused(ws_connect(server, session, alice), EXPIRED["error"])
    shown = details(alice, session)
    assert (shown["status"], shown["messages_count"]) == ("expired", 1)
    assert [m["content"] for m in messages(bob, session)] == ["quick"]


# ── Who may join ──


def test_who_may_join(server, active):
    alice, bob, session = active
    stranger = new_user(server)
    refused(ws_connect(server, session, stranger), NOT_PART)
    refused(ws_connect(server, session, admin(server)), NOT_PART)
    path = f"/chat/ws/{session}/{bob.id}"
    refused(ws_connect(server, session, alice, path=path), f"user_id {bob.id} is not yours: yours is {alice.id}")
    path = f"/chat/ws/{session}/{bob.number}"
    refused(ws_connect(server, session, alice, path=path), f"user_id {bob.number} is not yours: yours is {alice.number}")
    refused(ws_connect(server, str(uuid.uuid4()), alice), "Chat session not found")
    refused(ws_connect(server, "abc-123-def-456", alice), "Chat session not found")
    refused(ws_connect(server, session, alice, path=f"/chat/ws/{session}/nobody"), NOT_PART)
    ws = ws_connect(server, session, alice, path=f"/chat/ws/{session}/{alice.number}")
    assert_silent(ws)
    ws.close()


@pytest.mark.parametrize("token", ["header", "subprotocol", "query"])
def test_ways_of_a_token(server, active, token):
    alice, _, session = active
    ws = ws_connect(server, session, alice, token=token)
    assert_silent(ws)
    assert ws.getsubprotocol() == ("bearer" if token == "subprotocol" else None)
    ws.close()


def test_without_a_token_or_with_a_bad_one(server, active):
    alice, _, session = active
    refused(ws_connect(server, session, alice, token=None), NO_TOKEN)
    refused(ws_connect(server, session, alice, token=None, header=["Authorization: Bearer x.y.z"]), NO_TOKEN)
    refused(ws_connect(server, session, alice, token=None, query="token=x.y.z"), NO_TOKEN)
    refused(ws_connect(server, session, alice, token=None, subprotocols=["bearer", "x.y.z"]), NO_TOKEN)


def test_a_plain_request_is_no_handshake(server, active):
    alice, _, session = active
    path = f"/chat/ws/{session}/{alice.id}"
    check(alice.get(path), 400)
    check(anonymous(server).get(path), 401, NO_TOKEN)
    reply = alice.get(path, headers={"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "8",
                                     "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})
    check(reply, 400)
    assert reply.headers["Sec-WebSocket-Version"] == "13"


def chat_port(server, path):
    return f"ws://localhost:{server.wire_port + 1}{path}"  # its own: what a balancer forwards needs a token


def test_the_chat_port_speaks_the_reference(server, active):
    """ws://localhost:8001/ws/{session_id}/{user_id} without a token, and the log says so."""
    alice, bob, session = active
    a = ws_connect(server, session, alice, token=None, path=chat_port(server, f"/ws/{session}/{alice.id}"))
    b = ws_connect(server, session, bob, token=None, path=chat_port(server, f"/chat/ws/{session}/{bob.number}"))
    say(a, "no token")
    assert receive(b)["data"]["sender_id"] == alice.id
    warnings = [json.loads(line) for line in server.log_text().splitlines() if "chat.tokenless" in line]
    assert warnings and all(w["level"] == "warn" for w in warnings)
    a.close()
    b.close()
    bad = chat_port(server, f"/ws/{session}/{alice.id}")
    refused(ws_connect(server, session, alice, token=None, path=bad, query="token=x.y.z"), NO_TOKEN)
    stranger = new_user(server)
    other = chat_port(server, f"/ws/{session}/{stranger.id}")
    refused(ws_connect(server, session, stranger, token=None, path=other), NOT_PART)
    unknown = chat_port(server, f"/ws/{session}/{uuid.uuid4()}")
    refused(ws_connect(server, session, stranger, token=None, path=unknown), NOT_PART)


def test_the_chat_port_without_the_prefix(server, pair):
    alice, bob = pair
    base = f"http://localhost:{server.port_base + 1}"
    body = {"user1_id": alice.id, "user2_id": bob.id, "meeting_time": at(), "duration_minutes": 60}
    session = check(alice.post(base + "/match", json=body), 201)["session_id"]
    assert check(alice.post(base + "/chat/match", json=body), 200)["session_id"] == session
    assert check(bob.get(f"{base}/sessions/{session}"), 200)["session_id"] == session
    assert check(bob.get(f"{base}/chat/sessions/{session}/"), 200)["session_id"] == session
    assert check(bob.get(base + "/sessions"), 200)[0]["session_id"] == session
    assert check(bob.get(f"{base}/sessions/{session}/messages"), 200) == []
    check(anonymous(server).get(f"{base}/sessions/{session}"), 401, NO_TOKEN)
    assert check(anonymous(server).get(base + "/health"), 200) == {"status": "healthy"}
    check(alice.post("/match", json=body), 404)  # the gateway keeps the prefix


def taken(server, session, user):
    """A socket, or None where there are too many: that is told before anything it asks is answered."""
    ws = ws_connect(server, session, user)
    ws.ping()
    opcode, data = ws.recv_data(control_frame=True)
    if opcode == websocket.ABNF.OPCODE_PONG:
        return ws
    assert json.loads(data) == {"error": "Too many connections to this session"}
    assert closing(ws) == 1008
    return None


def test_one_person_takes_so_many_sockets(server, active):
    """At most 16 of each loop: the others still talk, and there is room for the other one."""
    alice, bob, session = active
    hers = []
    while ws := taken(server, session, alice):
        hers.append(ws)
        assert len(hers) <= 16 * 64
    assert len(hers) >= 16
    his = [taken(server, session, bob) for _ in range(16)]
    assert all(his)
    say(hers[0], "crowded")
    for ws in hers[1:] + his:
        assert receive(ws)["data"]["content"] == "crowded"
    for ws in hers + his:
        ws.close()


# ── Tokens that end ──


def test_logout_closes_its_sockets_only(server, active):
    alice, bob, session = active
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    again = check(anonymous(server).post("/auth/login", json={"email": alice.email, "password": alice.password}), 200)
    other = ws_connect(server, session, alice, token=None, header=["Authorization: Bearer " + again["access_token"]])
    check(alice.post("/auth/logout"), 200)
    began = time.monotonic()
    assert list(receive(a)) == ["error"]
    assert closing(a) == 1008
    assert time.monotonic() - began < 5
    everywhere(lambda: refused(ws_connect(server, session, alice), NO_TOKEN))
    say(b, "still there?")
    assert receive(other)["data"]["content"] == "still there?"
    alice.token = again["access_token"]
    check(alice.post("/auth/logout", json={"all": True}), 200)
    assert list(receive(other)) == ["error"]
    assert closing(other) == 1008
    assert_silent(b)
    b.close()


def test_a_new_password_closes_the_other_sockets(server, active):
    alice, _, session = active
    old = alice.token
    reply = check(anonymous(server).post("/auth/login", json={"email": alice.email, "password": alice.password}), 200)
    kept = ws_connect(server, session, alice)
    lost = ws_connect(server, session, alice, token=None, header=["Authorization: Bearer " + reply["access_token"]])
    check(alice.post("/auth/change-password", json={
        "current_password": alice.password, "new_password": "another-Horse-8-battery"}), 200)
    assert list(receive(lost)) == ["error"]
    assert closing(lost) == 1008
    assert alice.token == old
    assert_silent(kept)
    kept.close()


# ── Bookings ──


def only_session(user):
    sessions = check(user.get("/chat/sessions"), 200)
    assert len(sessions) == 1
    return sessions[0]


def test_confirming_opens_the_session(server):
    alice, bob, booking, _ = booked_couple(server)
    session = only_session(alice)
    assert session == only_session(bob)
    assert {session["user1_id"], session["user2_id"]} == {alice.id, bob.id}
    meeting = datetime.strptime(booking["booking_date"] + booking["booking_time"], "%Y-%m-%d%H:%M")
    assert session["start_time"] == (meeting - timedelta(minutes=30)).strftime("%Y-%m-%dT%H:%M:%S")
    assert session["end_time"] == (meeting + timedelta(minutes=150)).strftime("%Y-%m-%dT%H:%M:%S")
    assert (session["status"], session["messages_count"]) == ("pending", 0)
    same = open_session(alice, bob, meeting.strftime("%Y-%m-%dT%H:%M:%S"), 120, status=200)
    assert same == session["session_id"]


def test_cancelling_ends_the_session(server):
    alice, bob, booking, _ = booked_couple(server, minutes=0)
    session = only_session(alice)["session_id"]
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    say(a, "see you?")
    assert receive(b)["data"]["content"] == "see you?"
    check(bob.post("/bookings/cancel", json={"booking_id": booking["id"], "reason": "ill"}), 200)
    for ws in (a, b):
        assert receive(ws) == {"error": "Booking was cancelled"}
        assert closing_reason(ws) == (1008, "Booking was cancelled")
    assert only_session(bob)["status"] == details(alice, session)["status"] == "expired"
    refused(ws_connect(server, session, alice), EXPIRED["error"])
    assert [m["content"] for m in messages(bob, session)] == ["see you?"]


def test_booking_the_same_time_again_opens_it_again(server):
    alice, bob, booking, venue = booked_couple(server, minutes=0)
    session = only_session(alice)["session_id"]
    ws = ws_connect(server, session, alice)
    say_acked(ws, "before")
    check(bob.post("/bookings/cancel", json={"booking_id": booking["id"]}), 200)
    refused(ws, "Booking was cancelled")
    again = check(bob.post("/bookings/create", json={
        "match_id": booking["match_id"], "user_1_id": alice.number, "user_2_id": bob.number}), 201)
    agree_on_venue(alice, bob, again, venue)
    agree_on_time(alice, bob, again, booking["booking_date"], booking["booking_time"])
    check(bob.post("/bookings/confirm", json={"booking_id": again["id"]}), 200)
    assert only_session(alice) | {"status": ""} == {**details(bob, session), "status": ""}
    assert details(bob, session)["status"] == "active"
    ws = ws_connect(server, session, alice, query="after=")
    assert receive(ws)["data"]["content"] == "before"
    ws.close()


def test_cancelling_empties_the_waiting_room(server):
    alice, bob, booking, _ = booked_couple(server)
    session = only_session(alice)["session_id"]
    ws = ws_connect(server, session, bob, query="wait=1")
    assert receive(ws)["type"] == "session_pending"
    check(alice.post("/bookings/cancel", json={"booking_id": booking["id"]}), 200)
    refused(ws, "Booking was cancelled")


def test_ending_the_match_ends_the_session(server):
    alice, bob, booking, _ = booked_couple(server, minutes=0)
    session = only_session(alice)["session_id"]
    ws = ws_connect(server, session, bob)
    check(alice.post(f"/matches/{booking['match_id']}/end"), 200)
    why = receive(ws)["error"]
    assert closing_reason(ws) == (1008, why)
    assert details(bob, session)["status"] == "expired"


# ── Production, restarts ──


def test_production(make_server):
    server = make_server(profile="production", cors_origins="https://app.example", direct_ports=True)
    alice, bob = new_user(server), new_user(server)
    body = {"user1_id": alice.id, "user2_id": bob.id, "meeting_time": at(days=1), "duration_minutes": 60}
    check(alice.post("/chat/match", json=body), 409)
    alice, bob, booking, _ = booked_couple(server, minutes=10)
    session = only_session(alice)
    body = {"user1_id": bob.id, "user2_id": alice.id, "meeting_time": at(days=5), "duration_minutes": 7}
    reply = check(bob.post("/chat/match", json=body), 200)  # the booking's session, with the booking's time
    assert reply == {"session_id": session["session_id"], "status": "active"}
    session = session["session_id"]
    path = chat_port(server, f"/ws/{session}/{alice.id}")
    refused(ws_connect(server, session, alice, token=None, path=path, suppress_origin=True), NO_TOKEN)
    refused(ws_connect(server, session, alice, token="query", suppress_origin=True), NO_TOKEN)
    for token in ("header", "subprotocol"):
        ws = ws_connect(server, session, alice, token=token, suppress_origin=True)
        assert_silent(ws)
        ws.close()
    refused(ws_connect(server, session, alice, origin="https://evil.example"), "This origin may not connect")
    for origin in ("https://app.example", server.url):  # one that is listed, and a page of this very server
        ws = ws_connect(server, session, alice, origin=origin)
        assert_silent(ws)
        ws.close()


def test_no_past_sessions_where_refused(make_server):
    server = make_server(allow_past=False)
    alice, bob = new_user(server), new_user(server)
    body = {"user1_id": alice.id, "user2_id": bob.id, "meeting_time": "2020-01-15T19:00:00", "duration_minutes": 60}
    check(alice.post("/chat/match", json=body), 400)


def test_a_restart_says_1012_and_loses_nothing(make_server):
    server = make_server()
    alice, bob = new_user(server), new_user(server)
    session = open_session(alice, bob)
    a, b = ws_connect(server, session, alice), ws_connect(server, session, bob)
    acked = [say_acked(a, f"m{i}") for i in range(20)]
    for _ in acked:
        receive(b)
    stopping = threading.Thread(target=server.stop)
    stopping.start()
    assert closing_raw(a) == 1012
    assert closing_raw(b) == 1012
    stopping.join()
    server.restart()
    assert [m["id"] for m in messages(bob, session)] == [m["id"] for m in acked]
    assert details(alice, session)["messages_count"] == 20
    again = ws_connect(server, session, bob, query=f"after={acked[9]['id']}")
    assert [receive(again)["data"]["id"] for _ in range(10)] == [m["id"] for m in acked[10:]]
    again.close()


def test_a_client_that_leaves_during_the_handshake_leaves_nothing(make_server):
    server = make_server()
    alice, bob = new_user(server), new_user(server)
    session = open_session(alice, bob)
    hello = (f"GET /chat/ws/{session}/{alice.id} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
    for i in range(200):
        token = f"Authorization: Bearer {alice.token}\r\n" if i % 2 else ""  # a member, and somebody refused
        with socket.create_connection(("127.0.0.1", server.wire_port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close with a reset
            client.sendall((hello + token + "\r\n").encode())
    ws = ws_connect(server, session, alice)  # nobody of those takes a place
    say_acked(ws, "still here")
    ws.close()
    server.stop()  # the leak checker has the last word


def test_a_kill_loses_no_acked_message(make_server):
    server = make_server()
    alice, bob = new_user(server), new_user(server)
    session = open_session(alice, bob)
    a = ws_connect(server, session, alice)
    acked = []

    def talk():
        try:
            for i in range(100000):
                acked.append(say_acked(a, f"m{i}")["id"])
        except (OSError, websocket.WebSocketException, ValueError, KeyError):
            pass
    thread = threading.Thread(target=talk)
    thread.start()
    time.sleep(1)
    server.kill()
    thread.join()
    assert acked
    server.restart()
    stored = [m["id"] for page in follow_pages(bob, f"/chat/sessions/{session}/messages") for m in page]
    assert stored[:len(acked)] == acked
    assert len(stored) - len(acked) <= 1  # at most the one whose ack was under way
    assert details(alice, session)["messages_count"] == len(stored)
