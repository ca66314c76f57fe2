/* Reads and writes the chat service's rows; decides nothing. */
#include "services/chat/store.h"

#define MARK_EVERY 32 /* messages of a session; as in migration 3 */

/* A session's messages are numbered without a gap: the last one's number is how many there are. */
#define MESSAGES_COUNT                                                                             \
    "COALESCE((SELECT l.seq FROM chat_lasts l WHERE l.session = chat_sessions.id), 0) "            \
    "AS messages_count"

/* Going back through session $1: from the nearest mark at or above one seq, or from the last
 * message if that has reached the other. */
#define WALK_FROM(mark, last)                                                                      \
    "COALESCE((SELECT k.place FROM chat_marks k WHERE k.session = $1 AND k.seq >= " mark           \
    " ORDER BY k.seq LIMIT 1), "                                                                   \
    "(SELECT l.place FROM chat_lasts l WHERE l.session = $1 AND l.seq >= " last "))"
#define WALK(columns, mark, last)                                                                  \
    "WITH RECURSIVE walk AS (SELECT " columns " FROM chat_messages m WHERE m.place = " WALK_FROM(  \
        mark, last) " UNION ALL SELECT " columns                                                   \
                    " FROM walk w JOIN chat_messages m ON m.place = w.before WHERE w.seq > " last

#define SESSION_COLUMNS                                                                            \
    "id, session_id, user1_id, user2_id, start_time, end_time, " MESSAGES_COUNT ", person_1, "     \
    "person_2, ended_at, end_reason"

#define SESSION_INSERT                                                                             \
    "INSERT INTO chat_sessions (session_id, person_1, person_2, person_low, person_high, "         \
    "user1_id, user2_id, meeting_time, duration_minutes, start_time, end_time, created_at, "       \
    "booking_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "                 \
    "ON CONFLICT (person_low, person_high, meeting_time, duration_minutes) "

static const char SQL_CHAT_SESSION_INSERT[] =
    SESSION_INSERT "DO NOTHING RETURNING " SESSION_COLUMNS;
static const char SQL_CHAT_SESSION_INSERT_FOR_BOOKING[] = SESSION_INSERT
    "DO UPDATE SET booking_id = excluded.booking_id, ended_at = NULL, end_reason = NULL "
    "RETURNING " SESSION_COLUMNS;
static const char SQL_CHAT_SESSION_BY_PAIR[] =
    "SELECT " SESSION_COLUMNS " FROM chat_sessions WHERE person_low = $1 AND person_high = $2 "
    "AND meeting_time = $3 AND duration_minutes = $4";
static const char SQL_CHAT_SESSION_END[] =
    "UPDATE chat_sessions SET ended_at = $2, end_reason = $3 "
    "WHERE booking_id = $1 AND ended_at IS NULL RETURNING " SESSION_COLUMNS;
static const char SQL_CHAT_SESSIONS_END[] =
    "UPDATE chat_sessions SET ended_at = $2, end_reason = $3 WHERE (person_1 = $1 OR person_2 = "
    "$1) "
    "AND ended_at IS NULL AND end_time > $2 RETURNING " SESSION_COLUMNS;
static const char SQL_CHAT_MESSAGES_BLANK[] =
    "UPDATE chat_messages SET content = '' WHERE sender = $1 AND place IN ("
    "WITH RECURSIVE walk (place) AS (SELECT l.place FROM chat_sessions s "
    "JOIN chat_lasts l ON l.session = s.id WHERE s.person_1 = $1 OR s.person_2 = $1 "
    "UNION ALL SELECT m.before FROM walk w JOIN chat_messages m ON m.place = w.place "
    "WHERE m.before IS NOT NULL) SELECT place FROM walk)";
static const char SQL_CHAT_SESSION_FIND[] =
    "SELECT " SESSION_COLUMNS " FROM chat_sessions WHERE session_id = $1";
static const char SQL_CHAT_SESSION_GET[] =
    "SELECT " SESSION_COLUMNS " FROM chat_sessions WHERE id = $1";
static const char SQL_CHAT_SESSIONS_LOOK[] =
    "SELECT id, " MESSAGES_COUNT ", ended_at, end_reason FROM chat_sessions WHERE id IN ($1, $2, "
    "$3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, "
    "$23, $24, $25, $26, $27, $28, $29, $30, $31, $32)"; /* CHAT_LOOK_MAX */
