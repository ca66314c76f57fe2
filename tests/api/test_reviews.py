"""Reviews and the ratings that follow from them (reference 4.12–4.14, contract §7)."""
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from helpers import admin, check, new_user, new_venue
from venue_helpers import fields_of, follow, stored

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
REVIEW_KEYS = ["id", "venue_id", "user_id", "rating", "comment", "created_at"]


@pytest.fixture
def owner(server):
    return new_user(server)


@pytest.fixture
def venue(owner):
    return new_venue(owner)


def test_review(server, venue):
    guest = new_user(server)
    review = check(guest.post("/venues/reviews/", json={
        "venue_id": venue["id"], "user_id": guest.number, "rating": 5, "comment": "Amazing ambiance and great food!"}),
        201)
    assert list(review) == REVIEW_KEYS
    assert {k: review[k] for k in REVIEW_KEYS[1:5]} == {
        "venue_id": venue["id"], "user_id": guest.number, "rating": 5, "comment": "Amazing ambiance and great food!"}
    assert TIME.fullmatch(review["created_at"])
    assert check(guest.get(f"/venues/{venue['id']}/reviews"), 200) == [review]
    assert check(guest.get(f"/venues/{venue['id']}"), 200)["rating"] == 5.0


def test_review_user_id(server, venue):
    guest, other = new_user(server), new_user(server)
    v = venue["id"]
    for spelling in (guest.number, str(guest.number), guest.id, None):
        reply = guest.post("/venues/reviews/", json={"venue_id": v, "user_id": spelling, "rating": 3})
        assert check(reply, reply.status_code)["user_id"] == guest.number and reply.status_code in (200, 201)
    check(guest.post("/venues/reviews/", json={"venue_id": v, "user_id": other.number, "rating": 3}), 403,
          f"user_id {other.number} is not yours: yours is {guest.number}")
    check(admin(server).post("/venues/reviews/", json={"venue_id": v, "user_id": other.number, "rating": 3}), 403)
    assert len(check(guest.get(f"/venues/{v}/reviews"), 200)) == 1


def test_second_review_replaces_the_first(server, venue):
    guest, other = new_user(server), new_user(server)
    path = f"/venues/{venue['id']}"
    first = check(guest.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 1, "comment": "Loud"}), 201)
    check(other.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 4}), 201)
    second = check(guest.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 5}), 200)
    assert second["comment"] is None and second["rating"] == 5
    listed = check(guest.get(path + "/reviews"), 200)
    assert [(r["user_id"], r["rating"]) for r in listed] == [(guest.number, 5), (other.number, 4)]  # newest first
    assert check(guest.get(path), 200)["rating"] == 4.5
    check(guest.delete(f"/venues/reviews/{first['id']}"), 404 if first["id"] != second["id"] else 200)


@pytest.mark.parametrize("field,value", [
    ("rating", 0), ("rating", 6), ("rating", 4.5), ("rating", None), ("rating", "good"), ("venue_id", None),
    ("comment", "x" * 2001), ("comment", 5), ("user_id", "nobody"), ("user_id", -1)])
def test_review_wrong_field(server, venue, field, value):
    sent = {"venue_id": venue["id"], "rating": 5, field: value}
    assert fields_of(new_user(server).post("/venues/reviews/", json=sent)) == [field]


def test_review_refusals(server, venue):
    guest = new_user(server)
    check(guest.post("/venues/reviews/", json={"venue_id": 99999999, "rating": 5}), 404, "Venue not found")
    for bad in ("99999999", "abc"):
        check(guest.get(f"/venues/{bad}/reviews"), 404, "Venue not found")
        check(guest.delete(f"/venues/reviews/{bad}"), 404, "Review not found")


def test_delete_review(server, owner, venue):
    guest, path = new_user(server), f"/venues/{venue['id']}"
    review = check(guest.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 2}), 201)
    check(owner.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 5}), 201)
    check(owner.delete(f"/venues/reviews/{review['id']}"), 403, "Only its author or an admin may delete a review")
    assert check(owner.get(path), 200)["rating"] == 3.5
    assert list(check(guest.delete(f"/venues/reviews/{review['id']}"), 200)) == ["message"]
    assert check(owner.get(path), 200)["rating"] == 5.0
    check(guest.delete(f"/venues/reviews/{review['id']}"), 404, "Review not found")
    last, = check(owner.get(path + "/reviews"), 200)
    check(admin(server).delete(f"/venues/reviews/{last['id']}"), 200)
    assert check(owner.get(path), 200)["rating"] == 0.0


def test_review_pages(server, venue):
    guests = [new_user(server) for _ in range(5)]
    made = [check(g.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 3}), 201)["id"] for g in guests]
    items, pages = follow(guests[0], f"/venues/{venue['id']}/reviews?limit=2")
    assert [r["id"] for r in items] == made[::-1] and pages == 3


def test_rating_is_exact_under_concurrent_writes(server, venue):
    guests = [new_user(server) for _ in range(8)]
    path = f"/venues/{venue['id']}"

    def busy(n):
        for round_ in range(6):
            reply = guests[n].post("/venues/reviews/", json={"venue_id": venue["id"], "rating": (n + round_) % 5 + 1})
            review = check(reply, reply.status_code)
            assert reply.status_code in (200, 201)
            if (n + round_) % 3 == 0:
                check(guests[n].delete(f"/venues/reviews/{review['id']}"), 200)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(busy, range(8)))
    ratings = [r["rating"] for r in check(guests[0].get(path + "/reviews"), 200)]
    assert len(ratings) > 3
    assert check(guests[0].get(path), 200)["rating"] == sum(ratings) / len(ratings)
    stats = check(guests[0].get(path + "/stats"), 200)
    assert stats["total_reviews"] == len(ratings) and stats["average_rating"] == sum(ratings) / len(ratings)


def test_same_person_reviewing_at_once_counts_once(server, venue):
    guest = new_user(server)

    def send(rating):
        return guest.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": rating}).status_code

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(send, [1, 2, 3, 4, 5])) == [200, 200, 200, 200, 201]
    review, = check(guest.get(f"/venues/{venue['id']}/reviews"), 200)
    assert check(guest.get(f"/venues/{venue['id']}"), 200)["rating"] == float(review["rating"])


def test_outbox_tells_of_reviews(server, venue):
    guest = new_user(server)
    review = check(guest.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 5}), 201)
    told = stored(server, "SELECT json FROM outbox WHERE name = 'venue.reviewed' AND key = ?", venue["id"])
    assert [json.loads(text) for text, in told] == [{
        "venue_id": venue["id"], "review_id": review["id"], "person": guest.number, "rating": 5}]
