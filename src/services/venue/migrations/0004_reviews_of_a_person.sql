-- Somebody's reviews go with their account.
CREATE INDEX venue_reviews_by_person ON venue_reviews (person);
