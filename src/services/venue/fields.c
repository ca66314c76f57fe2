/* The tables behind fields.h: one row a field; nothing else. */
#include "services/venue/fields.h"

#include "base/text_checks.h"
#include "services/venue/rules.h"
#include "services/venue/venue.h"

#define NAME_MAX_LEN 200
#define ADDRESS_MAX_LEN 300
#define CITY_MAX_LEN 100
#define DESCRIPTION_MAX_LEN 5000
#define PHONE_MAX_LEN 32
#define EMAIL_MAX_LEN 254
#define CAPACITY_MAX 1000000
#define PRICE_MAX 1000000
#define COMMENT_MAX_LEN 2000

/* The same rows for creating (`fl` FIELD_REQUIRED, `empty` FIELD_EMPTY_ABSENT) and for changing (0,
 * and "" empties). */
#define VENUE_INPUT(s, fl, empty)                                                                  \
    F_TEXT(s, name, 1, NAME_MAX_LEN, (fl) | FIELD_TRIM, .check = line_problem,                     \
           .example = "\"The Cozy Corner\""),                                                      \
        F_TEXT(s, address, 1, ADDRESS_MAX_LEN, (fl) | FIELD_TRIM, .check = prose_problem,          \
               .example = "\"123 Main St\""),                                                      \
        F_TEXT(s, city, 1, CITY_MAX_LEN, (fl) | FIELD_TRIM, .check = line_problem,                 \
               .example = "\"New York\""),                                                         \
        F_TEXT(s, description, 0, DESCRIPTION_MAX_LEN, (empty) | FIELD_TRIM,                       \
               .check = prose_problem, .example = "\"Romantic restaurant with Italian cuisine\""), \
        F_TEXT(s, phone, 0, PHONE_MAX_LEN, (empty) | FIELD_TRIM, .check = venue_phone_problem,     \
               .example = "\"+1234567890\""),                                                      \
        F_TEXT(s, email, 0, EMAIL_MAX_LEN, (empty) | FIELD_TRIM, .check = venue_email_problem,     \
               .example = "\"info@cozycorner.com\""),                                              \
        F_INT(s, capacity, 1, CAPACITY_MAX, 0, .example = "50"),                                   \
        F_REAL(s, price_per_hour, 0, PRICE_MAX, 0, .example = "75.0"),                             \
        F_FLAG(s, is_active, 0, .example = "true")

static const struct field VENUE_NEW_FIELDS[] = {
    VENUE_INPUT(venue_new, FIELD_REQUIRED, FIELD_EMPTY_ABSENT),
    F_END,
};
const struct shape VENUE_NEW = SHAPE(venue_new, VENUE_NEW_FIELDS);

static const struct field VENUE_CHANGE_FIELDS[] = {
    VENUE_INPUT(venue_change, 0, 0),
    F_END,
};
const struct shape VENUE_CHANGE = SHAPE(venue_change, VENUE_CHANGE_FIELDS);

static const struct field VENUE_FILTER_FIELDS[] = {
    F_TEXT(venue_filter, city, 0, CITY_MAX_LEN, FIELD_TRIM, .example = "\"New York\""),
    F_FLAG(venue_filter, active_only, FIELD_EMPTY_ABSENT, .example = "true"),
    F_END,
};
const struct shape VENUE_FILTER = SHAPE(venue_filter, VENUE_FILTER_FIELDS);

static const struct field SLOT_NEW_FIELDS[] = {
    F_INT(slot_new, venue_id, 0, 0, FIELD_REQUIRED, .example = "5"),
    F_ROW(slot_new, date, FIELD_DATE, SLOT_DATE_MIN, SLOT_DATE_MAX, FIELD_REQUIRED,
          .example = "\"2026-01-15\""),
    F_CLOCK(slot_new, time, FIELD_REQUIRED, .example = "\"19:00\""),
    F_END,
};
const struct shape SLOT_NEW = SHAPE(slot_new, SLOT_NEW_FIELDS);

static const struct field SLOTS_BULK_FIELDS[] = {
    F_INT(slots_bulk, venue_id, 0, 0, FIELD_REQUIRED, .example = "5"),
    F_DATES(slots_bulk, dates, 1, SLOTS_BULK_MAX, FIELD_REQUIRED,
            .example = "[\"2026-01-15\", \"2026-01-16\"]"),
    F_CLOCKS(slots_bulk, times, 1, SLOTS_BULK_MAX, FIELD_REQUIRED,
             .example = "[\"18:00\", \"19:00\"]"),
    F_END,
};
const struct shape SLOTS_BULK = SHAPE(slots_bulk, SLOTS_BULK_FIELDS);

static const struct field SLOT_FILTER_FIELDS[] = {
    F_DATE(slot_filter, date, FIELD_EMPTY_ABSENT, .example = "\"2026-01-15\""),
    F_FLAG(slot_filter, available_only, FIELD_EMPTY_ABSENT, .example = "true"),
    F_END,
};
const struct shape SLOT_FILTER = SHAPE(slot_filter, SLOT_FILTER_FIELDS);

static const struct field REVIEW_NEW_FIELDS[] = {
    F_INT(review_new, venue_id, 0, 0, FIELD_REQUIRED, .example = "5"),
    F_USER(review_new, user_id, 0, .example = "123"),
    F_INT(review_new, rating, 1, 5, FIELD_REQUIRED, .example = "5"),
    F_TEXT(review_new, comment, 0, COMMENT_MAX_LEN, FIELD_TRIM, .check = prose_problem,
           .example = "\"Amazing ambiance and great food!\""),
    F_END,
};
const struct shape REVIEW_NEW = SHAPE(review_new, REVIEW_NEW_FIELDS);

