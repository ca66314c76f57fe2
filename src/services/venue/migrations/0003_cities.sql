-- GET /venues/cities counts in this index and reads no venue.
CREATE INDEX venues_offered ON venues (city_key, city) WHERE deleted_at IS NULL AND is_active = 1;
