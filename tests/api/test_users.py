"""Profiles, who sees what of them, what may be changed, and preferences (reference 1.4, 1.5, 1.8, 1.9; contract §1, §4)."""

import pytest

import store
from helpers import (PASSWORD, admin, anonymous, approve, check, couple, everywhere, log_in, new_user,
                     pending_couple, png, unique, until)

PROFILE_KEYS = ["id", "user_number", "name", "email", "phone", "gender", "dob", "bio", "profile_photo", "verified",
                "kyc_level", "registration_status"]
LIMITED_KEYS = ["id", "user_number", "name", "age", "bio", "verified"]
NOBODY = "00000001-0000-8000-8000-000000000000"


def me(user):
    return check(user.get(f"/users/{user.id}"), 200)


def change(user, **fields):
    return user.put(f"/users/{user.id}", json=fields)


def fields_of(reply):
    return [e["field"] for e in check(reply, 422)["errors"]]


def edit_store(server, sql, *args):
    """Change the database of a stopped server."""
    server.stop()
    store.query(server, sql, *args)
    server.restart()


# ── Texts ──


@pytest.mark.parametrize("field,text,message", [
    ("bio", "x" * 2001, "must have at most 2000 characters"),
    ("bio", "a\x01b", "must not have control characters but line breaks and tabs"),
    ("name", "x" * 101, "must have at most 100 characters"),
    ("name", "Bob\u202egnp", "must be one line without control characters"),
    ("name", "Bob\u2066", "must be one line without control characters"),
    ("name", "Bob\x85Smith", "must be one line without control characters"),
])
def test_texts_that_are_refused(server, field, text, message):
    user = new_user(server)
    assert check(change(user, **{field: text}), 422)["errors"] == [{"field": field, "message": message}]


def test_a_bio_may_have_lines(server):
    user = new_user(server)
    assert check(change(user, bio="one\r\n\ttwo"), 200)["bio"] == "one\r\n\ttwo"


# ── Reading ──


def test_ones_own_profile(server):
    user = new_user(server, name="Jane Smith", phone="+1234567891", gender="female", dob="1992-03-20", bio="Coffee")
    profile = me(user)
    assert list(profile) == PROFILE_KEYS
    assert profile == {
        "id": user.id, "user_number": user.number, "name": "Jane Smith", "email": user.email, "phone": "+1234567891",
        "gender": "female", "dob": "1992-03-20", "bio": "Coffee", "profile_photo": None, "verified": False,
        "kyc_level": "basic", "registration_status": "approved"}


def test_either_spelling_and_a_trailing_slash(server):
    user = new_user(server)
    for path in (f"/users/{user.id}", f"/users/{user.id.upper()}", f"/users/{user.number}", f"/users/{user.id}/"):
        assert check(user.get(path), 200)["id"] == user.id


def test_who_sees_what(server):
    alice, bob, match = pending_couple(server)
    stranger, root = new_user(server), admin(server)
    check(alice.post(f"/users/{alice.id}/photos", files={"file": ("me.png", png(), "image/png")}), 201)

    full = me(alice)
    assert check(root.get(f"/users/{alice.id}"), 200) == full
    assert check(root.get(f"/users/{alice.number}"), 200) == full
    for path in (f"/users/{alice.id}", f"/users/{alice.number}"):
        check(stranger.get(path), 403, "You may not see this profile")
        check(anonymous(server).get(path), 401, "Missing or invalid authorization header")

    limited = check(bob.get(f"/users/{alice.id}"), 200)  # pending
    assert list(limited) == LIMITED_KEYS
    assert limited["name"] == alice.name and limited["user_number"] == alice.number and limited["verified"] is False
    assert isinstance(limited["age"], int) and 29 <= limited["age"] <= 120

    approve(alice, match["id"])
    approve(bob, match["id"])
    matched = check(bob.get(f"/users/{alice.number}"), 200)
    assert list(matched) == LIMITED_KEYS + ["photos"]
    assert matched["photos"] == [full["profile_photo"]]
    assert check(alice.get(f"/users/{bob.id}"), 200)["photos"] == []
    text = str(limited) + str(matched)
    for secret in (full["email"], full["phone"], full["dob"]):
        assert secret not in text

    check(alice.post(f"/matches/{match['id']}/end"), 200)
    check(bob.get(f"/users/{alice.id}"), 403)


