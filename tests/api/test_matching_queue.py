"""The queue, what the sweep does for those in it, and matches that run out (reference 2.8–2.10, contract §6)."""
import time

import pytest

import store
from helpers import admin, approve, check, couple, new_user, opt_in, pending_couple, unique
from test_matching import TIME, find, people, wrong_fields

SWEPT = 5.0  # seconds (contract §6)
NOT_QUEUED = "User not in queue"


def status(user, reader=None):
    return check((reader or user).get(f"/matches/queue/status/{user.number}"), 200)


def available(user, gender):
    return check(user.get(f"/matches/queue/available/{gender}"), 200)


def seekers(server, word, count, gender="a", seeking="b"):
    """People who wait, in this order."""
    made = [new_user(server) for _ in range(count)]
    for user in made:
        opt_in(user, f"{word}{gender}", f"{word}{seeking}" if seeking != "any" else "any")
        assert find(user)["status"] == "waiting"
    return made


def live_match(user):
    """The user's newest match, while it is live."""
    matches = check(user.get(f"/matches/user/{user.number}"), 200)
    return matches[0] if matches and matches[0]["status"] in ("pending", "matched") else None


def within(seconds, what):
    """What `what()` gives, as soon as it gives something, and how long that took."""
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        got = what()
        if got:
            return got
        time.sleep(0.1)
    pytest.fail(f"nothing within {seconds} s")


# ── Status ──


def test_position_among_those_who_seek_the_same(server):
    word = unique("g")
    first, second, third = seekers(server, word, 3)
    other, = seekers(server, word, 1, gender="c", seeking="d")
    for place, user in enumerate((first, second, third)):
        got = status(user)
        assert list(got) == ["status", "position", "users_ahead", "waiting_since", "seeking_gender"]
        assert got == {"status": "waiting", "position": place + 1, "users_ahead": place,
                       "waiting_since": got["waiting_since"], "seeking_gender": word + "b"}
        assert TIME.fullmatch(got["waiting_since"]) and find(user)["created_at"] == got["waiting_since"]
        assert status(user) == got  # asking again keeps the place
    assert status(other)["position"] == 1
    check(first.delete(f"/matches/queue/{first.number}"), 200)
    assert [status(u)["position"] for u in (second, third)] == [1, 2]
    find(first)  # back, behind the others
    assert [status(u)["position"] for u in (second, third, first)] == [1, 2, 3]
    check(second.put(f"/matches/preferences/{second.number}", json={"seeking_gender": word + "d"}), 200)
    assert status(second)["seeking_gender"] == word + "d" and status(second)["position"] == 1
    assert [status(u)["position"] for u in (other, third, first)] == [2, 1, 2]


def test_not_in_the_queue(server):
    nobody = new_user(server)
    assert status(nobody) == {"status": "not_in_queue"}
    opt_in(nobody, unique("a"), unique("b"))
    assert status(nobody) == {"status": "not_in_queue"}
    alice, bob, _ = pending_couple(server)
    assert status(alice) == status(bob) == {"status": "not_in_queue"}


def test_whose_status(server):
    user, = seekers(server, unique("g"), 1)
    other, boss = new_user(server), admin(server)
    check(other.get(f"/matches/queue/status/{user.number}"), 403,
          f"user_id {user.number} is not yours: yours is {other.number}")
    assert status(user, boss) == status(user)
    assert check(user.get(f"/matches/queue/status/{user.id}"), 200) == status(user)
    check(user.get("/matches/queue/status/nobody"), 404)


# ── Leaving ──


def test_leaving(server):
    word = unique("g")
    user, = seekers(server, word, 1)
    path = f"/matches/queue/{user.number}"
    stranger, boss = new_user(server), admin(server)
    for other in (stranger, boss):
        check(other.delete(path), 403, f"user_id {user.number} is not yours: yours is {other.number}")
    assert check(user.delete(path), 200) == {"message": "Left the queue"}
    assert status(user) == {"status": "not_in_queue"}
    check(user.delete(path), 404, NOT_QUEUED)
    check(stranger.delete(f"/matches/queue/{stranger.number}"), 404, NOT_QUEUED)

    # who left is no candidate until the next find, not even after changing preferences
    check(user.put(f"/matches/preferences/{user.number}", json={"age_max": 90}), 200)
    partner = new_user(server)
    opt_in(partner, word + "b", word + "a")
    assert available(partner, word + "a")["available_matches"] == 0
    assert find(partner)["status"] == "waiting"
    made = find(user)
    assert (made["user_1_id"], made["user_2_id"]) == (user.number, partner.number)


