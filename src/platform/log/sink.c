/* Writes lines to standard error in pieces that a pipe takes whole, and says so when some had to be
 * dropped. */
#include "platform/log/sink.h"

#include "platform/clock.h"
#include "platform/log/line.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool stuck;      /* nobody reads: do not wait again */
    bool broken;     /* the last line went out in part */
    int64_t dropped; /* lines, since the last that went out */
} sink;

static bool wait_for_room(void)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
    int n;

    do
        n = poll(&p, 1, sink.stuck ? 0 : SINK_PATIENCE_MS);
    while (n < 0 && errno == EINTR);
    sink.stuck = n == 0;
    return n > 0;
}

/* At most PIPE_BUF bytes, which a pipe that poll() calls writable takes without blocking. False:
 * given up. */
static bool write_piece(const char *bytes, size_t len)
{
    while (len > 0) {
        if (!wait_for_room())
            return false;
        ssize_t n = write(STDERR_FILENO, bytes, len);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return false;
        sink.broken = bytes[n - 1] != '\n';
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static int64_t count_lines(const char *bytes, size_t len)
{
    int64_t n = 0;
    for (const char *end = bytes + len; (bytes = memchr(bytes, '\n', (size_t)(end - bytes)));
         bytes++)
        n++;
    return n;
}

/* As many whole lines as one piece takes, but at least one line's first piece. */
static size_t next_piece(const char *lines, size_t len)
{
    if (len <= PIPE_BUF)
        return len;
    const char *end = memrchr(lines, '\n', PIPE_BUF);
    return end ? (size_t)(end + 1 - lines) : PIPE_BUF;
}

/* What was lost comes first, so that the reader knows where the gap is. */
static bool tell_dropped(void)
{
    char room[256];
    struct line l = {room, 0, sizeof room};

    if (sink.broken && !write_piece("\n", 1))
        return false;
    if (sink.dropped == 0)
        return true;
    line_begin(&l, clock_now_us(), "error", "log.dropped");
    line_text(&l, "message", STR("Lines were lost because nobody read the log"), 100);
    line_i64(&l, "lines", sink.dropped);
    line_end(&l);
    if (!write_piece(l.ptr, l.len))
        return false;
    sink.dropped = 0;
    return true;
}

void sink_write(const char *lines, size_t len)
{
    int saved = errno;

    if ((sink.broken || sink.dropped > 0) && !tell_dropped()) {
        sink.dropped += count_lines(lines, len);
        len = 0;
    }
    while (len > 0) {
        size_t piece = next_piece(lines, len);
        if (!write_piece(lines, piece)) {
            sink.dropped += count_lines(lines, len);
            break;
        }
        lines += piece;
        len -= piece;
    }
    errno = saved;
}
