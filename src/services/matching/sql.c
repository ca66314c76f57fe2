/* Every statement of the matching service. Each guards its own race; several that lock or count are
 * taken in one order everywhere (claims, seekers by person, interests by key, tallies by key), so
 * that no two wait for each other. */
#include "services/matching/sql.h"

#include <stddef.h>

/* ── Seekers ── */

#define SEEKER_COLUMNS                                                                             \
    "id, person, user_id, gender, seeking_gender, age_min, age_max, interests, bio, created_at, "  \
    "gender_key, seeking_key, city_key, interest_keys, dob, active_at, away, reach_rank, pasts"

const char SQL_MATCHING_SEEKER_GET[] =
    "SELECT " SEEKER_COLUMNS " FROM match_seekers WHERE person = $1";
const char SQL_MATCHING_SEEKER_FIND[] =
    "SELECT " SEEKER_COLUMNS
    ", (SELECT match_id FROM live_matches WHERE person = $1) AS live_match "
    "FROM match_seekers WHERE person = $1";
/* Read, and keep others from changing the row until the transaction ends. */
const char SQL_MATCHING_SEEKER_LOCK[] =
    "UPDATE match_seekers SET version = version + 1 WHERE person = $1 RETURNING " SEEKER_COLUMNS;
const char SQL_MATCHING_SEEKER_ADD[] =
    "INSERT INTO match_seekers (person, user_id, gender, seeking_gender, age_min, age_max, "
    "interests, "
    "bio, created_at, gender_key, seeking_key, city_key, interest_keys, dob, active_at, away) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0) "
    "ON CONFLICT (person) DO NOTHING RETURNING " SEEKER_COLUMNS;
const char SQL_MATCHING_SEEKER_SET[] =
    "UPDATE match_seekers SET user_id = $2, gender = $3, seeking_gender = $4, age_min = $5, "
    "age_max = $6, interests = $7, bio = $8, gender_key = $9, seeking_key = $10, city_key = $11, "
    "interest_keys = $12, dob = $13, active_at = $14, away = $15, reach_rank = $16 WHERE person = "
    "$1";
/* Taken by a match: locked, read and changed in one. $2: the number under which they asked for it
 * themselves at $3, or NULL. */
const char SQL_MATCHING_SEEKER_TAKE[] =
    "UPDATE match_seekers SET taken_rank = reach_rank, reach_rank = NULL, "
    "user_id = COALESCE($2, user_id), active_at = CASE WHEN CAST($2 AS BIGINT) IS NULL "
    "THEN active_at ELSE $3 END, away = 0, version = version + 1 "
    "WHERE person = $1 RETURNING " SEEKER_COLUMNS ", taken_rank";
const char SQL_MATCHING_SEEKER_DROP[] = "DELETE FROM match_seekers WHERE person = $1";

/* ── Words ── */

const char SQL_MATCHING_GENDER_FIND[] = "SELECT id FROM match_genders WHERE term = $1";
/* Change nothing: those who want the same row go one after the other. */
const char SQL_MATCHING_GENDER_HOLD[] = "UPDATE match_genders SET term = term WHERE id = $1";
const char SQL_MATCHING_CITY_HOLD[] = "UPDATE match_cities SET term = term WHERE id = $1";
const char SQL_MATCHING_GENDER_ADD[] =
    "INSERT INTO match_genders (term) VALUES ($1) ON CONFLICT (term) DO NOTHING RETURNING id";
const char SQL_MATCHING_CITY_FIND[] = "SELECT id FROM match_cities WHERE term = $1";
const char SQL_MATCHING_CITY_ADD[] =
    "INSERT INTO match_cities (term) VALUES ($1) ON CONFLICT (term) DO NOTHING RETURNING id";
const char SQL_MATCHING_INTEREST_FIND[] = "SELECT id FROM match_interests WHERE term = $1";
const char SQL_MATCHING_INTEREST_ADD[] =
    "INSERT INTO match_interests (term) VALUES ($1) ON CONFLICT (term) DO NOTHING RETURNING id";
