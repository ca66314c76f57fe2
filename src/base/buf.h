/* A text that grows in an arena: replies, headers, log lines, SQL lists. No I/O. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
    struct arena *arena;
    char *ptr;
    size_t len;
    size_t cap;
};

struct buf buf_new(struct arena *a, size_t cap);
/* At least `more` bytes of room behind len; returns where they start. */
char *buf_room(struct buf *b, size_t more);
void buf_put(struct buf *b, const void *bytes, size_t len);
void buf_char(struct buf *b, char c);
void buf_str(struct buf *b, struct str s);
void buf_text(struct buf *b, const char *text);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static inline struct str buf_view(const struct buf *b)
{
    return (struct str){b->ptr, b->len};
}

#endif