static const char SQL_CHAT_SESSION_LIST[] =
    "SELECT " SESSION_COLUMNS " FROM chat_sessions "
    "WHERE (person_1 = $1 OR person_2 = $1) AND id < $2 ORDER BY id DESC LIMIT $3";

/* Whoever writes to a session waits here for the one before. */
static const char SQL_CHAT_SESSION_HOLD[] =
    "UPDATE chat_sessions SET ended_at = ended_at WHERE id = $1";
/* The next message's seq, and the last one's place. */
static const char SQL_CHAT_MESSAGE_NEXT[] =
    "SELECT COALESCE(l.seq, 0) + 1 AS seq, l.place FROM chat_sessions s "
    "LEFT JOIN chat_lasts l ON l.session = s.id WHERE s.id = $1 AND s.ended_at IS NULL";
static const char SQL_CHAT_MESSAGE_INSERT[] =
    "INSERT INTO chat_messages (session, seq, before, id, sender, client_id, origin, content, "
    "created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING "
    "RETURNING place";
static const char SQL_CHAT_LAST_INSERT[] =
    "INSERT INTO chat_lasts (session, seq, place) VALUES ($1, $2, $3)";
static const char SQL_CHAT_LAST_SET[] =
    "UPDATE chat_lasts SET seq = $2, place = $3 WHERE session = $1";
static const char SQL_CHAT_MARK_INSERT[] =
    "INSERT INTO chat_marks (session, seq, place) VALUES ($1, $2, $3)";
static const char SQL_CHAT_MESSAGE_BY_CLIENT_ID[] =
    "SELECT seq, id, created_at AS timestamp FROM chat_messages "
    "WHERE session = $1 AND sender = $2 AND client_id = $3";
#define WALK_PAGE                                                                                  \
    WALK("m.seq, m.before, m.id, m.sender, m.content, m.created_at, m.origin",                     \
         "CAST($2 AS BIGINT) + CAST($3 AS BIGINT)", "CAST($2 AS BIGINT) + 1")
static const char SQL_CHAT_MESSAGES_AFTER[] = WALK_PAGE
    ") SELECT w.seq, w.id, CASE WHEN w.sender = s.person_1 THEN s.user1_id ELSE s.user2_id END AS "
    "sender_id, w.content, w.created_at AS timestamp, CAST('text' AS TEXT) AS type, w.origin "
    "FROM walk w JOIN chat_sessions s ON s.id = $1 "
    "WHERE w.seq <= CAST($2 AS BIGINT) + CAST($3 AS BIGINT) ORDER BY w.seq";
#define WALK_ONE WALK("m.seq, m.before, m.id", "CAST($2 AS BIGINT)", "CAST($2 AS BIGINT)")
static const char SQL_CHAT_MESSAGE_SEQ[] =
    WALK_ONE ") SELECT seq FROM walk WHERE seq = CAST($2 AS BIGINT) AND id = $3 "
             "UNION ALL SELECT seq FROM chat_message_ids WHERE session = $1 AND id = $3";
static const char SQL_CHAT_READ_PUT[] =
    "INSERT INTO chat_reads (session, person, seq, read_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (session, person) DO UPDATE SET seq = excluded.seq, read_at = excluded.read_at "
    "WHERE chat_reads.seq < excluded.seq";

const char *const CHAT_QUERIES[] = {
    SQL_CHAT_SESSION_INSERT,
    SQL_CHAT_SESSION_INSERT_FOR_BOOKING,
    SQL_CHAT_SESSION_BY_PAIR,
    SQL_CHAT_SESSION_END,
    SQL_CHAT_SESSION_FIND,
    SQL_CHAT_SESSION_GET,
    SQL_CHAT_SESSIONS_LOOK,
    SQL_CHAT_SESSION_LIST,
    SQL_CHAT_SESSION_HOLD,
    SQL_CHAT_MESSAGE_NEXT,
    SQL_CHAT_MESSAGE_INSERT,
    SQL_CHAT_MESSAGE_BY_CLIENT_ID,
    SQL_CHAT_MESSAGES_AFTER,
    SQL_CHAT_MESSAGE_SEQ,
    SQL_CHAT_READ_PUT,
    SQL_CHAT_SESSIONS_END,
    SQL_CHAT_MESSAGES_BLANK,
    SQL_CHAT_LAST_INSERT,
    SQL_CHAT_LAST_SET,
    SQL_CHAT_MARK_INSERT,
    NULL,
};

