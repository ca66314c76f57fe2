/* Gathers /metrics of the processes behind the gateway: see processes.h. Reads none of it, and
 * keeps nothing. */
#include "services/gateway/processes.h"

#include "platform/http/ask_first.h"
#include "platform/http/front.h"
#include "platform/json/fields.h"
#include "services/probes.h"

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
    struct ask_first asking;
    size_t n;
    struct process_metrics all[PROCESSES_MAX];
};

static void take_metrics(void *to, const struct upstream_answer *answer)
{
    struct process_metrics *process = to;

    process->status = answer->status;
    process->metrics = answer->status == 200 ? answer->body : STR_NULL;
}

static void ask_address(struct gathered *g, struct upstream *u, size_t address)
{
    struct process_metrics *to = &g->all[g->n++];
    const struct upstream_question metrics = {
        .path = "/metrics",
        .authorization = http_header_get(&g->asking.q->head, "Authorization"),
        .body_max = TEXT_MAX,
        .one_address = true,
        .address = address,
    };

    to->service = str_of(upstream_service(u));
    to->address = upstream_address_text(u, address);
    ask_first_ask(&g->asking, u, &metrics, take_metrics, to);
}

void processes_ask(struct req *q)
{
    const struct front *front = q->listener;
    struct gathered *g = ARENA_NEW(q->arena, struct gathered);

    q->asked = g;
    g->n = 1; /* this process */
    ask_first_begin(&g->asking, q);
    for (const struct front_remote *r = front->remotes; r->service != NULL; r++)
        for (size_t i = 0; i < upstream_addresses(r->upstream) && g->n < PROCESSES_MAX; i++)
            ask_address(g, r->upstream, i);
    ask_first_end(&g->asking);
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