# ── Availability ──


def test_availability(server):
    word = unique("g")
    user = new_user(server)
    gender = word + "b"
    zero = {"gender": gender, "available_matches": 0, "waiting_in_queue": 0, "imbalance_ratio": 0.0}
    assert available(user, gender) == zero
    assert list(available(user, gender)) == list(zero)

    seekers(server, word, 3, seeking="b")
    assert available(user, gender) == {**zero, "waiting_in_queue": 3, "imbalance_ratio": 3.0}
    assert available(user, gender.upper())["waiting_in_queue"] == 3
    free = [new_user(server) for _ in range(4)]
    for one in free:
        opt_in(one, gender, word + "nobody")
    assert available(user, gender) == {**zero, "available_matches": 4, "waiting_in_queue": 3, "imbalance_ratio": 0.75}
    check(free[0].put(f"/matches/preferences/{free[0].number}", json={"gender": word + "c"}), 200)
    assert available(user, gender)["available_matches"] == 3
    assert available(user, word + "c")["available_matches"] == 1
    assert available(user, word + "a")["available_matches"] == 3  # waiters are free


def test_availability_follows_matches(server):
    word = unique("g")
    alice, bob = new_user(server), new_user(server)
    opt_in(alice, word + "a", word + "b")
    opt_in(bob, word + "b", word + "a")
    assert available(alice, word + "b")["available_matches"] == 1
    made = find(alice)
    assert available(alice, word + "b")["available_matches"] == 0
    approve(bob, made["id"], approved=False)
    assert available(alice, word + "b")["available_matches"] == 1


def test_availability_of_odd_genders(server):
    user = new_user(server)
    assert available(user, "non%2Dbinary")["gender"] == "non-binary"
    assert available(user, "%C3%A9toile%20filante")["gender"] == "étoile filante"
    assert wrong_fields(user.get("/matches/queue/available/" + "x" * 33)) == ["gender"]
    whole = available(user, "any")
    assert whole["gender"] == "any" and whole["available_matches"] >= 0


def test_any_is_everybody(make_server):
    server = make_server()
    user = new_user(server)
    word = unique("g")
    seekers(server, word, 2, gender="a", seeking="b")
    seekers(server, word, 1, gender="c", seeking="d")
    one, = seekers(server, word, 1, gender="e", seeking="f")
    assert available(user, "any") == {"gender": "any", "available_matches": 4, "waiting_in_queue": 4,
                                      "imbalance_ratio": 1.0}
    # somebody who takes anybody stands in everybody's line, behind all who came before
    check(one.put(f"/matches/preferences/{one.number}", json={"seeking_gender": "ANY", "age_min": 99, "age_max": 100}), 200)
    assert status(one) == {**status(one), "position": 4, "seeking_gender": "ANY"}
    assert available(user, word + "b")["waiting_in_queue"] == 3
    late, = seekers(server, word, 1, gender="a", seeking="b")
    assert status(late)["position"] == 4  # two who seek the same, one who takes anybody


# ── The sweep ──


def test_a_newcomer_is_offered_to_the_longest_waiter(server):
    word = unique("g")
    first, second = seekers(server, word, 2)
    newcomer = new_user(server)
    opt_in(newcomer, word + "b", word + "a")
    made = within(SWEPT, lambda: live_match(first))
    assert (made["user_1_id"], made["user_2_id"], made["status"]) == (first.number, newcomer.number, "pending")
    assert 0 < made["compatibility"] < 1
    assert live_match(second) is None
    assert status(first) == {"status": "not_in_queue"} and status(second)["position"] == 1