def test_a_rejected_match_shows_nothing(server):
    alice, bob, match = pending_couple(server)
    check(alice.get(f"/users/{bob.id}"), 200)
    approve(alice, match["id"], approved=False)
    check(alice.get(f"/users/{bob.id}"), 403)
    check(bob.get(f"/users/{alice.id}"), 403)


def test_unknown_people(server):
    user = new_user(server)
    altered = user.id[:-1] + ("0" if user.id[-1] != "0" else "1")  # one's own number, another UUID
    for uuid in (NOBODY, altered, "550e8400-e29b-41d4-a716-446655440000", "ffffffff-ffff-4fff-bfff-ffffffffffff"):
        check(user.get(f"/users/{uuid}"), 404, "User not found")
    for number in (99_999_999, 88_888_888):
        check(user.get(f"/users/{number}"), 403)
    for neither in ("abc", "0", "-1", "1.5", "100000000", "99999999999999999999", user.id + "0", "%00", "'%20OR%201=1"):
        reply = user.get(f"/users/{neither}")
        assert reply.status_code == 404, neither


# ── Changing ──


def test_the_references_change(server):
    user = new_user(server)
    before = me(user)
    body = check(change(user, name="Jane Doe", bio="Updated bio"), 200)
    assert body == {**before, "name": "Jane Doe", "bio": "Updated bio"}
    assert me(user) == body


def test_every_field_that_changes(server):
    user = new_user(server)
    email = unique("New") + "@example.com"
    body = check(change(user, name=" N ", phone="+4912345678", gender="male", dob="1980-02-29", bio="b", email=email,
                        password=user.password), 200)
    assert (body["name"], body["phone"], body["gender"], body["dob"], body["bio"], body["email"]) == (
        "N", "+4912345678", "male", "1980-02-29", "b", email.lower())


def test_empty_null_and_absent_leave_a_field_alone(server):
    user = new_user(server, bio="Mine")
    before = me(user)
    for value in ("", None):
        body = check(change(user, name=value, email=value, phone=value, gender=value, bio=value, profile_photo=value), 200)
        assert body == before
    assert check(change(user, dob="", password=""), 200) == before
    assert check(change(user), 200) == before


def test_a_whole_profile_sent_back_is_refused_only_for_what_is_not_its_owners(server):
    user = new_user(server)
    whole = me(user)
    assert sorted(fields_of(change(user, **whole))) == ["id", "kyc_level", "registration_status", "user_number", "verified"]
    mine = {k: v for k, v in whole.items() if k not in ("id", "kyc_level", "registration_status", "user_number", "verified")}
    assert check(change(user, **mine), 200) == whole  # an unchanged e-mail takes no password


@pytest.mark.parametrize("field", ["id", "user_number", "verified", "kyc_level", "role", "password_hash", "nonsense"])
def test_other_fields_are_refused(server, field):
    user = new_user(server)
    assert fields_of(change(user, **{field: 1})) == [field]


@pytest.mark.parametrize("field,value", [
    ("name", "x" * 101), ("name", "a\tb"), ("email", "nobody"), ("phone", "123"), ("gender", "any"),
    ("gender", "x" * 33), ("dob", "2020-01-01"), ("dob", "x"), ("dob", "1899-12-31"), ("bio", "x" * 2001),
    ("profile_photo", "/uploads/photo123.jpg"), ("profile_photo", "https://example.com/x.jpg"),
    ("profile_photo", "/uploads/9f1c8b6e-0000-4000-8000-000000000000.jpg"), ("name", 5),
])
def test_wrong_values(server, field, value):
    user = new_user(server)
    before = me(user)
    assert fields_of(change(user, **{field: value})) == [field]
    assert me(user) == before


