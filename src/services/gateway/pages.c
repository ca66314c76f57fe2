/* The pages that browsers get: the console at /, the API's documentation at /docs, and the files
 * that they are made of. Asks no store, so
 * that a page can say that the store is away. */
#include "services/gateway/gateway.h"

#include "platform/http/asset.h"

/* GET /console/… and /docs/…: a file of theirs. 404. */
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

/* GET /docs: /openapi.json in Swagger UI; a page that says what is missing when the program was
 * built without it. */
static enum err get_docs(struct req *q)
{
    bool there = asset_find(STR("/docs/lib/swagger-ui.js")) != NULL;
    const struct asset *asset =
        asset_find(there ? STR("/docs/index.html") : STR("/docs/without.html"));

    if (asset == NULL)
        return ERR_INTERNAL;
    return asset_reply(q, asset, false);
}

/* clang-format off */
const struct route GATEWAY_PAGES[] = {
    {GET, "/", HERE, ACCESS_PUBLIC, get_console, NULL, NULL,
     "The console"},
    {GET, "/test_all_services.html", HERE, ACCESS_PUBLIC, get_console, NULL, NULL,
     "The console"},
    {GET, "/console/{file}", HERE, ACCESS_PUBLIC, get_file, NULL, NULL,
     "A file of the console"},
    {GET, "/console/{folder}/{file}", HERE, ACCESS_PUBLIC, get_file, NULL, NULL,
     "A file of the console"},
    {GET, "/docs", HERE, ACCESS_PUBLIC, get_docs, NULL, NULL,
     "The API's documentation"},
    {GET, "/docs/{file}", HERE, ACCESS_PUBLIC, get_file, NULL, NULL,
     "A file of the documentation"},
    {GET, "/docs/{folder}/{file}", HERE, ACCESS_PUBLIC, get_file, NULL, NULL,
     "A file of the documentation"},
    {0},
};
/* clang-format on */