def test_a_newcomers_own_find_comes_first(server):
    word = unique("g")
    first, _ = seekers(server, word, 2)
    newcomer = new_user(server)
    opt_in(newcomer, word + "b", word + "a")
    made = find(newcomer)
    assert (made["user_1_id"], made["user_2_id"]) == (newcomer.number, first.number)


def test_whoever_becomes_free_is_offered(server):
    word = unique("g")
    alice, bob = new_user(server), new_user(server)
    opt_in(alice, word + "a", word + "b")
    opt_in(bob, word + "b", word + "a")
    made = find(alice)
    waiter, = seekers(server, word, 1)
    approve(bob, made["id"], approved=False)
    made = within(SWEPT, lambda: live_match(waiter))
    assert (made["user_1_id"], made["user_2_id"]) == (waiter.number, bob.number)


@pytest.mark.parametrize("how", ["end", "city", "dob", "preferences", "own preferences"])
def test_whatever_makes_two_fit(server, how):
    word = unique("g")
    waiter, other = new_user(server), new_user(server)
    account = {"city": {"location_preference": unique("Town")}, "dob": {"dob": "1950-01-01"}}.get(how, {})
    wish = {"preferences": {"seeking_gender": word + "x"}, "own preferences": {}}.get(how, {})
    check(waiter.put(f"/users/{waiter.id}/preferences", json={"location_preference": "Paris"}), 200)
    if how == "city":
        check(other.put(f"/users/{other.id}/preferences", json=account), 200)
    if how == "dob":
        check(other.put(f"/users/{other.id}", json=account), 200)
    third = new_user(server)
    if how == "end":
        opt_in(third, word + "a", word + "b")
    opt_in(other, word + "b", **{"seeking": word + "a", **({"seeking": wish["seeking_gender"]} if wish else {})})
    if how == "end":
        made = find(third)
        approve(third, made["id"])
        approve(other, made["id"])
    opt_in(waiter, word + "a", word + ("y" if how == "own preferences" else "b"), age_max=60)
    assert find(waiter)["status"] == "waiting"
    time.sleep(2.6)  # nothing happens by itself
    assert live_match(waiter) is None

    if how == "end":
        check(other.post(f"/matches/{made['id']}/end"), 200)
    elif how == "city":
        check(other.put(f"/users/{other.id}/preferences", json={"location_preference": " PARIS"}), 200)
    elif how == "dob":
        check(other.put(f"/users/{other.id}", json={"dob": "1995-01-01"}), 200)
    elif how == "preferences":
        check(other.put(f"/matches/preferences/{other.number}", json={"seeking_gender": word + "a"}), 200)
    else:
        check(waiter.put(f"/matches/preferences/{waiter.number}", json={"seeking_gender": word + "b"}), 200)
    made = within(SWEPT, lambda: live_match(waiter))
    assert (made["user_1_id"], made["user_2_id"]) == (waiter.number, other.number)


def test_the_queue_survives_a_kill(make_server):
    server = make_server()
    word = unique("g")
    first, second = seekers(server, word, 2)
    before = status(second)
    newcomer = new_user(server)
    opt_in(newcomer, word + "b", word + "a")
    server.kill()
    server.restart()
    made = within(SWEPT + 2, lambda: live_match(first))
    assert made["user_2_id"] == newcomer.number
    assert status(second) == {**before, "position": 1, "users_ahead": 0}


# ── Time goes by ──


def with_the_store(server, *statements):
    """Stop the program, change its store, start it again."""
    server.stop()
    for sql in statements:
        store.query(server, sql)
    server.restart()


DAY_US = 86_400_000_000


