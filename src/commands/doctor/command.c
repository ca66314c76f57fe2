/* `bookadate doctor`: looks at everything that an installation needs and says what to do. Changes
 * nothing. */
#include "commands/commands.h"
#include "commands/doctor/doctor.h"

#include "platform/json/compose.h"

#include <stdarg.h>
#include <string.h>

extern char **environ;

void doctor_add(struct doctor *d, const char *what, enum finding_state state, const char *advice,
                const char *fmt, ...)
{
    char text[512];
    va_list ap;

    if (d->n == FINDINGS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    d->findings[d->n++] =
        (struct finding){what, state, arena_str(&d->arena, str_of(text)).ptr, advice};
}

static const char *const STATES[] = {"good", "note", "bad"};

static void print_json(const struct doctor *d, struct arena *a)
{
    struct buf b = buf_new(a, 4096);

    json_open(&b, NULL, '[');
    for (size_t i = 0; i < d->n; i++) {
        json_open(&b, NULL, '{');
        json_put_text(&b, "what", d->findings[i].what);
        json_put_text(&b, "state", STATES[d->findings[i].state]);
        json_put_text(&b, "found", d->findings[i].found);
        json_put_text(&b, "advice", d->findings[i].advice);
        json_close(&b, '}');
    }
    json_close(&b, ']');
    printf("%.*s\n", STR_ARG(buf_view(&b)));
}

static void print_findings(const struct doctor *d)
{
    static const char *const COLOURS[] = {"\033[32m", "\033[33m", "\033[31m"};
    bool colours = command_colours(stdout);

    for (size_t i = 0; i < d->n; i++) {
        const struct finding *f = &d->findings[i];
        printf("%s%-5s%s %-23s %s\n", colours ? COLOURS[f->state] : "", STATES[f->state],
               colours ? "\033[0m" : "", f->what, f->found);
        if (f->advice != NULL)
            printf("%29s → %s\n", "", f->advice);
    }
}

static void look(struct doctor *d, int argc, char **argv)
{
    static void (*const MATTERS[])(struct doctor * d) = {
        doctor_folder, doctor_disk,  doctor_store, doctor_secret, doctor_certificate,
        doctor_ports,  doctor_files, doctor_clock, doctor_models, doctor_libraries,
    };
    const char *whys[CONFIG_PROBLEMS_MAX];
    size_t n = config_examine(argc, argv, environ, &d->arena, &d->config, whys);

    for (size_t i = 0; i < n; i++)
        doctor_add(d, "settings", FINDING_BAD, "Set it right, then ask again", "%s", whys[i]);
    if (n == 0)
        doctor_add(d, "settings", FINDING_GOOD, NULL, "they fit together (%s)",
                   d->config.profile == PROFILE_PRODUCTION ? "production" : "development");
    for (size_t i = 0; i < sizeof(MATTERS) / sizeof(MATTERS[0]); i++)
        MATTERS[i](d);
}

int command_doctor(int argc, char **argv)
{
    static struct doctor d;
    bool json = command_take_flag(&argc, argv, "--json");
    bool well = true;

    arena_init(&d.arena);
    look(&d, argc, argv);
    for (size_t i = 0; i < d.n; i++)
        well = well && d.findings[i].state != FINDING_BAD;
    if (json)
        print_json(&d, &d.arena);
    else
        print_findings(&d);
    arena_free(&d.arena);
    return well ? EXIT_WELL : EXIT_FAILED;
}
