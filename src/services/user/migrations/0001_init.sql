-- People: accounts, the numbers that name them, photos and what they look for.

-- Only its identity is used: the next user_number. Rows are taken out again at once.
CREATE TABLE user_sequence (
    n {{identity}}
);

-- Numbers are always given. They are identity columns because SQLite then keeps the row under its number, so
-- that the profile read, the most frequent of all, is one look-up and not two.
CREATE TABLE users (
    number {{identity}},
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    phone TEXT,
    gender TEXT,
    dob BIGINT,
    bio TEXT,
    profile_photo TEXT,
    verified BIGINT NOT NULL DEFAULT 0,
    verified_photo BIGINT,
    kyc_level TEXT NOT NULL DEFAULT 'basic',
    photo_count BIGINT NOT NULL DEFAULT 0,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- Every number somebody goes by: the account's own, and those it claimed. Deferred, because a number is
-- taken before its account is written.
CREATE TABLE user_numbers (
    number {{identity}},
    owner BIGINT NOT NULL REFERENCES users (number) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX user_numbers_by_owner ON user_numbers (owner);

CREATE TABLE user_photos (
    id {{identity}},
    owner BIGINT NOT NULL REFERENCES users (number),
    name TEXT NOT NULL UNIQUE,
    bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX user_photos_by_owner ON user_photos (owner, id);

-- Files to delete once after_us has passed: deleted photos, and uploads that never got their row.
CREATE TABLE user_photo_trash (
    name TEXT PRIMARY KEY,
    after_us BIGINT NOT NULL
);

CREATE INDEX user_photo_trash_by_time ON user_photo_trash (after_us);

CREATE TABLE user_preferences (
    number {{identity}} REFERENCES users (number),
    age_min BIGINT,
    age_max BIGINT,
    gender_preference TEXT,
    interests TEXT,
    location_preference TEXT,
    updated_at BIGINT NOT NULL,
    CHECK (age_min <= age_max)
);
