"""Signing up, signing in, what a token is worth, and how sessions end (reference 1.1–1.3; contract §4, §5)."""
import base64
import hashlib
import hmac
import json
import re
import statistics
import time
from datetime import date, datetime, timezone

import pytest
import requests

from helpers import PASSWORD, anonymous, check, everywhere, log_in, new_user, unique

UUID8 = re.compile(r"\d{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
SESSION_KEYS = ["access_token", "token_type", "user_id", "email", "user_number", "registration_status"]


def person(**fields):
    """What signup is sent: the reference's own example, but for the address."""
    return {"name": "John Doe", "email": unique("john") + "@example.com", "phone": "+1234567890", "gender": "male",
            "dob": "1990-01-15", "password": "securePassword123", "bio": "Looking for meaningful connections", **fields}


def sign_up(server, **fields):
    return anonymous(server).post("/auth/signup", json=person(**fields))


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def years_ago(years, days=0):
    today = datetime.now(timezone.utc).date()
    try:
        then = today.replace(year=today.year - years)
    except ValueError:  # born on 29 February: a year older on 1 March
        then = date(today.year - years, 3, 1)
    return date.fromordinal(then.toordinal() + days).isoformat()


def fields_of(reply):
    return [e["field"] for e in check(reply, 422)["errors"]]


# ── Signing up ──


def test_signup_answers_as_the_reference_does(server):
    sent = person()
    reply = anonymous(server).post("/auth/signup", json=sent)
    body = check(reply, 201)
    assert list(body) == SESSION_KEYS
    assert body["token_type"] == "bearer" and body["email"] == sent["email"]
    assert UUID8.fullmatch(body["user_id"])
    assert int(body["user_id"][:8]) == body["user_number"] > 0


def test_numbers_differ_and_count_up(server):
    first, second = check(sign_up(server), 201), check(sign_up(server), 201)
    assert second["user_number"] > first["user_number"]
    assert second["user_id"][9:] != first["user_id"][9:]


def test_the_token_says_who_and_for_how_long(server):
    before = time.time()
    body = check(sign_up(server), 201)
    said = claims(body["access_token"])
    assert set(said) == {"sub", "uno", "email", "role", "iat", "exp", "jti"}
    assert said["sub"] == body["user_id"] and said["uno"] == body["user_number"]
    assert said["email"] == body["email"] and said["role"] == "user"
    assert said["exp"] - said["iat"] == pytest.approx(7200)
    assert before - 1 < said["iat"] < time.time() + 1


def test_the_tokens_life_is_a_setting(make_server):
    server = make_server(services=["gateway", "user"], token_ttl_s=60)
    said = claims(new_user(server).token)
    assert said["exp"] - said["iat"] == pytest.approx(60)


@pytest.mark.parametrize("password", ["securePassword123", "myPassword123", "securePass123", "testpass123"])
def test_the_references_own_passwords_will_do(server, password):
    check(sign_up(server, password=password), 201)


def test_an_email_has_one_account_whatever_its_letter_case(server):
    email = unique("Mixed") + "@Example.COM"
    assert check(sign_up(server, email=email), 201)["email"] == email.lower()
    for again in (email, email.lower(), email.upper(), f"  {email} "):
        check(sign_up(server, email=again), 409, "An account with this e-mail already exists")


def test_what_is_optional_and_what_is_unknown(server):
    sent = person(favourite_colour="blue", id=7, verified=True, role="admin", kyc_level="id")
    del sent["bio"]
    body = check(anonymous(server).post("/auth/signup", json=sent), 201)
    profile = check(anonymous(server).get(f"/users/{body['user_id']}", headers={
        "Authorization": "Bearer " + body["access_token"]}), 200)
    assert profile["bio"] is None and profile["verified"] is False and profile["kyc_level"] == "basic"
    assert claims(body["access_token"])["role"] == "user"


@pytest.mark.parametrize("field", ["name", "email", "phone", "gender", "dob", "password"])
@pytest.mark.parametrize("value", [None, "absent"])
def test_required_fields(server, field, value):
    sent = person()
    del sent[field]
    if value is None:
        sent[field] = None
    body = check(anonymous(server).post("/auth/signup", json=sent), 422)
    assert body["errors"] == [{"field": field, "message": "is required"}]
    assert body["detail"] == f"{field} is required"


def test_every_wrong_field_is_named_once(server):
    assert sorted(fields_of(anonymous(server).post("/auth/signup", json={"bio": 5}))) == [
        "bio", "dob", "email", "gender", "name", "password", "phone"]


@pytest.mark.parametrize("field,value", [
    ("name", ""), ("name", "   "), ("name", "x" * 101), ("name", "a\nb"), ("name", 5), ("name", ["x"]),
    ("email", "john"), ("email", "john@localhost"), ("email", "a b@example.com"), ("email", "x" * 65 + "@example.com"),
    ("email", "x@" + "y" * 250 + ".com"), ("email", "jöhn@example.com"), ("email", "<b>@example.com"),
    ("phone", "1234567890"), ("phone", "+0123456789"), ("phone", "+12"), ("phone", "+1234567890123456"),
    ("phone", "+1 234 567 890"),
    ("gender", ""), ("gender", "any"), ("gender", "ANY"), ("gender", " any "), ("gender", "x" * 33),
    ("dob", "15.01.1990"), ("dob", "1990-02-30"), ("dob", ""), ("dob", "1899-12-31"), ("dob", 19900115),
    ("dob", years_ago(18, days=1)), ("dob", "2999-01-01"),
    ("password", "short-7"), ("password", "".join(chr(33 + i * i % 89) for i in range(1025))), ("password", "password"), ("password", "12345678"),
    ("password", "qwertyuiop"), ("password", "aaaaaaaa"), ("password", 1234567890),
    ("bio", "x" * 2001),
])
def test_wrong_fields(server, field, value):
    assert fields_of(sign_up(server, **{field: value})) == [field]


@pytest.mark.parametrize("fields", [
    {"name": "x" * 100}, {"name": "Ω" * 100}, {"name": "O'Brien-Łukasz 李"}, {"name": "  Jane  "},
    {"gender": "x" * 32}, {"gender": "ж" * 32}, {"gender": "non-binary"}, {"dob": years_ago(18)}, {"dob": "1900-01-01"},
    {"phone": "+1234567"}, {"phone": "+123456789012345"}, {"password": "x7!-kPq0"}, {"password": "".join(chr(33 + i * i % 89) for i in range(1024))},
    {"password": "пароль-и-ещё"}, {"bio": "Ω" * 2000}, {"bio": "two\nlines"}, {"bio": ""},
])
def test_bounds_that_are_inside(server, fields):
    check(sign_up(server, **fields), 201)


def test_names_are_trimmed(server):
    user = new_user(server, name="  Jane  ")
    assert check(user.get(f"/users/{user.id}"), 200)["name"] == "Jane"


def test_the_email_is_no_password(server):
    name = unique("somebody-long")
    for password in (f"{name}@example.com", name):
        assert fields_of(sign_up(server, email=f"{name}@example.com", password=password)) == ["password"]


@pytest.mark.parametrize("path", ["/auth/signup", "/auth/login"])
def test_bodies_that_are_no_json(server, path):
    post = anonymous(server).post
    for text in (b"{", b"[]", b'"x"', b'{"a":1,"a":2}', b'{"email": NaN}', b'{"email":"\\ud800"}', b"\xff\xfe",
                 b"[" * 40 + b"]" * 40):
        check(post(path, data=text, headers={"Content-Type": "application/json"}), 400)
    check(post(path, data="email=a", headers={"Content-Type": "application/x-www-form-urlencoded"}), 415)
    check(post(path, data=b"{" + b" " * 70000 + b"}", headers={"Content-Type": "application/json"}), 413)
    assert "email" in fields_of(post(path))  # no body reads as {}


def test_json_without_a_content_type(server):
    data = json.dumps(person()).encode()
    request = requests.Request("POST", server.url + "/auth/signup", data=data).prepare()
    request.headers.pop("Content-Type", None)
    assert requests.Session().send(request).status_code == 201


def test_other_methods(server):
    reply = anonymous(server).get("/auth/signup")
    check(reply, 405)
    assert reply.headers["Allow"] == "POST"


def test_signups_from_one_address_are_limited_where_limits_are_enforced(make_server):
    server = make_server(services=["gateway", "user"], enforce_limits=True, signups_per_hour=3)
    assert [sign_up(server).status_code for _ in range(3)] == [201] * 3
    reply = sign_up(server)
    check(reply, 429)
    assert 0 < int(reply.headers["Retry-After"]) <= 3600
    assert fields_of(sign_up(server, name="")) == ["name"]  # what is refused anyway does not count


# ── Signing in ──


def test_login_answers_as_signup_does(server):
    user = new_user(server)
    for email in (user.email, user.email.upper(), f" {user.email} "):
        body = check(anonymous(server).post("/auth/login", json={"email": email, "password": user.password}), 200)
        assert list(body) == SESSION_KEYS
        assert (body["user_id"], body["user_number"], body["email"]) == (user.id, user.number, user.email)
        assert body["token_type"] == "bearer"
    again = claims(body["access_token"])
    assert again["jti"] != claims(user.token)["jti"]


def test_wrong_password_and_unknown_email_read_the_same(server):
    user = new_user(server)
    wrong = anonymous(server).post("/auth/login", json={"email": user.email, "password": user.password + "x"})
    nobody = anonymous(server).post("/auth/login", json={"email": unique("nobody") + "@example.com", "password": "x"})
    for reply in (wrong, nobody):
        check(reply, 401, "Wrong e-mail or password")
        assert reply.headers["WWW-Authenticate"] == "Bearer"
    check(anonymous(server).post("/auth/login", json={"email": "not an address", "password": "x"}), 401)


def test_wrong_password_and_unknown_email_take_the_same_time(server):
    user = new_user(server)

    def median(email):
        times = []
        for _ in range(9):
            before = time.perf_counter()
            anonymous(server).post("/auth/login", json={"email": email, "password": "wrong-password"})
            times.append(time.perf_counter() - before)
        return statistics.median(times)

    ratio = median(user.email) / median("nobody@example.com")
    assert 0.1 < ratio < 10, ratio  # one that skipped the hash would answer in a fiftieth of the time


def test_login_fields(server):
    assert fields_of(anonymous(server).post("/auth/login", json={})) == ["email", "password"]
    assert fields_of(anonymous(server).post("/auth/login", json={"email": "", "password": "x"})) == ["email"]
    assert fields_of(anonymous(server).post("/auth/login", json={"email": "a@b.cd", "password": "x" * 1025})) == [
        "password"]


def test_lock_out_after_failures_of_one_account_where_limits_are_enforced(make_server):
    server = make_server(services=["gateway", "user"], enforce_limits=True, login_failures=3)
    user, other = new_user(server), new_user(server)

    def attempt(who, password):
        return anonymous(server).post("/auth/login", json={"email": who.email, "password": password})

    for _ in range(2):
        check(attempt(user, "wrong"), 401)
    check(attempt(user, user.password), 200)  # a good one starts the count again
    for _ in range(3):
        check(attempt(user, "wrong"), 401)
    reply = attempt(user, user.password)
    check(reply, 429)
    assert 0 < int(reply.headers["Retry-After"]) <= 900
    check(attempt(other, other.password), 200)
    # the same count guards the other places that take the password
    check(user.post("/auth/change-password", json={"current_password": user.password, "new_password": "another-1-Word"}),
          429)


def test_development_does_not_lock_out(server):
    user = new_user(server)
    for _ in range(12):
        check(anonymous(server).post("/auth/login", json={"email": user.email, "password": "wrong"}), 401)
    log_in(server, user.email, user.password)


# ── What a token is worth ──


def test_verify_token(server):
    user = new_user(server)
    body = check(user.post("/auth/verify-token"), 200)
    assert body == {"user_id": user.id, "email": user.email, "token_valid": True, "user_number": user.number}
    assert list(body)[:3] == ["user_id", "email", "token_valid"]
    check(user.post("/auth/verify-token", json={}), 200)
    check(anonymous(server).post("/auth/verify-token"), 401, "Missing or invalid authorization header")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Token {t}", "{t}", "Bearer {t}x", "Bearer x{t}", "Basic e30="])
def test_headers_that_are_no_good(server, header):
    user = new_user(server)
    reply = anonymous(server).post("/auth/verify-token", headers={"Authorization": header.format(t=user.token)})
    check(reply, 401, "Missing or invalid authorization header")


def test_the_scheme_has_no_letter_case(server):
    user = new_user(server)
    check(anonymous(server).post("/auth/verify-token", headers={"Authorization": "bearer " + user.token}), 200)


def signed(secret, said):
    def b64(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    text = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(json.dumps(said).encode())
    return text + "." + b64(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def test_an_expired_token_is_none(make_server):
    secret = "a-secret-for-this-test-only-0123456789"
    server = make_server(services=["gateway", "user"], token_secret=secret)
    user = new_user(server)
    said = claims(user.token)

    def with_times(iat, exp):
        user.token = signed(secret, dict(said, iat=said["iat"] + iat, exp=said["iat"] + exp))
        return user.post("/auth/verify-token")

    check(with_times(0, 60), 200)  # made as ours are, so the refusals below are for their times
    check(with_times(-7200, -1), 401, "Missing or invalid authorization header")
    check(with_times(3600, 7200), 401)  # issued in the future


def test_tokens_outlive_a_restart(make_server):
    server = make_server(services=["gateway", "user"])
    user = new_user(server)
    server.restart()
    check(user.post("/auth/verify-token"), 200)  # the secret is kept in the data directory
    check(log_in(server, user.email, user.password).post("/auth/verify-token"), 200)


# ── Ending sessions ──


def test_logout_ends_this_token_only(server):
    user = new_user(server)
    other = log_in(server, user.email, user.password)
    assert check(user.post("/auth/logout"), 200) == {"message": "Signed out"}
    everywhere(lambda: check(user.get(f"/users/{user.id}"), 401, "Missing or invalid authorization header"))
    check(user.post("/auth/logout"), 401)
    check(other.get(f"/users/{user.id}"), 200)
    log_in(server, user.email, user.password).get("/auth/verify-token")


def test_logout_everywhere(server):
    user, stranger = new_user(server), new_user(server)
    other = log_in(server, user.email, user.password)
    check(user.post("/auth/logout", json={"all": "perhaps"}), 422)
    assert check(user.post("/auth/logout", json={"all": True}), 200) == {"message": "Signed out everywhere"}
    for gone in (user, other):
        everywhere(lambda: check(gone.post("/auth/verify-token"), 401))
    check(stranger.post("/auth/verify-token"), 200)
    check(log_in(server, user.email, user.password).post("/auth/verify-token"), 200)  # at once, in the same second


def test_revocations_outlive_a_restart(make_server):
    server = make_server(services=["gateway", "user"])
    user = new_user(server)
    kept = log_in(server, user.email, user.password)
    check(user.post("/auth/logout"), 200)
    server.kill()
    server.restart()
    everywhere(lambda: check(user.post("/auth/verify-token"), 401))
    check(kept.post("/auth/verify-token"), 200)


def test_change_password_ends_all_other_sessions(server):
    user = new_user(server)
    other = log_in(server, user.email, user.password)
    body = check(user.post("/auth/change-password", json={
        "current_password": user.password, "new_password": "quite-Another-9"}), 200)
    assert body == {"message": "Password changed"}
    check(user.post("/auth/verify-token"), 200)
    everywhere(lambda: check(other.post("/auth/verify-token"), 401))
    check(anonymous(server).post("/auth/login", json={"email": user.email, "password": user.password}), 401)
    check(log_in(server, user.email, "quite-Another-9").post("/auth/verify-token"), 200)


def test_change_password_needs_the_current_one_and_a_good_new_one(server):
    user = new_user(server)

    def change(current, new):
        return user.post("/auth/change-password", json={"current_password": current, "new_password": new})

    check(change("wrong-One-3", "quite-Another-9"), 401, "Wrong password")
    assert fields_of(change(PASSWORD, "short")) == ["new_password"]
    assert fields_of(change(PASSWORD, "password1")) == ["new_password"]
    assert fields_of(change(PASSWORD, user.email)) == ["new_password"]
    assert fields_of(change(PASSWORD, PASSWORD)) == ["new_password"]
    assert fields_of(user.post("/auth/change-password", json={})) == ["current_password", "new_password"]
    check(anonymous(server).post("/auth/change-password", json={
        "current_password": PASSWORD, "new_password": "quite-Another-9"}), 401)
    check(log_in(server, user.email, PASSWORD).post("/auth/verify-token"), 200)


def test_concurrent_changes_leave_one_password(server):
    from concurrent.futures import ThreadPoolExecutor
    user = new_user(server)
    words = [f"quite-Another-{i}" for i in range(4)]
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda w: user.post("/auth/change-password", json={
            "current_password": user.password, "new_password": w}), words))
    won = [w for w, r in zip(words, replies) if r.status_code == 200]
    assert len(won) == 1 and all(r.status_code in (200, 401, 409) for r in replies)
    log_in(server, user.email, won[0])


def test_passwords_and_tokens_are_not_in_the_log(make_server):
    server = make_server(services=["gateway", "user"], access_log=True)
    user = new_user(server)
    anonymous(server).post("/auth/login", json={"email": user.email, "password": "wrong-password-77"})
    user.post("/auth/verify-token")
    server.stop()
    text = server.log_text() + server.output_text()
    assert "/auth/login" in text
    for secret in (user.password, "wrong-password-77", user.token, user.token.split(".")[2], user.email):
        assert secret not in text


# ── At once ──


def test_signups_at_once_get_numbers_of_their_own(server):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: check(sign_up(server), 201)["user_number"], range(16)))
    assert len(set(numbers)) == 16


def test_one_email_at_once_makes_one_account(server):
    from concurrent.futures import ThreadPoolExecutor
    email = unique("race") + "@example.com"
    with ThreadPoolExecutor(6) as pool:
        seen = sorted(pool.map(lambda _: sign_up(server, email=email).status_code, range(6)))
    assert seen == [201, 409, 409, 409, 409, 409]