def test_a_new_email_takes_the_password_and_signs_in(server):
    user, other = new_user(server), new_user(server)
    email = unique("fresh") + "@example.com"
    body = check(change(user, email=email), 422)
    assert body["errors"] == [{"field": "password", "message": "is required to change the e-mail"}]
    check(change(user, email=email, password="wrong-One-3"), 401, "Wrong password")
    check(change(user, email=other.email.upper(), password=PASSWORD), 409, "An account with this e-mail already exists")
    check(change(user, email=email, password=PASSWORD), 200)

    # the token stays good and says nothing old
    assert check(user.post("/auth/verify-token"), 200)["email"] == email
    check(anonymous(server).post("/auth/login", json={"email": user.email, "password": PASSWORD}), 401)
    assert log_in(server, email, PASSWORD).id == user.id
    assert new_user(server, email=user.email).id != user.id  # the old address is free


def test_only_ones_own(server):
    user, other, root = new_user(server), new_user(server), admin(server)
    check(user.put(f"/users/{other.number}", json={"name": "X"}), 403,
          f"user_id {other.number} is not yours: yours is {user.number}")
    check(user.put(f"/users/{other.id}", json={"name": "X"}), 403, f"user_id {other.id} is not yours: yours is {user.id}")
    check(user.put(f"/users/{NOBODY}", json={"name": "X"}), 404, "User not found")
    check(user.put("/users/abc", json={"name": "X"}), 404)
    check(root.put(f"/users/{other.id}", json={"name": "X"}), 403)  # admins never act for somebody
    check(anonymous(server).put(f"/users/{other.id}", json={"name": "X"}), 401)
    assert me(other)["name"] == other.name


def test_once_verified_gender_and_dob_stay(make_server):
    server = make_server()
    user = new_user(server, gender="female", dob="1990-01-15")
    edit_store(server, "UPDATE users SET verified = 1, kyc_level = 'face' WHERE number = ?", user.number)
    profile = me(user)
    assert profile["verified"] is True and profile["kyc_level"] == "face"
    why = "Gender and date of birth stay once you are verified"
    check(change(user, gender="male"), 409, why)
    check(change(user, dob="1990-01-16", name="Not kept"), 409, why)
    assert me(user) == profile
    check(change(user, gender="FEMALE", dob="1990-01-15", name="Kept"), 200)
    assert me(user)["gender"] == "female"
    assert me(user)["name"] == "Kept"


# ── Numbers nobody owns (contract §1, §2) ──


def test_a_number_used_as_ones_own_becomes_ones_own(make_server):
    server = make_server()
    user, other = new_user(server), new_user(server)
    check(user.get("/users/123"), 403)  # reading claims nothing
    check(user.put("/users/123", json={"bio": "mine"}), 200)
    assert check(user.get("/users/123"), 200)["user_number"] == user.number
    check(other.put("/users/123", json={"bio": "mine"}), 403, f"user_id 123 is not yours: yours is {other.number}")
    check(other.get("/users/123"), 403)
    check(user.put("/users/3/preferences", json={"age_min": 20}), 200)
    assert new_user(server).number == 4  # the sequence skips 3
    server.restart()
    check(user.get("/users/123"), 200)


def test_what_fails_claims_nothing(make_server):
    server = make_server()
    user, other = new_user(server), new_user(server)
    check(user.put("/users/456", json={"bio": 5}), 422)
    check(user.put("/users/456", json={"email": "new@example.com", "password": "wrong-password"}), 401)
    check(user.put("/users/456", json={"email": other.email, "password": PASSWORD}), 409)
    check(user.put("/users/456", data=b"{", headers={"Content-Type": "application/json"}), 400)
    check(user.post("/users/456/photos", files={"file": ("me.png", b"none", "image/png")}), 415)
    check(user.post("/users/456/photos", files={"picture": ("me.png", png(), "image/png")}), 422)
    check(user.post("/faceauth/verify/456", files={"image": ("me.png", b"none", "image/png")}), 415)
    check(other.post("/users/456/photos", files={"file": ("me.png", png(), "image/png")}), 201)
    check(user.put("/users/456", json={"bio": "x"}), 403, f"user_id 456 is not yours: yours is {user.number}")


