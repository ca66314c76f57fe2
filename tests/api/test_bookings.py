"""Bookings from the match to the confirmed date (reference §3, contract §7), each endpoint with every status it has. Who
may see and do what is in test_booking_access.py; races and what confirming sets off in test_booking_effects.py."""
import re

import pytest

from booking_helpers import CLOCK, DATE, KEYS, NOT_FOUND, Pair
from helpers import admin, approve, check, couple, new_user, new_venue, pending_couple
from venue_helpers import fields_of

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@pytest.fixture
def pair(server):
    return Pair(server)


# ── Create ──


def test_create(server):
    alice, bob, match = couple(server)
    booking = check(alice.post("/bookings/create", json={
        "match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}), 201)
    assert list(booking) == KEYS
    assert TIME.fullmatch(booking["created_at"]) and isinstance(booking["id"], int)
    expected = dict.fromkeys(KEYS) | {
        "id": booking["id"], "match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number,
        "status": "pending_venue_approval", "user_1_venue_approved": False, "user_2_venue_approved": False,
        "user_1_time_approved": False, "user_2_time_approved": False, "created_at": booking["created_at"]}
    assert booking == expected
    for person in (alice, bob):
        assert check(person.get(f"/bookings/{booking['id']}"), 200) == booking


@pytest.mark.parametrize("caller,first,spelling", [(0, 0, "text"), (0, 1, "number"), (1, 0, "uuid"), (1, 1, "uuid")])
def test_create_in_either_order_and_spelling(server, caller, first, spelling):
    *people, match = couple(server)
    spell = {"number": lambda u: u.number, "text": lambda u: str(u.number), "uuid": lambda u: u.id}[spelling]
    one, two = people[first], people[1 - first]
    booking = check(people[caller].post("/bookings/create", json={
        "match_id": match["id"], "user_1_id": spell(one), "user_2_id": spell(two)}), 201)
    assert (booking["user_1_id"], booking["user_2_id"]) == (one.number, two.number)


def test_create_refusals(server):
    alice, bob, match = couple(server)
    stranger, boss = new_user(server), admin(server)
    sent = {"match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}
    for other in (stranger, boss):
        check(other.post("/bookings/create", json=sent), 403, "User not part of this match")
        check(other.post("/bookings/create", json={**sent, "user_1_id": other.number}), 403)
    check(alice.post("/bookings/create", json={**sent, "match_id": 99999999}), 404, "Match not found")
    for change in ({"user_2_id": stranger.number}, {"user_2_id": alice.number}, {"user_1_id": stranger.number}):
        assert alice.post("/bookings/create", json={**sent, **change}).status_code in (403, 422), change
    reply = check(alice.post("/bookings/create", json={**sent, "user_2_id": stranger.number}), 422,
                  "user_2_id must be the other one of the match's two people, beside user_1_id")
    assert [e["field"] for e in reply["errors"]] == ["user_2_id"]
    check(alice.post("/bookings/create", json=sent), 201)
    for again in (sent, {**sent, "user_1_id": bob.number, "user_2_id": alice.number}):
        check(bob.post("/bookings/create", json=again), 409, "Booking already exists for this match")


def test_create_needs_a_matched_match(server):
    alice, bob, match = pending_couple(server)
    sent = {"match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}
    check(alice.post("/bookings/create", json=sent), 409, "The match is not approved by both")
    approve(alice, match["id"], approved=False)
    check(bob.post("/bookings/create", json=sent), 409, "The match was rejected")


def test_create_says_that_the_match_has_ended(server):
    alice, bob, match = couple(server)
    check(bob.post(f"/matches/{match['id']}/end"), 200)
    check(alice.post("/bookings/create", json={
        "match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}), 409, "The match has ended")


@pytest.mark.parametrize("body,fields", [
    ({}, ["match_id", "user_1_id", "user_2_id"]), ({"match_id": "x", "user_1_id": 1, "user_2_id": 2}, ["match_id"]),
    ({"match_id": 1, "user_1_id": "nobody", "user_2_id": -2}, ["user_1_id", "user_2_id"]),
    ({"match_id": 1.5, "user_1_id": 1, "user_2_id": None}, ["match_id", "user_2_id"])])
def test_create_wrong_fields(pair, body, fields):
    assert fields_of(pair.alice.post("/bookings/create", json=body)) == fields


def test_bodies_must_be_json(pair):
    for path in ("create", "approve-venue", "approve-time", "confirm", "cancel", f"complete/{pair.id}"):
        check(pair.alice.post("/bookings/" + path, data="{", headers={"Content-Type": "application/json"}), 400)
        check(pair.alice.post("/bookings/" + path, data="a", headers={"Content-Type": "text/plain"}), 415)
        check(pair.alice.post("/bookings/" + path, data='{"booking_id": 1, "booking_id": 2}'), 400)


# ── Venue ──


def test_propose_venue(pair):
    reply = check(pair.propose_venue(pair.alice), 200)
    assert list(reply) == KEYS
    assert reply == {**pair.booking, "user_1_proposed_venue_id": pair.v}
    assert check(pair.propose_venue(pair.alice), 200) == reply
    other = new_venue(pair.alice)
    assert check(pair.propose_venue(pair.alice, other["id"]), 200) == {
        **pair.booking, "user_1_proposed_venue_id": other["id"]}  # replaces the earlier one
    third = new_venue(pair.alice)
    reply = check(pair.propose_venue(pair.bob, third["id"]), 200)
    assert (reply["user_1_proposed_venue_id"], reply["user_2_proposed_venue_id"]) == (other["id"], third["id"])
    assert reply["status"] == "pending_venue_approval" and not reply["user_1_venue_approved"]


def test_user_id_may_be_left_out_or_spelled_as_uuid(pair):
    path = f"/bookings/propose-venue?booking_id={pair.id}&venue_id={pair.v}"
    for suffix in ("", "&user_id=", f"&user_id={pair.alice.id}"):
        check(pair.alice.post(path + suffix), 200)
    check(pair.bob.post("/bookings/approve-venue", json={"booking_id": str(pair.id), "approved": True}), 200)


def test_approve_venue(pair):
    check(pair.propose_venue(pair.alice), 200)
    reply = check(pair.approve_venue(pair.bob), 200)
    assert reply == {**pair.booking, "user_1_proposed_venue_id": pair.v, "venue_id": pair.v,
                     "status": "pending_time_approval", "user_1_venue_approved": True, "user_2_venue_approved": True}
    assert check(pair.approve_venue(pair.bob), 200) == reply  # again: nothing new


@pytest.mark.parametrize("venue", [None, "", "absent", "same", "text"])
def test_an_absent_venue_means_the_standing_one(pair, venue):
    check(pair.propose_venue(pair.alice), 200)
    body = {"booking_id": pair.id, "venue_id": {"same": pair.v, "text": str(pair.v)}.get(venue, venue), "approved": True}
    if venue == "absent":
        del body["venue_id"]
    reply = check(pair.bob.post(f"/bookings/approve-venue?user_id={pair.bob.number}", json=body), 200)
    assert reply["venue_id"] == pair.v


def test_approve_venue_conflicts(pair):
    check(pair.approve_venue(pair.bob), 409)  # nothing proposed
    check(pair.propose_venue(pair.alice), 200)
    check(pair.approve_venue(pair.alice), 409)  # one's own
    check(pair.approve_venue(pair.bob, venue_id=pair.v + 1), 409)
    check(pair.approve_venue(pair.bob, venue_id=pair.v + 1, approved=False), 409)
    assert pair.get()["status"] == "pending_venue_approval"


def test_both_proposing_the_same_venue_is_agreement(pair):
    check(pair.propose_venue(pair.alice), 200)
    reply = check(pair.propose_venue(pair.bob), 200)
    assert reply["status"] == "pending_time_approval" and reply["venue_id"] == pair.v
    assert reply["user_1_venue_approved"] and reply["user_2_venue_approved"]


def test_reject_venue(pair):
    check(pair.reject_venue(pair.bob), 409)
    check(pair.propose_venue(pair.alice), 200)
    check(pair.reject_venue(pair.alice), 409)
    assert check(pair.reject_venue(pair.bob), 200) == pair.booking
    check(pair.propose_venue(pair.alice), 200)
    assert check(pair.approve_venue(pair.bob, approved=False), 200) == pair.booking
    check(pair.reject_venue(pair.bob), 409)


def test_a_new_venue_reopens_venue_and_time(pair):
    pair.with_time()
    other = new_venue(pair.alice)
    reply = check(pair.propose_venue(pair.bob, other["id"]), 200)
    assert reply == {**pair.booking, "user_1_proposed_venue_id": pair.v, "user_2_proposed_venue_id": other["id"]}
    reply = check(pair.approve_venue(pair.alice, venue_id=other["id"]), 200)
    assert reply["venue_id"] == other["id"] and reply["status"] == "pending_time_approval"
    assert reply["booking_date"] is None and not reply["user_1_time_approved"]


def test_rejecting_after_agreement_reopens(pair):
    pair.with_time()
    reply = check(pair.reject_time(pair.bob), 200)
    assert reply["status"] == "pending_time_approval" and reply["booking_time"] is None
    assert reply["user_1_proposed_time"] is None and not reply["user_2_time_approved"]
    assert check(pair.reject_venue(pair.bob), 200) == pair.booking


def test_venue_must_exist_and_be_active(pair):
    check(pair.propose_venue(pair.alice, 99999999), 404, "Venue not found")
    mine = new_venue(pair.alice)
    check(pair.propose_venue(pair.alice, mine["id"]), 200)
    check(pair.alice.put(f"/venues/{mine['id']}", json={"is_active": False}), 200)
    check(pair.approve_venue(pair.bob, venue_id=mine["id"]), 409, "Venue is not active")
    check(pair.propose_venue(pair.bob, mine["id"]), 409, "Venue is not active")
    check(pair.alice.delete(f"/venues/{mine['id']}"), 200)
    check(pair.approve_venue(pair.bob, venue_id=mine["id"]), 404, "Venue not found")
    check(pair.reject_venue(pair.bob), 200)


@pytest.mark.parametrize("stage", ["get", "with_venue", "with_time"])
def test_a_venue_that_is_not_active_any_more_is_not_proposed_again(server, pair, stage):
    check(pair.propose_venue(pair.alice), 200)
    getattr(pair, stage)()
    boss, before = admin(server), pair.get()
    check(boss.put(f"/venues/{pair.v}", json={"is_active": False}), 200)
    for user in (pair.alice, pair.bob):
        check(pair.propose_venue(user), 409, "Venue is not active")
    check(pair.approve_venue(pair.bob), 409, "Venue is not active")
    check(boss.delete(f"/venues/{pair.v}"), 200)
    for reply in (pair.propose_venue(pair.alice), pair.approve_venue(pair.bob)):
        check(reply, 404, "Venue not found")
    assert pair.get() == before


def test_a_time_that_is_gone_is_not_agreed_on_again(server, pair):
    pair.with_time()
    check(admin(server).post("/venues/timeslots/", json={"venue_id": pair.v, "date": DATE, "time": "18:00"}), 201)
    for reply in (pair.propose_time(pair.alice), pair.approve_time(pair.bob)):
        check(reply, 409, "Time slot is not available")
    assert pair.get()["status"] == "both_approved"


# ── Time ──


def test_propose_time(pair):
    check(pair.propose_time(pair.alice), 409)  # the venue first
    pair.with_venue()
    before = pair.get()
    reply = check(pair.propose_time(pair.alice), 200)
    assert reply == {**before, "user_1_proposed_date": DATE, "user_1_proposed_time": CLOCK}
    assert check(pair.propose_time(pair.alice), 200) == reply
    reply = check(pair.propose_time(pair.alice, time="20:00"), 200)
    assert reply == {**before, "user_1_proposed_date": DATE, "user_1_proposed_time": "20:00"}
    reply = check(pair.propose_time(pair.bob, date="2026-01-16"), 200)
    assert (reply["user_2_proposed_date"], reply["user_2_proposed_time"]) == ("2026-01-16", CLOCK)
    assert reply["status"] == "pending_time_approval" and not reply["user_2_time_approved"]


def test_approve_time(pair):
    pair.with_venue()
    check(pair.propose_time(pair.alice), 200)
    before = pair.get()
    reply = check(pair.approve_time(pair.bob), 200)
    assert reply == {**before, "booking_date": DATE, "booking_time": CLOCK, "status": "both_approved",
                     "user_1_time_approved": True, "user_2_time_approved": True}
    assert check(pair.approve_time(pair.bob), 200) == reply


@pytest.mark.parametrize("change", [{"date": None, "time": None}, {"date": "", "time": ""}, {"date": ""},
                                    {"time": None}, {"time": "19:00:00"}])
def test_an_absent_time_means_the_standing_one(pair, change):
    pair.with_venue()
    check(pair.propose_time(pair.alice), 200)
    assert check(pair.approve_time(pair.bob, **change), 200)["booking_time"] == CLOCK


def test_approve_time_conflicts(pair):
    check(pair.approve_time(pair.bob), 409)
    pair.with_venue()
    check(pair.approve_time(pair.bob), 409)
    check(pair.propose_time(pair.alice), 200)
    check(pair.approve_time(pair.alice), 409)
    check(pair.approve_time(pair.bob, time="20:00"), 409)
    check(pair.approve_time(pair.bob, date="2026-01-16"), 409)
    check(pair.approve_time(pair.bob, date="2026-01-16", time="", approved=False), 409)
    assert pair.get()["status"] == "pending_time_approval"


def test_both_proposing_the_same_time_is_agreement(pair):
    pair.with_venue()
    check(pair.propose_time(pair.bob), 200)
    assert check(pair.propose_time(pair.alice), 200)["status"] == "both_approved"
    reply = check(pair.propose_time(pair.alice, time="20:00"), 200)  # and a new one reopens it
    assert reply["status"] == "pending_time_approval" and reply["booking_time"] is None
    assert reply["venue_id"] == pair.v


def test_reject_time(pair):
    check(pair.reject_time(pair.bob), 409)
    before = pair.with_venue().get()
    check(pair.propose_time(pair.alice), 200)
    check(pair.reject_time(pair.alice), 409)
    assert check(pair.reject_time(pair.bob), 200) == before
    check(pair.propose_time(pair.alice), 200)
    assert check(pair.approve_time(pair.bob, approved=False), 200) == before


def test_a_time_must_be_an_available_slot(server, pair):
    boss = admin(server)
    pair.with_venue()
    slot = check(boss.post("/venues/timeslots/", json={"venue_id": pair.v, "date": DATE, "time": "18:00"}), 201)
    check(pair.propose_time(pair.alice), 409, "Time slot is not available")  # the day has slots, but not this one
    check(pair.propose_time(pair.alice, time="18:00"), 200)
    check(boss.put(f"/venues/timeslots/{slot['id']}/mark-unavailable"), 200)
    check(pair.approve_time(pair.bob, time="18:00"), 409, "Time slot is not available")
    check(pair.propose_time(pair.bob, time="18:00"), 409, "Time slot is not available")
    check(pair.propose_time(pair.alice, date="2026-01-16"), 200)  # a day without slots takes any time


@pytest.mark.parametrize("query,fields", [
    ("date=2026-02-30&time=19:00", ["date"]), ("date=2101-01-01&time=19:00", ["date"]),
    ("date=2026-01-15&time=7pm", ["time"]), ("date=&time=", ["date", "time"]), ("", ["date", "time"])])
def test_propose_time_wrong_fields(pair, query, fields):
    assert fields_of(pair.alice.post(f"/bookings/propose-time?booking_id={pair.id}&{query}")) == fields


@pytest.mark.parametrize("path", ["propose-venue", "reject-venue", "propose-time", "reject-time"])
def test_queries_need_a_booking(pair, path):
    rest = "venue_id=1&date=2026-01-15&time=19:00&user_id=" + str(pair.alice.number)
    assert fields_of(pair.alice.post(f"/bookings/{path}?{rest}")) == ["booking_id"]
    assert fields_of(pair.alice.post(f"/bookings/{path}?booking_id=x&{rest}")) == ["booking_id"]
    check(pair.alice.post(f"/bookings/{path}?booking_id=99999999&{rest}"), 404, NOT_FOUND)
    assert fields_of(pair.alice.post(f"/bookings/{path}?booking_id={pair.id}&{rest}x")) == ["user_id"]


@pytest.mark.parametrize("path", ["approve-venue", "approve-time", "confirm", "cancel"])
def test_bodies_need_a_booking(pair, path):
    rest = {"approved": True}
    assert fields_of(pair.alice.post("/bookings/" + path, json=rest)) == ["booking_id"]
    assert fields_of(pair.alice.post("/bookings/" + path, json={"booking_id": "x", **rest})) == ["booking_id"]
    check(pair.alice.post("/bookings/" + path, json={"booking_id": 99999999, **rest}), 404, NOT_FOUND)


@pytest.mark.parametrize("approved", ["absent", None, "", "perhaps", 1])
def test_consent_is_said_not_assumed(pair, approved):
    change = {} if approved == "absent" else {"approved": approved}
    check(pair.propose_venue(pair.alice), 200)
    before = pair.get()
    assert fields_of(pair.bob.post("/bookings/approve-venue", json={"booking_id": pair.id, **change})) == ["approved"]
    assert pair.get() == before
    pair.with_venue()
    check(pair.propose_time(pair.alice), 200)
    before = pair.get()
    assert fields_of(pair.bob.post("/bookings/approve-time", json={"booking_id": pair.id, **change})) == ["approved"]
    assert pair.get() == before
