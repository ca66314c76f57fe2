/* Inside config/: the table of settings, and values on their way from text to struct config. */
#ifndef PLATFORM_CONFIG_TABLE_H
#define PLATFORM_CONFIG_TABLE_H

#include "platform/config/config.h"

enum setting_kind {
    SETTING_TEXT,
    SETTING_INT,  /* min–max */
    SETTING_FLAG, /* 1/0, true/false, yes/no, on/off */
    SETTING_WORD, /* one of `words`, kept as text */
    SETTING_PROFILE,
};

#define SETTING_WORDS_MAX 5

struct setting {
    const char *name; /* the member's: "port_base" is BOOKADATE_PORT_BASE and --port-base */
    enum setting_kind kind;
    size_t offset;
    const char *preset[2]; /* by enum profile */
    int64_t min, max;
    const char *words[SETTING_WORDS_MAX];
    bool secret;
    const char *what;
};

#define SETTINGS_MAX 96
extern const struct setting SETTINGS[]; /* name NULL at the end */
size_t settings_count(void);

enum setting_source {
    SOURCE_DEFAULT,
    SOURCE_FILE,
    SOURCE_ENVIRONMENT,
    SOURCE_FLAG,
};

/* What stands somewhere for each setting, in SETTINGS' order; text NULL: nowhere. */
struct given {
    struct {
        const char *text;
        enum setting_source from;
    } values[SETTINGS_MAX];
    const char *file;                          /* --config or BOOKADATE_CONFIG, or NULL */
    const char *problems[CONFIG_PROBLEMS_MAX]; /* one sentence each */
    size_t n_problems;
};

/* "BOOKADATE_PORT_BASE", "--port-base"; in the arena. */
const char *setting_env_name(const struct setting *s, struct arena *a);
const char *setting_flag_name(const struct setting *s, struct arena *a);
const char *setting_source_name(enum setting_source from);
/* By environment name ("BOOKADATE_PORT_BASE") or flag without dashes ("port-base"); NULL: none. */
const struct setting *setting_by_env_name(struct str key);
const struct setting *setting_by_flag(struct str flag);
/* The setting whose name is most like this one ("port_bass" → port_base), or NULL when none is
 * near. */
const struct setting *setting_like(struct str name);

/* Collect from file, environment and flags. ERR_INVALID with the first of ret->problems; the rest
 * is collected all the same. */
enum err config_collect(int argc, char *const *argv, char *const *env, struct arena *a,
                        struct given *ret, const char **ret_why);
/* Texts to values, with the profile's defaults for what is not given. ERR_INVALID with the first of
 * what it adds to g->problems; the rest is filled in all the same. */
enum err config_apply(struct given *g, struct arena *a, struct config *ret, const char **ret_why);
/* Values that do not fit together, or are not safe in the profile. */
enum err config_check(const struct config *c, struct arena *a, const char **ret_why);
/* All of them: adds up to CONFIG_PROBLEMS_MAX to g->problems. */
void config_check_all(const struct config *c, struct arena *a, struct given *g);

/* Keep one sentence; returns ERR_INVALID. */
enum err config_note(struct given *g, const char *why);

/* A sentence in the arena; returns ERR_INVALID. */
enum err config_refuse(struct arena *a, const char **ret_why, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
