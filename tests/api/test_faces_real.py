"""Face checks with the real models on photos of real people, where both are: the models beside the program (or in BOOKADATE_TEST_MODELS),
the photos in $BOOKADATE_TEST_FACES/lfw10 or ../shared/faces/lfw10, a folder a person. Says aloud what it skips."""
import os

import pytest

from faces import profile, upload
from helpers import check, new_user
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


def test_photos_that_do_not_move_answer_no_challenge(real):
    user = new_user(real)
    own = photos(4)
    upload(user, own[0])
    given = check(user.post(f"/faceauth/challenge/{user.id}"), 200)
    body = check(send(user, *[own[0]] * len(given["steps"])), 401)
    assert body["reason"] == "image_seen"  # it is her photo
    assert profile(user)["verified"] is False
