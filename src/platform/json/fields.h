/* One description of a struct, four uses: it validates and reads JSON and query strings, binds and
 * reads rows, writes JSON, and documents. A wire name is the struct member's name is the column's
 * name.
 *
 * C type of a member by kind, and its absent value (JSON null or missing, SQL NULL):
 *   FIELD_INT, FIELD_TIME, FIELD_DATE, FIELD_CLOCK  int64_t     I64_NULL
 *   FIELD_REAL                                      double      NaN
 *   FIELD_FLAG                                      int8_t 0/1  FLAG_NULL
 *   FIELD_TEXT                                      struct str  ptr NULL   (a hidden one may be a
 *                                                                         column of bytes)
 *   FIELD_USER                                      struct user_ref, kind USER_REF_NONE
 *   FIELD_TEXTS                                     struct texts, v NULL   (a column holds a JSON
 * array) FIELD_DATES, FIELD_CLOCKS                       struct i64s, v NULL    (never a column) A
 * shape's struct starts out absent everywhere: shape_clear(). */
#ifndef PLATFORM_JSON_FIELDS_H
#define PLATFORM_JSON_FIELDS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/uuid.h"

enum field_kind {
    FIELD_END = 0,
    FIELD_INT,    /* JSON integer, or a text of digits */
    FIELD_REAL,   /* JSON number, or a text that is one; written with a fraction always */
    FIELD_FLAG,   /* JSON true/false; in queries also 1/0, yes/no; column BIGINT 0/1 */
    FIELD_TEXT,   /* JSON string, well-formed UTF-8 */
    FIELD_TIME,   /* µs UTC; "YYYY-MM-DDTHH:MM:SS"; column BIGINT µs */
    FIELD_DATE,   /* days since 1970; "YYYY-MM-DD"; column BIGINT days */
    FIELD_CLOCK,  /* minutes since midnight; "HH:MM"; column BIGINT minutes */
    FIELD_USER,   /* a user id in either spelling: 123, "123" or a UUID */
    FIELD_TEXTS,  /* array of strings */
    FIELD_DATES,  /* array of dates */
    FIELD_CLOCKS, /* array of clock times */
};

enum field_flag {
    FIELD_REQUIRED = 1 << 0, /* input: missing or null is 422 "is required" */
    FIELD_TRIM =
        1 << 1, /* input: white space at both ends is dropped before min and max are checked */
    FIELD_HIDDEN = 1 << 2,       /* in rows, never written to a reply */
    FIELD_SECRET = 1 << 3,       /* input whose value is never echoed */
    FIELD_EMPTY_ABSENT = 1 << 4, /* input: "" counts as missing (a profile's "leave alone") */
    FIELD_OMIT_NULL = 1 << 5,    /* output: left out instead of null */
    FIELD_NULLABLE = 1 << 6,     /* output, for documents: null may stand there */
};

enum user_ref_kind {
    USER_REF_NONE = 0,
    USER_REF_NUMBER,
    USER_REF_UUID,
};

/* A user id as a caller wrote it; not yet looked up. */
struct user_ref {
    enum user_ref_kind kind;
    int64_t number;   /* USER_REF_NUMBER: 1–99,999,999 */
    struct uuid uuid; /* USER_REF_UUID: lower-case */
};

struct texts {
    struct str *v;
    size_t n;
};

struct i64s {
    int64_t *v;
    size_t n;
};

struct field {
    const char *name;
    enum field_kind kind;
    uint32_t flags; /* enum field_flag */
    size_t offset;
    int64_t min,
        max; /* INT: value; TEXT: code points (bytes for FIELD_SECRET); lists: items; REAL: value;
                DATE: days; 0,0: no bound but the kind's own (TEXT: 10,000 code points) */
    int64_t item_max; /* TEXTS: code points an item */
    /* A further rule for a present TEXT, or each item of TEXTS: NULL when good, else what is wrong
     * ("is not an e-mail address"). */
    const char *(*check)(struct str value);
    /* For documents: */
    const char *example; /* JSON text */
    const char *about;   /* a sentence, where the name does not say it all, or NULL */
    const char *format;  /* TEXT: JSON Schema's format ("uuid", "email"), or NULL */
    const char *values;  /* TEXT: all that it can be, "pending|matched", or NULL */
};

struct shape {
    const char *name;           /* "booking", for documents and logs */
    size_t size;                /* sizeof the struct */
    const struct field *fields; /* ends with FIELD_END */
    bool strict;                /* input: an unknown field is 422 */
};

/* Rows of a field table. `s` is the struct's tag, `m` the member. Extra designated initialisers may
 * follow: F_TEXT(booking_cancel, reason, 0, 500, FIELD_TRIM, .example = "\"Schedule conflict\"") */
#define F_ROW(s, m, k, lo, hi, fl, ...)                                                            \
    {                                                                                              \
        .name = #m, .kind = (k), .flags = (fl), .offset = offsetof(struct s, m), .min = (lo),      \
        .max = (hi), ##__VA_ARGS__                                                                 \
    }
