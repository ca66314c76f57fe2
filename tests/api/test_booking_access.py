"""Bookings: who may act on them, who may read them, and what is read (reference 3.9–3.12)."""
import uuid

import pytest

from booking_helpers import CLOCK, DATE, KEYS, NOT_FOUND, NOT_PART, Pair
from helpers import admin, anonymous, check, new_user
from venue_helpers import fields_of


@pytest.fixture
def pair(server):
    return Pair(server)


# ── Who ──


def test_strangers_do_nothing(server, pair):
    for stranger in (new_user(server), admin(server)):  # admins read, they never act for someone
        for act in pair.acts(stranger):
            check(act(), 403, NOT_PART)
    assert pair.get() == pair.booking


def test_nobody_acts_in_anothers_name(server, pair):
    for user in (pair.bob, new_user(server), admin(server)):
        refusal = f"user_id {pair.alice.number} is not yours: yours is {user.number}"
        for path in ("propose-venue", "reject-venue", "propose-time", "reject-time"):
            query = f"booking_id={pair.id}&venue_id={pair.v}&date={DATE}&time={CLOCK}&user_id={pair.alice.number}"
            check(user.post(f"/bookings/{path}?{query}"), 403, refusal)
        for path in ("approve-venue", "approve-time"):
            check(user.post(f"/bookings/{path}?user_id={pair.alice.number}",
                            json={"booking_id": pair.id, "approved": True}), 403, refusal)
    assert pair.get() == pair.booking


@pytest.mark.parametrize("where", ["json", "params"])
def test_a_user_id_beside_the_token_is_ones_own(server, pair, where):
    """In every act's body and query alike."""
    body = {"booking_id": pair.id, "match_id": pair.booking["match_id"], "user_1_id": pair.alice.number,
            "user_2_id": pair.bob.number, "venue_id": pair.v, "date": DATE, "time": CLOCK, "approved": True}
    query = {k: body[k] for k in ("booking_id", "venue_id", "date", "time")}
    acts = ["propose-venue", "approve-venue", "reject-venue", "propose-time", "approve-time", "reject-time", "confirm",
            "cancel", f"complete/{pair.id}"]
    for act in acts + ["create"] * (where == "json"):
        for named in (pair.bob.number, str(pair.bob.number), pair.bob.id):
            sent = {"json": body, "params": query}
            sent[where] = {**sent[where], "user_id": named}
            mine = pair.alice.id if named == pair.bob.id else pair.alice.number
            check(pair.alice.post("/bookings/" + act, **sent), 403, f"user_id {named} is not yours: yours is {mine}")
        sent[where] = {**sent[where], "user_id": "nobody"}
        assert fields_of(pair.alice.post("/bookings/" + act, **sent)) == ["user_id"]
    assert pair.get() == pair.booking
    for own in (pair.alice.number, pair.alice.id, "", *([None] if where == "json" else [])):
        sent = {"json": body, "params": query}
        sent[where] = {**sent[where], "user_id": own}
        check(pair.alice.post("/bookings/propose-venue", **sent), 200)
    check(pair.alice.post("/bookings/cancel", **sent), 200)


def test_bookings_need_a_token(server, pair):
    nobody = anonymous(server)
    for path in ("create", "propose-venue", "approve-venue", "reject-venue", "propose-time", "approve-time",
                 "reject-time", "confirm", "cancel", f"complete/{pair.id}"):
        check(nobody.post("/bookings/" + path, json={}), 401, "Missing or invalid authorization header")
    for path in (f"available-times/{pair.v}", str(pair.id), f"{pair.id}/other-proposal/1", "user/1"):
        check(nobody.get("/bookings/" + path), 401, "Missing or invalid authorization header")


# ── Reading ──


def test_get_booking(server, pair):
    check(new_user(server).get(f"/bookings/{pair.id}"), 403, NOT_PART)
    assert check(admin(server).get(f"/bookings/{pair.id}"), 200) == pair.booking
    for bad in ("99999999", "abc", "0", "-1", str(uuid.uuid4())):
        check(pair.alice.get(f"/bookings/{bad}"), 404, NOT_FOUND)


