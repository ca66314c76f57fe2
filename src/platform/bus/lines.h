/* What this process has said and PostgreSQL has not been told yet, bounded; what there is no room
 * for becomes "look in the store". Sends nothing. Private to this folder. */
#ifndef PLATFORM_BUS_LINES_H
#define PLATFORM_BUS_LINES_H

#include "platform/bus/payload.h"

#include <pthread.h>

struct lines {
    char who[PAYLOAD_WHO_LEN + 1]; /* this process */
    pthread_mutex_t lock;          /* of these: */
    struct line *first, *last;
    size_t waiting_bytes;
    uint64_t said;
    bool lost; /* something was not told: the others must look in the store */
};

void lines_init(struct lines *l);
void lines_free(struct lines *l);
/* Any thread. False: others were waiting already. */
bool lines_add(struct lines *l, struct str topic, struct str bytes);
/* A batch that was taken never arrived. */
void lines_lost(struct lines *l);
bool lines_wait(struct lines *l);
/* The oldest as one array in PostgreSQL's spelling, to be freed; NULL: nothing waits. */
char *lines_batch(struct lines *l);

#endif
