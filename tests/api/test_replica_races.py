"""Two processes on one PostgreSQL, and people who do at both what only one of them may: one wins, nothing is lost or
done twice, and no transaction waits for one that waits for it."""
import time
import uuid
from collections import Counter

import pytest

from helpers import (PASSWORD, agree_on_time, agree_on_venue, anonymous, approve, check, couple, new_booking, new_user,
                     new_venue, opt_in, pending_couple, png, unique, until, utc, ws_connect)
from test_chat import at, details, messages, open_session, say_acked
from test_matching import find
from test_matching_races import assert_each_in_one_match, crowd, find_decide_and_change, live
from test_replicas import at_once, on, spread, start

pytestmark = pytest.mark.once  # brings its own processes


@pytest.fixture(scope="module")
def replicas(postgres, tmp_path_factory):
    made = start(postgres, tmp_path_factory.mktemp("races"))
    made.sql = lambda text: postgres.sql(text, made.database)
    made.number = lambda text: postgres.number(text, made.database)
    yield made
    time.sleep(1.2)  # PostgreSQL counts with a delay
    deadlocks = postgres.number(f"SELECT deadlocks FROM pg_stat_database WHERE datname = '{made.database}'", "postgres")
    logs = "".join(server.log_text() for server in made)
    for server in made:
        server.stop()
    postgres.drop(made.database)
    assert deadlocks == 0
    assert '"tick.failed"' not in logs and '"level":"error"' not in logs, logs[-3000:]


def both(replicas, user):
    """The same person at each process."""
    return [on(server, user) for server in replicas]


# ── Accounts ──


def test_numbers_and_addresses_are_given_once(replicas):
    people = at_once([lambda i=i: new_user(replicas[i % 2]) for i in range(24)])
    assert len({user.number for user in people}) == len({user.id for user in people}) == 24
    sent = {"name": "Same", "email": unique("same") + "@example.com", "phone": "+1234567890", "gender": "female",
            "dob": "1995-05-10", "password": PASSWORD}
    replies = at_once([lambda i=i: anonymous(replicas[i % 2]).post("/auth/signup", json=sent) for i in range(8)])
    assert Counter(r.status_code for r in replies) == {201: 1, 409: 7}


def test_a_number_is_claimed_by_one(replicas):
    people = spread(replicas, at_once([lambda: new_user(replicas[0])] * 8))
    for n in range(3):
        number = 7000000 + n
        replies = at_once([lambda u=u: u.post("/matches/preferences", json={
            "user_id": number, "gender": "a", "seeking_gender": "b", "age_min": 18, "age_max": 99}) for u in people])
        assert Counter(r.status_code in (200, 201) for r in replies) == {True: 1, False: 7}
        assert Counter(r.status_code for r in replies)[403] == 7


def test_photos_are_counted(replicas):
    user = new_user(replicas[0])
    here, there = both(replicas, user)
    replies = at_once([lambda i=i: (here, there)[i % 2].post(
        f"/users/{user.id}/photos", files={"file": ("a.png", png(40, 40), "image/png")}) for i in range(16)])
    assert Counter(r.status_code for r in replies) == {201: 12, 409: 4}
    urls = check(here.get(f"/users/{user.id}/photos"), 200)
    assert sorted(urls) == sorted(r.json()["photo_url"] for r in replies if r.status_code == 201)
    names = [url.rsplit("/", 1)[1] for url in urls]
    replies = at_once([lambda i=i: (here, there)[i % 2].delete(f"/users/{user.id}/photos/{names[i // 2]}")
                       for i in range(20)])
    assert Counter(r.status_code for r in replies) == {200: 10, 404: 10}
    left = check(there.get(f"/users/{user.id}/photos"), 200)
    assert left == urls[10:] and check(here.get(f"/users/{user.id}"), 200)["profile_photo"] in left
    assert replicas.number(f"SELECT photo_count FROM users WHERE number = {user.number}") == 2


