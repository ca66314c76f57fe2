-- On PostgreSQL what a search compares is part of the key, not only beside it: rows that it passes over are told by the index alone.
-- Beside it, each was looked up first where people come and go: half of what a search read.
{{postgres}}ALTER TABLE match_reach DROP CONSTRAINT match_reach_pkey;
{{postgres}}ALTER TABLE match_reach ADD PRIMARY KEY (band, kind, city, reach_rank, person, dob, age_min, age_max) INCLUDE (card);
