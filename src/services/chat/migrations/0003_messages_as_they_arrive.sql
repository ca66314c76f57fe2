-- Messages lie in the order of their arrival, so that a commit of many sessions' messages writes few pages. A session's messages
-- hang together: each names the place of the one before it, chat_lasts that of the last, chat_marks that of every 32nd.

DROP INDEX chat_messages_by_client_id;
ALTER TABLE chat_messages RENAME TO chat_messages_before;

-- place: where it lies, later messages at higher places; before: the place of seq - 1 in the same session.
CREATE TABLE chat_messages (
    place {{rowid}},
    session BIGINT NOT NULL REFERENCES chat_sessions (id),
    seq BIGINT NOT NULL,
    before BIGINT,
    id TEXT NOT NULL,
    sender BIGINT NOT NULL,
    client_id TEXT,
    origin BIGINT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE chat_lasts (
    session BIGINT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL,
    place BIGINT NOT NULL
){{clustered}};

CREATE TABLE chat_marks (
    session BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (session, seq)
){{clustered}};

-- The new table numbers its rows from 1 in this order, in which a session's messages are neighbours.
INSERT INTO chat_messages (session, seq, before, id, sender, client_id, origin, content, created_at)
    SELECT session, seq, CASE WHEN seq > 1 THEN ROW_NUMBER() OVER (ORDER BY session, seq) - 1 END,
           id, sender, client_id, origin, content, created_at
    FROM chat_messages_before ORDER BY session, seq;
INSERT INTO chat_lasts (session, seq, place) SELECT session, MAX(seq), MAX(place) FROM chat_messages GROUP BY session;
INSERT INTO chat_marks (session, seq, place) SELECT session, seq, place FROM chat_messages WHERE seq % 32 = 0 ORDER BY session, seq;
DROP TABLE chat_messages_before;

CREATE UNIQUE INDEX chat_messages_by_client_id ON chat_messages (session, sender, client_id)
    WHERE client_id IS NOT NULL;