def test_other_proposal(pair):
    keys = ["other_user_id", "proposed_venue_id", "proposed_date", "proposed_time", "venue_status", "time_status",
            "booking_status"]

    def seen(user):
        view = pair.view(user)
        assert list(view) == keys
        return [view[k] for k in keys]

    a, b = pair.alice.number, pair.bob.number
    assert seen(pair.alice) == [b, None, None, None, "not_proposed", "not_proposed", "pending_venue_approval"]
    check(pair.propose_venue(pair.alice), 200)
    assert seen(pair.bob) == [a, pair.v, None, None, "pending", "not_proposed", "pending_venue_approval"]
    assert seen(pair.alice)[4] == "not_proposed"
    check(pair.approve_venue(pair.bob), 200)
    assert seen(pair.bob) == [a, pair.v, None, None, "approved", "not_proposed", "pending_time_approval"]
    check(pair.propose_time(pair.bob), 200)
    assert seen(pair.alice) == [b, None, DATE, CLOCK, "approved", "pending", "pending_time_approval"]
    check(pair.approve_time(pair.alice), 200)
    assert seen(pair.alice) == [b, None, DATE, CLOCK, "approved", "approved", "both_approved"]
    check(pair.confirm(pair.bob), 200)
    assert seen(pair.alice)[6] == "confirmed"


def test_other_proposal_refusals(server, pair):
    path, stranger, boss = f"/bookings/{pair.id}/other-proposal", new_user(server), admin(server)
    check(stranger.get(f"{path}/{stranger.number}"), 403, NOT_PART)
    check(stranger.get(f"{path}/{pair.alice.number}"), 403)
    check(pair.alice.get(f"{path}/{pair.bob.number}"), 403,
          f"user_id {pair.bob.number} is not yours: yours is {pair.alice.number}")
    assert check(pair.alice.get(f"{path}/{pair.alice.id}"), 200)["other_user_id"] == pair.bob.number
    check(pair.alice.get(f"/bookings/99999999/other-proposal/{pair.alice.number}"), 404, NOT_FOUND)
    check(pair.alice.get(f"{path}/abc"), 404)
    assert check(boss.get(f"{path}/{pair.bob.number}"), 200)["other_user_id"] == pair.alice.number
    check(boss.get(f"{path}/{stranger.number}"), 403, NOT_PART)


def test_user_bookings(server, pair):
    path = f"/bookings/user/{pair.alice.number}"
    assert check(pair.alice.get(path), 200) == [pair.booking]
    assert check(pair.alice.get(f"/bookings/user/{pair.alice.id}"), 200) == [pair.booking]
    check(pair.cancel(pair.bob, reason="Schedule conflict"), 200)
    again = check(pair.bob.post("/bookings/create", json={
        "match_id": pair.booking["match_id"], "user_1_id": pair.bob.number, "user_2_id": pair.alice.number}), 201)
    listed = check(pair.alice.get(path), 200)
    assert [b["id"] for b in listed] == [again["id"], pair.id]  # newest first
    assert [list(b) for b in listed] == [KEYS, KEYS + ["cancel_reason"]]
    first = pair.alice.get(path + "?limit=1")
    assert [b["id"] for b in check(first, 200)] == [again["id"]]
    second = pair.alice.get(first.links["next"]["url"])
    assert [b["id"] for b in check(second, 200)] == [pair.id] and "next" not in second.links

    stranger = new_user(server)
    check(stranger.get(path), 403, f"user_id {pair.alice.number} is not yours: yours is {stranger.number}")
    assert check(stranger.get(f"/bookings/user/{stranger.number}"), 200) == []
    boss = admin(server)
    assert check(boss.get(path), 200) == listed
    check(boss.get("/bookings/user/9999999"), 404, "User not found")
    check(stranger.get("/bookings/user/abc"), 404, "User not found")


def test_available_times(server, pair):
    path = f"/bookings/available-times/{pair.v}"
    assert check(pair.alice.get(path + "?date=2026-01-15"), 200) == []
    boss = admin(server)
    slots = check(boss.post("/venues/timeslots/bulk", json={
        "venue_id": pair.v, "dates": ["2026-01-15", "2099-01-16"], "times": ["20:00", "18:00", "19:00"]}), 201)
    check(boss.put(f"/venues/timeslots/{slots[1]['id']}/mark-unavailable"), 200)
    five = [{k: s[k] for k in ("id", "venue_id", "date", "time", "available")} for s in slots]
    listed = check(pair.alice.get(path + "?date=2026-01-15"), 200)
    assert listed == [five[0], five[2]] and list(listed[0]) == list(five[0])
    assert check(pair.alice.get(path + "?date=2099-01-16"), 200) == five[3:]
    assert check(pair.alice.get(path), 200) == five[3:]  # without a date: from today
    assert check(pair.alice.get(path + "?date=2026-01-17"), 200) == []
    assert fields_of(pair.alice.get(path + "?date=someday")) == ["date"]
    for bad in ("99999999", "abc"):
        check(pair.alice.get(f"/bookings/available-times/{bad}?date=2026-01-15"), 404, "Venue not found")
    check(boss.put(f"/venues/{pair.v}", json={"is_active": False}), 200)
    assert check(pair.alice.get(path), 200) == []
