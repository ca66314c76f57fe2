"""Preferences, matches and their decisions (reference §2, contract §6): every endpoint, field, status and text. The queue
and the sweep are in test_matching_queue.py, races in test_matching_races.py."""
import re

import pytest
import requests

from helpers import admin, anonymous, approve, check, couple, new_user, opt_in, pending_couple, unique

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
PREFERENCES = ["id", "user_id", "gender", "seeking_gender", "age_min", "age_max", "interests", "bio", "created_at"]
MATCH = ["id", "user_1_id", "user_2_id", "status", "user_1_approved", "user_2_approved", "matched_at", "created_at",
         "compatibility"]
NO_PREFERENCES = "Matching preferences not found"
NOT_IN_MATCH = "User not part of this match"
NO_MATCH = "Match not found"
ALREADY = "User already has a pending or active match"
GONE = 99999999


def wishes(user, **fields):
    return {"user_id": user.number, "gender": "female", "seeking_gender": "male", "age_min": 25, "age_max": 35,
            "interests": "hiking, reading, music", "bio": "Looking for someone adventurous", **fields}


def find(user, status=200, detail=None):
    return check(user.post("/matches/find", json={"user_id": user.number}), status, detail)


def people(server, *fields):
    """People for whom nobody else on this server is a candidate: each (gender, seeking, wishes) by letters."""
    word = unique("g")
    made = []
    for gender, seeking, account, wish in fields:
        user = new_user(server, **account)
        opt_in(user, f"{word}-{gender}", f"{word}-{seeking}" if seeking != "any" else "any", **wish)
        made.append(user)
    return made


def wrong_fields(response):
    return [e["field"] for e in check(response, 422)["errors"]]


# ── Preferences ──


def test_preferences_new_and_replaced(server):
    user = new_user(server)
    made = check(user.post("/matches/preferences", json=wishes(user)), 201)
    assert list(made) == PREFERENCES
    assert made == wishes(user, id=made["id"], created_at=made["created_at"])
    assert isinstance(made["id"], int) and TIME.fullmatch(made["created_at"])
    assert check(user.get(f"/matches/preferences/{user.number}"), 200) == made

    again = check(user.post("/matches/preferences", json=wishes(user, age_min=30, interests=None, bio=None)), 200)
    assert again == {**made, "age_min": 30, "interests": None, "bio": None}
    assert check(user.get(f"/matches/preferences/{user.id}"), 200) == again


@pytest.mark.parametrize("spelling", ["number", "text", "uuid", "absent"])
def test_preferences_user_id_in_every_spelling(server, spelling):
    user = new_user(server)
    named = {"number": user.number, "text": str(user.number), "uuid": user.id, "absent": None}[spelling]
    made = check(user.post("/matches/preferences", json=wishes(user, user_id=named)), 201)
    assert made["user_id"] == user.number


def test_preferences_partly_changed(server):
    user = new_user(server)
    path = f"/matches/preferences/{user.number}"
    check(user.put(path, json={"age_min": 20}), 404, NO_PREFERENCES)
    check(user.get(path), 404, NO_PREFERENCES)
    made = check(user.post("/matches/preferences", json=wishes(user)), 201)
    for change in ({"age_min": 20}, {"age_max": 50}, {"gender": "Other"}, {"seeking_gender": "Any"}, {"bio": ""},
                   {"interests": "tea"}, {"age_min": "21", "age_max": "22"}):
        made |= {k: int(v) if k.startswith("age") else v for k, v in change.items()}
        assert check(user.put(path, json=change), 200) == made
    assert check(user.put(path, json={}), 200) == made
    assert check(user.put(path, json={"user_id": user.id, "unknown": 1}), 200) == made


