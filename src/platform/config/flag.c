/* Reads one flag: see flag.h. */
#include "platform/config/flag.h"

struct flag flag_of(const char *word)
{
    struct str value = str_of(word);

    if (!str_starts(value, STR("--")))
        return (struct flag){STR_NULL, STR_NULL};
    value = (struct str){value.ptr + 2, value.len - 2};
    struct str name = str_cut(&value, '=');
    return (struct flag){name, value};
}

bool flag_value(struct flag *f, int argc, char *const *argv, int *at)
{
    if (!str_present(f->value) && *at + 1 < argc)
        f->value = str_of(argv[++*at]);
    return str_present(f->value);
}
