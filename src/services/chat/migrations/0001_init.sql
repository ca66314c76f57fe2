-- Chat: sessions around a meeting, their messages, and how far each side has read.

CREATE TABLE chat_sessions (
    id {{identity}},
    session_id TEXT NOT NULL UNIQUE,
    person_1 BIGINT NOT NULL,
    person_2 BIGINT NOT NULL,
    person_low BIGINT NOT NULL,
    person_high BIGINT NOT NULL,
    user1_id TEXT NOT NULL,
    user2_id TEXT NOT NULL,
    meeting_time BIGINT NOT NULL,
    duration_minutes BIGINT NOT NULL,
    start_time BIGINT NOT NULL,
    end_time BIGINT NOT NULL,
    booking_id BIGINT,
    ended_at BIGINT,
    end_reason TEXT,
    messages_count BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    UNIQUE (person_low, person_high, meeting_time, duration_minutes),
    CHECK (person_low < person_high)
);

CREATE INDEX chat_sessions_by_person_1 ON chat_sessions (person_1, id);
CREATE INDEX chat_sessions_by_person_2 ON chat_sessions (person_2, id);
CREATE INDEX chat_sessions_by_booking ON chat_sessions (booking_id);

-- seq counts a session's messages from 1 without a gap: it is their order for everybody. origin is the socket that a
-- message came by, which does not get it back.
CREATE TABLE chat_messages (
    session BIGINT NOT NULL REFERENCES chat_sessions (id),
    seq BIGINT NOT NULL,
    id TEXT NOT NULL,
    sender BIGINT NOT NULL,
    client_id TEXT,
    origin BIGINT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (session, seq),
    UNIQUE (session, id)
);

CREATE UNIQUE INDEX chat_messages_by_client_id ON chat_messages (session, sender, client_id)
    WHERE client_id IS NOT NULL;

CREATE TABLE chat_reads (
    session BIGINT NOT NULL REFERENCES chat_sessions (id),
    person BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (session, person)
);