def test_what_matching_copies_is_what_the_account_says(replicas):
    user = new_user(replicas[0])
    here, there = both(replicas, user)
    gender = unique("g")
    calls = []
    for n in range(12):
        calls += [lambda n=n: check(here.put(f"/users/{user.id}", json={"dob": f"19{70 + n}-01-01"}), 200),
                  lambda n=n: check(there.put(f"/users/{user.id}/preferences",
                                              json={"location_preference": f"{gender} {n}"}), 200),
                  lambda n=n: opt_in((here, there)[n % 2], gender + str(n % 3), gender, interests=f"{gender} {n}, tea")
                  if n == 0 else (here, there)[n % 2].put(f"/matches/preferences/{user.number}",
                                                          json={"interests": f"{gender} {n}, tea"})]
    at_once(calls[2:3])
    at_once(calls[:2] + calls[3:])
    same = replicas.number(f"""SELECT count(*) FROM users u JOIN match_seekers s ON s.person = u.number
        JOIN user_preferences p ON p.number = u.number JOIN match_cities c ON c.id = s.city_key
        WHERE u.number = {user.number} AND u.dob = s.dob AND c.term = lower(p.location_preference)""")
    assert same == 1


# ── Matching ──


def test_all_find_at_once(replicas):
    users = spread(replicas, crowd(replicas[0], unique("g"), 24))
    for reply in at_once([lambda u=u: u.post("/matches/find", json={"user_id": u.number}) for u in users]):
        assert check(reply, 200)["status"] in ("pending", "waiting")
    until(lambda: len(live(users)) == 24)  # whom the rush left over the sweep brings together
    assert_each_in_one_match(users)


def test_many_want_one(replicas):
    word = unique("g")
    wanted = new_user(replicas[0])
    opt_in(wanted, word + "b", word + "a")
    users = spread(replicas, at_once([lambda: new_user(replicas[0])] * 16))
    for user in users:
        opt_in(user, word + "a", word + "b")
    replies = at_once([lambda u=u: find(u) for u in users])
    assert Counter(r["status"] for r in replies) == {"pending": 1, "waiting": 15}
    assert len(live([wanted])) == 1


def test_finding_deciding_leaving_and_changing_at_once(replicas):
    users = spread(replicas, crowd(replicas[0], unique("g"), 16))
    at_once([lambda u=u: find_decide_and_change(u, 5) for u in users])
    assert_each_in_one_match(users, everybody=False)
    # whoever is on offer is so by a row of their own, and the counts are right
    assert replicas.number("""SELECT count(*) FROM match_seekers s WHERE s.reach_rank IS NOT NULL
        AND (s.away = 1 OR EXISTS (SELECT 1 FROM live_matches l WHERE l.person = s.person)
             OR NOT EXISTS (SELECT 1 FROM match_reach r WHERE r.person = s.person AND r.reach_rank = s.reach_rank))""") == 0
    assert replicas.number("SELECT count(*) FROM match_reach r WHERE NOT EXISTS (SELECT 1 FROM match_seekers s "
                           "WHERE s.person = r.person AND s.reach_rank = r.reach_rank)") == 0
    for what, counted in ((1, "SELECT count(*) FROM match_seekers WHERE reach_rank IS NOT NULL"),
                          (2, "SELECT count(*) FROM match_queue")):
        assert replicas.number(f"SELECT coalesce(sum(n), 0) FROM match_tallies WHERE what = {what}") == \
            replicas.number(counted)


def test_both_decide_at_once(replicas):
    for _ in range(4):
        alice, bob, made = pending_couple(replicas[0])
        pair = spread(replicas, (alice, bob))
        replies = at_once([lambda u=u: u.post("/matches/approve", json={"match_id": made["id"], "approved": True})
                           for u in pair])
        assert "matched" in [check(r, 200)["status"] for r in replies]
        alice, bob, made = pending_couple(replicas[0])
        pair = spread(replicas, (alice, bob))
        replies = at_once([lambda u=u, yes=yes: u.post("/matches/approve", json={"match_id": made["id"], "approved": yes})
                           for u, yes in zip(pair, (True, False))])
        assert [r.status_code for r in replies] in ([200, 200], [409, 200])
        assert check(alice.get(f"/matches/{made['id']}"), 200)["status"] == "rejected"


