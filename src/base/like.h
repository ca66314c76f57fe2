/* Which of several names was meant by somebody who wrote another: the one with the fewest slips of
 * a letter. Knows no names. */
#ifndef BASE_LIKE_H
#define BASE_LIKE_H

#include "base/str.h"

#define LIKE_NAME_MAX 64 /* bytes of a name of ours */

struct like {
    struct str word;  /* as written; set before the first try, the rest zero */
    const char *best; /* of those tried; NULL: none is near */
    size_t slips;
};

/* Is it this one? `most`: how many slips it may take. `name` outlives *l. */
void like_try(struct like *l, const char *name, size_t most);

#endif
