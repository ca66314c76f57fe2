/* Compressed replies: what a client accepts, and gzip by zlib with one stream a loop. */
#include "platform/http/engine.h"

#include <zlib.h>

#define LEVEL 1          /* on the loop, between other requests: speed first */
#define WINDOW (15 + 16) /* 32 KB, gzip framing */
#define MEMORY 8

struct gzip {
    z_stream z;
};

/* ── Accept-Encoding ── */

/* "q=0.5" in thousandths; 1000 without one; malformed is 0. */
static int weight(struct str params)
{
    struct str s = str_trim(params);
    int thousandths = 0;

    if (!str_present(params) || s.len == 0)
        return 1000;
    if (s.len < 3 || (s.ptr[0] != 'q' && s.ptr[0] != 'Q') || s.ptr[1] != '=')
        return 0;
    int unit = 1000;
    for (size_t i = 2; i < s.len; i++) {
        if (i == 3 && s.ptr[i] == '.')
            continue;
        if (s.ptr[i] < '0' || s.ptr[i] > '9' || unit == 0)
            return 0;
        thousandths += (s.ptr[i] - '0') * unit;
        unit /= 10;
    }
    return thousandths > 1000 ? 0 : thousandths;
}

bool gzip_accepted(struct str accept_encoding)
{
    struct str list = accept_encoding;
    int gzip = -1;
    int identity = -1;
    int any = -1;

    while (str_present(list)) {
        struct str params = str_cut(&list, ',');
        struct str coding = str_trim(str_cut(&params, ';'));
        if (str_eq_nocase(coding, STR("gzip")) || str_eq_nocase(coding, STR("x-gzip")))
            gzip = weight(params);
        else if (str_eq_nocase(coding, STR("identity")))
            identity = weight(params);
        else if (str_eq(coding, STR("*")))
            any = weight(params);
    }
    if (gzip < 0)
        gzip = any;
    return gzip > 0 && gzip >= identity;
}

/* ── Compressing ── */

struct str gzip_compress(struct gzip **g, struct arena *a, struct str body)
{
    if (*g == NULL) {
        struct gzip *made = cell_new(sizeof(*made));
        if (deflateInit2(&made->z, LEVEL, Z_DEFLATED, WINDOW, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
            gzip_free(made);
            return STR_NULL;
        }
        *g = made;
    }
    if (body.len > UINT32_MAX)
        return STR_NULL;
    z_stream *z = &(*g)->z;
    size_t room = body.len - body.len / 16; /* not even that much smaller: not worth it */
    char *out = arena_alloc(a, room);
    z->next_in = (z_const Bytef *)(uintptr_t)body.ptr;
    z->avail_in = (uInt)body.len;
    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)room;
    int result = deflate(z, Z_FINISH);
    size_t len = room - z->avail_out;
    deflateReset(z);
    return result == Z_STREAM_END ? (struct str){out, len} : STR_NULL;
}

void gzip_free(struct gzip *g)
{
    if (g == NULL)
        return;
    deflateEnd(&g->z);
    cell_free(g);
}
