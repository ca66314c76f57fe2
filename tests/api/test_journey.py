"""The reference's complete workflow, word for word, through the gateway: two people who have never met sign up, are matched,
agree on a venue and a time, confirm, chat in their window, complete and review. With the reference's own numbers, 123 and 456."""
import json
import re
from datetime import datetime, timedelta, timezone

from helpers import anonymous, check, jpeg, unique, ws_connect, User

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")

BOOKING_KEYS = [
    "id", "match_id", "user_1_id", "user_2_id",
    "user_1_proposed_venue_id", "user_1_proposed_date", "user_1_proposed_time",
    "user_2_proposed_venue_id", "user_2_proposed_date", "user_2_proposed_time",
    "venue_id", "booking_date", "booking_time", "status",
    "user_1_venue_approved", "user_2_venue_approved", "user_1_time_approved", "user_2_time_approved",
    "confirmation_code", "created_at",
]


def sign_up(server, name, gender, dob):
    email = unique(name.lower()) + "@example.com"
    reply = check(anonymous(server).post("/auth/signup", json={
        "name": name, "email": email, "phone": "+1234567890", "gender": gender, "dob": dob,
        "password": "securePass123", "bio": "Love traveling and coffee"}), 201)
    assert reply["token_type"] == "bearer" and reply["email"] == email
    assert int(reply["user_id"][:8]) == reply["user_number"]
    return User(server, reply, email=email, password="securePass123", name=name)


