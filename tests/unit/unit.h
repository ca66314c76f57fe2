/* What every unit test includes: cmocka with its prerequisites, and helpers for texts. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Fails with both texts shown. */
static inline void assert_str(struct str got, const char *want)
{
    struct str w = str_of(want);
    if (!str_eq(got, w))
        fail_msg("got \"%.*s\", want \"%.*s\"", STR_ARG(got), STR_ARG(w));
}

#endif
