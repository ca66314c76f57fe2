/* Is a command asked rightly: its flags known, their values there, no word too many. Knows no
 * meaning of values. */
#include "commands/commands.h"

#include "platform/config/table.h"

#include <string.h>

#define LIKE_MAX 3 /* slips from there on are another word */

static size_t name_len(const char *word)
{
    return strcspn(word, "=");
}

static const struct command_flag *own_flag(const struct command *c, const char *word)
{
    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++)
        if (strlen(f->flag) == name_len(word) && strncmp(f->flag, word, name_len(word)) == 0)
            return f;
    return NULL;
}

static bool is_setting(const char *word)
{
    struct str name = {word + 2, name_len(word) - 2};

    return str_eq(name, STR("config")) || setting_by_flag(name) != NULL;
}

/* The flag that was meant, or NULL. */
static const char *flag_like(const struct command *c, struct str word, struct arena *a)
{
    const char *best = NULL;
    size_t best_distance = LIKE_MAX;

    for (const struct command_flag *f = c->flags; f != NULL && f->flag != NULL; f++) {
        size_t d = command_distance(arena_str(a, word).ptr, f->flag);
        if (d < best_distance && d * 2 <= strlen(f->flag) - 1) {
            best = f->flag;
            best_distance = d;
        }
    }
    const struct setting *s = setting_like((struct str){word.ptr + 2, word.len - 2});
    return best != NULL ? best : s != NULL ? setting_flag_name(s, a) : NULL;
}

static int unknown_flag(const struct command *c, const char *word)
{
    struct arena a;
    struct str name = {word, name_len(word)};

    if (name.len > 80)
        name.len = 80;
    arena_init(&a);
    const char *like = flag_like(c, name, &a);
    if (like != NULL)
        command_misused("there is no setting %.*s; did you mean %s?", STR_ARG(name), like);
    else
        command_misused("there is no setting %.*s; `bookadate help %s` says what it takes",
                        STR_ARG(name), c->name);
    arena_free(&a);
    return EXIT_USAGE;
}

/* The flag at argv[*at], which moves onto its value. */
static int check_flag(const struct command *c, int argc, char **argv, int *at)
{
    const char *word = argv[*at];
    const struct command_flag *own = own_flag(c, word);
    bool joined = word[name_len(word)] == '=';

    if (own == NULL && !is_setting(word))
        return unknown_flag(c, word);
    if (own != NULL && own->value == NULL)
        return joined ? command_misused("%s takes no value", own->flag) : EXIT_WELL;
    if (joined)
        return EXIT_WELL;
    bool missing = *at + 1 == argc || (own != NULL && strncmp(argv[*at + 1], "--", 2) == 0);
    ++*at;
    return missing ? command_misused("%s needs a value", word) : EXIT_WELL;
}

int command_check(const struct command *c, int argc, char **argv)
{
    int code = EXIT_WELL;

    for (int i = 0; i < argc && code == EXIT_WELL; i++) {
        if (strncmp(argv[i], "--", 2) == 0)
            code = check_flag(c, argc, argv, &i);
        else if (c->words[0] == '\0')
            code = command_misused("%s takes no word such as \"%.80s\"; `bookadate help %s` says "
                                   "what it takes",
                                   c->name, argv[i], c->name);
    }
    return code;
}
