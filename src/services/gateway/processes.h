/* GET /metrics/processes: what each process behind this gateway has counted, in one answer. */
#ifndef SERVICES_GATEWAY_PROCESSES_H
#define SERVICES_GATEWAY_PROCESSES_H

#include "platform/http/req.h"
#include "platform/http/route.h"

/* Asks those elsewhere for their /metrics; with the caller's own token, so that nobody is told what
 * they would not be told there. */
void processes_ask(struct req *q);
/* This process first, then each address of each service elsewhere. */
enum err get_processes(struct req *q);

extern const struct shape PROCESS_METRICS;

/* clang-format off */
#define PROCESSES_ROUTES                                                                           \
    {GET, "/metrics/processes", HERE, ACCESS_LOCAL, get_processes, NULL, &PROCESS_METRICS,         \
     "What each process has counted: the gateway's, and those behind it",                          \
     .ask_first = processes_ask, .id = "getProcesses", .reply = REPLY_LIST}
/* clang-format on */

#endif
