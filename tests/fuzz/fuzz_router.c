/* Paths through the real route tables, each method. A match names a route of that method whose
 * parameters are well-formed text. */
#include "fuzz.h"

#include "base/utf8.h"
#include "services/services.h"

static struct arena kept;

static const struct router *all_routes(void)
{
    static struct router *r;
    const char *why = NULL;

    if (r != NULL)
        return r;
    r = router_new(&kept);
    for (const struct service *const *s = SERVICES; *s != NULL; s++)
        HOLDS(router_add(r, (*s)->routes, "", &why));
    return r;
}

static void check_match(const struct router_match *m, enum http_method method)
{
    enum http_method answered = method == HEAD ? GET : method;

    HOLDS(m->allowed != 0);
    HOLDS((m->route != NULL) == ((m->allowed >> answered & 1u) != 0));
    if (m->route == NULL)
        return;
    HOLDS(m->route->method == answered);
    size_t n = 0;
    for (const char *p = m->route->path; *p != '\0'; p++)
        n += *p == '{';
    for (size_t i = 0; i < n; i++)
        HOLDS(m->params[i].len > 0 && utf8_valid(m->params[i]));
}

/* A head with other bytes in its target never gets to the router. */
static bool carried_by_heads(struct str path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] <= ' ' || path.ptr[i] > '~')
            return false;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};

    if (!carried_by_heads(fuzz_str(data, size)))
        return 0;
    for (enum http_method m = HTTP_METHOD_OTHER; m <= OPTIONS; m++) {
        struct router_match match;
        router_find(all_routes(), m, fuzz_str(data, size), &a, &match);
        if (match.allowed != 0 && m != HTTP_METHOD_OTHER)
            check_match(&match, m);
        HOLDS(m != HTTP_METHOD_OTHER || match.route == NULL);
    }
    arena_free(&a);
    return 0;
}
