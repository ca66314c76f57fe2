"""Venues and their figures (reference 4.1–4.5, 4.15, contract §7), each endpoint with every status it has."""
import re

import pytest

from helpers import admin, anonymous, booked_couple, check, new_user, new_venue, unique, utc
from venue_helpers import NOT_YOURS, audit, fields_of, follow

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
VENUE_KEYS = ["id", "name", "address", "city", "description", "phone", "email", "rating", "capacity",
              "price_per_hour", "is_active", "created_at", "updated_at"]
ITEM_KEYS = ["id", "name", "address", "city", "rating", "price_per_hour", "is_active"]
STATS_KEYS = ["venue_id", "venue_name", "total_time_slots", "available_slots", "booked_slots", "average_rating",
              "total_reviews", "price_per_hour", "capacity"]
BODY = {"name": "The Cozy Corner", "address": "123 Main St", "city": "New York",
        "description": "Romantic restaurant with Italian cuisine", "phone": "+1234567890",
        "email": "info@cozycorner.com", "capacity": 50, "price_per_hour": 75.00}


@pytest.fixture
def owner(server):
    return new_user(server)


@pytest.fixture
def venue(owner):
    return new_venue(owner)


def test_create_venue(owner):
    venue = check(owner.post("/venues/", json=BODY), 201)
    assert list(venue) == VENUE_KEYS
    assert {k: venue[k] for k in BODY} == BODY
    assert venue["rating"] == 0.0 and venue["is_active"] is True
    assert TIME.fullmatch(venue["created_at"]) and venue["updated_at"] == venue["created_at"]
    assert check(owner.get(f"/venues/{venue['id']}"), 200) == venue


def test_reals_have_a_fraction(owner):
    reply = owner.post("/venues", json=BODY)
    assert '"rating":0.0' in reply.text.replace(" ", "") and '"price_per_hour":75.0' in reply.text.replace(" ", "")


def test_create_venue_with_least(owner):
    least = {k: BODY[k] for k in ("name", "address", "city")}
    venue = check(owner.post("/venues/", json={**least, "rating": 5, "owner": 1}), 201)
    assert venue["capacity"] is None and venue["price_per_hour"] is None
    assert venue["description"] is None and venue["phone"] is None and venue["email"] is None
    assert venue["rating"] == 0.0 and venue["is_active"] is True


@pytest.mark.parametrize("active", [False, True, None])
def test_create_venue_active_or_not(owner, active):
    venue = check(owner.post("/venues/", json={**BODY, "city": unique("Town"), "is_active": active}), 201)
    assert venue["is_active"] is (active is not False)
    assert check(owner.get(f"/venues/{venue['id']}"), 200) == venue
    listed = [v["id"] for v in check(owner.get("/venues/", params={"city": venue["city"]}), 200)]
    assert listed == ([] if active is False else [venue["id"]])


@pytest.mark.parametrize("empty", ["", "  "])
def test_create_venue_with_empty_texts(owner, empty):
    venue = check(owner.post("/venues/", json={**BODY, **dict.fromkeys(("description", "phone", "email"), empty)}), 201)
    assert (venue["description"], venue["phone"], venue["email"]) == (None, None, None)


@pytest.mark.parametrize("field,value", [
    ("is_active", "perhaps"), ("name", ""), ("name", "   "), ("name", None), ("name", 5), ("name", "x" * 201), ("address", ""), ("city", " "),
    ("capacity", 0), ("capacity", -1), ("capacity", 1.5), ("capacity", "many"),
    ("price_per_hour", -0.01), ("price_per_hour", "free"), ("email", "nobody"),
    ("phone", "call me"), ("description", "x" * 5001)])
def test_create_venue_wrong_field(owner, field, value):
    assert fields_of(owner.post("/venues/", json={**BODY, field: value})) == [field]


def test_create_venue_tells_all_wrong_fields(owner):
    assert sorted(fields_of(owner.post("/venues/", json={}))) == sorted(
        ["name", "address", "city"])


