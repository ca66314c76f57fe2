/* What `bookadate <word>` can do: one function a command. Each gets the words behind its name and
 * returns the exit code; messages for a person go to standard error, results to standard output. */
#ifndef COMMANDS_COMMANDS_H
#define COMMANDS_COMMANDS_H

#include "platform/config/config.h"
#include "platform/db/store.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0]: the first word behind the command's name */
    const char *usage;                 /* "run [service…]" */
    const char *summary;
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

/* How the settings say to open the store. */
struct store_options command_store(const struct config *c);
/* Print "bookadate: <sentence>" to standard error; returns 1, the exit code of a failure. */
int command_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Take `flag` ("--from", with "=value" or a value behind it) out of the words; NULL: not there. */
const char *command_take(int *argc, char **argv, const char *flag);
/* Sort "--flag value" words (to *ret_flags, NULL-terminated) from plain words. In the arena. */
void command_split(int argc, char **argv, struct arena *a, char ***ret_flags, int *ret_n_flags,
                   char ***ret_words, int *ret_n_words);

#endif
