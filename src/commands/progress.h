/* How far a long command is: a bar on a terminal, a line now and then elsewhere. On standard error.
 */
#ifndef COMMANDS_PROGRESS_H
#define COMMANDS_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    bool terminal;
    int64_t drawn_us; /* 0: nothing yet */
};

struct progress progress_begin(void);
/* `what` ("people") done of all (0: not known). */
void progress_show(struct progress *p, const char *what, int64_t done, int64_t all);
/* This part is done, and this many. */
void progress_end(struct progress *p, const char *what, int64_t n);

#endif
