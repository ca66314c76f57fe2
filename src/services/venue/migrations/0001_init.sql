-- Venues, their bookable times and their reviews. Times of rows are µs UTC; a slot's date is days since 1970, its
-- time minutes since midnight.
CREATE TABLE venues (
    id {{identity}},
    owner BIGINT NOT NULL, -- account number
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    city TEXT NOT NULL,
    city_key TEXT NOT NULL, -- trimmed and case-folded: what ?city= is compared with
    description TEXT,
    phone TEXT,
    email TEXT,
    capacity BIGINT,
    price_per_hour DOUBLE PRECISION,
    is_active BIGINT NOT NULL DEFAULT 1 CHECK (is_active IN (0, 1)),
    -- Sum and count of the standing reviews, changed under this row's lock: the average is exact at any moment.
    rating_sum BIGINT NOT NULL DEFAULT 0,
    rating_count BIGINT NOT NULL DEFAULT 0,
    -- Counts claims, reviews and changes: whoever adds to it holds the row until the transaction ends.
    version BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT -- a deleted venue is neither listed nor found; bookings and reviews keep naming it
);
CREATE INDEX venues_by_city ON venues (city_key, id);

CREATE TABLE venue_slots (
    id {{identity}},
    venue_id BIGINT NOT NULL REFERENCES venues (id),
    date BIGINT NOT NULL,
    time BIGINT NOT NULL,
    available BIGINT NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    booked_by BIGINT, -- booking id
    implicit BIGINT NOT NULL DEFAULT 0, -- made by a confirmation at a venue without slots; goes with the booking
    created_at BIGINT NOT NULL,
    UNIQUE (venue_id, date, time),
    CHECK (booked_by IS NULL OR available = 0)
);
-- A booking holds one slot.
CREATE UNIQUE INDEX venue_slots_by_booking ON venue_slots (booked_by) WHERE booked_by IS NOT NULL;

CREATE TABLE venue_reviews (
    id {{identity}},
    venue_id BIGINT NOT NULL REFERENCES venues (id),
    person BIGINT NOT NULL, -- account number of the author
    user_id BIGINT NOT NULL, -- the number that the author goes by
    rating BIGINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment TEXT,
    created_at BIGINT NOT NULL,
    UNIQUE (venue_id, person)
);
CREATE INDEX venue_reviews_newest ON venue_reviews (venue_id, id);