/* ── Sessions ── */

static int64_t lower(const struct chat_session_new *in)
{
    return in->person_1 < in->person_2 ? in->person_1 : in->person_2;
}

static int64_t higher(const struct chat_session_new *in)
{
    return in->person_1 < in->person_2 ? in->person_2 : in->person_1;
}

static enum err session_insert(struct db *db, struct arena *a, const char *sql,
                               const struct chat_session_new *in, int64_t booking_id,
                               struct chat_session *ret)
{
    return db_one(db, a, sql, &CHAT_SESSION, ret,
                  DB_ARGS(DB_TEXT(uuid_str(&in->session_id)), DB_I64(in->person_1),
                          DB_I64(in->person_2), DB_I64(lower(in)), DB_I64(higher(in)),
                          DB_TEXT(in->user1_id), DB_TEXT(in->user2_id), DB_I64(in->meeting_us),
                          DB_I64(in->duration_minutes), DB_I64(in->window.start_us),
                          DB_I64(in->window.end_us), DB_I64(in->now_us), DB_I64(booking_id)));
}

enum err chat_session_open(struct db *db, struct arena *a, const struct chat_session_new *in,
                           struct chat_session *ret, bool *ret_created)
{
    enum err e = session_insert(db, a, SQL_CHAT_SESSION_INSERT, in, I64_NULL, ret);

    *ret_created = e == OK;
    if (e != ERR_NOT_FOUND)
        return e;
    return db_one(db, a, SQL_CHAT_SESSION_BY_PAIR, &CHAT_SESSION, ret,
                  DB_ARGS(DB_I64(lower(in)), DB_I64(higher(in)), DB_I64(in->meeting_us),
                          DB_I64(in->duration_minutes)));
}

enum err chat_session_open_for_booking(struct db *db, struct arena *a,
                                       const struct chat_session_new *in, int64_t booking_id,
                                       struct chat_session *ret)
{
    return session_insert(db, a, SQL_CHAT_SESSION_INSERT_FOR_BOOKING, in, booking_id, ret);
}

enum err chat_session_end(struct db *db, struct arena *a, int64_t booking_id, struct str why,
                          int64_t now_us, struct rows *ret)
{
    return db_all(db, a, SQL_CHAT_SESSION_END, &CHAT_SESSION, ret,
                  DB_ARGS(DB_I64(booking_id), DB_I64(now_us), DB_TEXT(why)));
}

enum err chat_sessions_end(struct db *db, struct arena *a, int64_t person, struct str why,
                           int64_t now_us, struct rows *ret)
{
    return db_all(db, a, SQL_CHAT_SESSIONS_END, &CHAT_SESSION, ret,
                  DB_ARGS(DB_I64(person), DB_I64(now_us), DB_TEXT(why)));
}

enum err chat_messages_blank(struct db *db, int64_t person)
{
    return db_run(db, SQL_CHAT_MESSAGES_BLANK, DB_ARGS(DB_I64(person)), NULL);
}

enum err chat_session_find(struct db *db, struct arena *a, const struct uuid *session_id,
                           struct chat_session *ret)
{
    return db_one(db, a, SQL_CHAT_SESSION_FIND, &CHAT_SESSION, ret,
                  DB_ARGS(DB_TEXT(uuid_str(session_id))));
}

enum err chat_session_get(struct db *db, struct arena *a, int64_t id, struct chat_session *ret)
{
    return db_one(db, a, SQL_CHAT_SESSION_GET, &CHAT_SESSION, ret, DB_ARGS(DB_I64(id)));
}

enum err chat_sessions_look(struct db *db, struct arena *a, const int64_t ids[CHAT_LOOK_MAX],
                            struct rows *ret)
{
    struct db_arg args[CHAT_LOOK_MAX];

    for (size_t i = 0; i < CHAT_LOOK_MAX; i++)
        args[i] = DB_I64(ids[i]);
    return db_all(db, a, SQL_CHAT_SESSIONS_LOOK, &CHAT_SESSION, ret,
                  (struct db_args){args, CHAT_LOOK_MAX});
}