#define F_INT(s, m, lo, hi, fl, ...) F_ROW(s, m, FIELD_INT, lo, hi, fl, ##__VA_ARGS__)
#define F_REAL(s, m, lo, hi, fl, ...) F_ROW(s, m, FIELD_REAL, lo, hi, fl, ##__VA_ARGS__)
#define F_FLAG(s, m, fl, ...) F_ROW(s, m, FIELD_FLAG, 0, 0, fl, ##__VA_ARGS__)
#define F_TEXT(s, m, lo, hi, fl, ...) F_ROW(s, m, FIELD_TEXT, lo, hi, fl, ##__VA_ARGS__)
#define F_TIME(s, m, fl, ...) F_ROW(s, m, FIELD_TIME, 0, 0, fl, ##__VA_ARGS__)
#define F_DATE(s, m, fl, ...) F_ROW(s, m, FIELD_DATE, 0, 0, fl, ##__VA_ARGS__)
#define F_CLOCK(s, m, fl, ...) F_ROW(s, m, FIELD_CLOCK, 0, 0, fl, ##__VA_ARGS__)
#define F_USER(s, m, fl, ...) F_ROW(s, m, FIELD_USER, 0, 0, fl, ##__VA_ARGS__)
#define F_TEXTS(s, m, n_max, len_max, fl, ...)                                                     \
    F_ROW(s, m, FIELD_TEXTS, 0, n_max, fl, .item_max = (len_max), ##__VA_ARGS__)
#define F_DATES(s, m, n_min, n_max, fl, ...)                                                       \
    F_ROW(s, m, FIELD_DATES, n_min, n_max, fl, ##__VA_ARGS__)
#define F_CLOCKS(s, m, n_min, n_max, fl, ...)                                                      \
    F_ROW(s, m, FIELD_CLOCKS, n_min, n_max, fl, ##__VA_ARGS__)
#define F_END                                                                                      \
    {                                                                                              \
        .kind = FIELD_END                                                                          \
    }
#define SHAPE(tag, field_table) SHAPE_NAMED(#tag, tag, field_table)
/* Under another name than the struct's, where documents need one: "matching_preferences". */
#define SHAPE_NAMED(shape_name, tag, field_table)                                                  \
    {                                                                                              \
        .name = (shape_name), .size = sizeof(struct tag), .fields = (field_table)                  \
    }

/* One wrong field: 422's errors[]. */
struct field_error {
    const char *field;
    struct str message; /* "must be between 18 and 120" */
    struct field_error *next;
};

/* In order of discovery; every wrong field once. Empty list: head NULL. */
struct field_errors {
    struct field_error *head;
    struct field_error **tail; /* NULL while empty */
    bool unknown;              /* some are named by the caller's own words: not for logs */
};

/* Append "field: message" in the arena. */
void field_errors_add(struct field_errors *errors, struct arena *a, const char *field,
                      const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Everything in `obj` absent. */
void shape_clear(const struct shape *shape, void *obj);

/* What shape_from_json says of JSON that is no object: *ret_why is this very text. */
extern const char SHAPE_NOT_OBJECT[];
/* Read a JSON object into obj (cleared first); texts live in the arena.
 * ERR_BAD_REQUEST: not JSON, not an object, duplicate key, NUL, lone surrogate, deeper than 32,
 * bytes after it (*ret_why says so in one sentence). ERR_INVALID: wrong fields, all of them in
 * *errors; fields that were fine are filled in. */
enum err shape_from_json(const struct shape *shape, struct str text, struct arena *a, void *obj,
                         struct field_errors *errors, const char **ret_why);
/* The same from "a=1&b=x+y%20z" (names and values percent-decoded; '+' is a space). A name twice is
 * 400. Names that the shape does not have are ignored. */
enum err shape_from_query(const struct shape *shape, struct str query, struct arena *a, void *obj,
                          struct field_errors *errors, const char **ret_why);
/* One value by its wire text, as in a query or a form part; the check, the bounds and the messages
 * are those above. */
void field_from_text(const struct field *f, struct str value, struct arena *a, void *obj,
                     struct field_errors *errors);

/* Write obj as one JSON object. */
void json_write(struct buf *b, const struct shape *shape, const void *obj);
/* The members only, comma-separated without braces, for replies made of two shapes. */
void json_write_members(struct buf *b, const struct shape *shape, const void *obj);
/* A quoted, escaped JSON string ("</" needs no care here: never inlined in HTML). Absent: null. */
void json_write_text(struct buf *b, struct str s);
/* A real with a fraction always (75.0, 0.95), shortest text that reads back the same. NaN: null. */
void json_write_real(struct buf *b, double v);
/* {"detail": why} plus errors[] when there are any and "reason" when present. */
void json_write_error(struct buf *b, struct str why, const struct field_errors *errors,
                      struct str reason);

/* A JSON array of strings, as FIELD_TEXTS columns hold it, back into *ret; false when it is not
 * one. */
bool texts_from_json(struct str json, struct arena *a, struct texts *ret);
void json_write_texts(struct buf *b, const struct texts *texts);

/* A user id in either spelling; false: neither a number of 1–99,999,999 nor a UUID. */
bool user_ref_parse(struct str s, struct user_ref *ret);
/* As the caller wrote it (the number, or the UUID lower-case), for error sentences. In the arena.
 */
struct str user_ref_text(const struct user_ref *ref, struct arena *a);

#endif
