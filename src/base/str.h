/* A borrowed run of bytes: pointer and length, not terminated, owned by whoever made it. No I/O. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ptr NULL means absent (SQL NULL, JSON null); a present empty text has ptr != NULL and len 0. */
struct str {
    const char *ptr;
    size_t len;
};

/* The absent value of an integer, a time or a date. Absent reals are NaN, absent flags -1. */
#define I64_NULL INT64_MIN
#define FLAG_NULL ((int8_t)-1)

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NULL ((struct str){NULL, 0})
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static inline bool str_present(struct str s)
{
    return s.ptr != NULL;
}

/* Wrap a terminated text; NULL gives the absent text. */
struct str str_of(const char *text);
/* Same bytes; two absent texts are equal, an absent and an empty one are not. */
bool str_eq(struct str a, struct str b);
/* The same, with ASCII letters folded (header names, schemes; not people's text: see utf8.h). */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
/* Without ASCII white space at both ends. */
struct str str_trim(struct str s);
/* Split off everything before the first `sep`: *rest moves behind it (absent at the end). */
struct str str_cut(struct str *rest, char sep);
/* An optional minus and 1–19 digits that fit, nothing else. False leaves *ret alone. I64_NULL is no
 * number. */
bool str_to_i64(struct str s, int64_t *ret);
/* 0–15, or -1 for what is no hexadecimal digit. */
int str_hex_digit(char c);
/* Compare in a time that depends only on the lengths: secrets, tokens, signatures. */
bool str_eq_secret(struct str a, struct str b);

#endif
