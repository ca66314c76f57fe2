"""Time slots (reference 4.6–4.11, contract §7), each endpoint with every status it has."""
import re

import pytest

from helpers import admin, booked_couple, check, new_user, new_venue
from venue_helpers import NOT_YOURS, fields_of, follow

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
SLOT_KEYS = ["id", "venue_id", "date", "time", "available", "booked_by", "created_at"]


@pytest.fixture
def owner(server):
    return new_user(server)


@pytest.fixture
def venue(owner):
    return new_venue(owner)


def add_slot(owner, venue, date="2099-01-15", time="19:00"):
    return check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": date, "time": time}), 201)


def test_create_slot(owner, venue):
    slot = add_slot(owner, venue, "2026-01-15", "19:00")  # the reference's date, past or not
    assert list(slot) == SLOT_KEYS
    assert {k: slot[k] for k in SLOT_KEYS[1:6]} == {
        "venue_id": venue["id"], "date": "2026-01-15", "time": "19:00", "available": True, "booked_by": None}
    assert TIME.fullmatch(slot["created_at"])
    check(owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": "2026-01-15", "time": "19:00"}), 409,
          "Time slot already exists")
    assert add_slot(owner, venue, "2100-12-31", "00:00")["time"] == "00:00"


@pytest.mark.parametrize("field,value", [
    ("date", "2101-01-01"), ("date", "2026-02-30"), ("date", "15.01.2026"), ("date", ""), ("date", None), ("date", 5),
    ("time", "24:00"), ("time", "7pm"), ("time", ""), ("time", None), ("time", "19:60"), ("venue_id", None),
    ("venue_id", "five")])
def test_create_slot_wrong_field(owner, venue, field, value):
    sent = {"venue_id": venue["id"], "date": "2099-01-15", "time": "19:00", field: value}
    assert fields_of(owner.post("/venues/timeslots/", json=sent)) == [field]


def test_create_slot_refusals(server, owner, venue):
    slot = {"venue_id": venue["id"], "date": "2099-01-15", "time": "19:00"}
    check(new_user(server).post("/venues/timeslots/", json=slot), 403, NOT_YOURS)
    check(owner.post("/venues/timeslots/", json={**slot, "venue_id": 99999999}), 404, "Venue not found")


def test_bulk_slots(owner, venue):
    add_slot(owner, venue, "2026-01-16", "20:00")
    sent = {"venue_id": venue["id"], "dates": ["2026-01-17", "2026-01-15", "2026-01-16", "2026-01-15"],
            "times": ["21:00", "18:00", "19:00", "20:00", "18:00"]}
    made = check(owner.post("/venues/timeslots/bulk", json=sent), 201)
    wanted = [(d, t) for d in ("2026-01-15", "2026-01-16", "2026-01-17") for t in ("18:00", "19:00", "20:00", "21:00")
              if (d, t) != ("2026-01-16", "20:00")]
    assert [(s["date"], s["time"]) for s in made] == wanted
    assert [list(s) for s in made] == [SLOT_KEYS] * 11
    assert all(s["available"] is True and s["booked_by"] is None for s in made)
    assert check(owner.post("/venues/timeslots/bulk", json=sent), 201) == []
    stored = check(owner.get(f"/venues/{venue['id']}/timeslots"), 200)
    assert len(stored) == 12 and [s for s in stored if s in made] == made


