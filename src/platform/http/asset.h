/* Files that are part of the program and go to browsers as they are: the pages of web/. Knows no
 * routes: a handler names the file. */
#ifndef PLATFORM_HTTP_ASSET_H
#define PLATFORM_HTTP_ASSET_H

#include "platform/http/req.h"

struct asset {
    const char *path; /* "/console/app.js"; NULL ends the table */
    const char *content_type;
    const char
        *etag; /* of the contents, with quotes; sent as a weak one, the same for both encodings */
    size_t offset, bytes;
    size_t gzip_offset, gzip_bytes; /* 0 bytes: not worth it */
};

extern const struct asset ASSETS[]; /* made at build time by tools/embed_web.py */

/* The file of that path, or NULL: unknown, or its npm package was not there when the program was
 * built. */
const struct asset *asset_find(struct str path);
/* The file as the reply: gzipped where the client takes that, 304 when it has it already, and
 * headers that let its page load and ask nothing beyond this address. styles_inline: the page may
 * set styles in its markup (code that is not ours may need it). Returns OK. */
enum err asset_reply(struct req *q, const struct asset *asset, bool styles_inline);

#endif