def test_create_venue_malformed(owner):
    check(owner.post("/venues/", data="{", headers={"Content-Type": "application/json"}), 400)
    check(owner.post("/venues/", data="<x/>", headers={"Content-Type": "text/xml"}), 415)


def test_digits_in_a_text_are_a_number(owner):
    assert check(owner.post("/venues/", json={**BODY, "capacity": "25"}), 201)["capacity"] == 25


def test_cities_are_those_with_active_venues_the_most_first(server, owner):
    town, other = unique("Town"), unique("Älpli")
    first, second, third = (new_venue(owner, city=city) for city in (town, f"  {town.upper()} ", other))
    new_venue(owner, city=unique("Nowhere"), is_active=False)

    def cities():
        listed = check(new_user(server).get("/venues/cities"), 200)
        assert [c["venues"] for c in listed] == sorted((c["venues"] for c in listed), reverse=True)
        assert not any(c["city"].startswith("Nowhere-") for c in listed)
        return {c["city"]: c["venues"] for c in listed if c["city"].strip().casefold() in (town.casefold(), other.casefold())}

    assert sorted(cities().values()) == [1, 2] and cities()[other] == 1
    check(owner.put(f"/venues/{first['id']}", json={"is_active": False}), 200)
    assert sorted(cities().values()) == [1, 1]
    check(owner.delete(f"/venues/{second['id']}"), 200)
    check(owner.put(f"/venues/{third['id']}", json={"city": town}), 200)
    assert cities() == {town: 1}


def test_cities_in_pages(server, owner):
    for _ in range(3):
        new_venue(owner, city=unique("Hamlet"))
    whole = check(owner.get("/venues/cities"), 200)
    got, link = [], f"/venues/cities?limit={len(whole) // 2}"
    while link:
        response = owner.get(link)
        got += check(response, 200)
        link = response.links["next"]["url"] if "Link" in response.headers else None
    names = {c["city"] for c in whole}
    assert [c["city"] for c in got if c["city"] in names] == [c["city"] for c in whole]
    assert len(check(owner.get("/venues/cities?limit=1"), 200)) == 1
    for bad in ("limit=0", "limit=1001", "limit=x", "cursor=x"):
        assert fields_of(owner.get(f"/venues/cities?{bad}")) == [bad.split("=")[0]]


def test_cities_need_a_token(server):
    check(anonymous(server).get("/venues/cities"), 401)


def test_update_venue(server, owner, venue):
    path = f"/venues/{venue['id']}"
    changed = check(owner.put(path, json={"name": "The Cozy Corner Bistro", "price_per_hour": 80.00,
                                          "is_active": True}), 200)
    assert {**venue, "name": "The Cozy Corner Bistro", "price_per_hour": 80.0,
            "updated_at": changed["updated_at"]} == changed
    assert check(new_user(server).get(path), 200) == changed
    assert check(owner.put(path, json={}), 200)["name"] == "The Cozy Corner Bistro"
    assert check(owner.put(path, json={"name": None, "id": 1, "rating": 5.0, "owner": 1}), 200) == {
        **changed, "updated_at": check(owner.get(path), 200)["updated_at"]}
    full = {"name": "N", "address": "A", "city": "C", "description": "", "phone": "", "email": "a@b.c", "capacity": 7,
            "price_per_hour": 0.5, "is_active": False}
    emptied = {"description": None, "phone": None}
    assert {k: check(owner.put(path, json=full), 200)[k] for k in full} == {**full, **emptied}


def test_update_venue_refusals(server, owner, venue):
    path = f"/venues/{venue['id']}"
    check(new_user(server).put(path, json={"name": "Mine"}), 403, NOT_YOURS)
    check(admin(server, "partner").put(path, json={"name": "Mine"}), 403, NOT_YOURS)
    check(owner.put("/venues/99999999", json={"name": "x"}), 404, "Venue not found")
    check(owner.put("/venues/abc", json={"name": "x"}), 404, "Venue not found")
    assert fields_of(owner.put(path, json={"capacity": 0, "name": ""})) == ["name", "capacity"]
    assert check(owner.get(path), 200) == venue


