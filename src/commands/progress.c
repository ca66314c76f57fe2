/* Draws how far a command is: see progress.h. */
#include "commands/progress.h"

#include "platform/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define BAR_LEN 30
#define REDRAW_US 100000

struct progress progress_begin(void)
{
    return (struct progress){.terminal = isatty(STDERR_FILENO)};
}

static void draw(const char *what, int64_t done, int64_t all)
{
    int64_t of = all > done ? all : done > 0 ? done : 1;
    int filled = (int)(done * BAR_LEN / of);

    fprintf(stderr, "\r[%.*s%*s] %3d %%  %-20.20s %12" PRId64, filled,
            "##############################", BAR_LEN - filled, "", (int)(done * 100 / of), what,
            done);
}

void progress_show(struct progress *p, const char *what, int64_t done, int64_t all)
{
    int64_t now_us = clock_monotonic_us();

    if (!p->terminal || now_us - p->drawn_us < REDRAW_US)
        return;
    p->drawn_us = now_us;
    draw(what, done, all);
}

void progress_end(struct progress *p, const char *what, int64_t n)
{
    if (p->terminal) {
        draw(what, n, n);
        fputc('\n', stderr);
    } else {
        fprintf(stderr, "%s: %" PRId64 "\n", what, n);
    }
    p->drawn_us = 0;
}
