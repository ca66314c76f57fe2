"""Deleting an account (DELETE /users/{id}): by whom, what goes, what stays for the others."""
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

import store
from booking_helpers import Pair
from faces import face, painted, upload  # noqa: F401 (a fixture)
from helpers import (PASSWORD, admin, anonymous, booked_couple, check, couple, everywhere, jpeg, new_user, new_venue, opt_in,
                     pending_couple, unique, ws_connect)
from test_registrations import decide, of, registered

GONE = {"message": "Account deleted"}
NOBODY = "00000001-0000-8000-8000-000000000000"


def delete(user, who=None):
    return user.delete(f"/users/{who or user.id}")


def signed_out(user):
    everywhere(lambda: check(user.get(f"/users/{user.id}"), 401))


def test_ones_own_and_an_admins(server):
    alice, bob, root = new_user(server), new_user(server), admin(server)
    check(anonymous(server).delete(f"/users/{alice.id}"), 401)
    check(delete(bob, alice.id), 403, f"user_id {alice.id} is not yours: yours is {bob.id}")
    check(delete(bob, alice.number), 403, f"user_id {alice.number} is not yours: yours is {bob.number}")
    check(delete(admin(server, role="partner"), alice.id), 403)
    for who in (bob, root):
        check(delete(who, NOBODY), 404, "User not found")
        check(delete(who, 99999999), 404, "User not found")  # nobody's number is claimed by that
        check(delete(who, "abc"), 404)
    assert check(alice.get(f"/users/{alice.id}"), 200)["email"] == alice.email
    assert check(delete(alice), 200) == GONE
    assert check(delete(root, bob.number), 200) == GONE
    check(delete(root, bob.number), 404, "User not found")
    signed_out(bob)
    acts = check(root.get("/admin/audit"), 200)
    assert [a["target"] for a in acts if a["action"] == "user.delete" and a["actor_number"] == root.number] == [f"user {bob.number}"]


def test_nothing_of_the_person_is_left(server):
    user, root, other = registered(server), admin(server), new_user(server)
    registration = of(root, user)
    check(decide(root, registration, "approve"), 200)
    photo = upload(user, jpeg(300, 200))
    check(user.put(f"/users/{user.id}/preferences", json={"interests": ["coffee"], "location_preference": unique("Town")}), 200)
    opt_in(user, unique("g"), unique("g"))
    check(user.post("/matches/find", json={"user_id": user.number}), 200)
    check(user.post(f"/faceauth/challenge/{user.id}"), 200)
    check(delete(user), 200)
    signed_out(user)
    check(user.post("/auth/login", json={"email": user.email, "password": PASSWORD}), 401)
    check(other.get(f"/users/{user.id}"), 404, "User not found")
    check(root.get(f"/users/{user.number}"), 403)
    assert check(root.get(f"/admin/users?email={user.email}"), 200) == []
    check(root.get(f"/admin/registrations/{registration['id']}"), 404)
    assert root.get(f"/uploads/{photo}").status_code == 404
    check(root.get(f"/matches/preferences/{user.number}"), 404)
    again = new_user(server, email=user.email)  # the e-mail is free, the number is not
    assert again.number != user.number


