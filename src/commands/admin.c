/* `bookadate admin create`: makes an account or changes its role, also beside a running server.
 * The password never comes as a word of the command line, where others on the machine could read
 * it. */
#include "commands/commands.h"

#include "base/datetime.h"
#include "platform/audit/audit.h"
#include "platform/auth/password.h"
#include "platform/auth/revocation.h"
#include "platform/auth/token.h"
#include "platform/clock.h"
#include "platform/db/store.h"
#include "services/user/user.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;

struct admin_words {
    const char *email;
    const char *name;
    const char *role_name;
    enum role role;
};

/* Take --email, --name and --role out of the flags; what is left are settings. */
static int take_words(int n, char **flags, struct admin_words *words)
{
    const struct {
        const char *flag;
        const char **value;
    } own[] = {{"--email", &words->email}, {"--name", &words->name}, {"--role", &words->role_name}};
    int left = 0;

    for (int i = 0; i < n; i++) {
        bool taken = false;
        for (size_t k = 0; k < sizeof(own) / sizeof(own[0]) && !taken; k++) {
            size_t len = strlen(own[k].flag);
            if (strncmp(flags[i], own[k].flag, len) != 0)
                continue;
            if (flags[i][len] == '=') {
                *own[k].value = flags[i] + len + 1;
                taken = true;
            } else if (flags[i][len] == '\0' && i + 1 < n) {
                *own[k].value = flags[++i];
                taken = true;
            }
        }
        if (!taken)
            flags[left++] = flags[i];
    }
    return left;
}

/* One line from standard input, without echo on a terminal. */
static struct str read_password(char *room, size_t size)
{
    const char *given = getenv("BOOKADATE_ADMIN_PASSWORD");
    struct termios before;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;

    if (given != NULL)
        return str_of(given);
    if (terminal) {
        struct termios quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        fputs("Password: ", stderr);
    }
    char *line = fgets(room, (int)size, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (line == NULL)
        return STR_NULL;
    return (struct str){line, strcspn(line, "\r\n")};
}

static const char *password_wrong(struct str password, const char *email)
{
    if (!str_present(password) || password.len < PASSWORD_MIN_BYTES ||
        password.len > PASSWORD_MAX_BYTES)
        return "must have 8 to 1,024 bytes (on standard input, or in BOOKADATE_ADMIN_PASSWORD)";
    return password_weakness(password, str_of(email));
}

struct change {
    const struct config *config;
    struct user_admin in;
    struct account account;
    enum role was; /* ROLE_NONE: the account is new */
};

/* Tokens carry the role: those with the old one no longer count. */
static enum err revoke_tokens(struct db *db, struct arena *a, const struct change *c,
                              struct revocations *r)
{
    int64_t now_us = clock_now_us();
    const struct revocation all = {
        .number = c->account.number,
        .all = true,
        .at_us = now_us,
        .expires_us = now_us + c->config->token_ttl_s * US_PER_SECOND,
    };
    if (c->was == ROLE_NONE || c->was == c->in.role)
        return OK;
    return revocation_add(db, a, r, &all);
}

static enum err change_in(struct db *db, struct arena *a, struct change *c, struct revocations *r,
                          const char **ret_why)
{
    int64_t now_us = clock_now_us();

    enum err e = user_admin_create(db, a, &c->in, now_us, &c->account, &c->was, ret_why);
    if (e == OK)
        e = revoke_tokens(db, a, c, r);
    if (e != OK)
        return e;
    return audit_put_command(db, a, now_us, c->was == ROLE_NONE ? "user.create" : "user.set_role",
                             "user %lld", c->account.number);
}

static enum err run_change(struct db *db, struct arena *a, struct change *c, const char **ret_why)
{
    struct revocations *r;

    enum err e = revocations_load(db, clock_now_us(), &r);
    if (e != OK)
        return e;
    e = db_begin(db);
    if (e == OK) {
        e = change_in(db, a, c, r, ret_why);
        if (e == OK)
            e = db_commit(db);
        else
            db_rollback(db);
    }
    revocations_free(r);
    return e;
}

static void say_changed(const struct change *c)
{
    bool is_new = c->was == ROLE_NONE;

    printf("%.*s %s %s%s: user_number %lld, id %.*s\n", STR_ARG(c->in.email),
           is_new ? "has a new account as" : "had an account, which is now", role_name(c->in.role),
           is_new ? "" : " (name and password stay as they were)", (long long)c->account.number,
           STR_ARG(c->account.id));
}

static enum err write_account(struct store *store, struct arena *a, struct change *c,
                              const char **ret_why)
{
    struct db *db;

    enum err e = store_writer(store, &db);
    if (e != OK)
        return e;
    e = run_change(db, a, c, ret_why);
    store_db_close(db);
    if (e == OK)
        say_changed(c);
    return e;
}

/* What only a new account takes: its name and password. */
static enum err complete(struct change *c, struct arena *a, const struct admin_words *words,
                         const char **ret_why)
{
    char room[PASSWORD_MAX_BYTES + 3];

    if (words->name == NULL) {
        *ret_why = arena_printf(a,
                                "there is no account %s: a new one takes --name, and a password "
                                "on standard input",
                                words->email)
                       .ptr;
        return ERR_INVALID;
    }
    struct str password = read_password(room, sizeof(room));
    const char *wrong = password_wrong(password, words->email);
    if (wrong != NULL) {
        *ret_why = arena_printf(a, "the password %s", wrong).ptr;
        return ERR_INVALID;
    }
    enum err e = password_hash(password, a, &c->in.password_hash);
    sodium_memzero(room, sizeof(room));
    return e;
}

static enum err create(const struct config *config, struct arena *a,
                       const struct admin_words *words, const char **ret_why)
{
    struct store *store;
    struct change c = {
        .config = config,
        .in = {.name = words->name != NULL ? str_of(words->name) : STR(""),
               .email = str_of(words->email),
               .role = words->role},
    };
    struct store_options options = command_store(config);

    options.guest = true;
    enum err e = store_open(&options, a, &store, ret_why);
    if (e != OK)
        return e;
    e = write_account(store, a, &c, ret_why);
    if (e == ERR_NOT_FOUND) {
        e = complete(&c, a, words, ret_why);
        if (e == OK)
            e = write_account(store, a, &c, ret_why);
    }
    store_close(store);
    return e;
}

int command_admin(int argc, char **argv)
{
    struct arena arena;
    struct config config;
    struct admin_words given = {.role_name = "admin"};
    const char *why = NULL;
    char **flags;
    char **words;
    int n_flags;
    int n_words;

    arena_init(&arena);
    command_split(argc, argv, &arena, &flags, &n_flags, &words, &n_words);
    n_flags = take_words(n_flags, flags, &given);
    bool usable = n_words == 1 && strcmp(words[0], "create") == 0 && given.email != NULL &&
                  role_parse(str_of(given.role_name), &given.role);
    enum err e = ERR_INVALID;
    if (!usable)
        why = "say: admin create --email E --name N [--role admin|partner|user], with the password "
              "of a new account on standard input";
    else if (sodium_init() >= 0)
        e = config_load(n_flags, flags, environ, &arena, &config, &why);
    if (usable && e == OK)
        e = create(&config, &arena, &given, &why);
    int code = e == OK ? 0 : EXIT_FAILED;
    if (!usable)
        code = command_misused("%s", why);
    else if (e != OK)
        command_fail("%s", why != NULL ? why : err_text(e));
    arena_free(&arena);
    return code;
}
