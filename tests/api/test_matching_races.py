"""Nobody is ever in two live matches, whatever runs at once (contract §6)."""
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from helpers import check, new_user, opt_in, pending_couple, unique
from test_matching import find


def at_once(calls):
    with ThreadPoolExecutor(max_workers=16) as pool:
        return [f.result() for f in [pool.submit(call) for call in calls]]


def live(users):
    """Every live match of these people, as each of them sees it."""
    return [m for user in users for m in check(user.get(f"/matches/user/{user.number}"), 200)
            if m["status"] in ("pending", "matched")]


def crowd(server, word, count):
    users = at_once([lambda: new_user(server)] * count)
    for i, user in enumerate(users):
        opt_in(user, word + "ab"[i % 2], word + "ba"[i % 2])
    return users


def assert_each_in_one_match(users, everybody=True):
    seen = live(users)
    matches = {m["id"]: m for m in seen}
    taken = Counter(n for m in matches.values() for n in (m["user_1_id"], m["user_2_id"]))
    assert all(n == 1 for n in taken.values()), taken
    assert Counter(m["id"] for m in seen) == Counter({i: 2 for i in matches})
    if everybody:
        assert set(taken) == {u.number for u in users}


def test_all_find_at_once(server):
    users = crowd(server, unique("g"), 24)
    replies = at_once([lambda u=u: u.post("/matches/find", json={"user_id": u.number}) for u in users])
    for user, reply in zip(users, replies):
        made = check(reply, 200)
        assert made["status"] == "pending" and user.number in (made["user_1_id"], made["user_2_id"])
    assert_each_in_one_match(users)


def test_many_want_one(server):
    word = unique("g")
    wanted = new_user(server)
    opt_in(wanted, word + "b", word + "a")
    users = at_once([lambda: new_user(server)] * 12)
    for user in users:
        opt_in(user, word + "a", word + "b")
    replies = at_once([lambda u=u: find(u) for u in users + [wanted]])
    pending = [r for r in replies if r["status"] == "pending"]
    assert len({r["id"] for r in pending}) == 1 and len(pending) <= 2
    assert len(live([wanted])) == 1
    assert Counter(r["status"] for r in replies)["waiting"] >= 11


def find_decide_and_change(user, turns):
    """What one person does while everybody else does the same."""
    for turn in range(turns):
        reply = user.post("/matches/find", json={"user_id": user.number})
        assert reply.status_code in (200, 400), reply.text  # 400: the other has approved meanwhile
        made = reply.json() if reply.status_code == 200 else None
        if turn % 2 == 0:
            check(user.put(f"/matches/preferences/{user.number}", json={"age_max": 90 + turn}), 200)
        if made and made["id"] > 0:
            reply = user.post("/matches/approve", json={"match_id": made["id"], "approved": turn % 3 == 0})
            assert reply.status_code in (200, 409), reply.text
        elif made:
            assert user.delete(f"/matches/queue/{user.number}").status_code in (200, 404)


def test_finds_decisions_and_changes_at_once(server):
    users = crowd(server, unique("g"), 16)
    at_once([lambda u=u: find_decide_and_change(u, 4) for u in users])
    assert_each_in_one_match(users, everybody=False)


def test_both_decide_at_once(server):
    for _ in range(4):
        alice, bob, made = pending_couple(server)
        replies = at_once([lambda u=u: u.post("/matches/approve", json={"match_id": made["id"], "approved": True})
                           for u in (alice, bob)])
        assert "matched" in [check(r, 200)["status"] for r in replies]

        alice, bob, made = pending_couple(server)
        replies = at_once([lambda u=u, yes=yes: u.post("/matches/approve", json={"match_id": made["id"], "approved": yes})
                           for u, yes in ((alice, True), (bob, False))])
        assert [r.status_code for r in replies] in ([200, 200], [409, 200])
        assert check(alice.get(f"/matches/{made['id']}"), 200)["status"] == "rejected"


def test_one_opts_in_once_however_often_at_once(server):
    user = new_user(server)
    replies = at_once([lambda: user.post("/matches/preferences", json={
        "user_id": user.number, "gender": "a", "seeking_gender": unique("b"), "age_min": 18, "age_max": 99})] * 8)
    assert sorted(r.status_code for r in replies) == [200] * 7 + [201]
    assert len({r.json()["id"] for r in replies}) == 1
