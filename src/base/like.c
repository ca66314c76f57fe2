/* Levenshtein's distance, for "did you mean": see like.h. */
#include "base/like.h"

#include <string.h>

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* b is at most LIKE_NAME_MAX long. */
static size_t distance(struct str a, struct str b)
{
    size_t row[LIKE_NAME_MAX + 1];

    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t substituted = diagonal + (a.ptr[i - 1] != b.ptr[j - 1]);
            diagonal = row[j];
            row[j] = least(substituted, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b.len];
}

void like_try(struct like *l, const char *name, size_t most)
{
    struct str ours = str_of(name);

    if (ours.len > LIKE_NAME_MAX || l->word.len > ours.len + most)
        return;
    size_t slips = distance(l->word, ours);
    if (slips > most || (l->best != NULL && slips >= l->slips))
        return;
    l->best = name;
    l->slips = slips;
}
