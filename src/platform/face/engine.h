/* The engine's inside: its models once they are loaded. For this folder only. */
#ifndef PLATFORM_FACE_ENGINE_H
#define PLATFORM_FACE_ENGINE_H

#include "platform/face/internal.h"
#include "platform/face/runtime.h"

#include <pthread.h>
#include <stdatomic.h>

/* One description and its models. It never changes once the engine has it, but for the sessions,
 * which come with `loaded`; and lives as long as the engine. */
struct face_set {
    struct face_manifest manifest;
    struct face_model about;
    struct face_set *earlier; /* the one that this took the place of */
    atomic_bool loaded;
    /* From here on once loaded: */
    struct runtime *runtime;
    struct model *detect, *landmark, *embed, *liveness; /* the last one NULL: not given */
    size_t proposals;                                   /* boxes that the detector gives */
};

struct face_engine {
    char folder[FACE_PATH_MAX];
    char library[FACE_PATH_MAX];          /* "": found */
    _Atomic(struct face_set *) set;       /* never NULL */
    _Atomic(const struct face_why *) why; /* the newest of whys; NULL: nothing is wrong */
    struct face_why *whys;
    pthread_mutex_t busy;             /* whoever opens or loads */
    bool opened;                      /* what is wrong, if anything, came of loading */
    int64_t wait_ms;                  /* until the next try */
    atomic_int_least64_t retry_at_ms; /* CLOCK_MONOTONIC; INT64_MAX: nothing to try again */
};

/* The models, loaded if they were not yet. NULL: face_ready() says why. */
struct face_set *face_engine_load(struct face_engine *f);

#endif
