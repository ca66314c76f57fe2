-- Face checks: one row an attempt. Images are never kept.
CREATE TABLE face_attempts (
    id TEXT PRIMARY KEY,
    person BIGINT NOT NULL,
    user_id TEXT NOT NULL,
    is_validated BIGINT NOT NULL,
    confidence DOUBLE PRECISION,
    liveness DOUBLE PRECISION,
    reason TEXT,
    photo_id BIGINT,
    created_at BIGINT NOT NULL
);

CREATE INDEX face_attempts_by_person ON face_attempts (person, is_validated, created_at);
