/* What machines ask of every port, the gateway's and the services' own: is it alive, is it ready,
 * what has it counted. */
#ifndef SERVICES_PROBES_H
#define SERVICES_PROBES_H

#include "services/service.h"

/* GET /health/live: 200 while the loop turns, whatever became of the store. */
enum err probe_live(struct req *q);
/* Before it: where the face checks are made elsewhere, whether they can be made there. */
void probe_ask(struct req *q);
/* GET /health/ready: may a load balancer send requests here; 503 when the store is away or the
 * program stops. A missing face model is told and fails nothing. */
enum err probe_ready(struct req *q);
/* GET /metrics: Prometheus' text format. */
enum err probe_metrics(struct req *q);
/* What it says of this process, in the arena. */
struct str probe_metrics_text(struct req *q);

/* JSON Schemas of the two probes. */
extern const char PROBE_LIVE_SCHEMA[];
extern const char PROBE_READY_SCHEMA[];

/* clang-format off */
/* Rows of a route table. */
#define PROBE_ROUTES                                                                               \
    {GET, "/health/live", HERE, ACCESS_PUBLIC, probe_live, NULL, NULL, "Does the process run",     \
     .id = "getLiveness", .schema = PROBE_LIVE_SCHEMA},                                            \
    {GET, "/health/ready", READ, ACCESS_PUBLIC, probe_ready, NULL, NULL,                           \
     "May requests be sent here", .ask_first = probe_ask, .id = "getReadiness",                     \
     .schema = PROBE_READY_SCHEMA,                                                                 \
     .answers = ANSWERS({503, "The store is away, or the program stops", .whole = true})},         \
    {GET, "/metrics", HERE, ACCESS_LOCAL, probe_metrics, NULL, NULL,                               \
     "What the process has counted, for Prometheus", .id = "getMetrics", .reply = REPLY_FILE,      \
     .media = "text/plain"}
/* clang-format on */

#endif