/* INTERESTS_READ of them at once. The population is how many ever opted in, near enough for a
 * logarithm, without counting or a row that all would lock. */
const char SQL_MATCHING_INTERESTS_GET[] =
    "SELECT id, people, (SELECT MAX(id) FROM match_seekers) AS population FROM match_interests "
    "WHERE id IN ($1, $2, $3, $4, $5, $6, $7, $8) ORDER BY id";
const char SQL_MATCHING_INTEREST_COUNT[] =
    "UPDATE match_interests SET people = people + $2 WHERE id = $1";

/* ── Reach ── */

const char SQL_MATCHING_REACH_PUT[] =
    "INSERT INTO match_reach (band, kind, city, birth_band, reach_rank, person, dob, age_min, "
    "age_max, card) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const char SQL_MATCHING_REACH_DROP[] =
    "DELETE FROM match_reach WHERE band = $1 AND kind = $2 AND city = $3 AND birth_band = $4 "
    "AND reach_rank = $5 AND person = $6";
/* Say themselves what fits() says of ages and cities, so that rows which do not fit are never
 * handed out; kept equal by the test against a scan of everybody. */
#define REACH_SELECT(too)                                                                          \
    "SELECT reach_rank, card FROM match_reach WHERE " too " AND band = $1 AND kind = $2 "          \
    "AND birth_band = $3 AND dob BETWEEN $4 AND $5 AND age_min <= $6 AND age_max >= $7 "
#define REACH_ORDER "ORDER BY reach_rank, person"
#define REACH_BELOW REACH_SELECT("reach_rank < $8")
const char SQL_MATCHING_REACH_IN_CITY[] = REACH_BELOW "AND city = $9 " REACH_ORDER;
const char SQL_MATCHING_REACH_ANYWHERE[] = REACH_BELOW REACH_ORDER;
/* Of all ranks those whom a filter lets pass, which it is asked first. SQLite's alone. */
#define REACH_PASSING REACH_SELECT("passes($8, person)")
const char SQL_MATCHING_REACH_PASSING_IN_CITY[] = REACH_PASSING "AND city = $9 " REACH_ORDER;
const char SQL_MATCHING_REACH_PASSING[] = REACH_PASSING REACH_ORDER;
/* REACH_ARMS runs of rows as one, or REACH_ARMS_FEW (a run that is not there costs, too), where
 * each statement is a round trip: those after ($6, $7). Of each run the band, the kind and the
 * city, or for everywhere the birth band. The card says who it is: hundreds of rows are handed out,
 * and each column of them costs. */
#define REACH_ARM(n, band, kind, where, third)                                                     \
    "SELECT * FROM (SELECT reach_rank, person, card FROM match_reach "                             \
    "WHERE band = $" #band " AND kind = $" #kind " AND " where #third " AND reach_rank < $1 "      \
    "AND dob BETWEEN $2 AND $3 AND age_min <= $4 AND age_max >= $5 "                               \
    "AND (reach_rank, person) > ($6, $7) ORDER BY reach_rank, person) AS arm_" #n " "
#define AND_ARM(n, band, kind, where, third) "UNION ALL " REACH_ARM(n, band, kind, where, third)
/* clang-format off */
#define REACH_FEW(where) \
    REACH_ARM(1, 9, 10, where, 11) \
    AND_ARM(2, 12, 13, where, 14) \
    AND_ARM(3, 15, 16, where, 17) \
    AND_ARM(4, 18, 19, where, 20)
#define REACH_MANY(where) \
    REACH_FEW(where) \
    AND_ARM(5, 21, 22, where, 23) \
    AND_ARM(6, 24, 25, where, 26) \
    AND_ARM(7, 27, 28, where, 29) \
    AND_ARM(8, 30, 31, where, 32) \
    AND_ARM(9, 33, 34, where, 35) \
    AND_ARM(10, 36, 37, where, 38) \
    AND_ARM(11, 39, 40, where, 41) \
    AND_ARM(12, 42, 43, where, 44) \
    AND_ARM(13, 45, 46, where, 47) \
    AND_ARM(14, 48, 49, where, 50) \
    AND_ARM(15, 51, 52, where, 53) \
    AND_ARM(16, 54, 55, where, 56)