def test_at_most_eight_of_them(make_server):
    server = make_server()
    user = new_user(server)
    for number in range(500, 508):
        check(user.put(f"/users/{number}/preferences", json={}), 200)
    check(user.put("/users/508/preferences", json={}), 403, f"user_id 508 is not yours: yours is {user.number}")


def test_production_gives_no_numbers_away(make_server):
    server = make_server(profile="production")
    user = new_user(server)
    check(user.put("/users/123", json={"bio": "mine"}), 403, f"user_id 123 is not yours: yours is {user.number}")


# ── Preferences ──

NULLS = {"age_min": None, "age_max": None, "gender_preference": None, "interests": None, "location_preference": None}
REFERENCE = {"age_min": 25, "age_max": 35, "gender_preference": "male", "interests": ["hiking", "movies", "cooking"],
             "location_preference": "New York"}


def prefer(user, **fields):
    return user.put(f"/users/{user.id}/preferences", json=fields)


def test_preferences_before_and_after(server):
    user = new_user(server)
    assert check(user.get(f"/users/{user.id}/preferences"), 200) == NULLS
    assert check(prefer(user, **REFERENCE), 200) == REFERENCE
    assert check(user.get(f"/users/{user.number}/preferences"), 200) == REFERENCE
    assert list(check(user.get(f"/users/{user.id}/preferences"), 200)) == list(REFERENCE)


def test_preferences_are_partial(server):
    user = new_user(server)
    assert check(prefer(user, age_min=30), 200) == {**NULLS, "age_min": 30}
    assert check(prefer(user, interests=["a", "b"]), 200) == {**NULLS, "age_min": 30, "interests": ["a", "b"]}
    assert check(prefer(user, age_min=None, location_preference=" Paris ", something="else"), 200) == {
        **NULLS, "age_min": 30, "interests": ["a", "b"], "location_preference": "Paris"}
    assert check(prefer(user), 200)["location_preference"] == "Paris"
    cleared = check(prefer(user, interests=[], location_preference="", gender_preference="any"), 200)
    assert cleared == {**NULLS, "age_min": 30, "interests": [], "gender_preference": "any"}
    assert check(prefer(user, age_min="25"), 200)["age_min"] == 25


@pytest.mark.parametrize("field,value", [
    ("age_min", 17), ("age_min", 121), ("age_min", "x"), ("age_min", 20.5), ("age_max", 17), ("age_max", 121),
    ("gender_preference", "x" * 33), ("interests", "hiking"), ("interests", [1]), ("interests", ["x" * 65]),
    ("interests", ["x"] * 51), ("location_preference", "x" * 101), ("location_preference", "a\nb"),
])
def test_wrong_preferences(server, field, value):
    user = new_user(server)
    assert fields_of(prefer(user, **{field: value})) == [field]
    assert check(user.get(f"/users/{user.id}/preferences"), 200) == NULLS


def test_age_bounds_do_not_cross(server):
    user = new_user(server)
    body = check(prefer(user, age_min=40, age_max=30), 422)
    assert body["errors"] == [{"field": "age_min", "message": "must not be above age_max"}]
    check(prefer(user, age_min=30, age_max=30), 200)
    assert fields_of(prefer(user, age_min=31)) == ["age_min"]
    assert fields_of(prefer(user, age_max=29)) == ["age_min"]
    assert check(user.get(f"/users/{user.id}/preferences"), 200) == {**NULLS, "age_min": 30, "age_max": 30}


def test_a_user_id_in_the_body_must_be_ones_own(server):
    alice, bob = new_user(server), new_user(server)
    for mine in (alice.id, alice.number, str(alice.number)):
        check(prefer(alice, user_id=mine, age_min=20), 200)
    check(prefer(alice, user_id=bob.id, age_min=30), 403, f"user_id {bob.id} is not yours: yours is {alice.id}")
    check(prefer(alice, user_id=bob.number, age_min=30), 403,
          f"user_id {bob.number} is not yours: yours is {alice.number}")
    assert [e["field"] for e in check(prefer(alice, user_id="me"), 422)["errors"]] == ["user_id"]
    assert check(alice.get(f"/users/{alice.id}/preferences"), 200) == {**NULLS, "age_min": 20}


