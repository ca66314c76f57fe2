-- To store a message touches one b-tree, in which a session's messages lie together in their order: a message's id begins with
-- its seq and needs no index of its own, and how many there are is the last one's seq, which no other row repeats.

DROP INDEX chat_messages_by_client_id;
ALTER TABLE chat_messages RENAME TO chat_messages_before;

CREATE TABLE chat_messages (
    session BIGINT NOT NULL REFERENCES chat_sessions (id),
    seq BIGINT NOT NULL,
    id TEXT NOT NULL,
    sender BIGINT NOT NULL,
    client_id TEXT,
    origin BIGINT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (session, seq)
){{clustered}};

-- Where the messages stand whose ids do not say it: those of before. None is added.
CREATE TABLE chat_message_ids (
    session BIGINT NOT NULL REFERENCES chat_sessions (id),
    id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (session, id)
){{clustered}};

INSERT INTO chat_messages (session, seq, id, sender, client_id, origin, content, created_at)
    SELECT session, seq, id, sender, client_id, origin, content, created_at FROM chat_messages_before ORDER BY session, seq;
INSERT INTO chat_message_ids (session, id, seq) SELECT session, id, seq FROM chat_messages_before ORDER BY session, id;
DROP TABLE chat_messages_before;

CREATE UNIQUE INDEX chat_messages_by_client_id ON chat_messages (session, sender, client_id)
    WHERE client_id IS NOT NULL;

ALTER TABLE chat_sessions DROP COLUMN messages_count;
