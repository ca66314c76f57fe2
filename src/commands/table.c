/* The table of commands: what each takes and does. The help pages, the manual page and the shells'
 * completion are made from it. */
#include "commands/commands.h"

static const struct command_flag JSON_FLAG[] = {
    {"--json", NULL, "Print JSON, for programs"},
    {0},
};
static const struct command_flag OPENAPI_FLAGS[] = {
    {"--async", NULL, "The chat's WebSocket as AsyncAPI"},
    {0},
};
static const struct command_flag CONFIG_FLAGS[] = {
    {"--json", NULL, "Print JSON, for programs"},
    {"--markdown", NULL, "Print the settings and their defaults as docs/configuration.md has them"},
    {0},
};
static const struct command_flag MIGRATE_FLAGS[] = {
    {"--from", "DATA", "Move an installation: its data directory"},
    {"--to", "URL", "Move an installation: postgres://user:password@host/database"},
    {0},
};
static const struct command_flag ADMIN_FLAGS[] = {
    {"--email", "E", "Who signs in by it"},
    {"--name", "N", "The name of a new account"},
    {"--role", "R", "admin (the default), partner, or user: neither"},
    {0},
};
static const struct command_flag DEMO_FLAGS[] = {
    {"--people", "N", "How many people, 2 to 100000 (500)"},
    {"--city", "CITIES", "Where they live: names with commas between"},
    {0},
};
static const struct command_flag HELP_FLAGS[] = {
    {"--man", NULL, "Print the manual page, for man(1)"},
    {0},
};

const struct command COMMANDS[] = {
    {"run", command_run, "[service ...]", "Start all or some of the services",
     "Runs in the foreground until SIGTERM or Ctrl-C and logs to standard error. Services: gateway "
     "user matching booking venue faceauth chat; all of them when none is named. SIGHUP reads the "
     "TLS certificate anew.",
     NULL, true, "gateway user matching booking venue faceauth chat"},
    {"routes", command_routes, "", "Every endpoint, who may call it and where it runs",
     "WHO is public, user, partner, admin, socket (a WebSocket that tells why it refuses) or local "
     "(this machine, else an admin).",
     JSON_FLAG, false, NULL},
    {"openapi", command_openapi, "", "The API's OpenAPI document",
     "What GET /openapi.json answers, made from the route tables.", OPENAPI_FLAGS, false, NULL},
    {"config", command_config, "", "Every setting, its value, where from, its default",
     "Shows what is in force with this environment and these flags, and checks it. Secrets are "
     "never shown.",
     CONFIG_FLAGS, true, NULL},
    {"migrate", command_migrate, "", "Bring the store to this version's schema, or move it",
     "Without --from and --to: applies what is missing of the schema and stops. With both: copies "
     "a SQLite installation into an empty PostgreSQL database and compares every table.",
     MIGRATE_FLAGS, true, NULL},
    {"admin", command_admin, "create", "Make an admin's or partner's account, or change a role",
     "Works beside a running server. An account that exists gets the role and keeps its name and "
     "password: --email and --role are enough. A new one's password is read from standard input "
     "(without echo on a "
     "terminal) or from BOOKADATE_ADMIN_PASSWORD.",
     ADMIN_FLAGS, true, "create"},
    {"backup", command_backup, "FILE", "One file with all of a running installation",
     "A tar (gzipped when FILE ends in .gz or .tgz) with the store, the photos and the keys, as "
     "they "
     "were at one moment; read back and checked before it gets its name. SQLite is copied beside "
     "the running server; PostgreSQL by pg_dump. It holds the keys to what it holds: keep it as "
     "secret as the data directory.",
     NULL, true, NULL},
    {"restore", command_restore, "FILE", "Put a backup into an empty data directory",
     "The server stopped. Everything is unpacked beside, checked against its sums, and only then "
     "put in place; a backup that is damaged leaves nothing behind. For PostgreSQL: into an empty "
     "database, by pg_restore.",
     NULL, true, NULL},
    {"demo", command_demo, "", "Fill an empty system with people, venues and dates",
     "Invented people with drawn pictures, venues with slots for three weeks, matches and bookings "
     "in every state. Everybody has the same password, which is printed. Refused in production and "
     "where there are accounts already.",
     DEMO_FLAGS, true, NULL},
    {"doctor", command_doctor, "", "Check the installation and say what to do",
     "Looks at settings, data directory, disk, store, secret, certificate, ports, limits, clock, "
     "face models and libraries, and changes nothing. Exit code 1 when something does not work.",
     JSON_FLAG, true, NULL},
    {"completion", command_completion, "bash|zsh|fish", "Completion for a shell",
     "For this session: source <(bookadate completion bash). To stay: bookadate completion bash > "
     "/usr/share/bash-completion/completions/bookadate; zsh: into a folder of $fpath as "
     "_bookadate; "
     "fish: ~/.config/fish/completions/bookadate.fish.",
     NULL, false, "bash zsh fish"},
    {"version", command_version, "", "The version, and those of the libraries it uses",
     "`bookadate --version` prints the first line alone.", JSON_FLAG, false, NULL},
    {"help", command_help, "[command]", "This page, or one command's",
     "The same as `bookadate <command> --help`.", HELP_FLAGS, false, NULL},
    {0},
};
