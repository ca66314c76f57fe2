/* Wire and row shapes of the venue service, described once: they validate requests, bind and read
 * rows, write replies and document. No rules beyond single fields. */
#ifndef SERVICES_VENUE_FIELDS_H
#define SERVICES_VENUE_FIELDS_H

#include "platform/json/fields.h"

/* ── In ── */

struct venue_new {
    struct str name;
    struct str address;
    struct str city;
    struct str description;
    struct str phone;
    struct str email;
    int64_t capacity;
    double price_per_hour;
    int8_t is_active; /* absent: it is */
};

/* What is absent stays as it is. */
struct venue_change {
    struct str name;
    struct str address;
    struct str city;
    struct str description;
    struct str phone;
    struct str email;
    int64_t capacity;
    double price_per_hour;
    int8_t is_active;
};

struct venue_filter {
    struct str city;
    int8_t active_only;
};

struct slot_new {
    int64_t venue_id;
    int64_t date;
    int64_t time;
};

struct slots_bulk {
    int64_t venue_id;
    struct i64s dates;
    struct i64s times;
};

struct slot_filter {
    int64_t date;
    int8_t available_only;
};

struct review_new {
    int64_t venue_id;
    struct user_ref user_id;
    int64_t rating;
    struct str comment;
};

extern const struct shape VENUE_NEW, VENUE_CHANGE, VENUE_FILTER, SLOT_NEW, SLOTS_BULK, SLOT_FILTER,
    REVIEW_NEW;

/* ── Out, and rows ── */

struct venue {
    int64_t id;
    struct str name;
    struct str address;
    struct str city;
    struct str description;
    struct str phone;
    struct str email;
    double rating; /* average of the standing reviews; 0.0: none */
    int64_t capacity;
    double price_per_hour;
    int8_t is_active;
    int64_t created_at;
    int64_t updated_at;
    int64_t owner; /* account number */
};

struct slot {
    int64_t id;
    int64_t venue_id;
    int64_t date;
    int64_t time;
    int8_t available;
    int64_t booked_by; /* booking id */
    int64_t created_at;
    int64_t minute; /* of date and time since 1970: the order of lists, and their cursor */
};

struct review {
    int64_t id;
    int64_t venue_id;
    int64_t user_id;
    int64_t rating;
    struct str comment;
    int64_t created_at;
    int64_t person; /* account number of the author */
};

struct venue_stats {
    int64_t venue_id;
    struct str venue_name;
    int64_t total_time_slots;
    int64_t available_slots;
    int64_t booked_slots;
    double average_rating;
    int64_t total_reviews;
    double price_per_hour;
    int64_t capacity;
};

struct venue_city {
    struct str city;
    int64_t venues; /* active ones */
};

/* VENUE_ITEM: the seven fields that lists show. */
extern const struct shape VENUE, VENUE_ITEM, SLOT, REVIEW, VENUE_STATS, VENUE_CITY;

#endif
