"""Painted faces that only bookadate-test-faces (tests/tools/face_double.c) can read, and a server of that program. A picture is
8 × 8 cells of eight greys: a mark, what the face is like, and noise that makes no two pictures alike."""
import itertools
import random

import pytest

from helpers import check, jpeg
from program import BINARY, ROOT
from pathlib import Path

# Built with the tests alone: where the program itself is a release build, it stands beside the other one.
BESIDE = Path(BINARY).with_name("bookadate-test-faces")
DOUBLE = str(BESIDE if BESIDE.exists() else ROOT / "build-asan" / "bookadate-test-faces")
REASONS = ["", "no_face", "several_faces", "too_small", "too_blurred", "too_dark"]
SLOW = 7
FRONTAL = {"yaw": 0, "pitch": 0, "size": 2}
POSES = {"turn_left": {"yaw": 30}, "turn_right": {"yaw": -30}, "look_up": {"pitch": 20}, "come_closer": {"size": 4}}
_noise = itertools.count(1)


def face(person, reason=0, yaw=0, pitch=0, size=2, liveness=5, noise=None, side=128):
    """A JPEG of a person (0–511); angles in tens of degrees. The same noise: the same picture."""
    grain = random.Random(noise if noise is not None else f"{next(_noise)} {random.random()}")
    rows = [[7, 0] * 4,
            [reason, person >> 6, person >> 3 & 7, person & 7, 4 + yaw // 10, 4 + pitch // 10, size, liveness]]
    rows += [[grain.choice((0, 7)) for _ in range(8)] for _ in range(6)]
    return jpeg(side, side, lambda x, y: (rows[y * 8 // side][x * 8 // side] * 255 // 7,) * 3)


def posed(person, step, **kw):
    return face(person, **{**FRONTAL, **POSES[step], **kw})


@pytest.fixture(scope="module")
def painted(tmp_path_factory):
    """A server that reads painted faces, for all tests of a file."""
    from program import Server
    program = Server(tmp_path_factory.mktemp("painted"), binary=DOUBLE)
    yield program
    program.remove()


def upload(user, picture):
    """The new photo's name."""
    reply = check(user.post(f"/users/{user.id}/photos", files={"file": ("p.jpg", picture, "image/jpeg")}), 201)
    return reply["photo_url"].rsplit("/", 1)[1]


def profile(user):
    return check(user.get(f"/users/{user.id}"), 200)
