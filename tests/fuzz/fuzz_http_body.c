/* Whole requests: a head, then a body by length, in chunks or as a form, as a connection carries
 * them. All at once and in pieces: the same verdict, the same body, the same end. */
#include "exchange.h"

#include "platform/http/form.h"

#define BODY_MAX 4000u /* small, so that the limit is reached */

static struct http_server server = {.options = {.spool_dir = "/tmp"}};
static struct http_loop home = {.server = &server};
static struct conn line = {.home = &home};

struct taken {
    struct exchange *ex;
    enum err err;
    bool whole;
    size_t used;
};

static bool is_form(const struct exchange *ex)
{
    struct str type = http_content_type(&ex->q.head);

    return str_present(type) && str_eq_nocase(type, STR("multipart/form-data"));
}

static void take_body(struct taken *t, struct str bytes, size_t step)
{
    const char *why = NULL;
    struct exchange *ex = t->ex;

    ex->q.body_max = BODY_MAX;
    ex->q.body_mode = is_form(ex) ? HTTP_BODY_FORM : HTTP_BODY_BUFFER;
    t->err = body_begin(ex, &why);
    while (t->used < bytes.len && t->err == OK && !ex->body_done) {
        size_t n = bytes.len - t->used < step ? bytes.len - t->used : step;
        char *piece = fuzz_copy(bytes.ptr + t->used, n);
        t->used += body_feed(ex, piece, n, &t->err, &why);
        free(piece);
    }
    t->whole = t->err == OK && ex->body_done;
    if (t->whole)
        t->err = body_end(ex, &why);
    HOLDS((t->err == OK) == (why == NULL));
}

static struct taken take(struct str bytes, size_t step)
{
    struct taken t = {.ex = exchange_new(&line)};
    bool done;

    t.err = head_take(t.ex, bytes, step, &t.used, &done);
    if (t.err == OK && done)
        take_body(&t, bytes, step);
    return t;
}

static void check_same(const struct taken *x, const struct taken *y)
{
    HOLDS(x->err == y->err && x->whole == y->whole);
    if (x->err != OK || !x->whole)
        return;
    HOLDS(x->used == y->used && x->ex->body_bytes == y->ex->body_bytes);
    if (x->ex->q.form == NULL) {
        HOLDS(str_eq(x->ex->q.body, y->ex->q.body) && x->ex->q.body.len <= BODY_MAX);
        return;
    }
    const struct form_part *p = form_first(x->ex->q.form);
    const struct form_part *r = form_first(y->ex->q.form);
    for (; p != NULL && r != NULL; p = p->next, r = r->next)
        HOLDS(str_eq(p->name, r->name) && str_eq(p->bytes, r->bytes));
    HOLDS(p == NULL && r == NULL);
}

static void drop(struct taken *t)
{
    form_free(t->ex->q.form);
    exchange_free(t->ex);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t STEPS[] = {1, 23};
    struct taken whole = take(fuzz_str(data, size), size > 0 ? size : 1);

    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        struct taken cut = take(fuzz_str(data, size), STEPS[i]);
        check_same(&whole, &cut);
        drop(&cut);
    }
    drop(&whole);
    return 0;
}
