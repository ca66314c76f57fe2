-- The booking was completed: it holds slot and venue in place no longer, whatever the time. booked_by keeps who sat there.
ALTER TABLE venue_slots ADD COLUMN completed BIGINT NOT NULL DEFAULT 0;
