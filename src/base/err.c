/* The table of result codes, readable at run time; must hold nothing that is not in err.h's list.
 */
#include "base/err.h"

struct err_row {
    const char *name;
    const char *text;
    int status;
};

static const struct err_row ROWS[ERR_COUNT] = {
#define X(code, status_, text_) [code] = {.name = #code, .text = (text_), .status = (status_)},
    ERR_TABLE(X)
#undef X
};

/* A code from outside the list is a bug of ours: it shows as an internal error. */
static const struct err_row *row(enum err e)
{
    return (unsigned)e < (unsigned)ERR_COUNT ? &ROWS[e] : &ROWS[ERR_INTERNAL];
}

int err_status(enum err e)
{
    return row(e)->status;
}

const char *err_text(enum err e)
{
    return row(e)->text;
}

const char *err_name(enum err e)
{
    return row(e)->name;
}
