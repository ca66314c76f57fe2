-- Numbers of deleted accounts, which nobody goes by again: rows of matches and bookings keep them.
CREATE TABLE user_gone (
    number BIGINT PRIMARY KEY,
    at_us BIGINT NOT NULL
);
