/* What `bookadate doctor` looks at: one function a matter, each adds what it found. Used by nobody
 * else. */
#ifndef COMMANDS_DOCTOR_DOCTOR_H
#define COMMANDS_DOCTOR_DOCTOR_H

#include "platform/config/config.h"

enum finding_state {
    FINDING_GOOD,
    FINDING_NOTE, /* works, but somebody should know */
    FINDING_BAD,  /* does not work */
};

struct finding {
    const char *what; /* "disk" */
    enum finding_state state;
    const char *found;  /* one sentence */
    const char *advice; /* what to do, or NULL */
};

#define FINDINGS_MAX 64

struct doctor {
    struct arena arena;
    struct config config;
    struct finding findings[FINDINGS_MAX];
    size_t n;
};

/* advice NULL: nothing to do. The text is printf's, into the arena. */
void doctor_add(struct doctor *d, const char *what, enum finding_state state, const char *advice,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* machine.c */
void doctor_folder(struct doctor *d);
void doctor_disk(struct doctor *d);
void doctor_files(struct doctor *d);
void doctor_clock(struct doctor *d);
void doctor_ports(struct doctor *d);
void doctor_libraries(struct doctor *d);
/* installation.c */
void doctor_store(struct doctor *d);
/* So many migrations the store has had. */
void doctor_schema(struct doctor *d, int64_t applied);
void doctor_secret(struct doctor *d);
void doctor_certificate(struct doctor *d);
void doctor_models(struct doctor *d);
/* postgres.c */
void doctor_postgres(struct doctor *d);

#endif
