-- What the model made of people's photos, and what keeps a challenge honest.

ALTER TABLE face_attempts ADD COLUMN challenge BIGINT NOT NULL DEFAULT 0;

-- One row a photo: its face, sealed (platform/crypt), or why it shows none. due_us: when it is (again) to be
-- looked at, absent once it has been, or when that was tried too often. version: of the model.
CREATE TABLE face_photos (
    photo_id BIGINT PRIMARY KEY,
    person BIGINT NOT NULL,
    name TEXT NOT NULL,
    due_us BIGINT,
    tries BIGINT NOT NULL DEFAULT 0,
    version TEXT,
    reason TEXT,
    sealed {{blob}}
);

CREATE INDEX face_photos_by_person ON face_photos (person);
CREATE INDEX face_photos_by_due ON face_photos (due_us);

-- At most one a token: a new one takes the place of the one before.
CREATE TABLE face_challenges (
    jti TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    person BIGINT NOT NULL,
    steps TEXT NOT NULL,
    expires_us BIGINT NOT NULL
);

CREATE INDEX face_challenges_by_expiry ON face_challenges (expires_us);
CREATE INDEX face_challenges_by_person ON face_challenges (person);

-- Images that were sent to checks: no pixels, only keyed marks of parts of their prints.
CREATE TABLE face_images (
    id {{identity}},
    person BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX face_images_by_time ON face_images (created_at);
CREATE INDEX face_images_by_person ON face_images (person);

CREATE TABLE face_image_marks (
    mark BIGINT NOT NULL,
    image BIGINT NOT NULL REFERENCES face_images (id) ON DELETE CASCADE,
    PRIMARY KEY (mark, image)
);

CREATE INDEX face_image_marks_by_image ON face_image_marks (image);

-- Held by whoever looks for an image and then adds it, so that two at once do not miss each other.
CREATE TABLE face_image_gate (
    id BIGINT PRIMARY KEY,
    passed BIGINT NOT NULL
);

INSERT INTO face_image_gate (id, passed) VALUES (1, 0);