/* clang-format on */
#define REACH_MERGED(arms)                                                                         \
    "SELECT reach_rank, card FROM (" arms ") AS arms " REACH_ORDER " LIMIT $8"
const char SQL_MATCHING_REACH_FEW[] = REACH_MERGED(REACH_FEW("city = $"));
const char SQL_MATCHING_REACH_MANY[] = REACH_MERGED(REACH_MANY("city = $"));
const char SQL_MATCHING_REACH_MANY_ALL[] = REACH_MERGED(REACH_MANY("birth_band = $"));
const char SQL_MATCHING_KIND_PUT[] =
    "INSERT INTO match_kinds (kind) VALUES ($1) ON CONFLICT (kind) DO NOTHING";
const char SQL_MATCHING_KINDS[] = "SELECT kind FROM match_kinds ORDER BY kind";

/* ── Matches ── */

#define MATCH_COLUMNS                                                                              \
    "id, person_1, person_2, user_1_id, user_2_id, status, user_1_approved, user_2_approved, "     \
    "matched_at, created_at"
#define MATCH_ROW_COLUMNS MATCH_COLUMNS ", compatibility, version"

const char SQL_MATCHING_MATCH_GET[] = "SELECT " MATCH_COLUMNS " FROM matches WHERE id = $1";
/* Changes nothing, and keeps others from it. */
const char SQL_MATCHING_MATCH_HOLD[] =
    "UPDATE matches SET version = version WHERE id = $1 RETURNING " MATCH_COLUMNS;
const char SQL_MATCHING_MATCH_BETWEEN[] =
    "SELECT " MATCH_COLUMNS " FROM matches WHERE id = (SELECT a.match_id FROM live_matches a "
    "JOIN live_matches b ON b.match_id = a.match_id WHERE a.person = $1 AND b.person = $2)";
const char SQL_MATCHING_MATCH_ROW[] = "SELECT " MATCH_ROW_COLUMNS " FROM matches WHERE id = $1";
const char SQL_MATCHING_MATCH_LIVE[] =
    "SELECT " MATCH_ROW_COLUMNS " FROM matches "
    "WHERE id = (SELECT match_id FROM live_matches WHERE person = $1)";
const char SQL_MATCHING_MATCHES_OF[] =
    "SELECT * FROM (SELECT " MATCH_ROW_COLUMNS " FROM matches WHERE person_1 = $1 AND id < $2 "
    "ORDER BY id DESC LIMIT $3) AS a UNION ALL "
    "SELECT * FROM (SELECT " MATCH_ROW_COLUMNS " FROM matches WHERE person_2 = $1 AND id < $2 "
    "ORDER BY id DESC LIMIT $3) AS b ORDER BY id DESC LIMIT $3";
const char SQL_MATCHING_MATCHES_OVERDUE[] =
    "SELECT id FROM matches WHERE status = 'pending' AND created_at < $1 "
    "ORDER BY created_at, id LIMIT $2";
const char SQL_MATCHING_MATCH_ADD[] =
    "INSERT INTO matches (person_1, person_2, user_1_id, user_2_id, status, compatibility, "
    "created_at) "
    "SELECT CAST($1 AS BIGINT), person, CAST($3 AS BIGINT), user_id, 'pending', "
    "CAST($4 AS DOUBLE PRECISION), CAST($5 AS BIGINT) FROM match_seekers WHERE person = $2 "
    "RETURNING " MATCH_ROW_COLUMNS;
const char SQL_MATCHING_MATCH_SET[] =
    "UPDATE matches SET status = $3, user_1_approved = $4, user_2_approved = $5, matched_at = $6, "
    "version = version + 1 WHERE id = $1 AND version = $2 RETURNING " MATCH_ROW_COLUMNS;
const char SQL_MATCHING_MATCH_DROP[] = "DELETE FROM matches WHERE id = $1";