def test_admins_change_every_venue_and_it_is_audited(server, owner, venue):
    boss = admin(server)
    check(boss.put(f"/venues/{venue['id']}", json={"name": "Renamed"}), 200)
    slot = check(boss.post("/venues/timeslots", json={"venue_id": venue["id"], "date": "2099-01-01",
                                                      "time": "10:00"}), 201)
    check(boss.put(f"/venues/timeslots/{slot['id']}/mark-unavailable"), 200)
    check(boss.delete(f"/venues/timeslots/{slot['id']}"), 200)
    review = check(owner.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 1}), 201)
    check(boss.delete(f"/venues/reviews/{review['id']}"), 200)
    check(boss.delete(f"/venues/{venue['id']}"), 200)
    target = f"venue {venue['id']}"
    assert {(boss.number, "venue.update", target), (boss.number, "venue.delete", target),
            (boss.number, "slot.create", f"slot {slot['id']}"),
            (boss.number, "slot.mark-unavailable", f"slot {slot['id']}"),
            (boss.number, "slot.delete", f"slot {slot['id']}"),
            (boss.number, "review.delete", f"review {review['id']}")} <= audit(server)
    assert not [row for row in audit(server) if row[0] == owner.number]


def test_get_venue(server, venue):
    other = new_user(server)
    assert check(other.get(f"/venues/{venue['id']}"), 200) == venue
    assert check(other.get(f"/venues/{venue['id']}/"), 200) == venue
    for bad in ("99999999", "abc", "0", "-1", "1.5", "9" * 30):
        check(other.get(f"/venues/{bad}"), 404, "Venue not found")


def test_list_venues(server, owner):
    city = unique("New  York")
    here = [new_venue(owner, city=city) for _ in range(3)]
    elsewhere = new_venue(owner)
    listed = check(new_user(server).get("/venues/", params={"city": city}), 200)
    assert [list(v) for v in listed] == [ITEM_KEYS] * 3
    assert listed == [{k: v[k] for k in ITEM_KEYS} for v in here]  # by id
    everywhere, _ = follow(owner, "/venues?limit=1000")
    ids = [v["id"] for v in everywhere]
    assert ids == sorted(ids) and {elsewhere["id"], here[0]["id"]} <= set(ids)


def test_city_compares_trimmed_and_folded(owner):
    word = unique("Straße Ä").replace("-", " ")
    venue = new_venue(owner, city=f"  {word} ")
    assert venue["city"] == word
    for spelling in (word, word.upper(), word.lower(), f"  {word} ", word.replace(" ", "  "),
                     word.replace("ß", "ss"), word.replace("Ä", "A\u0308")):
        assert [v["id"] for v in check(owner.get("/venues/", params={"city": spelling}), 200)] == [venue["id"]], spelling
    encoded = word.replace("ß", "%C3%9F").replace("Ä", "%C3%84")
    for space in ("+", "%20"):
        found = check(owner.get("/venues/?city=" + encoded.replace(" ", space)), 200)
        assert [v["id"] for v in found] == [venue["id"]]
    assert check(owner.get("/venues/", params={"city": word[:-1]}), 200) == []
    check(owner.put(f"/venues/{venue['id']}", json={"city": word + " Ost"}), 200)
    assert check(owner.get("/venues/", params={"city": word}), 200) == []
    assert len(check(owner.get("/venues/", params={"city": word + " OST"}), 200)) == 1


def test_active_only(owner):
    city = unique("City")
    on, off = new_venue(owner, city=city), new_venue(owner, city=city)
    check(owner.put(f"/venues/{off['id']}", json={"is_active": False}), 200)

    def ids(query):
        return [v["id"] for v in check(owner.get(f"/venues/?city={city}{query}"), 200)]

    assert ids("") == ids("&active_only=true") == ids("&active_only=1") == ids("&active_only=") == [on["id"]]
    assert ids("&active_only=false") == ids("&active_only=0") == [on["id"], off["id"]]
    assert check(owner.get(f"/venues/{off['id']}"), 200)["is_active"] is False
    assert fields_of(owner.get("/venues/?active_only=maybe")) == ["active_only"]


