-- On PostgreSQL a search in a city reads each kind as one run, whatever the births (search.c): the key without the band of
-- births, with what a search compares, so that rows which it passes over are not looked up. SQLite's key stays as it is.
{{postgres}}ALTER TABLE match_reach DROP CONSTRAINT match_reach_pkey;
{{postgres}}ALTER TABLE match_reach ADD PRIMARY KEY (band, kind, city, reach_rank, person) INCLUDE (dob, age_min, age_max, card);
-- People who come and go leave dead entries where every search begins: they go after a fiftieth of the table, not a fifth.
{{postgres}}ALTER TABLE match_reach SET (autovacuum_vacuum_scale_factor = 0.02);