/* $1 < $2: everybody claims in the same order. One row instead of two: somebody else was first. */
const char SQL_MATCHING_LIVE_CLAIM[] =
    "INSERT INTO live_matches (person, match_id) VALUES ($1, $3), ($2, $3) "
    "ON CONFLICT (person) DO NOTHING";
const char SQL_MATCHING_LIVE_RELEASE[] = "DELETE FROM live_matches WHERE match_id = $1";
const char SQL_MATCHING_LIVE_HAS[] = "SELECT match_id FROM live_matches WHERE person = $1";

const char SQL_MATCHING_PAST_COUNT[] =
    "UPDATE match_seekers SET pasts = pasts + 1 WHERE person = $1 RETURNING pasts";
const char SQL_MATCHING_PAST_PUT[] =
    "INSERT INTO match_pasts (person, chunk, others) VALUES ($1, $2, $3) ON CONFLICT (person, "
    "chunk) "
    "DO UPDATE SET others = match_pasts.others || ' ' || excluded.others";
const char SQL_MATCHING_PASTS[] = "SELECT others FROM match_pasts WHERE person = $1";
const char SQL_MATCHING_PASTS_DROP[] = "DELETE FROM match_pasts WHERE person = $1";

/* ── Queue ── */

const char SQL_MATCHING_QUEUE_GET[] =
    "SELECT person, seeking_key, since FROM match_queue WHERE person = $1";
const char SQL_MATCHING_QUEUE_JOIN[] =
    "INSERT INTO match_queue (person, seeking_key, since, checked_day) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (person) DO NOTHING RETURNING person, seeking_key, since";
const char SQL_MATCHING_QUEUE_LEAVE[] =
    "DELETE FROM match_queue WHERE person = $1 RETURNING person, seeking_key, since";
const char SQL_MATCHING_QUEUE_SEEK[] = "UPDATE match_queue SET seeking_key = $2 WHERE person = $1";
/* Who came in the same hour, but earlier; the hours before are in the tallies. */
const char SQL_MATCHING_QUEUE_AHEAD[] =
    "SELECT COUNT(*) FROM match_queue WHERE since >= $1 AND (since, person) < ($2, $3) "
    "AND (CAST($4 AS BIGINT) = 0 OR seeking_key = $4 OR seeking_key = 0)";
const char SQL_MATCHING_QUEUE_UNCHECKED[] =
    "SELECT person, since FROM match_queue WHERE checked_day < $1 "
    "ORDER BY checked_day, since, person LIMIT $2";
const char SQL_MATCHING_QUEUE_CHECKED[] =
    "UPDATE match_queue SET checked_day = $2 WHERE person = $1 AND checked_day < $2";

/* Who is leased comes back on the list. */
const char SQL_MATCHING_NEWCOMER_PUT[] =
    "INSERT INTO match_newcomers (person, since) VALUES ($1, $2) ON CONFLICT (person) "
    "DO UPDATE SET since = excluded.since WHERE match_newcomers.since > excluded.since";
const char SQL_MATCHING_NEWCOMER_DROP[] = "DELETE FROM match_newcomers WHERE person = $1";
const char SQL_MATCHING_NEWCOMERS_DUE[] =
    "SELECT person, since FROM match_newcomers WHERE since <= $1 ORDER BY since, person LIMIT $2";
const char SQL_MATCHING_NEWCOMER_LEASE[] =
    "UPDATE match_newcomers SET since = $3 WHERE person = $1 AND since = $2";
const char SQL_MATCHING_NEWCOMER_DONE[] =
    "DELETE FROM match_newcomers WHERE person = $1 AND since = $2";
const char SQL_MATCHING_QUEUE_ANYBODY[] = "SELECT 1 FROM match_queue LIMIT 1";

/* ── Tallies ── */

const char SQL_MATCHING_TALLY_ADD[] =
    "INSERT INTO match_tallies (what, key, part, n) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (what, key, part) DO UPDATE SET n = match_tallies.n + excluded.n";
const char SQL_MATCHING_TALLY_PRUNE[] =
    "DELETE FROM match_tallies WHERE what = $1 AND key = $2 AND part = $3 AND n = 0";