@pytest.mark.parametrize("change,field", [
    ({"gender": None}, "gender"), ({"gender": ""}, "gender"), ({"gender": "  "}, "gender"),
    ({"gender": "x" * 33}, "gender"), ({"gender": " Any "}, "gender"), ({"gender": 5}, "gender"),
    ({"seeking_gender": None}, "seeking_gender"), ({"seeking_gender": "x" * 33}, "seeking_gender"),
    ({"age_min": None}, "age_min"), ({"age_min": 17}, "age_min"), ({"age_min": "x"}, "age_min"),
    ({"age_min": 25.5}, "age_min"), ({"age_min": 36}, "age_min"), ({"age_max": None}, "age_max"),
    ({"age_max": 121}, "age_max"), ({"interests": "x" * 2001}, "interests"), ({"interests": ["a"]}, "interests"),
    ({"bio": "x" * 2001}, "bio"), ({"user_id": "somebody"}, "user_id"), ({"user_id": 0}, "user_id"),
])
def test_preferences_with_a_wrong_field(server, change, field):
    user = new_user(server)
    assert wrong_fields(user.post("/matches/preferences", json=wishes(user, **change))) == [field]
    check(user.get(f"/matches/preferences/{user.number}"), 404, NO_PREFERENCES)


def test_preferences_changed_wrongly_stay(server):
    user = new_user(server)
    made = check(user.post("/matches/preferences", json=wishes(user)), 201)
    path = f"/matches/preferences/{user.number}"
    for change, field in (({"age_min": 36}, "age_min"), ({"age_max": 24}, "age_min"), ({"gender": "any"}, "gender"),
                          ({"gender": ""}, "gender"), ({"age_max": 17}, "age_max")):
        assert wrong_fields(user.put(path, json=change)) == [field], change
    assert wrong_fields(user.post("/matches/preferences", json={})) == ["gender", "seeking_gender", "age_min", "age_max"]
    assert check(user.get(path), 200) == made


def test_whose_preferences(server):
    user, other, boss = new_user(server), new_user(server), admin(server)
    made = check(user.post("/matches/preferences", json=wishes(user)), 201)
    path = f"/matches/preferences/{user.number}"
    theirs = f"user_id {user.number} is not yours: yours is {other.number}"
    check(other.get(path), 403, theirs)
    check(other.put(path, json={"age_min": 20}), 403, theirs)
    check(other.post("/matches/preferences", json=wishes(user)), 403, theirs)
    check(other.get(f"/matches/preferences/{user.id}"), 403)
    check(boss.put(path, json={"age_min": 20}), 403)
    check(boss.post("/matches/preferences", json=wishes(user)), 403)
    assert check(boss.get(path), 200) == made
    check(user.put(path, json={"user_id": other.number, "age_min": 20}), 403)
    assert check(user.get(path), 200) == made
    check(user.get("/matches/preferences/nobody"), 404)


def test_an_account_without_a_birthday_cannot_opt_in(server):
    boss = admin(server)
    check(boss.post("/matches/preferences", json=wishes(boss)), 409, "Your account has no date of birth")


def test_without_a_token(server):
    nobody = anonymous(server)
    for method, path in (("POST", "/matches/preferences"), ("GET", "/matches/preferences/1"),
                         ("PUT", "/matches/preferences/1"), ("POST", "/matches/find"), ("POST", "/matches/approve"),
                         ("GET", "/matches/user/1"), ("GET", "/matches/1"), ("POST", "/matches/1/end"),
                         ("GET", "/matches/queue/status/1"), ("GET", "/matches/queue/available/male"),
                         ("DELETE", "/matches/queue/1")):
        check(nobody.request(method, path), 401, "Missing or invalid authorization header")


# ── The reference's own numbers ──


def test_the_references_numbers(make_server):
    """123 and 456 become the numbers of whoever uses them (contract §2), and replies show people by them."""
    server = make_server()
    alice, bob = new_user(server, gender="female"), new_user(server, gender="male")
    ask = {"user_id": 123, "gender": "female", "seeking_gender": "male", "age_min": 25, "age_max": 35,
           "interests": "hiking, reading, music", "bio": "Looking for someone adventurous"}
    assert check(alice.post("/matches/preferences", json=ask), 201)["user_id"] == 123
    check(bob.post("/matches/preferences", json=ask), 403, f"user_id 123 is not yours: yours is {bob.number}")
    check(bob.post("/matches/preferences", json={**ask, "user_id": 456, "gender": "male", "seeking_gender": "female"}), 201)
    assert check(alice.get("/matches/preferences/123"), 200)["user_id"] == 123

    made = check(alice.post("/matches/find", json={"user_id": 123}), 200)
    assert (made["user_1_id"], made["user_2_id"], made["status"]) == (123, 456, "pending")
    for user, number in ((alice, 123), (bob, 456)):
        made = check(user.post(f"/matches/approve?user_id={number}", json={"match_id": made["id"], "approved": True}), 200)
    assert (made["status"], made["user_1_id"], made["user_2_id"]) == ("matched", 123, 456)
    assert check(alice.get("/matches/user/123"), 200) == [made]
    assert check(bob.get("/matches/user/456"), 200) == [made]
    assert check(bob.get(f"/matches/user/{bob.number}"), 200) == [made]
    check(bob.get("/matches/user/123"), 403)