@pytest.mark.parametrize("change,field", [
    ({"dates": []}, "dates"), ({"times": []}, "times"), ({"dates": ["2101-01-01"]}, "dates"),
    ({"dates": ["nonsense"]}, "dates"), ({"times": ["25:00"]}, "times"), ({"dates": None}, "dates"),
    ({"times": "18:00"}, "times"), ({"venue_id": None}, "venue_id"),
    ({"dates": [f"2030-{m:02}-{d:02}" for m in range(1, 13) for d in range(1, 29)],
      "times": ["10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]}, "dates")])  # 336 × 6 = 2,016
def test_bulk_wrong_field(owner, venue, change, field):
    sent = {"venue_id": venue["id"], "dates": ["2099-01-01"], "times": ["10:00"], **change}
    assert fields_of(owner.post("/venues/timeslots/bulk", json=sent)) == [field]
    assert check(owner.get(f"/venues/{venue['id']}/timeslots?available_only=false"), 200) == []


def test_bulk_says_what_is_too_many(owner, venue):
    sent = {"venue_id": venue["id"], "dates": [f"2030-01-{d:02}" for d in range(1, 30)],
            "times": [f"{h:02}:{m:02}" for h in range(24) for m in range(0, 60, 20)]}
    check(owner.post("/venues/timeslots/bulk", json=sent), 422, "dates must not make more than 2,000 slots together with times")


def test_bulk_takes_2000(owner, venue):
    sent = {"venue_id": venue["id"], "dates": [f"2030-{m:02}-{d:02}" for m in range(1, 11) for d in range(1, 26)],
            "times": [f"{h:02}:00" for h in range(8)]}
    assert len(check(owner.post("/venues/timeslots/bulk", json=sent), 201)) == 2000
    items, pages = follow(owner, f"/venues/{venue['id']}/timeslots")
    keys = [(s["date"], s["time"]) for s in items]
    assert len(keys) == 2000 and keys == sorted(set(keys)) and pages == 2


def test_bulk_refusals(server, owner, venue):
    sent = {"venue_id": venue["id"], "dates": ["2099-01-01"], "times": ["10:00"]}
    check(new_user(server).post("/venues/timeslots/bulk", json=sent), 403, NOT_YOURS)
    check(owner.post("/venues/timeslots/bulk", json={**sent, "venue_id": 99999999}), 404, "Venue not found")


def test_list_slots(server, owner, venue):
    path = f"/venues/{venue['id']}/timeslots"
    check(owner.post("/venues/timeslots/bulk", json={"venue_id": venue["id"], "dates": ["2099-02-02", "2099-02-01"],
                                                     "times": ["20:00", "18:00"]}), 201)
    everything = check(new_user(server).get(path), 200)
    assert [(s["date"], s["time"]) for s in everything] == [
        ("2099-02-01", "18:00"), ("2099-02-01", "20:00"), ("2099-02-02", "18:00"), ("2099-02-02", "20:00")]
    check(owner.put(f"/venues/timeslots/{everything[1]['id']}/mark-unavailable"), 200)
    assert check(owner.get(path + "?date=2099-02-01&available_only=true"), 200) == everything[:1]
    assert check(owner.get(path + "?date=2099-02-01"), 200) == everything[:1]
    both = check(owner.get(path + "?date=2099-02-01&available_only=false"), 200)
    assert [s["available"] for s in both] == [True, False]
    assert check(owner.get(path + "?date=2099-02-03"), 200) == []
    items, pages = follow(owner, path + "?limit=1&available_only=false")
    assert [s["id"] for s in items] == [s["id"] for s in everything] and pages == 4
    items, pages = follow(owner, path + "?limit=1&date=2099-02-02")
    assert [s["id"] for s in items] == [s["id"] for s in everything[2:]] and pages == 2
    assert fields_of(owner.get(path + "?date=nonsense")) == ["date"]
    check(owner.get("/venues/99999999/timeslots"), 404, "Venue not found")


def test_mark_slots(server, owner, venue):
    slot = add_slot(owner, venue)
    path = f"/venues/timeslots/{slot['id']}"
    off = {**slot, "available": False}
    assert check(owner.put(path + "/mark-unavailable"), 200) == off
    assert check(owner.put(path + "/mark-unavailable"), 200) == off
    assert check(owner.put(path + "/mark-available"), 200) == slot
    stranger = new_user(server)
    for what in ("mark-unavailable", "mark-available"):
        check(stranger.put(f"{path}/{what}"), 403, NOT_YOURS)
        for bad in ("99999999", "abc"):
            check(owner.put(f"/venues/timeslots/{bad}/{what}"), 404, "Time slot not found")


def test_delete_slot(server, owner, venue):
    slot = add_slot(owner, venue)
    path = f"/venues/timeslots/{slot['id']}"
    check(new_user(server).delete(path), 403, NOT_YOURS)
    assert list(check(owner.delete(path), 200)) == ["message"]
    check(owner.delete(path), 404, "Time slot not found")
    check(owner.delete("/venues/timeslots/abc"), 404, "Time slot not found")
    add_slot(owner, venue)  # the time is free for a new one


def test_booked_slots_stay(server):
    boss = admin(server)
    _, _, booking, venue = booked_couple(server)
    path = f"/venues/{venue['id']}"
    slot, = check(boss.get(path + "/timeslots?available_only=false"), 200)
    assert slot["booked_by"] == booking["id"] and slot["available"] is False
    check(boss.delete(f"/venues/timeslots/{slot['id']}"), 409, "Time slot is booked")
    check(boss.put(f"/venues/timeslots/{slot['id']}/mark-unavailable"), 409, "Time slot is booked")
    check(boss.put(f"/venues/timeslots/{slot['id']}/mark-available"), 409, "Time slot is booked")
    check(boss.delete(path), 409, "Venue has a confirmed booking ahead")
    assert check(boss.get(path), 200) == venue  # the refusal left nothing behind
    assert check(boss.get(path + "/timeslots?available_only=false"), 200) == [slot]
    check(boss.put(path, json={"is_active": False}), 200)  # taking it off the list is not deleting it


def test_what_is_over_holds_nothing(server):
    boss = admin(server)
    alice, _, booking, venue = booked_couple(server, days=-3)
    slot, = check(boss.get(f"/venues/{venue['id']}/timeslots?available_only=false"), 200)
    check(boss.put(f"/venues/timeslots/{slot['id']}/mark-available"), 409, "Time slot is booked")  # and stays so
    assert check(boss.put(f"/venues/timeslots/{slot['id']}/mark-unavailable"), 200) == slot
    check(boss.delete(f"/venues/{venue['id']}"), 200)
    assert check(alice.get(f"/bookings/{booking['id']}"), 200)["venue_id"] == venue["id"]  # history kept


@pytest.mark.parametrize("what", ["slot", "venue"])
def test_a_booking_completed_early_holds_nothing(server, what):
    boss = admin(server)
    alice, _, booking, venue = booked_couple(server, days=9)
    path = f"/venues/{venue['id']}"
    slot, = check(boss.get(path + "/timeslots?available_only=false"), 200)
    check(alice.post(f"/bookings/complete/{booking['id']}"), 200)
    assert check(boss.get(path + "/timeslots?available_only=false"), 200) == [slot]
    assert check(boss.get(path + "/stats"), 200)["booked_slots"] == 1
    check(boss.put(f"/venues/timeslots/{slot['id']}/mark-available"), 409, "Time slot is booked")
    check(boss.delete(f"/venues/timeslots/{slot['id']}" if what == "slot" else path), 200)
    assert check(alice.get(f"/bookings/{booking['id']}"), 200)["status"] == "completed"


def test_underway_is_ahead(server):
    boss = admin(server)
    _, _, _, venue = booked_couple(server, minutes=-90)
    check(boss.delete(f"/venues/{venue['id']}"), 409, "Venue has a confirmed booking ahead")
