"""Face checks with painted faces (tests/api/faces.py): whose face it is, challenges, images seen before, what a new profile photo
does to `verified`; and all of it at once."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import store
from faces import DOUBLE, POSES, SLOW, face, painted, posed, profile, upload  # noqa: F401 (a fixture)
from helpers import PASSWORD, check, everywhere, jpeg, log_in, new_user, soon, until

NO_CHALLENGE = "There is no challenge for this token: ask for one first"


def send(user, *pictures):
    files = [("image", ("f.jpg", picture, "image/jpeg")) for picture in pictures]
    return user.post(f"/faceauth/verify/{user.id}", files=files)


def refused(user, reason, *pictures):
    body = check(send(user, *pictures), 401, "Face validation failed")
    assert body["reason"] == reason, body


def ask(user, steps=None):
    """A challenge; with these steps in any order."""
    while True:
        given = check(user.post(f"/faceauth/challenge/{user.id}"), 200)
        if steps is None or steps <= set(given["steps"]):
            return given


def answers(person, given):
    return [posed(person, step) for step in given["steps"]]


def looked_at(server, user):
    """The background has looked at all of somebody's photos."""
    rows = store.query(server, "SELECT due_us, version FROM face_photos WHERE person = ?", user.number)
    return rows and all(due is None and version for due, version in rows)


def with_photo(server, person):
    user = new_user(server)
    return user, upload(user, face(person))


# ── One image ──


def test_ones_own_face_passes_and_says_how_sure(painted):  # noqa: F811
    user, name = with_photo(painted, 1)
    body = check(send(user, face(1)), 200)
    assert body["is_validated"] is True and body["confidence"] == pytest.approx(0.99)
    assert profile(user)["verified"] is True and profile(user)["kyc_level"] == "face"
    assert check(user.get(f"/faceauth/status/{user.id}"), 200)["id"] == body["id"]
    (live, challenge), = store.query(painted, "SELECT liveness, challenge FROM face_attempts WHERE id = ?", body["id"])
    assert live == pytest.approx(5 / 7) and challenge == 0
    photo = user.get("/uploads/" + name).content
    check(send(user, photo), 200)  # the profile photo itself, and again
    check(send(user, photo), 200)


@pytest.mark.parametrize("picture,reason", [
    (face(3, reason=1), "no_face"), (jpeg(100, 100), "no_face"), (face(3, reason=2), "several_faces"),
    (face(3, reason=3), "too_small"), (jpeg(16, 16), "too_small"), (face(3, reason=4), "too_blurred"),
    (face(3, reason=5), "too_dark"), (face(4), "different_person")],
    ids=["nobody", "a plain picture", "several", "small", "a tiny picture", "blurred", "dark", "somebody else"])
def test_what_does_not_pass_says_why(painted, picture, reason):  # noqa: F811
    user, _ = with_photo(painted, 3)
    refused(user, reason, picture)
    assert profile(user)["verified"] is False
    assert check(user.get(f"/faceauth/status/{user.id}"), 200)["is_validated"] is False


def test_the_best_of_the_photos_counts(painted):  # noqa: F811
    user = new_user(painted)
    refused(user, "no_reference_photo", face(5))
    for picture in (face(5), jpeg(90, 90), face(6, reason=2), face(6)):
        upload(user, picture)
    check(send(user, face(5)), 200)
    refused(new_user(painted), "no_reference_photo", face(5))
    alone = new_user(painted)
    upload(alone, face(6, reason=4))
    refused(alone, "no_reference_photo", face(6))


