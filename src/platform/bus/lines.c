/* A queue of payloads behind a lock: see lines.h. */
#include "platform/bus/lines.h"

#include "base/cell.h"
#include "platform/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_LINES 200
#define WAITING_MAX_BYTES (4u << 20) /* what waits while the server is away */

struct line {
    struct line *next;
    size_t len;
    char text[];
};

void lines_init(struct lines *l)
{
    uint64_t who;

    random_fill(&who, sizeof who);
    *l = (struct lines){.first = NULL};
    snprintf(l->who, sizeof l->who, "%016llx", (unsigned long long)who);
    pthread_mutex_init(&l->lock, NULL);
}

/* The rest with the lock held. */
static void append(struct lines *l, const char *text)
{
    size_t len = strlen(text);
    struct line *line = cell_must(malloc(sizeof *line + len + 1));

    line->next = NULL;
    line->len = len;
    memcpy(line->text, text, len + 1);
    if (l->last)
        l->last->next = line;
    else
        l->first = line;
    l->last = line;
    l->waiting_bytes += len;
}

static struct line *take(struct lines *l)
{
    struct line *line = l->first;

    l->first = line->next;
    if (!l->first)
        l->last = NULL;
    l->waiting_bytes -= line->len;
    return line;
}

static bool compose(struct lines *l, struct str topic, struct str bytes, char text[PAYLOAD_MAX])
{
    struct payload p = {.n = ++l->said, .topic = topic, .bytes = bytes};

    memcpy(p.who, l->who, sizeof p.who);
    return payload_write(&p, text);
}

static size_t batch_bytes(const struct lines *l)
{
    size_t bytes = PAYLOAD_MAX + 3;
    int n = 0;

    for (const struct line *line = l->first; line && n < BATCH_LINES; line = line->next, n++)
        bytes += line->len + 1;
    return bytes;
}

static char *batch(struct lines *l)
{
    char *array = cell_must(malloc(batch_bytes(l)));
    char missed[PAYLOAD_MAX];
    size_t at = 0;

    if (l->lost && compose(l, STR(""), STR(""), missed))
        at += (size_t)snprintf(array, PAYLOAD_MAX, "{%s", missed);
    l->lost = false;
    for (int n = 0; n < BATCH_LINES && l->first; n++) {
        struct line *line = take(l);
        array[at] = at == 0 ? '{' : ',';
        memcpy(array + at + 1, line->text, line->len);
        at += line->len + 1;
        free(line);
    }
    memcpy(array + at, "}", 2);
    return array;
}

void lines_free(struct lines *l)
{
    while (l->first)
        free(take(l));
    pthread_mutex_destroy(&l->lock);
}

bool lines_add(struct lines *l, struct str topic, struct str bytes)
{
    char text[PAYLOAD_MAX];

    pthread_mutex_lock(&l->lock);
    bool idle = !l->first;
    if (l->waiting_bytes < WAITING_MAX_BYTES && compose(l, topic, bytes, text))
        append(l, text);
    else
        l->lost = true;
    pthread_mutex_unlock(&l->lock);
    return idle;
}

void lines_lost(struct lines *l)
{
    pthread_mutex_lock(&l->lock);
    l->lost = true;
    pthread_mutex_unlock(&l->lock);
}

bool lines_wait(struct lines *l)
{
    pthread_mutex_lock(&l->lock);
    bool waits = l->first || l->lost;
    pthread_mutex_unlock(&l->lock);
    return waits;
}

char *lines_batch(struct lines *l)
{
    pthread_mutex_lock(&l->lock);
    char *array = l->first || l->lost ? batch(l) : NULL;
    pthread_mutex_unlock(&l->lock);
    return array;
}
