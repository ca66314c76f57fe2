"""Signing up with a document, and what reviewers do about it: painted faces, so that the comparison really happens."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

import store
from faces import DOUBLE, face, painted, profile, upload  # noqa: F401 (a fixture)
from helpers import PASSWORD, TIMEOUT, User, admin, anonymous, check, jpeg, log_in, new_user, png, unique
from images import exif

NOT_FOUND = "Registration not found"


@pytest.fixture(scope="module")
def root(painted):  # noqa: F811
    return admin(painted)


def fields(**changed):
    return {"name": "Alice", "email": unique("alice") + "@example.com", "phone": "+1234567890", "gender": "female",
            "dob": "1995-05-10", "password": PASSWORD, **changed}


def sign_up(server, document=None, selfie=None, **changed):
    files = {"id_document": ("d.jpg", document or face(1), "image/jpeg"), "selfie": ("s.jpg", selfie or face(1), "image/jpeg")}
    return requests.post(server.url + "/auth/signup", data=fields(**changed), files=files, timeout=TIMEOUT)


def registered(server, *pictures, **changed):
    """Somebody who has sent these pictures."""
    body = check(sign_up(server, *pictures, **changed), 201)
    return User(server, body, body["email"], PASSWORD, "Alice")


def of(reviewer, user):
    rows = check(reviewer.get("/admin/registrations"), 200)
    return next(row for row in rows if row["user_id"] == user.id)


def compared(reviewer, user):
    until = time.monotonic() + 30
    while (row := of(reviewer, user))["compared_at"] is None:
        assert time.monotonic() < until, row
        time.sleep(0.1)
    return row


def decide(reviewer, row, what, **body):
    return reviewer.post(f"/admin/registrations/{row['id']}/{what}", json=body)


def document(client, row, name):
    return client.get(f"/admin/registrations/{row['id']}/documents/{name}")


def audit(server, action):
    return [row[0] for row in store.query(server, "SELECT target FROM audit WHERE action = ?", action)]


def test_a_form_waits_and_json_does_not(painted, root):  # noqa: F811
    alice = registered(painted, bio="Hello & <b>")
    assert profile(alice)["registration_status"] == "pending" and profile(alice)["bio"] == "Hello & <b>"
    assert profile(alice)["kyc_level"] == "basic"
    signed_in = requests.post(painted.url + "/auth/login", json={"email": alice.email, "password": PASSWORD}, timeout=TIMEOUT)
    assert check(signed_in, 200)["registration_status"] == "pending"
    bob = new_user(painted)
    assert profile(bob)["registration_status"] == "approved"
    assert not any(row["user_id"] == bob.id for row in check(root.get("/admin/registrations"), 200))


def test_the_form_is_checked_as_json_is(painted):  # noqa: F811
    assert [e["field"] for e in check(sign_up(painted, dob="2020-01-01", name=" "), 422)["errors"]] == ["name"]
    assert check(sign_up(painted, dob="2020-01-01"), 422)["errors"][0]["field"] == "dob"
    alice = registered(painted)
    check(sign_up(painted, email=alice.email), 409, "An account with this e-mail already exists")
    url = painted.url + "/auth/signup"
    reply = requests.post(url, data=fields(), files={"selfie": ("s.jpg", face(1), "image/jpeg")}, timeout=TIMEOUT)
    assert check(reply, 422)["errors"][0]["field"] == "id_document"
    reply = requests.post(url, data=fields(), files={"id_document": ("s.jpg", face(1), "image/jpeg")}, timeout=TIMEOUT)
    assert check(reply, 422)["errors"][0]["field"] == "selfie"
    check(sign_up(painted, b"no picture"), 415)
    check(sign_up(painted, selfie=face(1)[:-40]), 415)
    check(sign_up(painted, jpeg() + b"\0" * (10 << 20)), 413)
    check(sign_up(painted, jpeg() + b"\0" * (23 << 20)), 413)
    bad = requests.post(url, data={**fields(), "name": b"\xff"}, files={"selfie": ("s.jpg", b"x")}, timeout=TIMEOUT)
    check(bad, 400, "The form's field name is no UTF-8 text")
    check(requests.post(url, data="name=x", headers={"Content-Type": "application/x-www-form-urlencoded"}, timeout=TIMEOUT), 415)


def test_who_failed_has_no_account(painted):  # noqa: F811
    sent = fields()
    check(sign_up(painted, b"no picture", **sent), 415)
    check(sign_up(painted, **sent), 201)


@pytest.mark.parametrize("pictures,same,problems", [
    ((face(7), face(7)), True, (None, None)),
    ((face(7), face(8)), False, (None, None)),
    ((face(7, reason=4), face(7)), None, ("too_blurred", None)),
    ((png(200, 200), face(7, reason=2)), None, ("no_face", "several_faces")),
])
def test_the_faces_are_compared(painted, root, pictures, same, problems):  # noqa: F811
    row = compared(root, registered(painted, *pictures))
    assert row["status"] == "pending" and row["selfie"] == f"/admin/registrations/{row['id']}/documents/selfie"
    assert (row["id_document_problem"], row["selfie_problem"]) == problems
    assert row["same_person"] is same
    if same is None:
        assert row["similarity"] is None and row["confidence"] is None
    else:
        assert (row["similarity"] > 0.9) is same and (row["confidence"] > 0.5) is same


def test_approving_makes_kyc_id(painted, root):  # noqa: F811
    alice = registered(painted)
    row = of(root, alice)
    done = check(decide(root, row, "approve"), 200)
    assert done["status"] == "approved" and done["decided_by"] == root.number and done["decided_at"]
    assert profile(alice)["kyc_level"] == "id" and profile(alice)["registration_status"] == "approved"
    assert check(decide(root, row, "approve"), 200) == done  # again: it stands so
    check(decide(root, row, "reject", reason="No"), 409, "The registration has been approved already")
    assert audit(painted, "registration.approve").count(f"registration {row['id']}") == 1


def test_rejecting_takes_a_reason(painted, root):  # noqa: F811
    alice = registered(painted)
    row = of(root, alice)
    assert check(decide(root, row, "reject"), 422)["errors"][0]["field"] == "reason"
    assert check(decide(root, row, "reject", reason=" "), 422)["errors"][0]["field"] == "reason"
    done = check(decide(root, row, "reject", reason=" The document has expired "), 200)
    assert done["status"] == "rejected" and done["reason"] == "The document has expired"
    assert profile(alice)["registration_status"] == "rejected" and profile(alice)["kyc_level"] == "basic"
    assert log_in(painted, alice.email, PASSWORD).number == alice.number
    check(decide(root, row, "approve"), 409, "The registration has been rejected already")
    assert check(decide(root, row, "reject", reason="Another"), 200)["reason"] == "The document has expired"


def test_one_decision_stands(painted, root):  # noqa: F811
    """Approved and rejected at once, many times over: one of the two, and the account says the same."""
    for _ in range(4):
        alice = registered(painted)
        row = of(root, alice)
        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(lambda what: decide(root, row, what, reason="No"), ["approve", "reject"] * 4))
        good = {r.json()["status"] for r in replies if r.status_code == 200}
        assert len(good) == 1 and {r.status_code for r in replies} == {200, 409}
        assert profile(alice)["registration_status"] == of(root, alice)["status"] == good.pop()


def test_documents_are_the_admins_alone(painted, root):  # noqa: F811
    original = jpeg(64, 48, exif=exif(gps=(52, 13)))
    alice = registered(painted, original, face(5))
    row, before = of(root, alice), len(audit(painted, "registration.document.read"))
    for name, size in (("id_document", None), ("selfie", None)):
        reply = document(root, row, name)
        assert reply.status_code == 200 and reply.headers["Content-Type"] == "image/jpeg"
        assert reply.headers["Cache-Control"] == "no-store" and reply.content[:2] == b"\xff\xd8"
        assert b"Exif" not in reply.content
        for who in (alice, new_user(painted)):
            check(document(who, row, name), 403, "Only admins may do this")
        check(document(anonymous(painted), row, name), 401)
    assert len(audit(painted, "registration.document.read")) == before + 2
    check(document(root, row, "passport"), 404, "Document not found")
    check(document(root, {"id": 99999}, "selfie"), 404, "Document not found")
    check(document(root, {"id": "x"}, "selfie"), 404, "Document not found")
    for what in ("approve", "reject"):
        check(decide(alice, row, what, reason="x"), 403, "Only admins may do this")


def test_documents_lie_sealed(painted, root):  # noqa: F811
    row = of(root, registered(painted))
    picture = document(root, row, "selfie").content
    (sealed,), = store.query(painted, "SELECT sealed FROM user_documents WHERE registration = ? AND name = 'selfie'", row["id"])
    assert len(sealed) == len(picture) + 49 and picture[200:400] not in bytes(sealed)
    assert not list((painted.data_dir / "spool").glob("*"))


def test_the_list_is_paged_and_sifted(make_server):
    server = make_server(binary=DOUBLE)
    reviewer = admin(server)
    people = [registered(server) for _ in range(4)]
    rows = check(reviewer.get("/admin/registrations"), 200)
    assert [row["user_id"] for row in rows] == [p.id for p in people]
    check(decide(reviewer, rows[1], "approve"), 200)
    check(decide(reviewer, rows[2], "reject", reason="No"), 200)

    def ids(query):
        return [row["id"] for row in check(reviewer.get("/admin/registrations?" + query), 200)]

    assert ids("status=pending") == [rows[0]["id"], rows[3]["id"]]
    assert ids("status=approved") == [rows[1]["id"]] and ids("status=rejected") == [rows[2]["id"]]
    page = reviewer.get("/admin/registrations?status=pending&limit=1")
    assert [row["id"] for row in check(page, 200)] == [rows[0]["id"]]
    following = page.links["next"]["url"]
    assert "status=pending" in following
    assert [row["id"] for row in check(reviewer.get(following), 200)] == [rows[3]["id"]]
    assert check(reviewer.get("/admin/registrations?status=odd"), 422)["errors"][0]["field"] == "status"
    check(reviewer.get("/admin/registrations/999"), 404, NOT_FOUND)
    check(decide(reviewer, {"id": 999}, "approve"), 404, NOT_FOUND)
    check(people[0].get("/admin/registrations"), 403)
    one = f"/admin/registrations/{rows[0]['id']}"
    assert check(reviewer.get(one), 200)["id"] == rows[0]["id"]
    until = time.monotonic() + 30
    while not audit(server, "registration.read"):  # written soon after
        assert time.monotonic() < until
        time.sleep(0.05)


def test_documents_go_when_their_time_is_over(make_server):
    server = make_server(binary=DOUBLE)
    reviewer = admin(server)
    kept, gone = registered(server), registered(server)
    row = of(reviewer, gone)
    check(decide(reviewer, row, "approve"), 200)
    check(decide(reviewer, of(reviewer, kept), "approve"), 200)
    (left,), = store.query(server, "SELECT purge_after_us - decided_at FROM user_registrations WHERE id = ?", row["id"])
    assert left == 30 * 86400 * 1000000
    server.stop()
    store.query(server, "UPDATE user_registrations SET purge_after_us = 1 WHERE id = ?", row["id"])
    server.restart()
    until = time.monotonic() + 30
    while of(reviewer, gone)["id_document"]:
        assert time.monotonic() < until
        time.sleep(0.1)
    check(document(reviewer, row, "selfie"), 404, "Document not found")
    assert of(reviewer, gone)["status"] == "approved"
    assert document(reviewer, of(reviewer, kept), "selfie").status_code == 200


def test_without_a_model_it_waits_for_one(make_server):
    server = make_server(binary=DOUBLE, face_models="missing")
    reviewer = admin(server)
    alice = registered(server)
    assert of(reviewer, alice)["compared_at"] is None
    server.restart(face_models="")
    assert compared(reviewer, alice)["same_person"] is True


def test_another_data_key_opens_nothing_and_an_older_one_does(make_server):
    server = make_server(binary=DOUBLE, data_key="a" * 32, enforce_limits=False)
    reviewer = admin(server)
    row = of(reviewer, registered(server))
    server.restart(data_key="b" * 32)
    check(document(reviewer, row, "selfie"), 500)
    server.restart(data_keys_old="a" * 32)
    assert document(reviewer, row, "selfie").status_code == 200
