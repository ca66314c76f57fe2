/* Gathers /metrics of the processes behind the gateway: see processes.h. Reads none of it, and
 * keeps nothing. */
#include "services/gateway/processes.h"

#include "platform/http/dispatch.h"
#include "platform/http/front.h"
#include "platform/http/upstream.h"
#include "platform/json/fields.h"
#include "services/probes.h"

#define ANSWER_WITHIN_US (INT64_C(900) * 1000)
#define TEXT_MAX ((size_t)512 * 1024) /* bytes of one process */
#define PROCESSES_MAX 64

struct process_metrics {
    struct str service; /* what was asked for; other services may run in the same process */
    struct str address; /* absent: the gateway itself */
    int64_t status;
    struct str metrics; /* absent: it did not tell */
};

static const struct field PROCESS_METRICS_FIELDS[] = {
    F_TEXT(process_metrics, service, 0, 0, 0, .example = "\"booking\""),
    F_TEXT(process_metrics, address, 0, 0, FIELD_NULLABLE, .example = "\"10.0.0.7:8003\"",
           .about = "Null: the gateway that answers"),
    F_INT(process_metrics, status, 0, 0, 0, .example = "200",
          .about = "Of its own GET /metrics; 0: no answer in time"),
    F_TEXT(process_metrics, metrics, 0, 0, FIELD_NULLABLE,
           .example = "\"# HELP bookadate_build_info Always 1\\n\"",
           .about = "What it said, in Prometheus' text format; null unless the status is 200"),
    F_END,
};
const struct shape PROCESS_METRICS = SHAPE(process_metrics, PROCESS_METRICS_FIELDS);

struct gathered {
    struct req *q;
    size_t n, due;
    struct process_metrics all[PROCESSES_MAX];
    struct question {
        struct gathered *gathered;
        struct process_metrics *to;
    } questions[PROCESSES_MAX];
};

static void answer_came(struct gathered *g)
{
    if (--g->due == 0)
        dispatch_asked(g->q);
}

static void on_answer(void *arg, const struct upstream_answer *answer)
{
    const struct question *question = arg;

    question->to->status = answer->status;
    question->to->metrics = answer->status == 200 ? answer->body : STR_NULL;
    answer_came(question->gathered);
}

static void ask_address(struct gathered *g, struct upstream *u, size_t address)
{
    struct question *question = &g->questions[g->n];
    struct process_metrics *to = &g->all[g->n++];

    *question = (struct question){g, to};
    *to = (struct process_metrics){.service = str_of(upstream_service(u)),
                                   .address = upstream_address_text(u, address)};
    g->due++;
    const struct upstream_question metrics = {
        .path = "/metrics",
        .authorization = http_header_get(&g->q->head, "Authorization"),
        .body_max = TEXT_MAX,
        .one_address = true,
        .address = address,
        .within_us = ANSWER_WITHIN_US,
    };
    upstream_ask(u, g->q->arena, &metrics, on_answer, question);
}

void processes_ask(struct req *q)
{
    const struct front *front = q->listener;
    struct gathered *g = ARENA_NEW(q->arena, struct gathered);

    q->asked = g;
    g->q = q;
    g->n = 1;   /* this process */
    g->due = 1; /* until all have been asked */
    for (const struct front_remote *r = front->remotes; r->service != NULL; r++)
        for (size_t i = 0; i < upstream_addresses(r->upstream) && g->n < PROCESSES_MAX; i++)
            ask_address(g, r->upstream, i);
    answer_came(g);
}

enum err get_processes(struct req *q)
{
    struct gathered *g = q->asked;
    struct rows rows = {.items = g->all, .n = g->n};

    g->all[0] = (struct process_metrics){.service = STR("gateway"),
                                         .address = STR_NULL,
                                         .status = 200,
                                         .metrics = probe_metrics_text(q)};
    return req_reply_list(q, 200, &PROCESS_METRICS, &rows);
}
