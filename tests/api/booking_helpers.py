"""Two people with a booking, for the tests of bookings."""
from helpers import agree_on_time, agree_on_venue, check, new_booking

KEYS = ["id", "match_id", "user_1_id", "user_2_id",
        "user_1_proposed_venue_id", "user_1_proposed_date", "user_1_proposed_time",
        "user_2_proposed_venue_id", "user_2_proposed_date", "user_2_proposed_time",
        "venue_id", "booking_date", "booking_time", "status",
        "user_1_venue_approved", "user_2_venue_approved", "user_1_time_approved", "user_2_time_approved",
        "confirmation_code", "created_at"]
NOT_PART, NOT_FOUND = "User not part of this booking", "Booking not found"
DATE, CLOCK = "2026-01-15", "19:00"  # the reference's


class Pair:
    """Two people and their booking, with every act as one call."""

    def __init__(self, server):
        self.server = server
        self.alice, self.bob, self.booking, self.venue = new_booking(server)
        self.id, self.v = self.booking["id"], self.venue["id"]

    def propose_venue(self, user, venue_id=None, **params):
        return user.post("/bookings/propose-venue", params={
            "booking_id": self.id, "venue_id": venue_id or self.v, "user_id": user.number, **params})

    def approve_venue(self, user, **body):
        return user.post(f"/bookings/approve-venue?user_id={user.number}", json={
            "booking_id": self.id, "venue_id": self.v, "approved": True, **body})

    def reject_venue(self, user):
        return user.post(f"/bookings/reject-venue?booking_id={self.id}&user_id={user.number}")

    def propose_time(self, user, date=DATE, time=CLOCK, **params):
        return user.post("/bookings/propose-time", params={
            "booking_id": self.id, "date": date, "time": time, "user_id": user.number, **params})

    def approve_time(self, user, **body):
        return user.post(f"/bookings/approve-time?user_id={user.number}", json={
            "booking_id": self.id, "date": DATE, "time": CLOCK, "approved": True, **body})

    def reject_time(self, user):
        return user.post(f"/bookings/reject-time?booking_id={self.id}&user_id={user.number}")

    def confirm(self, user):
        return user.post("/bookings/confirm", json={"booking_id": self.id})

    def cancel(self, user, **body):
        return user.post("/bookings/cancel", json={"booking_id": self.id, **body})

    def complete(self, user):
        return user.post(f"/bookings/complete/{self.id}")

    def get(self, user=None):
        return check((user or self.alice).get(f"/bookings/{self.id}"), 200)

    def view(self, user):
        return check(user.get(f"/bookings/{self.id}/other-proposal/{user.number}"), 200)

    def with_venue(self):
        agree_on_venue(self.alice, self.bob, self.booking, self.venue)
        return self

    def with_time(self, date=DATE, time=CLOCK):
        self.with_venue()
        agree_on_time(self.alice, self.bob, self.booking, date, time)
        return self

    def confirmed(self):
        self.with_time()
        check(self.confirm(self.alice), 200)
        return self

    def acts(self, user):
        """Every act on this booking by this user, as calls."""
        return [lambda: self.propose_venue(user), lambda: self.approve_venue(user), lambda: self.reject_venue(user),
                lambda: self.propose_time(user), lambda: self.approve_time(user), lambda: self.reject_time(user),
                lambda: self.confirm(user), lambda: self.cancel(user), lambda: self.complete(user)]