const char SQL_MATCHING_TALLY_SUM[] =
    "SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM match_tallies "
    "WHERE what = $1 AND key BETWEEN $2 AND $3 AND part < $4";
/* Who seeks anybody has no word in the table. */
const char SQL_MATCHING_QUEUES[] =
    "SELECT COALESCE(g.term, 'any') AS seeking, CAST(SUM(t.n) AS BIGINT) AS n "
    "FROM match_tallies t LEFT JOIN match_genders g ON g.id = t.key WHERE t.what = 2 "
    "GROUP BY g.term HAVING SUM(t.n) > 0 ORDER BY n DESC, seeking LIMIT 1000";

const char *const MATCHING_QUERIES[] = {
    SQL_MATCHING_SEEKER_GET,
    SQL_MATCHING_SEEKER_LOCK,
    SQL_MATCHING_SEEKER_ADD,
    SQL_MATCHING_SEEKER_SET,
    SQL_MATCHING_SEEKER_TAKE,
    SQL_MATCHING_SEEKER_FIND,
    SQL_MATCHING_GENDER_FIND,
    SQL_MATCHING_GENDER_ADD,
    SQL_MATCHING_CITY_FIND,
    SQL_MATCHING_CITY_ADD,
    SQL_MATCHING_INTEREST_FIND,
    SQL_MATCHING_INTEREST_ADD,
    SQL_MATCHING_INTERESTS_GET,
    SQL_MATCHING_INTEREST_COUNT,
    SQL_MATCHING_REACH_PUT,
    SQL_MATCHING_REACH_DROP,
    SQL_MATCHING_REACH_IN_CITY,
    SQL_MATCHING_REACH_ANYWHERE,
    SQL_MATCHING_REACH_PASSING_IN_CITY,
    SQL_MATCHING_REACH_PASSING,
    SQL_MATCHING_KIND_PUT,
    SQL_MATCHING_KINDS,
    SQL_MATCHING_MATCH_GET,
    SQL_MATCHING_MATCH_HOLD,
    SQL_MATCHING_MATCH_ROW,
    SQL_MATCHING_MATCH_LIVE,
    SQL_MATCHING_MATCH_BETWEEN,
    SQL_MATCHING_MATCHES_OF,
    SQL_MATCHING_MATCHES_OVERDUE,
    SQL_MATCHING_MATCH_ADD,
    SQL_MATCHING_MATCH_SET,
    SQL_MATCHING_MATCH_DROP,
    SQL_MATCHING_LIVE_CLAIM,
    SQL_MATCHING_LIVE_RELEASE,
    SQL_MATCHING_LIVE_HAS,
    SQL_MATCHING_PAST_COUNT,
    SQL_MATCHING_PAST_PUT,
    SQL_MATCHING_PASTS,
    SQL_MATCHING_QUEUE_GET,
    SQL_MATCHING_QUEUE_JOIN,
    SQL_MATCHING_QUEUE_LEAVE,
    SQL_MATCHING_QUEUE_SEEK,
    SQL_MATCHING_QUEUE_AHEAD,
    SQL_MATCHING_QUEUE_UNCHECKED,
    SQL_MATCHING_QUEUE_CHECKED,
    SQL_MATCHING_NEWCOMER_PUT,
    SQL_MATCHING_NEWCOMER_DROP,
    SQL_MATCHING_NEWCOMERS_DUE,
    SQL_MATCHING_NEWCOMER_LEASE,
    SQL_MATCHING_NEWCOMER_DONE,
    SQL_MATCHING_QUEUE_ANYBODY,
    SQL_MATCHING_TALLY_ADD,
    SQL_MATCHING_TALLY_PRUNE,
    SQL_MATCHING_TALLY_SUM,
    SQL_MATCHING_QUEUES,
    SQL_MATCHING_SEEKER_DROP,
    SQL_MATCHING_PASTS_DROP,
    SQL_MATCHING_REACH_MANY,
    SQL_MATCHING_REACH_MANY_ALL,
    SQL_MATCHING_REACH_FEW,
    SQL_MATCHING_GENDER_HOLD,
    SQL_MATCHING_CITY_HOLD,
    NULL,
};
