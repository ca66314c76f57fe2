"""Confirming, cancelling and completing: the slot, the code, the chat, the match, the outbox; the reference's numbers; races
for one slot; and what production is stricter about (contract §2, §7)."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from booking_helpers import CLOCK, DATE, KEYS, NOT_FOUND, Pair
from helpers import (admin, agree_on_time, agree_on_venue, booked_couple, check, couple, new_booking, new_user,
                     new_venue, utc, venue_owner)
from venue_helpers import fields_of, stored

BOTH_FIRST = "Both venue and time must be approved first"
SLOT_GONE = "Time slot is no longer available"


@pytest.fixture
def pair(server):
    return Pair(server)


def outbox(server, booking_id):
    """What was told of a booking, in order."""
    rows = stored(server, "SELECT name, json FROM outbox WHERE name LIKE 'booking.%' AND key = ? ORDER BY id", booking_id)
    return [(name, json.loads(text)) for name, text in rows]


def slots_of(user, venue_id):
    return check(user.get(f"/venues/{venue_id}/timeslots?available_only=false"), 200)


# ── Confirm ──


def test_confirm(pair):
    check(pair.confirm(pair.alice), 400, BOTH_FIRST)
    before = pair.with_venue().get()
    check(pair.confirm(pair.bob), 400, BOTH_FIRST)
    check(pair.propose_time(pair.alice), 200)
    check(pair.confirm(pair.bob), 400, BOTH_FIRST)
    check(pair.approve_time(pair.bob), 200)
    before = pair.get()
    booking = check(pair.confirm(pair.bob), 200)
    assert list(booking) == KEYS
    assert re.fullmatch(r"[A-Z2-9]{8}", booking["confirmation_code"])
    assert booking == {**before, "status": "confirmed", "confirmation_code": booking["confirmation_code"]}
    for user in (pair.alice, pair.bob):
        assert check(pair.confirm(user), 200) == booking  # twice: the same
    slot, = slots_of(pair.alice, pair.v)
    assert (slot["date"], slot["time"], slot["available"], slot["booked_by"]) == (DATE, CLOCK, False, pair.id)


def test_codes_differ(server):
    codes = {booked_couple(server)[2]["confirmation_code"] for _ in range(3)}
    assert len(codes) == 3


def test_after_confirming_nothing_changes_but_cancel_and_complete(pair):
    booking = pair.confirmed().get()
    other = new_venue(pair.alice)
    for user in (pair.alice, pair.bob):
        for reply in (pair.propose_venue(user), pair.propose_venue(user, other["id"]), pair.approve_venue(user),
                      pair.reject_venue(user), pair.propose_time(user), pair.propose_time(user, time="21:00"),
                      pair.approve_time(user), pair.reject_time(user)):
            check(reply, 409)
    assert pair.get() == booking


def test_confirming_opens_the_chat(server):
    alice, bob, booking, _ = booked_couple(server, hours=5)
    date, time = booking["booking_date"], booking["booking_time"]
    session, = check(alice.get("/chat/sessions"), 200)
    assert check(bob.get("/chat/sessions"), 200) == [session]
    details = check(bob.get(f"/chat/sessions/{session['session_id']}"), 200)
    assert {details["user1_id"], details["user2_id"]} == {alice.id, bob.id}
    same = check(alice.post("/chat/match", json={"user1_id": alice.id, "user2_id": bob.id,
                                                 "meeting_time": f"{date}T{time}:00", "duration_minutes": 120}), 200)
    assert same["session_id"] == session["session_id"] and same["status"] == "pending"


# ── The slot ──


def meet(server, venue, date, time):
    """A pair that has agreed on this venue and time."""
    alice, bob, match = couple(server)
    booking = check(alice.post("/bookings/create", json={
        "match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}), 201)
    agree_on_venue(alice, bob, booking, venue)
    agree_on_time(alice, bob, booking, date, time)
    return alice, bob, booking


def confirm(user, booking):
    return user.post("/bookings/confirm", json={"booking_id": booking["id"]})


@pytest.mark.parametrize("implicit", [False, True])
def test_a_slot_goes_to_one_booking(server, implicit):
    owner = new_user(server)
    venue = new_venue(owner)
    if not implicit:
        check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": DATE, "time": CLOCK}), 201)
    first, second = meet(server, venue, DATE, CLOCK), meet(server, venue, DATE, CLOCK)
    check(confirm(first[0], first[2]), 200)
    agreed = check(second[0].get(f"/bookings/{second[2]['id']}"), 200)
    check(confirm(second[1], second[2]), 409, SLOT_GONE)

    lost = check(second[0].get(f"/bookings/{second[2]['id']}"), 200)  # kept, although the reply was an error
    assert lost == {**agreed, "status": "pending_time_approval", "booking_date": None, "booking_time": None,
                    "user_1_time_approved": False, "user_2_time_approved": False, "confirmation_code": None,
                    "user_1_proposed_date": None, "user_1_proposed_time": None}
    assert [s["booked_by"] for s in slots_of(owner, venue["id"])] == [first[2]["id"]]
    assert check(second[0].get("/chat/sessions"), 200) == []
    check(confirm(second[0], second[2]), 400, BOTH_FIRST)
    check(second[0].post(f"/bookings/propose-time?booking_id={second[2]['id']}&date={DATE}&time={CLOCK}"), 409,
          "Time slot is not available")
    other = "20:00"
    if not implicit:
        check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": DATE, "time": other}), 201)
    agree_on_time(*second, DATE, other)  # and they find another time
    assert check(confirm(second[0], second[2]), 200)["booking_time"] == other


@pytest.mark.parametrize("implicit", [False, True])
def test_race_for_one_slot(server, implicit):
    owner = new_user(server)
    venue = new_venue(owner)
    if not implicit:
        check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": DATE, "time": CLOCK}), 201)
    pairs = [meet(server, venue, DATE, CLOCK) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:  # both people of each pair press the button
        replies = list(pool.map(lambda job: (job[1], confirm(*job)),
                                [(p[who], p[2]) for who in (0, 1) for p in pairs]))
    winners = {booking["id"] for booking, reply in replies if reply.status_code == 200}
    assert len(winners) == 1
    for booking, reply in replies:
        if booking["id"] in winners:
            check(reply, 200)
        else:  # the first press lost the slot, the second found the time open again
            assert reply.json()["detail"] in (SLOT_GONE, BOTH_FIRST)
    assert sum(r.status_code == 409 for _, r in replies) == 3
    assert [s["booked_by"] for s in slots_of(owner, venue["id"])] == list(winners)
    statuses = sorted(check(p[0].get(f"/bookings/{p[2]['id']}"), 200)["status"] for p in pairs)
    assert statuses == ["confirmed"] + ["pending_time_approval"] * 3


def test_race_of_both_sides_creating(server):
    alice, bob, match = couple(server)
    sent = {"match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda user: user.post("/bookings/create", json=sent), [alice, bob] * 3))
    assert sorted(r.status_code for r in replies) == [201] + [409] * 5


@pytest.mark.parametrize("spoil", [
    lambda owner, venue, slot: owner.put(f"/venues/timeslots/{slot['id']}/mark-unavailable"),
    lambda owner, venue, slot: owner.delete(f"/venues/timeslots/{slot['id']}")], ids=["marked", "deleted"])
def test_a_slot_that_is_taken_away_is_gone_at_confirm(server, spoil):
    owner = new_user(server)
    venue = new_venue(owner)
    slot, _ = check(owner.post("/venues/timeslots/bulk", json={
        "venue_id": venue["id"], "dates": ["2098-01-01"], "times": ["10:00", "11:00"]}), 201)
    alice, _, booking = meet(server, venue, "2098-01-01", "10:00")
    check(spoil(owner, venue, slot), 200)
    check(confirm(alice, booking), 409, SLOT_GONE)
    assert check(alice.get(f"/bookings/{booking['id']}"), 200)["status"] == "pending_time_approval"


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("spoil", [
    lambda owner, venue: owner.put(f"/venues/{venue['id']}", json={"is_active": False}),
    lambda owner, venue: owner.delete(f"/venues/{venue['id']}")], ids=["inactive", "deleted"])
def test_a_venue_that_is_taken_away_is_gone_at_confirm(server, spoil, implicit):
    owner = new_user(server)
    venue = new_venue(owner)
    if not implicit:
        check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": DATE, "time": CLOCK}), 201)
    alice, bob, booking = meet(server, venue, DATE, CLOCK)
    check(spoil(owner, venue), 200)
    check(confirm(alice, booking), 409, "Venue is no longer available")
    assert check(alice.get(f"/bookings/{booking['id']}"), 200) == booking  # as it was created: kept, despite the error
    assert outbox(server, booking["id"])[-1] == ("booking.venue_lost", {
        "booking_id": booking["id"], "match_id": booking["match_id"], "person_1": alice.number, "person_2": bob.number,
        "status": "pending_venue_approval"})
    check(confirm(bob, booking), 400, BOTH_FIRST)
    agree_on_venue(alice, bob, booking, new_venue(owner))
    agree_on_time(alice, bob, booking, DATE, CLOCK)
    assert check(confirm(bob, booking), 200)["status"] == "confirmed"


def test_other_times_of_an_implicit_day_stay_open(server):
    venue = new_venue(new_user(server))
    for time in ("18:00", "19:00", "20:30"):
        alice, _, booking = meet(server, venue, DATE, time)
        check(confirm(alice, booking), 200)
    assert [s["time"] for s in slots_of(alice, venue["id"])] == ["18:00", "19:00", "20:30"]


# ── Cancel ──


@pytest.mark.parametrize("reason", ["Schedule conflict", "absent", None, "", "  "])
def test_cancel_with_and_without_a_reason(pair, reason):
    body = {} if reason == "absent" else {"reason": reason}
    booking = check(pair.cancel(pair.bob, **body), 200)
    expected = {**pair.booking, "status": "cancelled"}
    if reason == "Schedule conflict":
        expected["cancel_reason"] = reason
    assert booking == expected and pair.get() == booking
    for act in pair.acts(pair.alice):
        check(act(), 409)


def test_cancel_wrong_reason(pair):
    for reason in ("x" * 501, 5, ["a"]):
        assert fields_of(pair.cancel(pair.alice, reason=reason)) == ["reason"]


@pytest.mark.parametrize("stage", ["with_venue", "with_time", "confirmed"])
def test_cancel_at_any_time_before_completed(pair, stage):
    before = getattr(pair, stage)().get()
    assert check(pair.cancel(pair.alice, reason="Ill"), 200) == {
        **before, "status": "cancelled", "cancel_reason": "Ill"}


def test_cancelling_frees_the_slot(server):
    owner = new_user(server)
    venue = new_venue(owner)
    slot = check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": DATE, "time": CLOCK}), 201)
    first, second = meet(server, venue, DATE, CLOCK), meet(server, venue, DATE, CLOCK)
    check(confirm(first[0], first[2]), 200)
    check(first[1].post("/bookings/cancel", json={"booking_id": first[2]["id"]}), 200)
    assert slots_of(owner, venue["id"]) == [slot]
    assert check(confirm(second[0], second[2]), 200)["status"] == "confirmed"
    assert slots_of(owner, venue["id"]) == [{**slot, "available": False, "booked_by": second[2]["id"]}]


def test_cancelling_takes_an_implicit_slot_away(pair):
    pair.confirmed()
    assert len(slots_of(pair.alice, pair.v)) == 1
    check(pair.cancel(pair.alice), 200)
    assert slots_of(pair.alice, pair.v) == []


def test_cancelling_ends_the_chat(server):
    alice, bob, booking, _ = booked_couple(server, minutes=5)
    session, = check(alice.get("/chat/sessions"), 200)
    assert check(bob.get(f"/chat/sessions/{session['session_id']}"), 200)["status"] == "active"
    check(alice.post("/bookings/cancel", json={"booking_id": booking["id"]}), 200)
    assert check(bob.get(f"/chat/sessions/{session['session_id']}"), 200)["status"] == "expired"


def test_a_cancelled_match_may_book_again(pair):
    pair.confirmed()
    check(pair.cancel(pair.alice), 200)
    again = check(pair.alice.post("/bookings/create", json={
        "match_id": pair.booking["match_id"], "user_1_id": pair.alice.number, "user_2_id": pair.bob.number}), 201)
    assert again["id"] != pair.id and again["status"] == "pending_venue_approval"
    agree_on_venue(pair.alice, pair.bob, again, pair.venue)
    agree_on_time(pair.alice, pair.bob, again, DATE, CLOCK)
    check(confirm(pair.bob, again), 200)


def test_ending_the_match_cancels_its_booking(server, pair):
    pair.confirmed()
    check(pair.bob.post(f"/matches/{pair.booking['match_id']}/end"), 200)
    booking = pair.get()
    assert booking["status"] == "cancelled" and booking["cancel_reason"]
    assert slots_of(pair.alice, pair.v) == []
    assert outbox(server, pair.id)[-1][0] == "booking.cancelled"


# ── Complete ──


def test_complete(server, pair):
    for stage in ("get", "with_venue", "with_time"):
        if stage != "with_time":
            getattr(pair, stage)()
            check(pair.complete(pair.alice), 409)
    pair = Pair(server)
    before = pair.confirmed().get()
    assert check(pair.complete(pair.bob), 200) == {**before, "status": "completed"}
    for act in pair.acts(pair.alice):
        check(act(), 409)
    match = check(pair.alice.get(f"/matches/{pair.booking['match_id']}"), 200)
    assert match["status"] == "ended"  # both are free again
    slot, = slots_of(pair.alice, pair.v)
    assert slot["booked_by"] == pair.id  # who sat there stays known
    for bad in ("99999999", "abc"):
        check(pair.alice.post(f"/bookings/complete/{bad}"), 404, NOT_FOUND)


def test_completing_early_is_for_development(server):
    alice, _, booking, _ = booked_couple(server, days=2)
    check(alice.post(f"/bookings/complete/{booking['id']}"), 200)


# ── The reference's numbers ──


def test_numbers_as_given_are_kept(make_server):
    server = make_server()  # its own: 123 and 456 are nobody's there
    alice, bob = new_user(server, gender="female"), new_user(server, gender="male")
    for user, number, gender, seeking in ((alice, 123, "female", "male"), (bob, 456, "male", "female")):
        check(user.post("/matches/preferences", json={
            "user_id": number, "gender": gender, "seeking_gender": seeking, "age_min": 18, "age_max": 99}), 201)
    match = check(alice.post("/matches/find", json={"user_id": 123}), 200)
    for user, number in ((alice, 123), (bob, 456)):
        check(user.post(f"/matches/approve?user_id={number}", json={"match_id": match["id"], "approved": True}), 200)

    sent = {"match_id": match["id"], "user_1_id": 456, "user_2_id": 123}
    booking = check(alice.post("/bookings/create", json=sent), 201)
    assert (booking["user_1_id"], booking["user_2_id"]) == (456, 123)
    b, venue = booking["id"], new_venue(alice)
    query = f"booking_id={b}&venue_id={venue['id']}"
    check(alice.post(f"/bookings/propose-venue?{query}&user_id=456"), 403,
          f"user_id 456 is not yours: yours is {alice.number}")
    reply = check(alice.post(f"/bookings/propose-venue?{query}&user_id=123"), 200)
    assert reply["user_2_proposed_venue_id"] == venue["id"]  # 123 is user_2 here
    check(bob.post(f"/bookings/approve-venue?user_id={bob.number}", json={"booking_id": b, "approved": True}),
          200)  # or one's own number
    assert check(bob.get(f"/bookings/{b}/other-proposal/456"), 200)["other_user_id"] == 123
    assert check(bob.get(f"/bookings/{b}/other-proposal/{bob.number}"), 200)["other_user_id"] == 123
    for spelling in (123, alice.number, alice.id):
        assert [x["id"] for x in check(alice.get(f"/bookings/user/{spelling}"), 200)] == [b]
    review = check(alice.post("/venues/reviews/", json={"venue_id": venue["id"], "user_id": 123, "rating": 5}), 201)
    assert review["user_id"] == 123
    # one person and venue, whatever number is used
    again = check(alice.post("/venues/reviews/", json={"venue_id": venue["id"], "user_id": alice.id, "rating": 4}), 200)
    assert again["rating"] == 4 and len(check(bob.get(f"/venues/{venue['id']}/reviews"), 200)) == 1


def test_own_numbers_in_create_when_the_match_shows_claimed_ones(server):
    alice, bob, match = couple(server)
    claimed = 70000000 + alice.number  # nobody's: the caller's from now on
    booking = check(alice.post("/bookings/create", json={
        "match_id": match["id"], "user_1_id": claimed, "user_2_id": bob.number}), 201)
    assert (booking["user_1_id"], booking["user_2_id"]) == (claimed, bob.number)
    assert check(alice.get(f"/bookings/user/{claimed}"), 200) == [booking]


# ── The outbox ──


def test_outbox_tells_every_step_once(server, pair):
    pair.with_venue()
    check(pair.propose_time(pair.alice), 200)
    check(pair.reject_time(pair.bob), 200)
    check(pair.approve_time(pair.bob), 409)
    check(pair.propose_time(pair.alice), 200)
    check(pair.propose_time(pair.alice), 200)  # nothing new, nothing told
    check(pair.propose_time(pair.bob), 200)
    check(pair.confirm(pair.alice), 200)
    check(pair.confirm(pair.bob), 200)
    check(pair.complete(pair.alice), 200)
    told = outbox(server, pair.id)
    assert [name for name, _ in told] == [
        "booking." + what for what in ("created", "venue_proposed", "venue_approved", "time_proposed", "time_rejected",
                                       "time_proposed", "time_approved", "confirmed", "completed")]
    last = told[-1][1]
    assert last == {"booking_id": pair.id, "match_id": pair.booking["match_id"], "person_1": pair.alice.number,
                    "person_2": pair.bob.number, "venue_id": pair.v, "status": "completed"}


def test_outbox_tells_of_lost_slots_and_cancellations(server):
    venue = new_venue(new_user(server))
    first, second = meet(server, venue, DATE, CLOCK), meet(server, venue, DATE, CLOCK)
    check(confirm(first[0], first[2]), 200)
    check(confirm(second[0], second[2]), 409)
    check(first[0].post("/bookings/cancel", json={"booking_id": first[2]["id"]}), 200)
    assert outbox(server, second[2]["id"])[-1][0] == "booking.slot_lost"
    assert outbox(server, first[2]["id"])[-1][0] == "booking.cancelled"


# ── Admins ──


def test_admins_readings_are_audited(server, pair):
    boss = admin(server)
    check(boss.get(f"/bookings/{pair.id}"), 200)
    check(boss.get(f"/bookings/user/{pair.alice.number}"), 200)
    check(boss.post("/venues/", json={"name": "n", "address": "a", "city": "c", "capacity": 1, "price_per_hour": 1}),
          201)  # a later write: what was queued before it is stored
    acts = set(stored(server, "SELECT action, target FROM audit WHERE actor_number = ?", boss.number))
    assert {("booking.read", f"booking {pair.id}"), ("booking.list", f"user {pair.alice.number}")} <= acts


# ── Production ──


def test_production_is_stricter(make_server):
    server = make_server(profile="production")
    alice, bob, booking, venue = new_booking(server)
    boss, b = venue_owner(server), booking["id"]
    agree_on_venue(alice, bob, booking, venue)

    date, time, _ = utc(days=1)
    past_date, past_time, _ = utc(minutes=-5)
    path = f"/bookings/propose-time?booking_id={b}"
    check(alice.post(f"{path}&date={date}&time={time}"), 409, "Time slot is not available")  # it has no slots
    check(alice.post(f"{path}&date={past_date}&time={past_time}"), 400, "The date and time are in the past")
    slot = check(boss.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": date, "time": time}), 201)
    assert [s["id"] for s in check(alice.get(f"/bookings/available-times/{venue['id']}"), 200)] == [slot["id"]]
    agree_on_time(alice, bob, booking, date, time)
    check(confirm(alice, booking), 200)
    check(bob.post(f"/bookings/complete/{b}"), 409, "A booking cannot be completed before its time")

    someone = new_user(server)
    check(someone.post(f"/bookings/propose-venue?booking_id={b}&venue_id={venue['id']}&user_id=123"), 403,
          f"user_id 123 is not yours: yours is {someone.number}")
    check(bob.post("/bookings/cancel", json={"booking_id": b}), 200)
    assert check(alice.get(f"/bookings/available-times/{venue['id']}?date={date}"), 200)[0]["id"] == slot["id"]