def test_a_pending_match_expires(make_server):
    server = make_server(match_expiry_days=7)
    alice, bob, old = pending_couple(server)
    carol, dave, young = pending_couple(server)
    approve(bob, old["id"])
    _, _, matched = couple(server)
    with_the_store(server, f"UPDATE matches SET created_at = created_at - {7 * DAY_US} WHERE id IN ({old['id']}, {matched['id']})",
                   f"UPDATE matches SET created_at = created_at - {7 * DAY_US - 600_000_000} WHERE id = {young['id']}")
    within(SWEPT, lambda: check(alice.get(f"/matches/{old['id']}"), 200)["status"] == "expired")
    check(alice.post("/matches/approve", json={"match_id": old["id"], "approved": True}), 409, "Match has expired")
    check(bob.post(f"/matches/{old['id']}/end"), 409, "Match has expired")
    assert check(carol.get(f"/matches/{young['id']}"), 200)["status"] == "pending"
    assert [m["status"] for m in check(dave.get(f"/matches/user/{dave.number}"), 200)] == ["pending"]
    for user in (alice, bob):  # both are free again, but not for each other
        assert find(user)["status"] == "waiting"
    opt_in(new_user(server), *(check(alice.get(f"/matches/preferences/{alice.number}"), 200)[k]
                               for k in ("seeking_gender", "gender")))
    assert within(SWEPT, lambda: live_match(alice))["status"] == "pending"


def test_one_broken_match_does_not_stop_the_sweep(make_server):
    server = make_server(balanced=False, match_expiry_days=7)
    alice, _, broken = pending_couple(server)
    carol, _, old = pending_couple(server)
    trigger = f"CREATE TRIGGER broken BEFORE UPDATE ON matches WHEN OLD.id = {broken['id']} " \
              "BEGIN SELECT RAISE(ABORT, 'broken'); END"
    if store.POSTGRES:
        trigger = "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''broken''; END'; " \
                  "CREATE TRIGGER broken BEFORE UPDATE ON matches FOR EACH ROW " \
                  f"WHEN (OLD.id = {broken['id']}) EXECUTE FUNCTION broken()"
    with_the_store(server, f"UPDATE matches SET created_at = created_at - {8 * DAY_US}", trigger)
    within(SWEPT, lambda: check(carol.get(f"/matches/{old['id']}"), 200)["status"] == "expired")
    assert check(alice.get(f"/matches/{broken['id']}"), 200)["status"] == "pending"
    time.sleep(2.5)
    assert server.log_text().count("matching.skipped") == 1
    word = unique("w")
    dora, = seekers(server, word, 1)
    eric = new_user(server)
    opt_in(eric, f"{word}b", f"{word}a")
    within(SWEPT, lambda: live_match(dora))
    assert live_match(eric)


def test_a_birthday_makes_two_fit(make_server):
    """Who fits changes with the day: every waiter is looked at again once a day."""
    server = make_server(matching_age_stretch_years=0)
    alice, bob = people(server, ("a", "b", {}, {"age_min": 40}), ("b", "a", {"dob": "1995-01-01"}, {}))
    assert find(alice)["status"] == "waiting"
    time.sleep(3)
    with_the_store(server, "UPDATE match_seekers SET age_min = 18", "UPDATE match_reach SET age_min = 18",
                   "DELETE FROM match_newcomers")  # as if bob had turned 40
    time.sleep(3)
    assert live_match(alice) is None
    with_the_store(server, "UPDATE match_queue SET checked_day = checked_day - 1")
    made = within(SWEPT, lambda: live_match(alice))
    assert (made["user_1_id"], made["user_2_id"]) == (alice.number, bob.number)


def test_events_are_in_the_outbox(make_server):
    server = make_server()
    alice, bob, ended = couple(server)
    check(alice.post(f"/matches/{ended['id']}/end"), 200)
    carol, _, rejected = pending_couple(server)
    approve(carol, rejected["id"], approved=False)
    _, _, old = pending_couple(server)
    with_the_store(server, f"UPDATE matches SET created_at = created_at - {8 * DAY_US} WHERE id = {old['id']}")
    within(SWEPT, lambda: check(admin(server).get(f"/matches/{old['id']}"), 200)["status"] == "expired")
    server.stop()
    got = store.query(server, "SELECT name, key FROM outbox WHERE name LIKE 'match.%' ORDER BY id")
    server.restart()
    assert [name for name, key in got if int(key) == ended["id"]] == ["match.created", "match.matched", "match.ended"]
    assert [name for name, key in got if int(key) == rejected["id"]] == ["match.created", "match.rejected"]
    assert [name for name, key in got if int(key) == old["id"]] == ["match.created", "match.expired"]