def test_interests_are_tidied(server):
    user = new_user(server)
    stands = check(prefer(user, interests=["  Hiking ", "", "hiking", "  ", "tea", "TEA"]), 200)
    assert stands["interests"] == ["Hiking", "tea"]
    assert check(prefer(user, age_min=25.0), 200)["age_min"] == 25
    assert check(prefer(user, interests=[" "]), 200)["interests"] == []


def test_preferences_are_ones_own(server):
    alice, bob, _ = couple(server)
    root = admin(server)
    check(prefer(alice, **REFERENCE), 200)
    assert check(root.get(f"/users/{alice.id}/preferences"), 200) == REFERENCE
    check(root.put(f"/users/{alice.id}/preferences", json={"age_min": 20}), 403)
    for reply in (bob.get(f"/users/{alice.id}/preferences"), bob.put(f"/users/{alice.id}/preferences", json={})):
        check(reply, 403, f"user_id {alice.id} is not yours: yours is {bob.id}")
    check(bob.get(f"/users/{NOBODY}/preferences"), 404, "User not found")
    check(anonymous(server).get(f"/users/{alice.id}/preferences"), 401)
    check(anonymous(server).put(f"/users/{alice.id}/preferences", json={}), 401)


# ── What matching is told (contract §4) ──


def two_who_could_match(server, **bob_fields):
    alice, bob = new_user(server, dob="1995-05-10"), new_user(server, **bob_fields)
    hers, his = unique("a"), unique("b")
    for user, gender, seeking in ((alice, hers, his), (bob, his, hers)):
        check(user.post("/matches/preferences", json={
            "user_id": user.number, "gender": gender, "seeking_gender": seeking, "age_min": 18, "age_max": 45,
            "interests": "tea", "bio": ""}), 201)
    return alice, bob


def find(user):
    return check(user.post("/matches/find", json={"user_id": user.number}), 200)["status"]


def test_a_corrected_dob_reaches_matching(server):
    alice, bob = two_who_could_match(server, dob="1950-01-01")
    assert find(alice) == "waiting"
    check(change(bob, dob="1994-01-01"), 200)
    assert find(bob) == "pending"


def test_the_location_preference_is_matchings_city(server):
    alice, bob = two_who_could_match(server, dob="1994-01-01")
    check(prefer(alice, location_preference="Paris"), 200)
    check(prefer(bob, location_preference="Rome"), 200)
    assert find(alice) == "waiting" and find(bob) == "waiting"
    check(prefer(bob, location_preference="  PARIS "), 200)
    assert find(bob) == "pending"


def test_without_a_location_preference_any_city_will_do(server):
    alice, bob = two_who_could_match(server, dob="1994-01-01")
    check(prefer(alice, location_preference="Paris"), 200)
    check(prefer(bob, location_preference="Rome"), 200)
    assert find(alice) == "waiting"
    check(prefer(bob, location_preference=""), 200)
    assert find(bob) == "pending"


# ── For admins ──


def test_an_admin_finds_an_account_by_email(server):
    user, root = new_user(server), admin(server)
    found = check(root.get("/admin/users", params={"email": user.email.upper()}), 200)
    assert len(found) == 1 and list(found[0]) == PROFILE_KEYS + ["role", "created_at"]
    assert found[0]["id"] == user.id and found[0]["role"] == "user"
    mine = check(root.get("/admin/users", params={"email": root.email}), 200)[0]
    assert mine["role"] == "admin" and mine["dob"] is None and mine["phone"] is None
    assert check(root.get("/admin/users", params={"email": unique("x") + "@example.com"}), 200) == []
    check(user.get("/admin/users", params={"email": user.email}), 403)
    check(anonymous(server).get("/admin/users", params={"email": user.email}), 401)


