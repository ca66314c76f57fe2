-- One row a booking. Times of rows are µs UTC; dates are days since 1970, clock times minutes since midnight.
CREATE TABLE bookings (
    id {{identity}},
    match_id BIGINT NOT NULL,
    user_1_id BIGINT NOT NULL,
    user_2_id BIGINT NOT NULL,
    person_1 BIGINT NOT NULL,
    person_2 BIGINT NOT NULL,
    user_1_proposed_venue_id BIGINT,
    user_1_proposed_date BIGINT,
    user_1_proposed_time BIGINT,
    user_2_proposed_venue_id BIGINT,
    user_2_proposed_date BIGINT,
    user_2_proposed_time BIGINT,
    venue_id BIGINT,
    booking_date BIGINT,
    booking_time BIGINT,
    status TEXT NOT NULL CHECK (status IN ('pending_venue_approval', 'pending_time_approval', 'both_approved',
                                           'confirmed', 'cancelled', 'completed')),
    user_1_venue_approved BIGINT NOT NULL DEFAULT 0,
    user_2_venue_approved BIGINT NOT NULL DEFAULT 0,
    user_1_time_approved BIGINT NOT NULL DEFAULT 0,
    user_2_time_approved BIGINT NOT NULL DEFAULT 0,
    confirmation_code TEXT,
    cancel_reason TEXT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    CHECK (person_1 <> person_2)
);

-- One live booking a match.
CREATE UNIQUE INDEX bookings_live ON bookings (match_id) WHERE status NOT IN ('cancelled', 'completed');
CREATE UNIQUE INDEX bookings_code ON bookings (confirmation_code) WHERE confirmation_code IS NOT NULL;
CREATE INDEX bookings_of_1 ON bookings (person_1, id);
CREATE INDEX bookings_of_2 ON bookings (person_2, id);