enum err chat_sessions_of(struct db *db, struct arena *a, int64_t person, int64_t below,
                          int64_t limit, struct rows *ret)
{
    return db_all(db, a, SQL_CHAT_SESSION_LIST, &CHAT_SESSION, ret,
                  DB_ARGS(DB_I64(person), DB_I64(below), DB_I64(limit)));
}

/* ── Messages ── */

/* The session's next message's seq, which is the caller's until its transaction ends, and the last
 * one's place. */
static enum err next_place(struct db *db, struct arena *a, int64_t session, struct chat_place *ret)
{
    enum err e =
        db_alone(db) ? OK : db_run(db, SQL_CHAT_SESSION_HOLD, DB_ARGS(DB_I64(session)), NULL);

    if (e == OK)
        e = db_one(db, a, SQL_CHAT_MESSAGE_NEXT, &CHAT_PLACE, ret, DB_ARGS(DB_I64(session)));
    return e == ERR_NOT_FOUND || (e == OK && ret->seq > CHAT_MESSAGES_MAX) ? ERR_CONFLICT : e;
}

static enum err note_place(struct db *db, int64_t session, int64_t seq, int64_t place)
{
    struct db_args at = DB_ARGS(DB_I64(session), DB_I64(seq), DB_I64(place));
    enum err e = db_run(db, seq == 1 ? SQL_CHAT_LAST_INSERT : SQL_CHAT_LAST_SET, at, NULL);

    return e == OK && seq % MARK_EVERY == 0 ? db_run(db, SQL_CHAT_MARK_INSERT, at, NULL) : e;
}

enum err chat_message_put(struct db *db, struct arena *a, const struct chat_message_new *in,
                          struct chat_message *ret, bool *ret_again)
{
    struct chat_place next;
    int64_t place;
    enum err e = next_place(db, a, in->session, &next);

    *ret_again = false;
    if (e != OK)
        return e;
    struct uuid id = uuid_v8_of_number(next.seq, in->random);
    e = db_int(db, SQL_CHAT_MESSAGE_INSERT,
               DB_ARGS(DB_I64(in->session), DB_I64(next.seq), DB_I64(next.place),
                       DB_TEXT(uuid_str(&id)), DB_I64(in->sender), DB_TEXT(in->client_id),
                       DB_I64(in->origin), DB_TEXT(in->content), DB_I64(in->now_us)),
               &place);
    if (e != ERR_NOT_FOUND) {
        *ret = (struct chat_message){
            .seq = next.seq, .id = arena_str(a, uuid_str(&id)), .timestamp = in->now_us};
        return e == OK ? note_place(db, in->session, next.seq, place) : e;
    }
    *ret_again = true;
    e = db_one(db, a, SQL_CHAT_MESSAGE_BY_CLIENT_ID, &CHAT_MESSAGE, ret,
               DB_ARGS(DB_I64(in->session), DB_I64(in->sender), DB_TEXT(in->client_id)));
    return e == ERR_NOT_FOUND ? ERR_INTERNAL : e;
}

enum err chat_messages_after(struct db *db, struct arena *a, int64_t session, int64_t after,
                             int64_t limit, struct rows *ret)
{
    return db_all(db, a, SQL_CHAT_MESSAGES_AFTER, &CHAT_MESSAGE, ret,
                  DB_ARGS(DB_I64(session), DB_I64(after), DB_I64(limit)));
}

enum err chat_message_seq(struct db *db, int64_t session, struct str id, int64_t *ret)
{
    struct uuid u;
    int64_t seq;
    bool says_it = uuid_parse(id, &u) && uuid_number(&u, &seq);

    return db_int(db, SQL_CHAT_MESSAGE_SEQ,
                  DB_ARGS(DB_I64(session), DB_I64(says_it ? seq : I64_NULL), DB_TEXT(id)), ret);
}

enum err chat_read_put(struct db *db, int64_t session, int64_t person, int64_t seq, int64_t now_us)
{
    return db_run(db, SQL_CHAT_READ_PUT,
                  DB_ARGS(DB_I64(session), DB_I64(person), DB_I64(seq), DB_I64(now_us)), NULL);
}
