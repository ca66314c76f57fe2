/* The libraries that the program runs with now, which may be newer than those it was built with. */
#ifndef COMMANDS_LIBRARIES_H
#define COMMANDS_LIBRARIES_H

#include <stddef.h>

struct library {
    const char *name;
    const char *(*version)(void); /* static text */
};

#define LIBRARIES_N 7u
extern const struct library LIBRARIES[LIBRARIES_N];

#endif