def test_production_gives_no_numbers_away(make_server):
    server = make_server(profile="production")
    user = new_user(server)
    check(user.post("/matches/preferences", json=wishes(user, user_id=123)), 403,
          f"user_id 123 is not yours: yours is {user.number}")


# ── Find ──


def test_find_makes_a_pending_match(server):
    alice, bob = people(server, ("a", "b", {}, {}), ("b", "a", {}, {}))
    made = find(alice)
    assert list(made) == MATCH
    assert made == {"id": made["id"], "user_1_id": alice.number, "user_2_id": bob.number, "status": "pending",
                    "user_1_approved": False, "user_2_approved": False, "matched_at": None,
                    "created_at": made["created_at"], "compatibility": made["compatibility"]}
    assert made["id"] > 0 and TIME.fullmatch(made["created_at"]) and 0 < made["compatibility"] < 1
    for user in (alice, bob):  # again, and from the other side: the same match
        assert find(user) == made
        assert check(user.get(f"/matches/{made['id']}"), 200) == made
        assert check(user.get(f"/matches/user/{user.id}"), 200) == [made]


def test_find_without_anybody(server):
    alice, = people(server, ("a", "b", {}, {}))
    made = find(alice)
    assert list(made) == MATCH
    assert made == {"id": -1, "user_1_id": alice.number, "user_2_id": None, "status": "waiting",
                    "user_1_approved": False, "user_2_approved": False, "matched_at": None,
                    "created_at": made["created_at"], "compatibility": None}
    assert find(alice) == made
    assert check(alice.get(f"/matches/user/{alice.number}"), 200) == []


def test_find_refusals(server):
    alice, bob, made = couple(server)
    find(alice, 400, ALREADY)
    find(bob, 400, ALREADY)
    nobody = new_user(server)
    find(nobody, 404, NO_PREFERENCES)
    check(nobody.post("/matches/find", json={"user_id": alice.number}), 403,
          f"user_id {alice.number} is not yours: yours is {nobody.number}")
    assert wrong_fields(nobody.post("/matches/find", json={"user_id": "x"})) == ["user_id"]
    check(nobody.post("/matches/find", data="{", headers={"Content-Type": "application/json"}), 400)
    check(nobody.post("/matches/find", data="a=b", headers={"Content-Type": "text/plain"}), 415)
    check(nobody.post("/matches/find", json=[]), 400)


def test_find_without_a_body(server):
    alice, bob = people(server, ("a", "b", {}, {}), ("b", "a", {}, {}))
    made = check(alice.post("/matches/find"), 200)
    assert (made["user_1_id"], made["user_2_id"]) == (alice.number, bob.number)
    assert check(bob.post("/matches/find", json={"user_id": bob.id}), 200) == made


@pytest.mark.parametrize("hers,his,fit", [
    (("a", "b", {}, {}), ("b", "a", {}, {}), True),
    (("a", "any", {}, {}), ("b", "a", {}, {}), True),
    (("a", "b", {}, {}), ("b", "any", {}, {}), True),
    (("a", "b", {}, {}), ("b", "c", {}, {}), False),
    (("a", "c", {}, {}), ("b", "a", {}, {}), False),
    (("a", "a", {}, {}), ("a", "a", {}, {}), True),
    # by date of birth, both ways, bounds stretching by two years and no more
    (("a", "b", {"dob": "1960-01-01"}, {}), ("b", "a", {"dob": "1990-01-01"}, {"age_max": 60}), False),
    (("a", "b", {"dob": "1960-01-01"}, {}), ("b", "a", {"dob": "1990-01-01"}, {"age_max": 80}), True),
    (("a", "b", {"dob": "1960-01-01"}, {"age_min": 60}), ("b", "a", {"dob": "1990-01-01"}, {"age_max": 80}), False),
])
def test_who_fits(server, hers, his, fit):
    alice, bob = people(server, hers, his)
    made = find(alice)
    assert (made["status"], made["user_2_id"]) == (("pending", bob.number) if fit else ("waiting", None))