def test_the_whole_journey(make_server):
    server = make_server()  # its own, so that nobody else is a candidate and 123 and 456 are free
    alice = sign_up(server, "Alice", "female", "1995-05-10")
    bob = sign_up(server, "Bob", "male", "1994-03-02")

    # photos and profile preferences
    photo = check(alice.post(f"/users/{alice.id}/photos", files={"file": ("me.jpg", jpeg(64, 64), "image/jpeg")}), 201)
    assert re.fullmatch(r"/uploads/[0-9a-f-]{36}\.jpg", photo["photo_url"])
    check(alice.put(f"/users/{alice.id}/preferences", json={
        "age_min": 25, "age_max": 35, "gender_preference": "male", "interests": ["travel", "coffee", "hiking"]}), 200)

    # face check: without a model it says so, with one nobody is seen on a plain picture
    reply = alice.post(f"/faceauth/verify/{alice.id}", files={"image": ("f.jpg", jpeg(200, 200), "image/jpeg")})
    if check(alice.get("/faceauth/model"), 200)["installed"]:
        check(reply, 401, "Face validation failed")
    else:
        check(reply, 503, "Face model is not installed")

    # matching, with the numbers of the reference
    prefs = check(alice.post("/matches/preferences", json={
        "user_id": 123, "gender": "female", "seeking_gender": "male", "age_min": 25, "age_max": 40,
        "interests": "travel, coffee", "bio": "Looking for adventure"}), 201)
    assert prefs["user_id"] == 123
    waiting = check(alice.post("/matches/find", json={"user_id": 123}), 200)
    assert {k: waiting[k] for k in ("id", "user_1_id", "user_2_id", "status", "matched_at")} == {
        "id": -1, "user_1_id": 123, "user_2_id": None, "status": "waiting", "matched_at": None}
    check(bob.post("/matches/preferences", json={
        "user_id": 456, "gender": "male", "seeking_gender": "female", "age_min": 25, "age_max": 40,
        "interests": "coffee, football", "bio": "Here I am"}), 201)
    match = check(bob.post("/matches/find", json={"user_id": 456}), 200)
    assert match["status"] == "pending" and {match["user_1_id"], match["user_2_id"]} == {123, 456}
    match_id = match["id"]
    check(alice.post("/matches/approve?user_id=123", json={"match_id": match_id, "approved": True}), 200)
    matched = check(bob.post("/matches/approve?user_id=456", json={"match_id": match_id, "approved": True}), 200)
    assert matched["status"] == "matched" and matched["user_1_approved"] and matched["user_2_approved"]
    assert TIME.fullmatch(matched["matched_at"])

    # the venue
    venue = check(alice.post("/venues/", json={
        "name": "The Cozy Corner", "address": "123 Main St", "city": "New York",
        "description": "Romantic restaurant with Italian cuisine", "phone": "+1234567890",
        "email": "info@cozycorner.com", "capacity": 50, "price_per_hour": 75.00}), 201)
    assert [v["id"] for v in check(bob.get("/venues/?city=New York"), 200)] == [venue["id"]]

    # booking
    booking = check(alice.post("/bookings/create", json={"match_id": match_id, "user_1_id": 123, "user_2_id": 456}), 201)
    assert list(booking)[:len(BOOKING_KEYS)] == BOOKING_KEYS
    b, v = booking["id"], venue["id"]
    reply = check(alice.post(f"/bookings/propose-venue?booking_id={b}&venue_id={v}&user_id=123"), 200)
    assert reply["user_1_proposed_venue_id"] == v and not reply["user_1_venue_approved"]
    other = check(bob.get(f"/bookings/{b}/other-proposal/456"), 200)
    assert other["other_user_id"] == 123 and other["venue_status"] == "pending"
    reply = check(bob.post("/bookings/approve-venue?user_id=456",
                           json={"booking_id": b, "venue_id": v, "approved": True}), 200)
    assert reply["status"] == "pending_time_approval" and reply["venue_id"] == v
    start = (datetime.now(timezone.utc) + timedelta(minutes=10)).replace(second=0, microsecond=0)
    date, clock = start.strftime("%Y-%m-%d"), start.strftime("%H:%M")
    check(alice.post("/venues/timeslots/bulk", json={"venue_id": v, "dates": [date], "times": [clock]}), 201)
    times = check(bob.get(f"/bookings/available-times/{v}?date={date}"), 200)
    assert [(t["time"], t["available"]) for t in times] == [(clock, True)]
    check(alice.post(f"/bookings/propose-time?booking_id={b}&date={date}&time={clock}&user_id=123"), 200)
    reply = check(bob.post("/bookings/approve-time?user_id=456",
                           json={"booking_id": b, "date": date, "time": clock, "approved": True}), 200)
    assert reply["status"] == "both_approved"
    confirmed = check(alice.post("/bookings/confirm", json={"booking_id": b}), 200)
    assert confirmed["status"] == "confirmed"
    assert re.fullmatch(r"[A-Z2-9]{8}", confirmed["confirmation_code"])
    assert check(bob.get(f"/bookings/available-times/{v}?date={date}"), 200) == []

    # chat: the booking's session is the one that /chat/match names
    session = check(alice.post("/chat/match", json={
        "user1_id": alice.id, "user2_id": bob.id, "meeting_time": start.strftime("%Y-%m-%dT%H:%M:%S"),
        "duration_minutes": 120}), 200)  # not new: confirming opened it
    assert session["status"] == "active"
    assert [s["session_id"] for s in check(bob.get("/chat/sessions"), 200)] == [session["session_id"]]
    a = ws_connect(server, session["session_id"], alice)
    c = ws_connect(server, session["session_id"], bob)
    a.send(json.dumps({"content": "Hello! Nice to meet you!", "type": "text"}))
    heard = json.loads(c.recv())
    assert heard["type"] == "message"
    assert heard["data"]["sender_id"] == alice.id and heard["data"]["content"] == "Hello! Nice to meet you!"
    assert heard["data"]["type"] == "text" and TIME.fullmatch(heard["data"]["timestamp"])
    details = check(bob.get("/chat/sessions/" + session["session_id"]), 200)
    assert details["messages_count"] == 1 and details["status"] == "active"
    a.close()
    c.close()

    # afterwards
    done = check(alice.post(f"/bookings/complete/{b}"), 200)
    assert done["status"] == "completed"
    review = check(alice.post("/venues/reviews/", json={
        "venue_id": v, "user_id": 123, "rating": 5, "comment": "Great place!"}), 201)
    assert review["rating"] == 5 and review["user_id"] == 123
    assert check(bob.get(f"/venues/{v}"), 200)["rating"] == 5.0
    stats = check(bob.get(f"/venues/{v}/stats"), 200)
    assert stats["total_time_slots"] == 1 and stats["booked_slots"] == 1 and stats["total_reviews"] == 1

    # both are free again, and are not offered to each other a second time
    again = check(alice.post("/matches/find", json={"user_id": 123}), 200)
    assert again["status"] == "waiting"
    assert check(alice.get("/matches/user/123"), 200)[0]["status"] == "ended"