static const struct field VENUE_FIELDS[] = {
    F_INT(venue, id, 0, 0, 0, .example = "5"),
    F_TEXT(venue, name, 0, 0, 0, .example = "\"The Cozy Corner\""),
    F_TEXT(venue, address, 0, 0, 0, .example = "\"123 Main St\""),
    F_TEXT(venue, city, 0, 0, 0, .example = "\"New York\""),
    F_TEXT(venue, description, 0, 0, FIELD_NULLABLE,
           .example = "\"Romantic restaurant with Italian cuisine\""),
    F_TEXT(venue, phone, 0, 0, FIELD_NULLABLE, .example = "\"+1234567890\""),
    F_TEXT(venue, email, 0, 0, FIELD_NULLABLE, .example = "\"info@cozycorner.com\""),
    F_REAL(venue, rating, 0, 0, 0, .example = "4.5"),
    F_INT(venue, capacity, 0, 0, FIELD_NULLABLE, .example = "50"),
    F_REAL(venue, price_per_hour, 0, 0, FIELD_NULLABLE, .example = "75.0"),
    F_FLAG(venue, is_active, 0, .example = "true"),
    F_TIME(venue, created_at, 0, .example = "\"2026-01-07T11:00:00\""),
    F_TIME(venue, updated_at, 0, .example = "\"2026-01-07T11:00:00\""),
    F_INT(venue, owner, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape VENUE = SHAPE(venue, VENUE_FIELDS);

static const struct field VENUE_ITEM_FIELDS[] = {
    F_INT(venue, id, 0, 0, 0, .example = "5"),
    F_TEXT(venue, name, 0, 0, 0, .example = "\"The Cozy Corner\""),
    F_TEXT(venue, address, 0, 0, 0, .example = "\"123 Main St\""),
    F_TEXT(venue, city, 0, 0, 0, .example = "\"New York\""),
    F_REAL(venue, rating, 0, 0, 0, .example = "4.5"),
    F_REAL(venue, price_per_hour, 0, 0, FIELD_NULLABLE, .example = "75.0"),
    F_FLAG(venue, is_active, 0, .example = "true"),
    F_END,
};
const struct shape VENUE_ITEM = {
    .name = "venue_item", .size = sizeof(struct venue), .fields = VENUE_ITEM_FIELDS};

static const struct field SLOT_FIELDS[] = {
    F_INT(slot, id, 0, 0, 0, .example = "101"),
    F_INT(slot, venue_id, 0, 0, 0, .example = "5"),
    F_DATE(slot, date, 0, .example = "\"2026-01-15\""),
    F_CLOCK(slot, time, 0, .example = "\"18:00\""),
    F_FLAG(slot, available, 0, .example = "true"),
    F_INT(slot, booked_by, 0, 0, FIELD_NULLABLE, .example = "null",
          .about = "The id of the booking that holds it"),
    F_TIME(slot, created_at, 0, .example = "\"2026-01-07T11:05:00\""),
    F_INT(slot, minute, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape SLOT = SHAPE(slot, SLOT_FIELDS);

static const struct field REVIEW_FIELDS[] = {
    F_INT(review, id, 0, 0, 0, .example = "1"),
    F_INT(review, venue_id, 0, 0, 0, .example = "5"),
    F_INT(review, user_id, 0, 0, 0, .example = "123"),
    F_INT(review, rating, 0, 0, 0, .example = "5"),
    F_TEXT(review, comment, 0, 0, FIELD_NULLABLE,
           .example = "\"Amazing ambiance and great food!\""),
    F_TIME(review, created_at, 0, .example = "\"2026-01-07T11:10:00\""),
    F_INT(review, person, 0, 0, FIELD_HIDDEN),
    F_END,
};
const struct shape REVIEW = SHAPE(review, REVIEW_FIELDS);

static const struct field VENUE_STATS_FIELDS[] = {
    F_INT(venue_stats, venue_id, 0, 0, 0, .example = "5"),
    F_TEXT(venue_stats, venue_name, 0, 0, 0, .example = "\"The Cozy Corner\""),
    F_INT(venue_stats, total_time_slots, 0, 0, 0, .example = "100"),
    F_INT(venue_stats, available_slots, 0, 0, 0, .example = "75"),
    F_INT(venue_stats, booked_slots, 0, 0, 0, .example = "25"),
    F_REAL(venue_stats, average_rating, 0, 0, 0, .example = "4.5"),
    F_INT(venue_stats, total_reviews, 0, 0, 0, .example = "23"),
    F_REAL(venue_stats, price_per_hour, 0, 0, FIELD_NULLABLE, .example = "75.0"),
    F_INT(venue_stats, capacity, 0, 0, FIELD_NULLABLE, .example = "50"),
    F_END,
};
const struct shape VENUE_STATS = SHAPE(venue_stats, VENUE_STATS_FIELDS);

static const struct field VENUE_CITY_FIELDS[] = {
    F_TEXT(venue_city, city, 0, 0, 0, .example = "\"New York\""),
    F_INT(venue_city, venues, 0, 0, 0, .example = "12", .about = "How many active ones it has"),
    F_END,
};
const struct shape VENUE_CITY = SHAPE(venue_city, VENUE_CITY_FIELDS);

static const struct field AVAILABLE_TIME_FIELDS[] = {
    F_INT(available_time, id, 0, 0, 0, .example = "101"),
    F_INT(available_time, venue_id, 0, 0, 0, .example = "5"),
    F_DATE(available_time, date, 0, .example = "\"2026-01-15\""),
    F_CLOCK(available_time, time, 0, .example = "\"18:00\""),
    F_FLAG(available_time, available, 0, .example = "true"),
    F_END,
};
const struct shape AVAILABLE_TIME = SHAPE(available_time, AVAILABLE_TIME_FIELDS);
