"""Face checks without a model: everything but the comparison, and never a made-up result (reference 5.1, 5.2; contract §8)."""
import struct
import time
import zlib

import pytest

import store
from program import Server
from helpers import admin, anonymous, check, couple, jpeg, new_user, png

NOBODY = "00000001-0000-8000-8000-000000000000"
NONE_YET = "No face validation found"
NO_MODEL = "Face model is not installed"
NONE = {"face_models": "/nonexistent"}


def verify(user, data=None, who=None, part="image"):
    path = f"/faceauth/verify/{who or user.id}"
    return user.post(path, files={part: ("face.jpg", data if data is not None else jpeg(200, 200), "image/jpeg")})


def status(user, who=None):
    return user.get(f"/faceauth/status/{who or user.id}")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A program without a model, in place of the one that all tests share."""
    program = Server(tmp_path_factory.mktemp("no-model"), **NONE)
    yield program
    program.remove()


def attempts(server, *rows):
    """Put attempts into the store of a stopped server: (number, uuid, is_validated, confidence, seconds ago)."""
    server.stop()
    now = int(time.time() * 1e6)
    for i, (number, uuid, good, confidence, ago) in enumerate(rows):
        store.query(server, "INSERT INTO face_attempts (id, person, user_id, is_validated, confidence, reason, created_at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?)", f"{i:08}-0000-4000-8000-000000000000", number, uuid, good, confidence,
                    None if good else "different_person", now - int(ago * 1e6))
    server.restart()


def test_says_that_there_is_no_model(server):
    user = new_user(server)
    state = check(user.get("/faceauth/model"), 200)
    assert state["installed"] is False and state["reason"].startswith(NO_MODEL) and "/" not in state["reason"]
    check(anonymous(server).get("/faceauth/model"), 401)


def test_a_good_image_gets_503_and_leaves_nothing(server):
    user = new_user(server)
    for data in (jpeg(200, 200), png(200, 200)):
        reply = verify(user, data)
        check(reply, 503, NO_MODEL)
        assert int(reply.headers["Retry-After"]) > 0
    check(verify(user, who=user.number), 503, NO_MODEL)
    check(status(user), 404, NONE_YET)
    profile = check(user.get(f"/users/{user.id}"), 200)
    assert profile["verified"] is False and profile["kyc_level"] == "basic"


def test_the_order_of_checks(server):
    user, other, root = new_user(server), new_user(server), admin(server)
    check(anonymous(server).post(f"/faceauth/verify/{user.id}", files={"image": b"x"}), 401,
          "Missing or invalid authorization header")
    for who in (user, root):  # not an admin either, and before the image is looked at
        check(verify(who, b"no image", who=other.id), 403, f"user_id {other.id} is not yours: yours is {who.id}")
    check(verify(user, b"no image", who=NOBODY), 404, "User not found")
    check(verify(user, who="abc"), 404)
    check(verify(user, b"no image"), 415, "The file is not a whole JPEG, PNG or WebP image")
    check(verify(user, jpeg(200, 200)[:-50]), 415)
    check(verify(user, jpeg(200, 200) + b"\0" * (10 * 1024 * 1024)), 413, "The image has more than 10485760 bytes")
    head = b"IHDR" + struct.pack(">IIBBBBB", 10000, 5001, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + png()[33:]
    check(verify(user, bomb), 413, "The image has more than 50 megapixels")


def test_forms_that_are_none(server):
    user = new_user(server)
    assert check(verify(user, part="file"), 422)["errors"][0]["field"] == "image"
    check(verify(user, png(16, 16)), 503, NO_MODEL)  # an image all the same: the model's to refuse
    check(verify(user, jpeg(1, 1)), 503, NO_MODEL)
    check(verify(user, jpeg(16, 16)[:-20]), 415)
    check(user.post(f"/faceauth/verify/{user.id}", data=jpeg(), headers={"Content-Type": "image/jpeg"}), 415)
    check(user.post(f"/faceauth/verify/{user.id}"), 415)


@pytest.mark.parametrize("folder", ["/nonexistent/", "/nonexistent with/blanks in it", "/nonexistent with/blanks in it//"])
def test_the_reason_names_files_without_folders(make_server, folder):
    user = new_user(make_server(face_models=folder))
    assert check(user.get("/faceauth/model"), 200)["reason"] == NO_MODEL + ": there is no models.json"
    reply = verify(user)
    check(reply, 503, NO_MODEL)
    assert int(reply.headers["Retry-After"]) <= 80  # when it is tried again: 5 s from the start, then twice as long each time


def test_images_are_not_kept(make_server):
    server = make_server(**NONE)
    user = new_user(server)
    before = sorted(p.name for p in server.data_dir.rglob("*"))
    check(verify(user), 503)
    assert sorted(p.name for p in server.data_dir.rglob("*")) == before


# ── Status ──


def test_status_is_ones_own_and_an_admins(server):
    alice, bob, _ = couple(server)
    root = admin(server)
    check(status(alice), 404, NONE_YET)
    check(status(alice, alice.number), 404, NONE_YET)
    check(status(root, alice.id), 404, NONE_YET)
    check(status(bob, alice.id), 403, f"user_id {alice.id} is not yours: yours is {bob.id}")
    check(status(bob, NOBODY), 404, "User not found")
    check(status(root, NOBODY), 404, "User not found")
    check(anonymous(server).get(f"/faceauth/status/{alice.id}"), 401)


def test_status_is_the_latest_success_else_the_latest_attempt(make_server):
    server = make_server(**NONE)
    alice, bob, root = new_user(server), new_user(server), admin(server)
    attempts(server,
             (alice.number, alice.id, 0, 0.11, 400), (alice.number, alice.id, 1, 0.91, 300),
             (alice.number, alice.id, 1, 0.95, 200), (alice.number, alice.id, 0, 0.12, 100),
             (bob.number, bob.id, 0, 0.25, 50), (bob.number, bob.id, 0, None, 20))
    good = check(status(alice), 200)
    assert list(good) == ["id", "user_id", "is_validated", "confidence", "created_at"]
    assert good["user_id"] == alice.id and good["is_validated"] is True and good["confidence"] == 0.95
    assert len(good["created_at"]) == 19
    assert check(status(root, alice.id), 200) == good
    bad = check(status(bob), 200)
    assert bad["is_validated"] is False and bad["confidence"] is None


# ── Too many failures ──


def test_five_failures_an_hour_where_limits_are_enforced(make_server):
    server = make_server(enforce_limits=True, **NONE)
    alice, bob = new_user(server), new_user(server)
    attempts(server, *[(alice.number, alice.id, 0, 0.1, 600 + i) for i in range(5)],
             *[(bob.number, bob.id, 0, 0.1, 3601 + i) for i in range(5)],
             *[(bob.number, bob.id, 0, 0.1, 60 + i) for i in range(4)],
             (bob.number, bob.id, 1, 0.9, 30))
    reply = verify(alice)
    check(reply, 429)
    assert 2900 < int(reply.headers["Retry-After"]) <= 2996  # when the oldest is an hour old
    check(verify(alice, b"no image"), 415)  # the image is looked at first
    check(verify(bob), 503, NO_MODEL)  # four, and those of an hour ago no longer count


def test_development_does_not_count(make_server):
    server = make_server(**NONE)
    user = new_user(server)
    attempts(server, *[(user.number, user.id, 0, 0.1, i) for i in range(9)])
    check(verify(user), 503, NO_MODEL)


@pytest.mark.sqlite  # a loop does not wait for a store elsewhere before it takes a body
def test_not_yours_comes_before_a_wrong_type_or_size(server):
    """The documented order: 403 before 415 and 413, without the body being read."""
    alice, bob = new_user(server), new_user(server)
    for path in (f"/faceauth/verify/{bob.id}", f"/users/{bob.id}/photos"):
        check(alice.post(path, data=b"x", headers={"Content-Type": "text/plain"}), 403)
        check(alice.post(path, data=b"x" * (32 << 20), headers={"Content-Type": "multipart/form-data; boundary=b"}), 403)
    for path in (f"/faceauth/verify/{alice.id}", f"/users/{alice.id}/photos"):
        check(alice.post(path, data=b"x", headers={"Content-Type": "text/plain"}), 415)
        check(alice.post(path, data=b"x" * (32 << 20), headers={"Content-Type": "multipart/form-data; boundary=b"}), 413)
