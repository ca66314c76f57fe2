/* The engine's inside: its models once they are loaded. For this folder only. */
#ifndef PLATFORM_FACE_ENGINE_H
#define PLATFORM_FACE_ENGINE_H

#include "platform/face/internal.h"
#include "platform/face/runtime.h"

#include <pthread.h>
#include <stdatomic.h>

struct face_engine {
    struct face_manifest manifest;
    struct face_model about;
    char folder[FACE_PATH_MAX];
    char library[FACE_PATH_MAX];     /* "": found */
    char whys[2][FACE_WHY_MAX + 64]; /* what opening and loading found; written once */
    _Atomic(const char *) why;       /* one of them; NULL: nothing is wrong */
    atomic_bool loaded;
    pthread_mutex_t loading;
    /* From here on once loaded: */
    struct runtime *runtime;
    struct model *detect, *landmark, *embed, *liveness; /* the last one NULL: not given */
    size_t proposals;                                   /* boxes that the detector gives */
};

/* Load what is not loaded yet. ERR_UNAVAILABLE: face_ready() says why. */
enum err face_engine_load(struct face_engine *f);

#endif
