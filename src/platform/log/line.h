/* One log line being written into a fixed room: JSON members, escaped, cut rather than overrun.
 * Inside log/ only. */
#ifndef PLATFORM_LOG_LINE_H
#define PLATFORM_LOG_LINE_H

#include "base/str.h"

struct line {
    char *ptr;
    size_t len;
    size_t cap; /* never exceeded: what does not fit is left out */
};

/* `{"time":"2026-01-15T10:30:00.123Z","level":"info","event":"…"`; the members below follow, each
 * with its comma. */
void line_begin(struct line *l, int64_t now_us, const char *level, const char *event);
/* At most `max` bytes of the text are written; a cut one ends in "…". Absent: nothing is written.
 * Bytes that are not well-formed UTF-8 become U+FFFD. */
void line_text(struct line *l, const char *name, struct str value, size_t max);
void line_i64(struct line *l, const char *name, int64_t value);
/* µs as milliseconds with three decimals. */
void line_ms(struct line *l, const char *name, int64_t us);
/* `}` and the line feed: there is always room for them. */
void line_end(struct line *l);

#endif
