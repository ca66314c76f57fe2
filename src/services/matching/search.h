/* Who is the one for somebody, now: reads candidates in the order in which they are offered and
 * stops as soon as the answer is certain. Decides by rules.h alone; changes nothing. */
#ifndef SERVICES_MATCHING_SEARCH_H
#define SERVICES_MATCHING_SEARCH_H

#include "services/matching/store.h"

enum search_among {
    SEARCH_EVERYBODY, /* waiters first, then whoever is free */
    SEARCH_WAITERS,
};

struct found {
    int64_t person;
    double compatibility; /* as shown */
};

/* ERR_NOT_FOUND: nobody fits, not even when bounds stretch. Whether x itself is free is the
 * caller's question. A function of the store's state and the day alone. */
enum err search_partner(const struct tx *tx, const struct seeker *x, enum search_among among,
                        struct found *ret);

#endif
