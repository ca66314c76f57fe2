/* Forms: a line with the boundary, then the body. All at once, in pieces and byte by byte must
 * give the same parts. */
#include "fuzz.h"

#include "platform/http/form.h"

#include <unistd.h>

static const char *spool_dir(void)
{
    static char dir[] = "/tmp/bookadate-fuzz-XXXXXX";
    static bool made;

    if (!made)
        HOLDS(mkdtemp(dir) != NULL);
    made = true;
    return dir;
}

static void forget_spool_dir(void)
{
    (void)rmdir(spool_dir());
}

static enum err feed(struct form *f, struct str body, size_t step)
{
    enum err e = OK;

    for (size_t at = 0; at < body.len && e == OK; at += step) {
        size_t n = body.len - at < step ? body.len - at : step;
        char *piece = fuzz_copy(body.ptr + at, n);
        e = form_feed(f, piece, n);
        free(piece);
    }
    return e == OK ? form_finish(f) : e;
}

static void check_same(const struct form *one, const struct form *two)
{
    const struct form_part *p = form_first(one);
    const struct form_part *r = form_first(two);

    for (; p != NULL && r != NULL; p = p->next, r = r->next) {
        HOLDS(str_eq(p->name, r->name) && str_eq(p->filename, r->filename));
        HOLDS(str_eq(p->content_type, r->content_type) && str_eq(p->bytes, r->bytes));
    }
    HOLDS(p == NULL && r == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool begun;
    struct str body = fuzz_str(data, size);
    struct str boundary = fuzz_line(&body);
    struct arena a = {0}, b = {0};

    if (!begun)
        HOLDS(atexit(forget_spool_dir) == 0);
    begun = true;
    if (boundary.len == 0 || boundary.len > 70)
        return 0;
    struct form *whole = form_new(&a, boundary, spool_dir());
    enum err e = feed(whole, body, body.len > 0 ? body.len : 1);
    HOLDS(e == OK || e == ERR_BAD_REQUEST || e == ERR_TOO_LARGE);
    for (size_t step = 1; step < 20; step += 12) {
        struct form *cut = form_new(&b, boundary, spool_dir());
        HOLDS(feed(cut, body, step) == e);
        if (e == OK)
            check_same(whole, cut);
        form_free(cut);
        arena_reset(&b);
    }
    form_free(whole);
    arena_free(&a);
    arena_free(&b);
    return 0;
}