def test_waiters_and_newcomers_are_brought_together_once(replicas):
    word = unique("g")
    waiters = spread(replicas, at_once([lambda: new_user(replicas[0])] * 12))
    newcomers = spread(replicas, at_once([lambda: new_user(replicas[0])] * 12))
    for user in waiters:
        opt_in(user, word + "a", word + "b")
        assert find(user)["status"] == "waiting"
    at_once([lambda u=u: opt_in(u, word + "b", word + "a") for u in newcomers])
    until(lambda: len(live(waiters)) == 12)
    assert_each_in_one_match(waiters + newcomers)
    numbers = ", ".join(str(m["id"]) for m in live(waiters))
    assert replicas.number(f"SELECT count(*) FROM outbox WHERE name = 'match.created' AND key IN ({numbers})") == 12


def test_each_match_expires_once(replicas):
    matches = [pending_couple(replicas[i % 2])[2]["id"] for i in range(12)]
    numbers = ", ".join(map(str, matches))
    replicas.sql(f"UPDATE matches SET created_at = created_at - {8 * 86400 * 1000000} WHERE id IN ({numbers})")
    until(lambda: replicas.number(
        f"SELECT count(*) FROM matches WHERE id IN ({numbers}) AND status = 'expired'") == 12)
    time.sleep(1.5)
    assert replicas.number(f"SELECT count(*) FROM outbox WHERE name = 'match.expired' AND key IN ({numbers})") == 12
    assert replicas.number(f"SELECT count(*) FROM live_matches WHERE match_id IN ({numbers})") == 0


# ── Bookings, slots and reviews ──


def agreed(replicas, venue, date, clock):
    alice, bob, booking, _ = new_booking(replicas[0])
    agree_on_venue(alice, bob, booking, venue)
    agree_on_time(alice, bob, booking, date, clock)
    return (*spread(replicas, (alice, bob)), booking["id"])


