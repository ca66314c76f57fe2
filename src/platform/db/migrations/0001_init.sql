-- What all services share: events for later delivery, what admins did, tokens that no longer count.

CREATE TABLE outbox (
    id     {{identity}},
    name   TEXT NOT NULL,   -- "booking.confirmed"
    key    BIGINT NOT NULL, -- what it is about: the booking's id
    json   TEXT NOT NULL,
    at_us  BIGINT NOT NULL
);

CREATE TABLE audit (
    id            {{identity}},
    at_us         BIGINT NOT NULL,
    actor_number  BIGINT NOT NULL,
    action        TEXT NOT NULL, -- "venue.delete"
    target        TEXT NOT NULL, -- "venue 5"
    request_id    TEXT NOT NULL
);

CREATE INDEX audit_by_actor ON audit (actor_number, at_us);

CREATE TABLE revoked_tokens (
    id          {{identity}},
    number      BIGINT NOT NULL, -- whose
    jti         TEXT,            -- the one token, or with `every` and `spare` the one that still counts
    every       BIGINT NOT NULL CHECK (every IN (0, 1)), -- all tokens issued up to at_us
    spare       BIGINT NOT NULL CHECK (spare IN (0, 1)), -- with `every`: except jti
    at_us       BIGINT NOT NULL,
    expires_us  BIGINT NOT NULL
);

CREATE INDEX revoked_tokens_by_expiry ON revoked_tokens (expires_us);