def born(years, days=0):
    from datetime import date, timedelta
    day = date.today() - timedelta(days=days)
    return (day.replace(year=day.year - years) if (day.month, day.day) != (2, 29) else
            day.replace(year=day.year - years, day=28)).isoformat()


@pytest.mark.parametrize("age,bound,fit", [
    (35, {"age_max": 35}, True), (37, {"age_max": 35}, True), (38, {"age_max": 35}, False),
    (25, {"age_min": 27}, True), (24, {"age_min": 27}, False), (18, {"age_min": 20}, True),
])
def test_bounds_stretch_when_nobody_fits(server, age, bound, fit):
    alice, bob = people(server, ("a", "b", {}, bound), ("b", "a", {"dob": born(age, days=30)}, {}))
    assert find(alice)["status"] == ("pending" if fit else "waiting")


def test_who_fits_strictly_comes_before_who_fits_by_stretching(server):
    alice, near, far = people(server, ("a", "b", {}, {"age_max": 35, "interests": "x"}),
                              ("b", "a", {"dob": born(35, days=30)}, {"interests": "y"}),
                              ("b", "a", {"dob": born(36, days=30)}, {"interests": "x"}))
    assert find(alice)["user_2_id"] == near.number


def test_strict_bounds_by_setting(make_server):
    server = make_server(matching_age_stretch_years=0)
    alice, bob = people(server, ("a", "b", {}, {"age_max": 35}), ("b", "a", {"dob": born(36, days=30)}, {}))
    assert find(alice)["status"] == "waiting"
    check(alice.put(f"/matches/preferences/{alice.number}", json={"age_max": 36}), 200)
    assert find(alice)["user_2_id"] == bob.number


@pytest.mark.parametrize("hers,his,fit", [
    ("Paris", "Paris", True), ("Paris", "  paRIS ", True), ("Straße", "STRASSE", True), ("Paris", "London", False),
    ("Paris", None, True), (None, "Paris", True), (None, None, True),
])
def test_the_same_city_where_both_have_set_one(server, hers, his, fit):
    word = unique("g")
    alice, bob = new_user(server), new_user(server)
    for user, city, gender, seeking in ((alice, hers, "a", "b"), (bob, his, "b", "a")):
        if city and user is alice:  # before opting in, and after
            check(user.put(f"/users/{user.id}/preferences", json={"location_preference": city}), 200)
        opt_in(user, word + gender, word + seeking)
        if city and user is bob:
            check(user.put(f"/users/{user.id}/preferences", json={"location_preference": city}), 200)
    assert find(alice)["status"] == ("pending" if fit else "waiting")


def test_a_new_date_of_birth_counts(server):
    alice, bob = people(server, ("a", "b", {}, {"age_max": 40}), ("b", "a", {"dob": "1960-01-01"}, {}))
    assert find(alice)["status"] == "waiting"
    check(bob.put(f"/users/{bob.id}", json={"dob": "1995-01-01"}), 200)
    assert find(alice)["user_2_id"] == bob.number


def test_gender_is_compared_folded(server):
    word = unique("Straße")
    alice, bob = new_user(server), new_user(server)
    opt_in(alice, word + "A", word + "B")
    opt_in(bob, word.upper().replace("ß", "SS") + " B ".strip().lower(), word.lower() + "a")
    assert find(alice)["user_2_id"] == bob.number


def test_matchings_gender_counts_not_the_profiles(server):
    word = unique("g")
    alice, bob = new_user(server, gender="female"), new_user(server, gender="female")
    opt_in(alice, word + "a", word + "b")
    opt_in(bob, word + "b", word + "a")
    assert find(alice)["user_2_id"] == bob.number


def test_shared_interests_decide_and_rarer_ones_count_more(server):
    rare, common = unique("rare"), unique("common")
    some = [("b", "a", {}, {"interests": common}) for _ in range(4)]
    alice, *others, one = people(server, ("a", "b", {}, {"interests": f"{rare}, {common.upper()} ,, "}), *some,
                                 ("b", "a", {}, {"interests": f"x,  {rare.upper()}"}))
    made = find(alice)
    assert made["user_2_id"] == one.number
    approve(alice, made["id"], approved=False)
    again = find(alice)
    assert again["user_2_id"] == others[0].number  # equals: the lower number
    assert again["compatibility"] < made["compatibility"]


