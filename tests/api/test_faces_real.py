"""Face checks with the real models on photos of real people, where both are: the models beside the program (or in BOOKADATE_TEST_MODELS),
the photos in $BOOKADATE_TEST_FACES/lfw10 or ../shared/faces/lfw10, a folder a person. Says aloud what it skips."""
import os

import pytest

from faces import profile, upload
from helpers import check, exif, new_user, until
from program import ROOT, Server

# Taken out of the environment: to the program itself they are unknown settings.
PHOTOS = os.environ.pop("BOOKADATE_TEST_FACES", str(ROOT.parent / "shared" / "faces")) + "/lfw10"
MODELS = os.environ.pop("BOOKADATE_TEST_MODELS", "")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    if not os.path.isdir(PHOTOS):
        pytest.skip(f"there are no photos of people in {PHOTOS}")
    program = Server(tmp_path_factory.mktemp("real"), **({"face_models": MODELS} if MODELS else {}))
    try:
        state = check(new_user(program).get("/faceauth/model"), 200)
        if not state["installed"]:
            pytest.skip(state["reason"])
        yield program
    finally:
        program.remove()


def photos(person):
    folder = os.path.join(PHOTOS, sorted(os.listdir(PHOTOS))[person])
    return [open(os.path.join(folder, name), "rb").read() for name in sorted(os.listdir(folder))]


def send(user, *pictures):
    return user.post(f"/faceauth/verify/{user.id}", files=[("image", ("f.jpg", p, "image/jpeg")) for p in pictures])


def turned(picture, orientation):
    """The same JPEG, with EXIF that says how it is to be turned: 2 mirrored, 3 upside down."""
    said = exif(orientation)
    return picture[:2] + b"\xff\xe1" + (len(said) + 2).to_bytes(2, "big") + said + picture[2:]


def ask(user):
    return check(user.post(f"/faceauth/challenge/{user.id}"), 200)["steps"]


def test_the_same_person_passes_and_others_do_not(real):
    for person in range(3):
        own, others = photos(person), photos(person + 1)
        user = new_user(real)
        for picture in own[:3]:
            upload(user, picture)
        refused = check(send(user, others[0]), 401, "Face validation failed")
        assert refused["reason"] == "different_person"
        assert check(user.get(f"/faceauth/status/{user.id}"), 200)["confidence"] < 0.2
        assert profile(user)["verified"] is False
        passed = check(send(user, own[5]), 200)
        assert passed["is_validated"] is True and passed["confidence"] > 0.8
        assert check(send(user, own[0]), 200)["confidence"] > 0.9  # the profile photo itself
        assert profile(user)["verified"] is True and profile(user)["kyc_level"] == "face"


@pytest.fixture(scope="module")
def production(real, tmp_path_factory):
    """As people use it: a challenge is asked for, limits hold (but for tries)."""
    program = Server(tmp_path_factory.mktemp("production"), profile="production", face_failures_per_hour=1000,
                     face_challenges_per_hour=1000, signups_per_hour=1000, **({"face_models": MODELS} if MODELS else {}))
    yield program
    program.remove()


def test_photos_answer_no_challenge(production):
    """One's own, as they are, in a mirror, small and encoded anew; and another's with the same face."""
    alice, bob = new_user(production), new_user(production)
    own = photos(4)
    for picture in own[:4]:
        name = upload(alice, picture)
    check(send(alice, own[5]), 409, "A challenge is needed here: ask for one first")
    small = alice.get("/uploads/" + name.replace(".jpg", "-thumb.jpg"))
    assert small.status_code == 200
    upload(bob, own[6])
    for user, stills in ((alice, own[:3]), (alice, [own[0]] * 3), (alice, [turned(p, 2) for p in own[:3]]),
                         (alice, [own[7], own[8], small.content]), (bob, own[:3]), (bob, [own[7], own[8], turned(own[3], 2)])):
        assert len(ask(user)) == 3
        assert check(send(user, *stills), 401, "Face validation failed")["reason"] == "image_seen"
    assert profile(alice)["verified"] is profile(bob)["verified"] is False


def test_a_profile_photo_of_somebody_else_however_it_is_turned_clears_verified(real):
    own, others = photos(5), photos(6)
    user = new_user(real)
    first = upload(user, own[0])
    names = {way: upload(user, turned(others[0], way)) for way in (1, 2, 3, 6, 8)}
    for way, name in names.items():
        check(user.put(f"/users/{user.id}", json={"profile_photo": "/uploads/" + first}), 200)
        check(send(user, own[1]), 200)
        assert profile(user)["verified"] is True
        check(user.put(f"/users/{user.id}", json={"profile_photo": "/uploads/" + name}), 200)
        until(lambda: profile(user)["verified"] is False)
        assert check(send(user, own[1]), 401)["reason"] in ("different_profile_photo", "unclear_profile_photo"), way
