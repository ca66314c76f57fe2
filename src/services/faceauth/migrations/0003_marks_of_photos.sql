-- Photos are marked as images of checks are. photo_id: of one that stands, whose marks stand with it; absent: they go
-- 90 days after created_at.
ALTER TABLE face_images ADD COLUMN photo_id BIGINT;

DROP INDEX face_images_by_time;
CREATE INDEX face_images_by_photo ON face_images (photo_id, created_at);

-- Photos of before have no marks yet: all are looked at once more.
UPDATE face_photos SET version = NULL, reason = NULL, sealed = NULL, due_us = 0, tries = 0;