def pages(client, path, **params):
    """All items of a list, and how many pages they took."""
    items, n = [], 0
    while path:
        reply = client.get(path, params=params)
        items += check(reply, 200)
        n, params = n + 1, {}
        path = reply.links["next"]["url"] if "next" in reply.links else None
    return items, n


def test_admins_list_accounts_newest_first_in_pages(make_server):
    server = make_server()
    root = admin(server)
    users = [new_user(server) for _ in range(4)]
    accounts, n = pages(root, "/admin/users", limit=2)
    assert [a["id"] for a in accounts] == [u.id for u in reversed(users)] + [root.id] and n == 3
    assert list(accounts[0]) == PROFILE_KEYS + ["role", "created_at"]
    assert check(root.get("/admin/users", params={"email": ""}), 200) == accounts
    assert fields_of(root.get("/admin/users", params={"limit": 0})) == ["limit"]
    check(users[0].get("/admin/users"), 403)


def test_admins_read_the_audit_trail_newest_first_in_pages(make_server):
    server = make_server()
    root, user = admin(server), new_user(server)
    for _ in range(3):
        check(root.get(f"/users/{user.id}"), 200)

    def actions():
        return [e["action"] for e in pages(root, "/admin/audit", limit=2)[0]]

    until(lambda: actions().count("user.read") == 3)  # what is read is written soon after
    entries, _ = pages(root, "/admin/audit", limit=2)
    assert [e["id"] for e in entries] == sorted((e["id"] for e in entries), reverse=True)
    assert list(entries[0]) == ["id", "at", "actor_number", "action", "target", "request_id"]
    reads = [e for e in entries if e["action"] == "user.read"]
    assert {(e["actor_number"], e["target"]) for e in reads} == {(root.number, f"user {user.number}")} and len(reads) == 3
    assert entries[-1]["action"] == "admin.create" or entries[-1]["actor_number"] == 0
    until(lambda: "audit.read" in actions())  # this reading is on record too
    check(user.get("/admin/audit"), 403)
    check(anonymous(server).get("/admin/audit"), 401)


def test_what_admins_read_is_on_record(make_server):
    server = make_server()
    user, root = new_user(server), admin(server)
    check(root.get(f"/users/{user.id}", headers={"X-Request-ID": "the-read"}), 200)
    check(root.get(f"/users/{root.id}"), 200)
    check(root.get(f"/users/{user.id}/preferences"), 200)
    check(root.get("/admin/users", params={"email": user.email}), 200)
    server.stop()
    rows = store.query(server, "SELECT actor_number, action, target, request_id FROM audit ORDER BY at_us, id")
    target = f"user {user.number}"
    mine = [r for r in rows if r[0] == root.number]
    assert [r[1:3] for r in mine] == [("user.read", target), ("user.preferences.read", target), ("user.find", target)]
    assert mine[0][3] == "the-read"


def test_promoting_takes_effect_with_the_next_login(server):
    from helpers import run_command
    user = new_user(server)
    settings = {**server.settings, "data_dir": server.data_dir, "port_base": server.port_base}
    result = run_command("admin", "create", "--email", user.email, "--name", "Ignored", "--role", "admin",
                         settings=settings, input="never-Used-Here-5\n")
    assert result.returncode == 0, result.stderr
    assert "had an account, which is now admin (name and password stay as they were)" in result.stdout
    acts = store.query(server, "SELECT actor_number, action, request_id FROM audit WHERE target = ? ORDER BY id",
                       f"user {user.number}")
    revoked = store.query(server, "SELECT every, spare FROM revoked_tokens WHERE number = ?", user.number)
    assert acts == [(0, "user.set_role", "command line")] and revoked == [(1, 0)]
    everywhere(lambda: check(user.post("/auth/verify-token"), 401))  # within 1 s, but for slow machines
    again = log_in(server, user.email, user.password)  # the password stays
    assert me(again)["name"] == user.name
    check(again.get("/admin/users", params={"email": user.email}), 200)