def test_venue_pages(owner):
    city = unique("Paged City")
    made = [new_venue(owner, city=city)["id"] for _ in range(5)]
    reply = owner.get("/venues/", params={"city": city, "limit": 2})
    assert [v["id"] for v in check(reply, 200)] == made[:2]
    assert "city=" in reply.links["next"]["url"] and "limit=2" in reply.links["next"]["url"]
    items, pages = follow(owner, f"/venues/?limit=2&city={city.replace(' ', '+')}")
    assert [v["id"] for v in items] == made and pages == 3
    assert "next" not in owner.get("/venues/", params={"city": city, "limit": 5}).links
    for bad in ("limit=0", "limit=1001", "limit=x", "cursor=x"):
        assert fields_of(owner.get("/venues/?" + bad)) == [bad.split("=")[0]]


def test_delete_venue(server, owner, venue):
    path = f"/venues/{venue['id']}"
    slot = check(owner.post("/venues/timeslots/", json={
        "venue_id": venue["id"], "date": "2099-01-15", "time": "19:00"}), 201)
    check(owner.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 4}), 201)
    check(new_user(server).delete(path), 403, NOT_YOURS)
    body = check(owner.delete(path), 200)
    assert list(body) == ["message"] and body["message"]
    for call in (owner.get(path), owner.put(path, json={"name": "x"}), owner.delete(path), owner.get(path + "/stats"),
                 owner.get(path + "/timeslots"), owner.get(path + "/reviews"),
                 owner.post("/venues/timeslots/", json={"venue_id": venue["id"], "date": "2099-01-01", "time": "10:00"}),
                 owner.post("/venues/timeslots/bulk", json={"venue_id": venue["id"], "dates": ["2099-01-01"],
                                                            "times": ["10:00"]}),
                 owner.put(f"/venues/timeslots/{slot['id']}/mark-unavailable"),
                 owner.delete(f"/venues/timeslots/{slot['id']}"),
                 owner.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": 4}),
                 owner.get(f"/bookings/available-times/{venue['id']}")):
        check(call, 404, "Venue not found")
    for query in ("", "&active_only=false"):
        assert check(owner.get("/venues/", params={"city": venue["city"]}), 200) == []
    check(owner.delete("/venues/abc"), 404, "Venue not found")


def test_venues_need_a_token(server, venue):
    nobody, v = anonymous(server), venue["id"]
    for call in (nobody.post("/venues/", json=BODY), nobody.get("/venues/"), nobody.get(f"/venues/{v}"),
                 nobody.put(f"/venues/{v}", json={}), nobody.delete(f"/venues/{v}"), nobody.get(f"/venues/{v}/stats"),
                 nobody.post("/venues/timeslots/", json={}), nobody.post("/venues/timeslots/bulk", json={}),
                 nobody.get(f"/venues/{v}/timeslots"), nobody.delete("/venues/timeslots/1"),
                 nobody.put("/venues/timeslots/1/mark-available"), nobody.put("/venues/timeslots/1/mark-unavailable"),
                 nobody.post("/venues/reviews/", json={}), nobody.get(f"/venues/{v}/reviews"),
                 nobody.delete("/venues/reviews/1")):
        check(call, 401, "Missing or invalid authorization header")


def test_venue_methods(owner, venue):
    reply = owner.post(f"/venues/{venue['id']}", json={})
    check(reply, 405)
    assert {m.strip() for m in reply.headers["Allow"].split(",")} >= {"GET", "PUT", "DELETE"}