def test_images_of_checks_are_in_no_file(painted):  # noqa: F811
    """Whether they pass, fail or answer a challenge: neither as they were sent nor as any other image."""
    user, _ = with_photo(painted, 11)
    given = ask(user)
    passing, failing, answer = face(11), face(12), answers(11, given)
    check(send(user, passing), 200)
    refused(user, "different_person", failing)
    check(send(user, *answer), 200)
    kept = {path: path.read_bytes() for path in painted.data_dir.rglob("*") if path.is_file()}
    sent = [picture[at:at + 64] for picture in (passing, failing, *answer) for at in (len(picture) // 2, len(picture) - 64)]
    photos = painted.data_dir / "photos"
    assert any(photos in path.parents and b"JFIF\0" in data for path, data in kept.items())  # the profile photo: it is looked for well
    for path, data in kept.items():
        assert not any(piece in data for piece in sent), path
        assert photos in path.parents or not any(sign in data for sign in (b"JFIF\0", b"\x89PNG\r\n", b"WEBPVP8")), path
    names = check(user.get(f"/users/{user.id}/photos"), 200)
    assert len(names) == 1


def test_faces_are_kept_sealed_and_go_with_their_photo(painted):  # noqa: F811
    user, name = with_photo(painted, 9)
    until(lambda: looked_at(painted, user))
    sql = "SELECT sealed FROM face_photos WHERE person = ?"
    (sealed,), = store.query(painted, sql, user.number)
    assert len(sealed) == 512 * 4 + 49
    check(user.delete(f"/users/{user.id}/photos/{name}"), 200)
    assert store.query(painted, sql, user.number) == []
    refused(user, "no_reference_photo", face(9))


def test_a_face_moved_to_somebody_else_opens_no_more(painted):  # noqa: F811
    """Bytes in another's row are no face there: they are looked at anew."""
    (alice, _), (bob, _) = with_photo(painted, 10), with_photo(painted, 11)
    for user in (alice, bob):
        until(lambda: looked_at(painted, user))
    painted.stop()
    store.query(painted, "UPDATE face_photos SET sealed = (SELECT sealed FROM face_photos WHERE person = ?) WHERE person = ?",
                alice.number, bob.number)
    painted.start()
    refused(bob, "different_person", face(10))
    check(send(bob, face(11)), 200)


# ── Challenges ──


def test_a_challenge_makes_face_live(painted):  # noqa: F811
    user, _ = with_photo(painted, 20)
    given = ask(user)
    assert list(given) == ["challenge_id", "steps", "expires_at", "expires_in"]
    assert len(set(given["steps"])) == 3 and set(given["steps"]) <= set(POSES) and given["expires_in"] == 60
    check(send(user, *answers(20, given)), 200)
    assert profile(user)["verified"] is True and profile(user)["kyc_level"] == "face_live"
    check(send(user, face(20)), 200)
    assert profile(user)["kyc_level"] == "face_live"  # a plain check does not lower it


def test_a_challenge_serves_once(painted):  # noqa: F811
    user, _ = with_photo(painted, 21)
    check(send(user, *[posed(21, "look_up")] * 3), 409, NO_CHALLENGE)
    given = ask(user)
    check(send(user, *answers(21, given)), 200)
    check(send(user, *answers(21, given)), 409, NO_CHALLENGE)
    given = ask(user)
    refused(user, "wrong_pose", *[face(21) for _ in given["steps"]])
    check(send(user, *answers(21, given)), 409, NO_CHALLENGE)
    first, second = ask(user), ask(user)
    check(send(user, *answers(21, second)), 200)
    assert first["challenge_id"] != second["challenge_id"]


def test_used_twice_at_once_it_serves_once(painted):  # noqa: F811
    user, _ = with_photo(painted, 22)
    for _ in range(3):
        given = ask(user)
        sent = [answers(22, given) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            codes = sorted(r.status_code for r in pool.map(lambda pictures: send(user, *pictures), sent))
        assert codes == [200, 409, 409, 409]


def test_it_is_the_tokens_own(painted):  # noqa: F811
    user, _ = with_photo(painted, 23)
    given = ask(user)
    again = log_in(painted, user.email, PASSWORD)
    check(send(again, *answers(23, given)), 409, NO_CHALLENGE)
    other, _ = with_photo(painted, 23)
    check(send(other, *answers(23, given)), 409, NO_CHALLENGE)
    check(other.post(f"/faceauth/challenge/{user.id}"), 403)
    check(send(user, *answers(23, given)), 200)


def test_order_number_person_and_life(painted):  # noqa: F811
    user, _ = with_photo(painted, 24)
    given = ask(user)
    assert check(send(user, *answers(24, given)[:2]), 422)["errors"][0]["field"] == "image"  # not used up by that
    assert check(send(user, *answers(24, given), face(24)), 422)["errors"][0]["field"] == "image"
    refused(user, "wrong_pose", *reversed(answers(24, given)))
    given = ask(user)
    pictures = answers(24, given)
    refused(user, "different_people", *pictures[:2], posed(25, given["steps"][2]))
    given = ask(user)
    refused(user, "different_person", *answers(25, given))
    given = ask(user)
    pictures = answers(24, given)
    refused(user, "too_dark", *pictures[:2], face(24, reason=5))


def test_it_lives_a_minute(make_server):
    server = make_server(binary=DOUBLE)
    user, _ = with_photo(server, 26)
    given = ask(user)
    server.stop()
    store.query(server, "UPDATE face_challenges SET expires_us = expires_us - 60000000")
    server.restart()
    check(send(user, *answers(26, given)), 409, "The challenge has expired: ask for another one")
    server.stop()
    store.query(server, "UPDATE face_challenges SET expires_us = expires_us - 600000000")
    server.restart()
    until(lambda: store.query(server, "SELECT 1 FROM face_challenges") == [])


def test_nobody_asks_until_the_steps_fit(make_server):
    server = make_server(balanced=False, binary=DOUBLE, enforce_limits=True, face_challenges_per_hour=3)  # each process counts
    user, other = new_user(server), new_user(server)
    for _ in range(3):
        ask(user)
    reply = user.post(f"/faceauth/challenge/{user.id}")
    check(reply, 429, "Too many challenges; try again later")
    assert 0 < int(reply.headers["Retry-After"]) <= 3600
    ask(other)


def test_production_takes_no_single_image(make_server):
    server = make_server(binary=DOUBLE, require_challenge=True)
    user, _ = with_photo(server, 27)
    check(send(user, face(27)), 409, "A challenge is needed here: ask for one first")
    check(send(user, *answers(27, ask(user))), 200)


# ── Seen before ──


def test_an_image_serves_no_second_challenge(painted):  # noqa: F811
    """Whoever sends it, and encoded anew as well."""
    alice, _ = with_photo(painted, 30)
    given = ask(alice, {"look_up"})
    pictures = dict(zip(given["steps"], answers(30, given)))
    check(send(alice, *pictures.values()), 200)
    bob, _ = with_photo(painted, 30)
    for user in (alice, bob):
        again = ask(user, {"look_up"})
        sent = [posed(30, step) if step != "look_up" else pictures[step] for step in again["steps"]]
        refused(user, "image_seen", *sent)
    assert profile(bob)["verified"] is False
    check(send(bob, *answers(30, ask(bob))), 200)


def test_the_same_picture_larger_is_the_same(painted):  # noqa: F811
    alice, _ = with_photo(painted, 31)
    given = ask(alice, {"look_up"})
    check(send(alice, *[posed(31, s, noise=f"n-{s}") for s in given["steps"]]), 200)
    given = ask(alice, {"look_up"})
    refused(alice, "image_seen", *[posed(31, s, noise=f"n-{s}" if s == "look_up" else None, side=192) for s in given["steps"]])


def test_one_picture_by_two_people_at_once(painted):  # noqa: F811
    for i in range(3):
        people = [with_photo(painted, 32)[0] for _ in range(3)]
        sent = []
        for user in people:
            given = ask(user, {"turn_left"})
            sent.append((user, [posed(32, s, noise=f"race-{i}" if s == "turn_left" else None) for s in given["steps"]]))
        with ThreadPoolExecutor(3) as pool:
            replies = list(pool.map(lambda one: send(one[0], *one[1]), sent))
        assert sorted(r.status_code for r in replies) == [200, 401, 401]
        assert all(r.json()["reason"] == "image_seen" for r in replies if r.status_code == 401)


def test_an_uploaded_photo_answers_no_challenge(painted):  # noqa: F811
    """One's own or another's, also one that was deleted, encoded anew and larger."""
    alice, first = with_photo(painted, 34)
    bob, _ = with_photo(painted, 34)
    for side in (128, 192):
        given = ask(alice, {"look_up"})
        names = [upload(alice, posed(34, s, noise=f"up-{side}-{s}")) for s in given["steps"]]
        refused(alice, "image_seen", *[posed(34, s, noise=f"up-{side}-{s}", side=side) for s in given["steps"]])
        for name in names:
            check(alice.delete(f"/users/{alice.id}/photos/{name}"), 200)
        given = ask(bob, {"look_up"})
        refused(bob, "image_seen", *[posed(34, s, noise=f"up-{side}-{s}" if s == "look_up" else None, side=side) for s in given["steps"]])
    assert profile(alice)["kyc_level"] == profile(bob)["kyc_level"] == "basic"
    photo = alice.get("/uploads/" + first).content
    upload(alice, photo)  # once more: nobody minds
    check(send(alice, photo), 200)  # nor without a challenge
    given = ask(alice)
    new = answers(34, given)
    check(send(alice, *new), 200)
    upload(alice, new[0])  # what answered a challenge may be a photo
    assert profile(alice)["kyc_level"] == "face_live"


def test_a_document_answers_no_challenge(painted):  # noqa: F811
    from test_registrations import registered
    given, pictures = ["turn_left", "look_up"], [posed(35, "turn_left"), posed(35, "look_up")]
    user = registered(painted, *pictures)
    upload(user, face(35))
    for step, picture in zip(given, pictures):
        asked = ask(user, {step})
        refused(user, "image_seen", *[picture if s == step else posed(35, s) for s in asked["steps"]])
    check(send(user, *answers(35, ask(user))), 200)


def test_one_moment_answers_no_challenge_however_its_picture_is_worked_on(make_server):
    """There a person looks the same to the bit in all paintings, as in copies of one picture that prints do not know again."""
    server = make_server(binary=DOUBLE, face_models="strict")
    user, _ = with_photo(server, 38)
    refused(user, "image_seen", *answers(38, ask(user)))
    check(send(user, face(38)), 200)  # without a challenge


def test_photos_of_before_get_their_marks(make_server):
    """As the migration leaves them: looked at once more, by a check at the latest."""
    server = make_server(binary=DOUBLE)
    user, _ = with_photo(server, 37)
    still = posed(37, "look_up")
    upload(user, still)
    until(lambda: looked_at(server, user))
    server.stop()
    store.query(server, "DELETE FROM face_images")
    store.query(server, "UPDATE face_photos SET version = NULL, reason = NULL, sealed = NULL, due_us = 0, tries = 0")
    server.restart()
    given = ask(user, {"look_up"})
    refused(user, "image_seen", *[still if s == "look_up" else posed(37, s) for s in given["steps"]])
    until(lambda: looked_at(server, user))
    assert len(store.query(server, "SELECT id FROM face_images WHERE photo_id IS NOT NULL")) == 2


def test_marks_go_after_90_days(make_server):
    server = make_server(binary=DOUBLE)
    user, _ = with_photo(server, 33)
    check(send(user, face(33)), 200)
    check(send(user, face(33)), 200)
    server.stop()
    store.query(server, "UPDATE face_images SET created_at = created_at - 90 * 86400000000 "
                "WHERE id <= (SELECT min(id) FROM face_images WHERE photo_id IS NULL)")
    server.restart()
    until(lambda: len(store.query(server, "SELECT id FROM face_images WHERE photo_id IS NULL")) == 1)
    assert len(store.query(server, "SELECT mark FROM face_image_marks")) == 16  # the photo's stand with it


# ── A new profile photo ──


def choose(user, name):
    check(user.put(f"/users/{user.id}", json={"profile_photo": "/uploads/" + name}), 200)


def test_another_face_as_profile_photo_clears_verified(painted):  # noqa: F811
    user, first = with_photo(painted, 40)
    check(send(user, face(40)), 200)
    own, other = upload(user, face(40)), upload(user, face(41))
    upload(user, jpeg(80, 80))  # not shown first: it may show what it likes
    for name in (own, first):
        choose(user, name)
        until(lambda: looked_at(painted, user))
        assert profile(user)["verified"] is True
    choose(user, other)
    until(lambda: profile(user)["verified"] is False)
    assert profile(user)["kyc_level"] == "basic"


def test_kyc_id_never_drops(painted):  # noqa: F811
    from helpers import admin
    from test_registrations import decide, of, registered
    root, user = admin(painted), registered(painted)
    check(decide(root, of(root, user), "approve"), 200)
    first = upload(user, face(42))
    check(send(user, face(42)), 200)
    assert profile(user)["kyc_level"] == "id" and profile(user)["verified"] is True
    choose(user, upload(user, face(43)))
    until(lambda: profile(user)["verified"] is False)
    assert profile(user)["kyc_level"] == "id"
    choose(user, first)
    check(send(user, face(42)), 200)
    check(user.delete(f"/users/{user.id}/photos/{first}"), 200)
    assert profile(user)["verified"] is False and profile(user)["kyc_level"] == "id"


def test_the_next_photo_becomes_profile_photo_and_is_looked_at(painted):  # noqa: F811
    user, first = with_photo(painted, 44)
    upload(user, face(45))
    own = upload(user, face(44))
    choose(user, own)
    check(user.delete(f"/users/{user.id}/photos/{first}"), 200)
    check(send(user, face(44)), 200)  # against `own`
    choose(user, own)
    assert profile(user)["verified"] is True


def test_a_second_photo_of_oneself_verifies_no_other_profile_photo(painted):  # noqa: F811
    """Alice shows somebody else first, and passes with a photo further back: that is no pass."""
    user, other = with_photo(painted, 46)
    own = upload(user, face(47))
    refused(user, "different_profile_photo", face(47))
    refused(user, "different_profile_photo", *answers(47, ask(user)))
    assert profile(user)["verified"] is False and profile(user)["kyc_level"] == "basic"
    refused(user, "different_person", face(48))
    choose(user, own)
    check(send(user, face(47)), 200)
    until(lambda: looked_at(painted, user))
    assert profile(user)["verified"] is True
    choose(user, other)
    until(lambda: profile(user)["verified"] is False)
    check(user.delete(f"/users/{user.id}/photos/{other}"), 200)  # her own is the profile photo now
    check(send(user, face(47)), 200)


UNCLEAR = [jpeg(90, 90), *(face(60, reason=reason) for reason in range(1, 6))]
UNCLEAR_NAMES = ["a landscape", "nobody", "several", "small", "blurred", "dark"]


@pytest.mark.parametrize("picture", UNCLEAR, ids=UNCLEAR_NAMES)
def test_an_unclear_profile_photo_verifies_nobody(painted, picture):  # noqa: F811
    """Who others see first would be told apart by nobody: not while it is chosen, nor once it is."""
    user = new_user(painted)
    unclear = upload(user, picture)
    refused(user, "no_reference_photo", face(49))
    own = upload(user, face(49))
    refused(user, "unclear_profile_photo", face(49))
    refused(user, "unclear_profile_photo", *answers(49, ask(user)))
    refused(user, "different_person", face(48))
    assert profile(user)["verified"] is False
    choose(user, own)
    check(send(user, face(49)), 200)
    choose(user, unclear)
    until(lambda: profile(user)["verified"] is False)
    assert profile(user)["kyc_level"] == "basic"
    choose(user, own)
    check(send(user, face(49)), 200)
    until(lambda: looked_at(painted, user))
    assert profile(user)["verified"] is True


def brought_to_the_front(painted, person, second):  # noqa: F811
    """Deleting the profile photo leaves that one in its place; the person's own, of the check, is the third."""
    user, first = with_photo(painted, person)
    upload(user, second)
    own = upload(user, face(person))
    choose(user, own)
    check(send(user, face(person)), 200)
    choose(user, first)
    until(lambda: looked_at(painted, user))
    assert profile(user)["verified"] is True
    check(user.delete(f"/users/{user.id}/photos/{first}"), 200)
    until(lambda: profile(user)["verified"] is False)


def test_an_unclear_photo_that_comes_to_the_front_clears_verified(painted):  # noqa: F811
    brought_to_the_front(painted, 66, face(67, reason=2))


def test_it_is_verified_with_the_profile_photo_where_that_passes(painted):  # noqa: F811
    """So deleting the other one changes nothing."""
    user, first = with_photo(painted, 61)
    second = upload(user, face(61))
    check(send(user, face(61)), 200)
    check(user.delete(f"/users/{user.id}/photos/{second}"), 200)
    assert profile(user)["verified"] is True
    check(user.delete(f"/users/{user.id}/photos/{first}"), 200)
    assert profile(user)["verified"] is False


def test_deleting_the_profile_photo_brings_another_face_to_the_front(painted):  # noqa: F811
    brought_to_the_front(painted, 62, face(63))


def test_a_profile_photo_chosen_during_a_check_is_not_verified(painted):  # noqa: F811
    user, own = with_photo(painted, 64)
    other = upload(user, face(65))
    until(lambda: looked_at(painted, user))
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(send, user, face(64, reason=SLOW))
        time.sleep(0.1)
        choose(user, other)
        reply = reply.result()
    if reply.status_code == 409:  # else it was chosen before the check began, or after it ended
        assert reply.json()["detail"] == "The profile photo was changed just now"
    else:
        assert reply.status_code == 200 or reply.json()["reason"] == "different_profile_photo"
    until(lambda: profile(user)["verified"] is False)


# ── Meanwhile ──


def test_a_photo_deleted_while_it_is_looked_at_leaves_nothing(painted):  # noqa: F811
    user = new_user(painted)
    name = upload(user, face(50, reason=SLOW))
    until(lambda: store.query(painted, "SELECT tries FROM face_photos WHERE person = ?", user.number) == [(1,)])
    check(user.delete(f"/users/{user.id}/photos/{name}"), 200)
    marker = upload(user, face(51))  # looked at after the other one is done with
    until(lambda: looked_at(painted, user))
    assert store.query(painted, "SELECT name FROM face_photos WHERE person = ?", user.number) == [(marker,)]


def test_a_photo_deleted_during_a_check_verifies_nobody(painted):  # noqa: F811
    user, name = with_photo(painted, 52)
    until(lambda: looked_at(painted, user))
    with ThreadPoolExecutor(1) as pool:
        reply = pool.submit(send, user, face(52, reason=SLOW))
        time.sleep(0.1)
        check(user.delete(f"/users/{user.id}/photos/{name}"), 200)
        reply = reply.result()
    assert reply.status_code in (401, 409), reply.text
    assert profile(user)["verified"] is False


def test_after_a_crash_the_looking_goes_on(make_server):
    server = make_server(binary=DOUBLE)
    user = new_user(server)
    upload(user, face(53, reason=SLOW))
    until(lambda: store.query(server, "SELECT tries FROM face_photos") == [(1,)])
    server.kill()
    store.query(server, "UPDATE face_photos SET due_us = 1 WHERE due_us IS NOT NULL")  # its two minutes are over
    server.restart()
    until(lambda: looked_at(server, user))


def test_another_model_or_key_looks_anew(make_server):
    server = make_server(binary=DOUBLE, data_key="a" * 32)
    user, _ = with_photo(server, 54)
    until(lambda: looked_at(server, user))
    sql = "SELECT version FROM face_photos"
    (before,), = store.query(server, sql)
    server.restart(face_models="other")
    check(send(user, face(54)), 200)
    assert store.query(server, sql) != [(before,)]
    server.restart(data_key="b" * 32)
    check(send(user, face(54)), 200)


def test_the_model_goes_away(make_server):
    server = make_server(binary=DOUBLE, face_models="missing")
    user, _ = with_photo(server, 55)
    check(send(user, face(55)), 503, "Face model is not installed")
    why = "Face model is not installed: a test has taken it away"
    assert check(user.get("/faceauth/model"), 200) == {"installed": False, "reason": why}
    ready = check(user.get("/health/ready"), 200)
    assert ready["face_model"] == "not_installed" and ready["face_model_reason"] == why
    server.restart(face_models="")
    assert check(user.get("/faceauth/model"), 200) == {"installed": True, "reason": None}
    until(lambda: looked_at(server, user))
    check(send(user, face(55)), 200)


def test_models_that_come_later_are_found(make_server, tmp_path):
    """Without a new start: the program looks for them again."""
    server = make_server(binary=DOUBLE, face_models=str(tmp_path / "models"))
    user, _ = with_photo(server, 56)
    check(send(user, face(56)), 503, "Face model is not installed")
    assert check(user.get("/health/ready"), 200)["face_model"] == "not_installed"
    (tmp_path / "models").mkdir()
    # Each process looks for itself, 5, 15, 35 and 75 s after it began.
    def installed():
        assert check(user.get("/faceauth/model"), 200) == {"installed": True, "reason": None}
        ready = check(user.get("/health/ready"), 200)
        assert ready["face_model"] == "installed" and ready["face_model_reason"] is None

    everywhere(installed, 100)
    until(lambda: looked_at(server, user))
    check(send(user, face(56)), 200)


def test_a_gateway_alone_tells_what_holds_where_faces_are_checked(make_server, tmp_path):
    """Not what lies on its own machine, and what came since its start, too."""
    server = make_server(binary=DOUBLE, split="two", face_models=str(tmp_path / "models"))
    user = new_user(server)
    ready = check(user.get("/health/ready"), 200)
    assert ready["face_model"] == "not_installed" and ready["face_model_reason"] == "Face model is not installed: a test has taken it away"
    (tmp_path / "models").mkdir()

    def installed():
        ready = check(user.get("/health/ready"), 200)
        assert ready["face_model"] == "installed" and ready["face_model_reason"] is None and ready["store"] == "none"

    soon(installed, 30)
    alone = make_server(binary=DOUBLE, services=["gateway"], split="", upstream_faceauth="http://127.0.0.1:9")
    ready = requests.get(alone.url + "/health/ready").json()
    assert ready["face_model"] == "not_installed" and ready["face_model_reason"] == "The face check service does not answer"
