/* Answers of services elsewhere, all at once and in pieces: the same events. "> HEAD" on a first
 * line: to a request whose answer has no body; "> SPLICE": 101 turns the rest into a stream. */
#include "fuzz.h"

#include "platform/http/upstream_internal.h"

struct heard {
    struct upstream_loop home;
    struct upstream_conn conn;
    struct upstream_call call;
    struct arena arena;
    struct buf text; /* what was told, one line each; bodies run together */
    bool splice, in_body;
};

/* The two steps of upstream_conn.c that an answer leads to, without a socket. */

void upstream_detach(struct upstream_conn *u, bool reusable)
{
    (void)reusable; /* depends on what else is at hand */
    u->call = NULL;
    u->state = UP_IDLE;
}

void upstream_close(struct upstream_conn *u, enum upstream_failure why)
{
    struct upstream_call *call = u->call;

    if (u->state == UP_CLOSED)
        return;
    u->call = NULL;
    u->state = UP_CLOSED;
    if (call != NULL)
        call->events->failed(call, why);
}

static struct heard *heard_of(struct upstream_call *call)
{
    return (struct heard *)((char *)call - offsetof(struct heard, call));
}

static void on_head(struct upstream_call *call, const struct upstream_head *head)
{
    struct heard *h = heard_of(call);

    HOLDS(head->status >= 100 && head->status <= 599 && head->n_headers <= UPSTREAM_FIELDS_MAX);
    buf_printf(&h->text, "head %d %lld\n", head->status, (long long)head->content_length);
    for (size_t i = 0; i < head->n_headers; i++) {
        struct str v = head->headers[i].value;
        HOLDS(head->headers[i].name.len > 0);
        HOLDS(v.len == 0 ||
              (memchr(v.ptr, '\n', v.len) == NULL && memchr(v.ptr, '\r', v.len) == NULL));
        buf_printf(&h->text, "%.*s=", STR_ARG(head->headers[i].name));
        buf_str(&h->text, v);
        buf_char(&h->text, '\n');
    }
    if (head->status == 101 && h->splice)
        h->conn.state = UP_SPLICED;
}

static void on_body(struct upstream_call *call, const char *bytes, size_t len)
{
    buf_put(&heard_of(call)->text, bytes, len);
}

static void on_settled(struct upstream_call *call)
{
    (void)call;
}

static void on_end(struct upstream_call *call)
{
    buf_text(&heard_of(call)->text, "\nend\n");
}

static void on_failed(struct upstream_call *call, enum upstream_failure why)
{
    buf_printf(&heard_of(call)->text, "\nfailed %d\n", (int)why);
}

static const struct upstream_events EVENTS = {
    .head = on_head,
    .body = on_body,
    .settled = on_settled,
    .end = on_end,
    .failed = on_failed,
};

static struct heard *listen_to(struct str bytes, size_t step)
{
    struct heard *h = calloc(1, sizeof(*h));

    HOLDS(h != NULL);
    h->text = buf_new(&h->arena, 256);
    h->call.events = &EVENTS;
    h->call.head_only = str_starts(bytes, STR("> HEAD\n"));
    h->splice = str_starts(bytes, STR("> SPLICE\n"));
    h->conn.home = &h->home;
    h->conn.call = &h->call;
    h->conn.state = UP_BUSY;
    if (h->call.head_only || h->splice)
        (void)str_cut(&bytes, '\n');
    upstream_expect(&h->conn);
    for (size_t at = 0; at < bytes.len; at += step) {
        size_t n = bytes.len - at < step ? bytes.len - at : step;
        char *piece = fuzz_copy(bytes.ptr + at, n);
        upstream_input(&h->conn, piece, n);
        free(piece);
    }
    if (h->conn.state == UP_BUSY)
        upstream_eof(&h->conn);
    return h;
}

static void forget(struct heard *h)
{
    cell_free(h->conn.held);
    arena_free(&h->arena);
    free(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t STEPS[] = {1, 5, 37};
    struct str bytes = fuzz_str(data, size);
    struct heard *whole = listen_to(bytes, size > 0 ? size : 1);

    for (size_t i = 0; i < sizeof(STEPS) / sizeof(STEPS[0]); i++) {
        struct heard *cut = listen_to(bytes, STEPS[i]);
        HOLDS(str_eq(buf_view(&whole->text), buf_view(&cut->text)));
        forget(cut);
    }
    forget(whole);
    return 0;
}
