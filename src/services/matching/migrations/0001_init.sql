-- The matching service: who opted in, who can be found by whom, who waits, and who was matched with whom.
-- Genders, cities and interests are free text; the keys below stand for their case-folded forms.

CREATE TABLE match_genders (
    id {{identity}},
    term TEXT NOT NULL UNIQUE
);
-- The common ones come first: the first fifteen have a place of their own in match_reach (rules.h).
INSERT INTO match_genders (term) VALUES
    ('male'), ('female'), ('man'), ('woman'), ('non-binary'), ('other');

CREATE TABLE match_cities (
    id {{identity}},
    term TEXT NOT NULL UNIQUE
);

CREATE TABLE match_interests (
    id {{identity}},
    term TEXT NOT NULL UNIQUE,
    people BIGINT NOT NULL DEFAULT 0
);

-- One row for everybody who saved matching preferences. dob and city_key are copies of the account's.
CREATE TABLE match_seekers (
    id {{identity}},
    person BIGINT NOT NULL UNIQUE,
    user_id BIGINT NOT NULL,
    gender TEXT NOT NULL,
    seeking_gender TEXT NOT NULL,
    age_min BIGINT NOT NULL,
    age_max BIGINT NOT NULL,
    interests TEXT,
    bio TEXT,
    created_at BIGINT NOT NULL,
    gender_key BIGINT NOT NULL,
    seeking_key BIGINT NOT NULL,  -- 0: any
    city_key BIGINT NOT NULL,     -- 0: none
    interest_keys TEXT NOT NULL,  -- ascending, separated by one space
    dob BIGINT NOT NULL,
    active_at BIGINT NOT NULL,
    away BIGINT NOT NULL,         -- left the queue: no candidate until the next find
    reach_rank BIGINT,            -- the rank in match_reach; NULL: cannot be found
    taken_rank BIGINT,            -- the one before a match took them
    pasts BIGINT NOT NULL DEFAULT 0, -- how many others match_pasts holds
    version BIGINT NOT NULL DEFAULT 0
);

-- Everybody who can be found, once for every band of ages they accept, in the order in which they are offered.
CREATE TABLE match_reach (
    band BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    city BIGINT NOT NULL,
    birth_band BIGINT NOT NULL,
    reach_rank BIGINT NOT NULL,
    person BIGINT NOT NULL,
    dob BIGINT NOT NULL,
    age_min BIGINT NOT NULL,
    age_max BIGINT NOT NULL,
    card TEXT NOT NULL,            -- what a search compares, in one column: numbers, one space between two
    PRIMARY KEY (band, kind, city, birth_band, reach_rank, person)
){{clustered}};
-- The same for those who set no city: they look everywhere.
CREATE INDEX match_reach_anywhere ON match_reach
    (band, kind, birth_band, reach_rank, person, city, dob, age_min, age_max, card);

-- Every kind (gender and what it seeks) that ever occurred.
CREATE TABLE match_kinds (
    kind BIGINT PRIMARY KEY
);

CREATE TABLE matches (
    id {{identity}},
    person_1 BIGINT NOT NULL,
    person_2 BIGINT NOT NULL,
    user_1_id BIGINT NOT NULL,
    user_2_id BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'matched', 'rejected', 'expired', 'ended')),
    user_1_approved BIGINT NOT NULL DEFAULT 0,
    user_2_approved BIGINT NOT NULL DEFAULT 0,
    compatibility DOUBLE PRECISION NOT NULL,
    matched_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 0,
    CHECK (person_1 <> person_2)
);
CREATE INDEX matches_person_1 ON matches (person_1, id);
CREATE INDEX matches_person_2 ON matches (person_2, id);
CREATE INDEX matches_pending ON matches (created_at) WHERE status = 'pending';

-- The claim that keeps everybody in one live match at most: two rows a pending or matched match.
CREATE TABLE live_matches (
    person BIGINT PRIMARY KEY,
    match_id BIGINT NOT NULL REFERENCES matches (id)
);
CREATE INDEX live_matches_match ON live_matches (match_id);

-- Whom somebody is never offered again, both ways round: read whole by every search, so many to a row.
CREATE TABLE match_pasts (
    person BIGINT NOT NULL,
    chunk BIGINT NOT NULL,
    others TEXT NOT NULL,         -- person numbers, one space between two
    PRIMARY KEY (person, chunk)
){{clustered}};

CREATE TABLE match_queue (
    person BIGINT PRIMARY KEY,
    seeking_key BIGINT NOT NULL,
    since BIGINT NOT NULL,
    checked_day BIGINT NOT NULL -- the last day on which everybody was searched for this waiter
);
CREATE INDEX match_queue_since ON match_queue (since, person, seeking_key);
CREATE INDEX match_queue_checked ON match_queue (checked_day, since, person);

-- People whom a waiter may fit since a moment ago; the sweep takes them off.
CREATE TABLE match_newcomers (
    person BIGINT PRIMARY KEY,
    since BIGINT NOT NULL
);
CREATE INDEX match_newcomers_since ON match_newcomers (since, person);

-- Counts that replies show, so that nobody counts a million rows: what 1 = can be found, key = gender, part = a
-- shard; what 2 = waiting, key = gender sought, part = hour since 1970.
CREATE TABLE match_tallies (
    what BIGINT NOT NULL,
    key BIGINT NOT NULL,
    part BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (what, key, part)
){{clustered}};