def tables_with(server, number, texts):
    """Where the store still has this number as a person, or one of these texts."""
    if store.POSTGRES:
        columns = store.query(server, "SELECT table_name, column_name, data_type FROM information_schema.columns "
                              "WHERE table_schema = current_schema()")
    else:
        tables = [name for name, in store.query(server, "SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [(t, c[1], c[2]) for t in tables for c in store.query(server, f"PRAGMA table_info({t})")]
    found = set()
    for table, column, kind in columns:
        if table == "schema_migrations":
            continue
        if kind.upper() == "TEXT":
            for text in texts:
                if store.query(server, f"SELECT 1 FROM {table} WHERE {column} LIKE ? LIMIT 1", f"%{text}%"):
                    found.add((table, column))
        elif column in ("person", "owner", "number") and store.query(server, f"SELECT 1 FROM {table} WHERE {column} = ? LIMIT 1", number):
            found.add((table, column))
    return found


def test_no_table_keeps_what_is_personal(painted):  # noqa: F811
    """Faces, marks of images, attempts and documents too; looked for in every table there is."""
    server = painted
    name, bio, town = unique("Name"), unique("bio"), unique("Town")
    user = new_user(server, name=name, bio=bio)
    photo = upload(user, face(70))
    check(user.post(f"/faceauth/verify/{user.id}", files={"image": ("f.jpg", face(70), "image/jpeg")}), 200)
    check(user.post(f"/faceauth/challenge/{user.id}"), 200)
    check(user.put(f"/users/{user.id}/preferences", json={"location_preference": town}), 200)
    opt_in(user, unique("g"), unique("g"), bio=bio)
    venue = new_venue(new_user(server))
    comment = unique("comment")
    check(user.post("/venues/reviews", json={"venue_id": venue["id"], "user_id": user.number, "rating": 2, "comment": comment}), 201)
    texts = (name, bio, user.email, photo, comment)
    assert len(tables_with(server, user.number, texts)) > 8
    check(delete(user), 200)
    left = tables_with(server, user.number, texts)
    assert left <= {("user_gone", "number"), ("revoked_tokens", "number"), ("user_photo_trash", "name")}, left
    assert ("user_gone", "number") in left
    reader = new_user(server)
    assert check(reader.get(f"/venues/{venue['id']}"), 200)["rating"] == 0.0
    assert check(reader.get(f"/venues/{venue['id']}/reviews"), 200) == []


def test_files_of_photos_go(make_server):
    server = make_server()
    user = new_user(server)
    upload(user, jpeg(200, 200))
    files = lambda: [p.name for p in server.data_dir.rglob("*.jpg")]  # noqa: E731
    assert len(files()) == 2
    check(delete(user), 200)
    everywhere(lambda: _none(files()))


def _none(files):
    assert files == []


def test_the_other_of_a_match_is_free_again(server):
    for made in (pending_couple, couple):
        alice, bob, match = made(server)
        check(delete(alice), 200)
        left = check(bob.get(f"/matches/{match['id']}"), 200)
        assert left["status"] == ("ended" if made is couple else "rejected") and left["user_2_id"] == match["user_2_id"]
        check(bob.get(f"/users/{alice.id}"), 404, "User not found")
        waits = check(bob.post("/matches/find", json={"user_id": bob.number}), 200)
        assert waits["status"] == "waiting"
        carol = new_user(server)
        wanted = check(bob.get(f"/matches/preferences/{bob.number}"), 200)
        opt_in(carol, wanted["seeking_gender"], wanted["gender"])
        assert check(carol.post("/matches/find", json={"user_id": carol.number}), 200)["status"] in ("pending", "matched")


def test_the_others_booking_is_cancelled_and_the_slot_free(server):
    pair = Pair(server)
    pair.with_venue()
    pair.with_time()
    check(pair.confirm(pair.alice), 200)
    check(delete(pair.alice), 200)
    left = pair.get(pair.bob)
    assert left["status"] == "cancelled" and left["venue_id"] == pair.v and left["cancel_reason"] == "Match was ended"
    sessions = check(pair.bob.get("/chat/sessions"), 200)
    assert [s["status"] for s in sessions] == ["expired"]


def test_the_conversation_ends_and_what_was_written_is_blank(server):
    alice, bob = booked_couple(server, minutes=10)[:2]
    key = check(bob.get("/chat/sessions"), 200)[0]["session_id"]
    hers, his = ws_connect(server, key, alice), ws_connect(server, key, bob)
    hers.send(json.dumps({"content": "my street is 5"}))
    assert json.loads(his.recv())["data"]["content"] == "my street is 5"
    his.send(json.dumps({"content": "mine too"}))
    assert json.loads(hers.recv())["data"]["content"] == "mine too"
    check(delete(alice), 200)
    told = json.loads(his.recv())
    assert told["error"] in ("Booking was cancelled", "The other account was deleted")
    assert his.recv_data()[1][:2] == (1008).to_bytes(2, "big")
    for ws in (hers, his):
        ws.close()
    kept = check(bob.get(f"/chat/sessions/{key}/messages"), 200)
    assert [m["content"] for m in kept] == ["", "mine too"]


def test_at_once_it_happens_once(server):
    alice, bob, match = couple(server)
    with ThreadPoolExecutor(8) as pool:
        deletions = [pool.submit(delete, alice) for _ in range(4)]
        others = [pool.submit(bob.post, "/matches/find", json={"user_id": bob.number}) for _ in range(4)]
        codes = sorted(d.result().status_code for d in deletions)
        assert {o.result().status_code for o in others} <= {200, 400}
    assert codes[0] == 200 and set(codes[1:]) <= {401, 404}
    assert check(bob.get(f"/matches/{match['id']}"), 200)["status"] == "ended"


@pytest.mark.parametrize("both", [False, True])
def test_deleted_while_somebody_looks_for_them(server, both):
    """Whoever is found is there, or the match has ended."""
    for _ in range(3):
        alice, bob = new_user(server), new_user(server)
        hers, his = unique("a"), unique("b")
        opt_in(alice, hers, his)
        opt_in(bob, his, hers)
        with ThreadPoolExecutor(3) as pool:
            found = pool.submit(bob.post, "/matches/find", json={"user_id": bob.number})
            own = pool.submit(alice.post, "/matches/find", json={"user_id": alice.number}) if both else None
            assert pool.submit(delete, alice).result().status_code == 200
            assert found.result().status_code == 200
            assert own is None or own.result().status_code in (200, 401, 404)
        live = check(bob.post("/matches/find", json={"user_id": bob.number}), 200)
        assert live["status"] == "waiting", live


def test_a_deleted_number_is_nobodys_to_claim(server):
    """Where numbers nobody owns may be claimed, this one may not."""
    alice, bob = new_user(server), new_user(server)
    opt_in(bob, unique("g"), unique("g"))
    check(delete(alice), 200)
    check(bob.post("/matches/find", json={"user_id": alice.number}), 403)