def test_production_venues(make_server):
    server = make_server(profile="production")
    someone, partner, boss = new_user(server), admin(server, "partner"), admin(server)
    check(someone.post("/venues/", json=BODY), 403, "Only partners and admins may create venues")
    theirs, ours = check(partner.post("/venues/", json=BODY), 201), check(boss.post("/venues/", json=BODY), 201)
    check(partner.put(f"/venues/{theirs['id']}", json={"name": "x"}), 200)
    check(partner.put(f"/venues/{ours['id']}", json={"name": "x"}), 403, NOT_YOURS)
    check(boss.put(f"/venues/{theirs['id']}", json={"name": "y"}), 200)
    assert (boss.number, "venue.create", f"venue {ours['id']}") in audit(server)

    date, time, _ = utc(minutes=-2)
    slot = {"venue_id": theirs["id"], "date": date, "time": time}
    check(partner.post("/venues/timeslots/", json=slot), 400, "The date and time are in the past")
    check(partner.post("/venues/timeslots/bulk", json={"venue_id": theirs["id"], "dates": ["2099-01-01", date],
                                                       "times": [time]}), 400, "The date and time are in the past")
    assert check(partner.get(f"/venues/{theirs['id']}/timeslots?available_only=false"), 200) == []
    check(partner.post("/venues/timeslots/", json={**slot, "date": "2099-01-01"}), 201)


def test_venue_creation_may_be_open_in_production(make_server):
    server = make_server(profile="production", venue_creation="open")
    check(new_user(server).post("/venues/", json=BODY), 201)


# ── Figures ──


def test_stats(server, owner):
    venue = new_venue(owner, capacity=50, price_per_hour=75.00)
    path = f"/venues/{venue['id']}"
    empty = check(owner.get(path + "/stats"), 200)
    assert list(empty) == STATS_KEYS
    assert empty == {"venue_id": venue["id"], "venue_name": venue["name"], "total_time_slots": 0, "available_slots": 0,
                     "booked_slots": 0, "average_rating": 0.0, "total_reviews": 0, "price_per_hour": 75.0,
                     "capacity": 50}
    slots = check(owner.post("/venues/timeslots/bulk", json={
        "venue_id": venue["id"], "dates": ["2099-01-01", "2099-01-02"], "times": ["18:00", "19:00"]}), 201)
    check(owner.put(f"/venues/timeslots/{slots[0]['id']}/mark-unavailable"), 200)
    for rating, guest in ((5, owner), (4, new_user(server)), (4, new_user(server))):
        check(guest.post("/venues/reviews/", json={"venue_id": venue["id"], "rating": rating}), 201)
    stats = check(new_user(server).get(path + "/stats"), 200)
    assert {k: stats[k] for k in STATS_KEYS[2:7]} == {
        "total_time_slots": 4, "available_slots": 3, "booked_slots": 0, "average_rating": 13 / 3, "total_reviews": 3}
    for bad in ("99999999", "abc"):
        check(owner.get(f"/venues/{bad}/stats"), 404, "Venue not found")


def test_stats_count_bookings(server):
    alice, _, booking, venue = booked_couple(server)
    stats = check(alice.get(f"/venues/{venue['id']}/stats"), 200)
    assert (stats["total_time_slots"], stats["available_slots"], stats["booked_slots"]) == (1, 0, 1)


@pytest.mark.parametrize("field,value,status", [
    ("name", "x\u202e", 422), ("name", "x\ny", 422), ("name", "\u200b", 422), ("name", "\u3164\u00ad", 422), ("name", "Caf\u00e9 \u2603", 201),
    ("city", "a\x07", 422), ("address", "1 Main St\nNew York", 201), ("address", "a\x1b[1m", 422), ("description", "a\x00b", 400),
    ("description", "two\nlines", 201), ("description", "a\x08", 422)])
def test_texts_are_what_people_write(server, field, value, status):
    sent = {"name": unique("Cafe"), "address": "1 Main St", "city": "Boston", field: value}
    reply = new_user(server).post("/venues/", json=sent)
    assert reply.status_code == status, reply.text