def test_one_booking_a_match(replicas):
    alice, bob, match = couple(replicas[0])
    pair = spread(replicas, (alice, bob))
    sent = {"match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}
    replies = at_once([lambda i=i: pair[i % 2].post("/bookings/create", json=sent) for i in range(8)])
    assert Counter(r.status_code for r in replies) == {201: 1, 409: 7}


def test_one_slot_one_booking(replicas):
    venue = new_venue(new_user(replicas[0]))
    date, clock, _ = utc(days=2)
    groups = [agreed(replicas, venue, date, clock) for _ in range(6)]
    replies = at_once([lambda u=u, b=b: u.post("/bookings/confirm", json={"booking_id": b})
                       for alice, bob, b in groups for u in (alice, bob)])
    winners = {r.json()["id"] for r in replies if r.status_code == 200}
    assert len(winners) == 1 and all(r.status_code in (200, 400, 409) for r in replies), [r.text for r in replies]
    for alice, _, booking in groups:
        status = check(alice.get(f"/bookings/{booking}"), 200)["status"]
        assert status == ("confirmed" if booking in winners else "pending_time_approval")
    assert replicas.number(f"SELECT count(*) FROM venue_slots WHERE venue_id = {venue['id']}") == 1


def test_both_confirm_one_booking(replicas):
    venue = new_venue(new_user(replicas[0]))
    for n in range(4):
        date, clock, _ = utc(days=3 + n)
        alice, bob, booking = agreed(replicas, venue, date, clock)
        replies = at_once([lambda u=u: u.post("/bookings/confirm", json={"booking_id": booking}) for u in (alice, bob)])
        assert len({check(r, 200)["confirmation_code"] for r in replies}) == 1
    assert replicas.number(f"SELECT count(*) FROM venue_slots WHERE venue_id = {venue['id']} AND booked_by IS NOT NULL") == 4


def test_whoever_cancels_or_ends_frees_what_the_other_just_took(replicas):
    venue = new_venue(new_user(replicas[0]))
    for n in range(6):
        date, clock, _ = utc(days=20 + n)
        alice, bob, booking = agreed(replicas, venue, date, clock)
        ended = check(alice.get(f"/bookings/{booking}"), 200)["match_id"]
        other = [lambda: bob.post("/bookings/cancel", json={"booking_id": booking}),
                 lambda: bob.post(f"/matches/{ended}/end")][n % 2]
        replies = at_once([lambda: alice.post("/bookings/confirm", json={"booking_id": booking}), other])
        assert replies[1].status_code == 200, replies[1].text
        assert check(alice.get(f"/bookings/{booking}"), 200)["status"] == "cancelled"
    assert replicas.number(f"SELECT count(*) FROM venue_slots WHERE venue_id = {venue['id']} AND booked_by IS NOT NULL") == 0
    assert replicas.number("SELECT count(*) FROM chat_sessions c JOIN bookings b ON b.id = c.booking_id "
                           "WHERE b.status = 'cancelled' AND c.ended_at IS NULL") == 0


def test_no_booking_of_a_match_that_ends(replicas):
    for _ in range(6):
        alice, bob, match = couple(replicas[0])
        alice, bob = spread(replicas, (alice, bob))
        sent = {"match_id": match["id"], "user_1_id": alice.number, "user_2_id": bob.number}
        replies = at_once([lambda: alice.post("/bookings/create", json=sent),
                           lambda: bob.post(f"/matches/{match['id']}/end")])
        assert replies[1].status_code == 200 and replies[0].status_code in (201, 409), replies[0].text
    assert replicas.number("SELECT count(*) FROM bookings b JOIN matches m ON m.id = b.match_id WHERE m.status = 'ended' "
                           "AND b.status NOT IN ('cancelled', 'completed')") == 0


def test_a_venue_that_goes_takes_no_booking_with_it(replicas):
    for n in range(4):
        owner = new_user(replicas[0])
        venue = new_venue(owner)
        date, clock, _ = utc(days=40 + n)
        alice, bob, booking = agreed(replicas, venue, date, clock)
        replies = at_once([lambda: alice.post("/bookings/confirm", json={"booking_id": booking}),
                           lambda: on(replicas[1], owner).delete(f"/venues/{venue['id']}")])
        assert sorted(r.status_code for r in replies) == [200, 409], [r.text for r in replies]


def test_ratings_are_exact(replicas):
    venue = new_venue(new_user(replicas[0]))
    people = spread(replicas, at_once([lambda: new_user(replicas[0])] * 10))
    rounds = [(u, 1 + (i + r) % 5) for r in range(3) for i, u in enumerate(people)]
    replies = at_once([lambda u=u, s=s: u.post("/venues/reviews/", json={
        "venue_id": venue["id"], "user_id": u.number, "rating": s, "comment": "x"}) for u, s in rounds])
    assert Counter(r.status_code for r in replies) == {201: 10, 200: 20}
    standing = check(people[0].get(f"/venues/{venue['id']}/reviews"), 200)
    assert len(standing) == 10
    gone = [r["id"] for r in standing[:4]]
    owners = {r["id"]: next(u for u in people if u.number == r["user_id"]) for r in standing}
    replies = at_once([lambda i=i, u=u: u.delete(f"/venues/reviews/{i}") for i in gone for u in both(replicas, owners[i])])
    assert Counter(r.status_code for r in replies) == {200: 4, 404: 4}
    ratings = [r["rating"] for r in standing[4:]]
    assert check(people[0].get(f"/venues/{venue['id']}"), 200)["rating"] == pytest.approx(sum(ratings) / len(ratings))


# ── Chat ──


def test_one_session_and_one_message_however_often(replicas):
    alice, bob = new_user(replicas[0]), new_user(replicas[1])
    sent = {"user1_id": alice.id, "user2_id": bob.id, "meeting_time": at(), "duration_minutes": 60}
    replies = at_once([lambda i=i: (alice, bob)[i % 2].post("/chat/match", json=sent) for i in range(8)])
    assert Counter(r.status_code for r in replies) == {201: 1, 200: 7}
    session, = {r.json()["session_id"] for r in replies}
    sockets = [ws_connect(replicas[i % 2], session, alice) for i in range(4)]
    for _ in range(5):
        name = str(uuid.uuid4())

        def once(ws):
            ws.send('{"content": "Once", "client_id": "%s"}' % name)
            while True:
                frame = ws.recv()
                if '"ack"' in frame:
                    return frame

        assert len(set(at_once([lambda ws=ws: once(ws) for ws in sockets]))) == 1
    assert details(bob, session)["messages_count"] == len(messages(bob, session)) == 5
    for ws in sockets:
        ws.close()
