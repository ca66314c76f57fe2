-- Registrations with a document: what a reviewer decides on.
ALTER TABLE users ADD COLUMN registration_status TEXT NOT NULL DEFAULT 'approved';

-- compare_after_us: when the two faces are (again) to be compared, absent once they have been, or when it
-- was tried too often. purge_after_us: when the documents go, absent until decided and again once gone.
CREATE TABLE user_registrations (
    id {{identity}},
    person BIGINT NOT NULL UNIQUE REFERENCES users (number) ON DELETE CASCADE,
    status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    decided_at BIGINT,
    decided_by BIGINT,
    reason TEXT,
    compare_after_us BIGINT,
    compare_tries BIGINT NOT NULL DEFAULT 0,
    compared_at BIGINT,
    id_document_problem TEXT,
    selfie_problem TEXT,
    similarity DOUBLE PRECISION,
    confidence DOUBLE PRECISION,
    same_person BIGINT,
    purge_after_us BIGINT
);

CREATE INDEX user_registrations_by_status ON user_registrations (status, id);
CREATE INDEX user_registrations_to_compare ON user_registrations (compare_after_us);
CREATE INDEX user_registrations_to_purge ON user_registrations (purge_after_us);

-- Sealed (platform/crypt): never in the clear.
CREATE TABLE user_documents (
    registration BIGINT NOT NULL REFERENCES user_registrations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sealed {{blob}} NOT NULL,
    PRIMARY KEY (registration, name)
);
