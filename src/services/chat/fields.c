/* The tables behind fields.h: one row a field; nothing else. */
#include "services/chat/fields.h"

#include "platform/http/req.h"
#include "services/chat/rules.h"

#define CLIENT_ID_MAX_LEN 100
#define FRAME_MAX_LEN 65536 /* longer content is a rule of its own, with its own sentence */
#define UUID_EXAMPLE_1 "\"00000123-9f1c-8b6e-a4d0-5c1e2f3a4b5c\""
#define UUID_EXAMPLE_2 "\"00000456-1d2e-8f3a-9b4c-6d7e8f9a0b1c\""
#define SESSION_EXAMPLE "\"4f9a1c2e-7b3d-4e5f-8a6b-1c2d3e4f5a6b\""
#define TIME_EXAMPLE "\"2026-01-15T19:00:00\""

static const struct field CHAT_MATCH_FIELDS[] = {
    F_USER(chat_match, user1_id, FIELD_REQUIRED, .example = UUID_EXAMPLE_1),
    F_USER(chat_match, user2_id, FIELD_REQUIRED, .example = UUID_EXAMPLE_2),
    F_TIME(chat_match, meeting_time, FIELD_REQUIRED, .example = TIME_EXAMPLE),
    F_INT(chat_match, duration_minutes, 1, CHAT_DURATION_MAX_MINUTES, FIELD_REQUIRED,
          .example = "120"),
    F_END,
};
const struct shape CHAT_MATCH = SHAPE(chat_match, CHAT_MATCH_FIELDS);

static const struct field CHAT_OPENED_FIELDS[] = {
    F_TEXT(chat_opened, session_id, 0, 0, 0, .example = SESSION_EXAMPLE, .format = "uuid"),
    F_TEXT(chat_opened, status, 0, 0, 0, .example = "\"pending\"",
           .values = "pending|active|expired"),
    F_END,
};
const struct shape CHAT_OPENED = SHAPE(chat_opened, CHAT_OPENED_FIELDS);

static const struct field CHAT_SESSION_FIELDS[] = {
    F_INT(chat_session, id, 0, 0, FIELD_HIDDEN),
    F_TEXT(chat_session, session_id, 0, 0, 0, .example = SESSION_EXAMPLE, .format = "uuid"),
    F_TEXT(chat_session, user1_id, 0, 0, 0, .example = UUID_EXAMPLE_1, .format = "uuid"),
    F_TEXT(chat_session, user2_id, 0, 0, 0, .example = UUID_EXAMPLE_2, .format = "uuid"),
    F_TIME(chat_session, start_time, 0, .example = "\"2026-01-15T18:30:00\""),
    F_TIME(chat_session, end_time, 0, .example = "\"2026-01-15T21:30:00\""),
    F_TEXT(chat_session, status, 0, 0, 0, .example = "\"active\"",
           .values = "pending|active|expired"),
    F_INT(chat_session, messages_count, 0, 0, 0, .example = "15"),
    F_INT(chat_session, person_1, 0, 0, FIELD_HIDDEN),
    F_INT(chat_session, person_2, 0, 0, FIELD_HIDDEN),
    F_TIME(chat_session, ended_at, FIELD_HIDDEN),
    F_TEXT(chat_session, end_reason, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape CHAT_SESSION = SHAPE(chat_session, CHAT_SESSION_FIELDS);

static const struct field CHAT_MESSAGE_FIELDS[] = {
    F_INT(chat_message, seq, 0, 0, FIELD_HIDDEN),
    F_TEXT(chat_message, id, 0, 0, 0, .example = SESSION_EXAMPLE, .format = "uuid"),
    F_TEXT(chat_message, sender_id, 0, 0, 0, .example = UUID_EXAMPLE_2, .format = "uuid"),
    F_TEXT(chat_message, content, 0, 0, 0, .example = "\"Hello! Nice to meet you!\""),
    F_TIME(chat_message, timestamp, 0, .example = "\"2026-01-15T19:15:00\""),
    F_TEXT(chat_message, type, 0, 0, 0, .example = "\"text\"", .values = "text"),
    F_INT(chat_message, origin, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape CHAT_MESSAGE = SHAPE(chat_message, CHAT_MESSAGE_FIELDS);

static const struct field CHAT_PLACE_FIELDS[] = {
    F_INT(chat_place, seq, 0, 0, FIELD_HIDDEN),
    F_INT(chat_place, place, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape CHAT_PLACE = SHAPE(chat_place, CHAT_PLACE_FIELDS);

static const struct field CHAT_HISTORY_FIELDS[] = {
    F_TEXT(chat_history, after, 0, UUID_LEN, 0, .example = SESSION_EXAMPLE),
    F_INT(chat_history, limit, 1, REQ_PAGE_MAX, 0, .example = "100"),
    F_INT(chat_history, cursor, 0, INT64_MAX, 0),
    F_END,
};
const struct shape CHAT_HISTORY = SHAPE(chat_history, CHAT_HISTORY_FIELDS);

static const struct field CHAT_JOIN_FIELDS[] = {
    F_TEXT(chat_join, after, 0, UUID_LEN, 0, .example = SESSION_EXAMPLE),
    F_FLAG(chat_join, wait, 0, .example = "true"),
    F_END,
};
const struct shape CHAT_JOIN = SHAPE(chat_join, CHAT_JOIN_FIELDS);

static const struct field CHAT_SAID_FIELDS[] = {
    F_TEXT(chat_said, content, 0, FRAME_MAX_LEN, 0, .example = "\"Hello! Nice to meet you!\""),
    F_TEXT(chat_said, type, 0, FRAME_MAX_LEN, 0, .example = "\"text\""),
    F_TEXT(chat_said, client_id, 1, CLIENT_ID_MAX_LEN, 0, .example = "\"c-17\""),
    F_END,
};
const struct shape CHAT_SAID = SHAPE(chat_said, CHAT_SAID_FIELDS);

static const struct field CHAT_ACK_FIELDS[] = {
    F_TEXT(chat_ack, id, 0, 0, 0, .example = "\"4f9a1c2e-7b3d-4e5f-8a6b-1c2d3e4f5a6b\"",
           .format = "uuid"),
    F_TEXT(chat_ack, client_id, 0, 0, 0, .example = "\"c-17\""),
    F_TIME(chat_ack, timestamp, 0, .example = "\"2026-01-15T19:15:00\""),
    F_END,
};
const struct shape CHAT_ACK = SHAPE(chat_ack, CHAT_ACK_FIELDS);

static const struct field CHAT_SIGNAL_FIELDS[] = {
    F_TEXT(chat_signal, sender_id, 0, 0, 0, .example = "\"00000456-1d2e-8f3a-9b4c-6d7e8f9a0b1c\"",
           .format = "uuid"),
    F_TEXT(chat_signal, content, 0, 0, 0),
    F_TIME(chat_signal, timestamp, 0, .example = "\"2026-01-15T19:15:00\""),
    F_TEXT(chat_signal, type, 0, 0, 0, .example = "\"typing\"", .values = "typing|read"),
    F_END,
};
const struct shape CHAT_SIGNAL = SHAPE(chat_signal, CHAT_SIGNAL_FIELDS);