def test_the_better_age_decides_between_equals(server):
    alice, edge, middle = people(server, ("a", "b", {"dob": born(30, 9)}, {"age_min": 20, "age_max": 40}),
                                 ("b", "a", {"dob": born(39, 9)}, {}), ("b", "a", {"dob": born(30, 9)}, {}))
    assert find(alice)["user_2_id"] == middle.number


# ── Approve and reject ──


def test_both_approve(server):
    alice, bob, made = pending_couple(server)
    once = approve(bob, made["id"])
    second = made["user_1_id"] == alice.number
    assert once == {**made, "user_2_approved": second, "user_1_approved": not second}
    assert approve(bob, made["id"]) == once  # twice is once
    both = approve(alice, made["id"])
    assert both == {**made, "status": "matched", "user_1_approved": True, "user_2_approved": True,
                    "matched_at": both["matched_at"]}
    assert TIME.fullmatch(both["matched_at"]) and list(both) == MATCH
    for user in (alice, bob):
        assert approve(user, made["id"]) == both
        assert check(user.get(f"/matches/{made['id']}"), 200) == both
        check(user.post(f"/matches/approve?user_id={user.number}", json={"match_id": made["id"], "approved": False}),
              409, "Match is already approved by both; end it instead")


@pytest.mark.parametrize("first_approves", [False, True])
def test_a_rejection_frees_both_and_is_remembered(server, first_approves):
    alice, bob, made = pending_couple(server)
    if first_approves:
        approve(alice, made["id"])
    rejected = approve(bob, made["id"], approved=False)
    one = made["user_1_id"] == alice.number
    assert rejected == {**made, "status": "rejected", "user_1_approved": one and first_approves,
                        "user_2_approved": not one and first_approves}
    for user in (alice, bob):
        for yes in (True, False):
            check(user.post("/matches/approve", json={"match_id": made["id"], "approved": yes}), 409,
                  "Match was rejected")
        assert find(user)["status"] == "waiting"  # free, but never offered this one again


def test_withdrawing_an_approval_is_a_rejection(server):
    alice, _, made = pending_couple(server)
    approve(alice, made["id"])
    rejected = approve(alice, made["id"], approved=False)
    assert rejected == {**made, "status": "rejected"}


def test_approve_refusals(server):
    alice, bob, made = pending_couple(server)
    stranger, boss = new_user(server), admin(server)
    body = {"match_id": made["id"], "approved": True}
    for user in (stranger, boss):
        check(user.post(f"/matches/approve?user_id={user.number}", json=body), 403, NOT_IN_MATCH)
        check(user.post(f"/matches/approve?user_id={alice.number}", json=body), 403,
              f"user_id {alice.number} is not yours: yours is {user.number}")
    check(alice.post(f"/matches/approve?user_id={bob.number}", json=body), 403)
    for named in (bob.number, bob.id):
        check(alice.post("/matches/approve", json={**body, "user_id": named}), 403)
    check(alice.post(f"/matches/approve?user_id={alice.number}", json={**body, "user_id": bob.number}), 403,
          f"user_id {bob.number} is not yours: yours is {alice.number}")
    check(alice.post("/matches/approve", json={**body, "match_id": GONE}), 404, NO_MATCH)
    check(alice.post("/matches/approve", json={**body, "match_id": -1}), 404, NO_MATCH)
    assert wrong_fields(alice.post("/matches/approve", json={})) == ["match_id", "approved"]
    assert wrong_fields(alice.post("/matches/approve", json={**body, "approved": "perhaps"})) == ["approved"]
    assert wrong_fields(alice.post("/matches/approve?user_id=x", json=body)) == ["user_id"]
    assert check(bob.get(f"/matches/{made['id']}"), 200) == made
    assert approve(alice, str(made["id"]))["status"] == "pending"  # a number as text


def test_approve_with_a_uuid_or_nothing_as_the_user(server):
    alice, bob, made = pending_couple(server)
    check(alice.post(f"/matches/approve?user_id={alice.id}", json={"match_id": made["id"], "approved": True}), 200)
    assert check(bob.post("/matches/approve", json={"match_id": made["id"], "approved": True}), 200)["status"] == "matched"


