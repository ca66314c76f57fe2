/* A flag among the words of a command line, "--name value" or "--name=value". Knows no names. */
#ifndef PLATFORM_CONFIG_FLAG_H
#define PLATFORM_CONFIG_FLAG_H

#include "base/str.h"

struct flag {
    struct str name;  /* without dashes, empty for a mere "--"; absent: no flag */
    struct str value; /* absent: none, or it is the next word */
};

/* Borrows from the word. */
struct flag flag_of(const char *word);
/* The flag at argv[*at] with its value, where it takes one; *at moves onto the last word of it.
 * False: there is no word behind it. */
bool flag_value(struct flag *f, int argc, char *const *argv, int *at);

#endif
