/* What `bookadate <word>` can do: one function a command. Each gets the words behind its name and
 * returns the exit code; messages for a person go to standard error, results to standard output. */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "platform/config/config.h"
#include "platform/db/store.h"

#include <stdio.h>

/* A flag of one command's own. */
struct command_flag {
    const char *flag;  /* "--json"; NULL ends a list */
    const char *value; /* "FILE", or NULL: it stands alone */
    const char *what;
};

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0]: the first word behind the command's name */
    const char *words;                 /* "[service ...]", or "" */
    const char *summary;
    const char *about;                /* one paragraph more */
    const struct command_flag *flags; /* or NULL */
    bool settings;                    /* takes every setting as a flag */
    const char *choices;              /* the words it takes, spaces between, or NULL */
};

/* How every command ends. */
enum {
    EXIT_WELL = 0,
    EXIT_FAILED = 1, /* it could not be done; one sentence on standard error says why */
    EXIT_USAGE = 2,  /* it was asked wrongly: no such command, word or flag */
};

extern const struct command COMMANDS[]; /* name NULL ends it */

int command_run(int argc, char **argv);
int command_routes(int argc, char **argv);
int command_openapi(int argc, char **argv);
int command_config(int argc, char **argv);
int command_migrate(int argc, char **argv);
/* `migrate` with --from and --to; NULL: not given. */
int command_move(const char *from, const char *to);
int command_admin(int argc, char **argv);
int command_backup(int argc, char **argv);
int command_restore(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_completion(int argc, char **argv);
int command_version(int argc, char **argv);
int command_help(int argc, char **argv);

/* By name, or NULL. */
const struct command *command_find(const char *name);
/* "help", "--help" and "-h" behind a command's name ask for its page. */
void command_page(FILE *out, const struct command *c);
/* All commands on one page. */
void command_overview(FILE *out);
/* There is no such command: says so, and which was meant. Returns EXIT_USAGE. */
int command_unknown(const char *name);
/* The same of a service, as a sentence in the arena. */
const char *command_no_service(struct arena *a, const char *name);
/* Of a command that takes settings: EXIT_WELL, or one sentence and EXIT_USAGE for a flag that is
 * none, one without its value, or a word where none is taken. */
int command_check(const struct command *c, int argc, char **argv);
/* The manual page as man(1) reads it. */
void command_man(FILE *out);

/* A heading, bright on a terminal where NO_COLOR (https://no-color.org) does not forbid it. */
bool command_colours(FILE *out);

/* How the settings say to open the store. */
struct store_options command_store(const struct config *c);
/* Print "bookadate: <sentence>" to standard error; returns 1, the exit code of a failure. */
int command_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The same for what was asked wrongly; returns EXIT_USAGE. */
int command_misused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Take a flag without a value out of the words; false: not there. */
bool command_take_flag(int *argc, char **argv, const char *flag);
/* Take `flag` ("--from", with "=value" or a value behind it) out of the words; NULL: not there. */
const char *command_take(int *argc, char **argv, const char *flag);
/* Sort "--flag value" words (to *ret_flags, NULL-terminated) from plain words. In the arena. */
void command_split(int argc, char **argv, struct arena *a, char ***ret_flags, int *ret_n_flags,
                   char ***ret_words, int *ret_n_words);

#endif
