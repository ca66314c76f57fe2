/* The pages that browsers get: the console at / and the files that it is made of. Asks no store, so
 * that a page can say that the store is away. */
#include "services/gateway/gateway.h"

#include "platform/http/asset.h"
#include "platform/http/dispatch.h"

/* GET /console/…: a file of the console. 404. */
static enum err get_file(struct req *q)
{
    const struct asset *asset = asset_find(q->head.path);

    if (asset == NULL)
        return req_fail(q, ERR_NOT_FOUND, "Not found");
    return asset_reply(q, asset, false);
}

/* GET / and /test_all_services.html (reference "Using the Test HTML File"). */
static enum err get_console(struct req *q)
{
    const struct asset *asset = asset_find(STR("/console/index.html"));

    if (asset == NULL)
        return ERR_INTERNAL;
    return asset_reply(q, asset, false);
}

/* On the loop, at once: no page waits behind the store's work. */
static void answer_here(struct req *q)
{
    dispatch_answer(q, q->route->handler(q));
}

/* clang-format off */
const struct route GATEWAY_PAGES[] = {
    {GET, "/", READ, ACCESS_PUBLIC, get_console, NULL, NULL,
     "The console", .ask_first = answer_here},
    {GET, "/test_all_services.html", READ, ACCESS_PUBLIC, get_console, NULL, NULL,
     "The console", .ask_first = answer_here},
    {GET, "/console/{file}", READ, ACCESS_PUBLIC, get_file, NULL, NULL,
     "A file of the console", .ask_first = answer_here},
    {GET, "/console/{folder}/{file}", READ, ACCESS_PUBLIC, get_file, NULL, NULL,
     "A file of the console", .ask_first = answer_here},
    {0},
};
/* clang-format on */