# ── Reading ──


def test_only_the_two_and_admins_see_a_match(server):
    alice, bob, made = pending_couple(server)
    stranger, boss = new_user(server), admin(server)
    path = f"/matches/{made['id']}"
    check(stranger.get(path), 403, NOT_IN_MATCH)
    check(stranger.get(f"/matches/user/{alice.number}"), 403,
          f"user_id {alice.number} is not yours: yours is {stranger.number}")
    assert check(boss.get(path), 200) == made
    assert check(boss.get(f"/matches/user/{alice.number}"), 200) == [made]
    assert check(bob.get(path + "/"), 200) == made
    for nothing in (GONE, 0, -1, "x", "45x", "9" * 30):
        check(alice.get(f"/matches/{nothing}"), 404, NO_MATCH)
    check(alice.get("/matches/user/nobody"), 404)
    check(boss.get(f"/matches/user/{GONE}"), 404)


def test_matches_are_listed_newest_first_and_paged(server):
    count = 5
    alice, *_ = people(server, ("a", "b", {}, {}), *[("b", "a", {}, {})] * count)
    made = []
    for _ in range(count):
        made.append(approve(alice, find(alice)["id"], approved=False))
    newest_first = made[::-1]
    path = f"/matches/user/{alice.number}"
    assert check(alice.get(path), 200) == newest_first
    assert "Link" not in alice.get(path).headers

    got, link = [], path + "?limit=2"
    while link:
        response = alice.get(link)
        page = check(response, 200)
        assert 1 <= len(page) <= 2
        got += page
        link = response.links["next"]["url"] if "Link" in response.headers else None
    assert got == newest_first
    for query in ("limit=0", "limit=1001", "limit=x", "cursor=x"):
        assert wrong_fields(alice.get(f"{path}?{query}")) == [query.split("=")[0]]


# ── End ──


def test_ending_a_match_frees_both(server):
    alice, bob, made = couple(server)
    assert check(bob.post(f"/matches/{made['id']}/end"), 200) == {**made, "status": "ended"}
    assert check(alice.get(f"/matches/{made['id']}"), 200)["status"] == "ended"
    for user in (alice, bob):
        check(user.post(f"/matches/{made['id']}/end"), 409, "Match has ended")
        check(user.post("/matches/approve", json={"match_id": made["id"], "approved": True}), 409, "Match has ended")
        assert find(user)["status"] == "waiting"  # never matched with each other again


def test_end_refusals(server):
    alice, bob, made = pending_couple(server)
    stranger, boss = new_user(server), admin(server)
    path = f"/matches/{made['id']}/end"
    check(alice.post(path), 409, "Match is not approved by both yet; reject it instead")
    check(alice.post(path, json={"user_id": alice.id}), 409)
    for sent in ({"json": {"user_id": bob.number}}, {"params": {"user_id": bob.number}}):
        check(alice.post(path, **sent), 403, f"user_id {bob.number} is not yours: yours is {alice.number}")
    assert wrong_fields(alice.post(path, json={"user_id": "nobody"})) == ["user_id"]
    for user in (stranger, boss):
        check(user.post(path), 403, NOT_IN_MATCH)
    for nothing in (GONE, 0, "x"):
        check(alice.post(f"/matches/{nothing}/end"), 404, NO_MATCH)
    approve(bob, made["id"], approved=False)
    check(alice.post(path), 409, "Match was rejected")


def test_methods(server):
    user = new_user(server)
    for method, path, allow in (("DELETE", "/matches/find", "POST"), ("PUT", "/matches/1", "GET"),
                                ("GET", "/matches/1/end", "POST"), ("POST", "/matches/queue/1", "DELETE")):
        response = user.request(method, path)
        check(response, 405)
        assert allow in response.headers["Allow"]


def test_the_matching_port_answers_too(server):
    user = new_user(server)
    check(user.post(f"http://localhost:{server.port_base + 2}/matches/preferences", json=wishes(user)), 201)
    reply = requests.get(f"http://localhost:{server.port_base + 2}/health", timeout=10)
    assert (reply.status_code, reply.json()) == (200, {"status": "healthy"})
