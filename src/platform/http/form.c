/* Takes a multipart/form-data body apart as it arrives; must not hold a file's bytes in memory
 * beyond FORM_SPOOL_BYTES and never uses a client's word as a path. RFC 7578, RFC 2046 §5.1.1. */
#include "platform/http/form.h"

#include "platform/http/http.h"
#include "platform/http/form_spool.h"

#include <string.h>

#define BOUNDARY_MAX 70 /* RFC 2046 §5.1.1 */

enum form_state {
    IN_PREAMBLE,     /* before the first boundary: ignored */
    BEHIND_BOUNDARY, /* "--" ends the body, anything else is padding up to the line's end */
    BEHIND_DASH,
    IN_PADDING,
    AT_LINE_END, /* CR seen behind a boundary: LF must follow */
    IN_HEADERS,
    IN_BODY,
    IN_EPILOGUE, /* behind the closing boundary: ignored */
    FAILED,
};

struct form {
    struct arena *arena;
    const char *spool_dir;
    enum form_state state;
    enum err error; /* of FAILED */

    /* CR LF "--" boundary. Its only CR is the first byte, so a mismatch never has to look back. */
    char delimiter[4 + BOUNDARY_MAX];
    size_t delimiter_len;
    size_t matched; /* bytes of the delimiter seen so far */

    char headers[FORM_HEADERS_MAX_BYTES];
    size_t headers_len;

    struct form_part *part; /* the one being read */
    struct form_part *first;
    struct form_part **tail;
    size_t n_parts;
    struct form_spool spool; /* of the part being read */
    struct form_maps maps;   /* of the parts that are done */
};

static enum err fail(struct form *f, enum err e)
{
    f->state = FAILED;
    f->error = e;
    return e;
}

static bool boundary_usable(struct str boundary)
{
    if (!str_present(boundary) || boundary.len < 1 || boundary.len > BOUNDARY_MAX)
        return false;
    for (size_t i = 0; i < boundary.len; i++)
        if (boundary.ptr[i] < ' ' || boundary.ptr[i] > '~')
            return false;
    return true;
}

struct form *form_new(struct arena *a, struct str boundary, const char *spool_dir)
{
    struct form *f = ARENA_NEW(a, struct form);

    f->arena = a;
    f->spool_dir = spool_dir;
    f->tail = &f->first;
    form_spool_begin(&f->spool);
    if (!boundary_usable(boundary)) {
        (void)fail(f, ERR_BAD_REQUEST);
        return f;
    }
    memcpy(f->delimiter, "\r\n--", 4);
    memcpy(f->delimiter + 4, boundary.ptr, boundary.len);
    f->delimiter_len = 4 + boundary.len;
    f->matched = 2; /* the body's first line may be a boundary: as if a line had ended before it */
    return f;
}

/* ── A part's headers ── */

static bool is_token(struct str s)
{
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("()<>@,;:\\\"/[]?={}", s.ptr[i]) != NULL)
            return false;
    return true;
}

static enum err read_disposition(struct form *f, struct str value)
{
    struct str rest = value;
    struct str kind = str_trim(str_cut(&rest, ';'));

    if (str_present(f->part->name) || !str_eq_nocase(kind, STR("form-data")))
        return ERR_BAD_REQUEST;
    f->part->name = http_param(f->arena, value, "name");
    f->part->filename = http_param(f->arena, value, "filename");
    return str_present(f->part->name) ? OK : ERR_BAD_REQUEST;
}

/* Deprecated (RFC 7578 §4.7); only those that change nothing are read. */
static bool encoding_is_identity(struct str value)
{
    return str_eq_nocase(value, STR("binary")) || str_eq_nocase(value, STR("8bit")) ||
           str_eq_nocase(value, STR("7bit"));
}

static enum err read_header(struct form *f, struct str line)
{
    struct str value = line;
    struct str name = str_cut(&value, ':');

    if (!str_present(value) || !is_token(name))
        return ERR_BAD_REQUEST;
    value = arena_str(f->arena, str_trim(value));
    if (str_eq_nocase(name, STR("Content-Disposition")))
        return read_disposition(f, value);
    if (str_eq_nocase(name, STR("Content-Type")))
        f->part->content_type = value;
    if (str_eq_nocase(name, STR("Content-Transfer-Encoding")) && !encoding_is_identity(value))
        return ERR_BAD_REQUEST;
    return OK;
}

/* The blank line has come: f->headers holds every line, each with its CR LF. */
static enum err headers_done(struct form *f)
{
    struct str rest = {f->headers, f->headers_len - 2};

    if (++f->n_parts > FORM_PARTS_MAX)
        return ERR_TOO_LARGE;
    f->part = ARENA_NEW(f->arena, struct form_part);
    while (rest.len > 0) {
        struct str line = str_cut(&rest, '\n');
        line.len--; /* the CR: add_header_byte let no line end without it */
        enum err e = read_header(f, line);
        if (e != OK)
            return e;
    }
    if (!str_present(f->part->name))
        return ERR_BAD_REQUEST;
    f->state = IN_BODY;
    f->matched = 0;
    return OK;
}

static enum err add_header_byte(struct form *f, char c)
{
    char *at = f->headers + f->headers_len;
    char before = f->headers_len > 0 ? at[-1] : '\0';

    if (f->headers_len == sizeof(f->headers))
        return ERR_TOO_LARGE;
    if ((c == '\n') != (before == '\r')) /* lines end with CR LF, and neither stands alone */
        return ERR_BAD_REQUEST;
    if ((unsigned char)c < ' ' && c != '\t' && c != '\r' && c != '\n')
        return ERR_BAD_REQUEST;
    *at = c;
    f->headers_len++;
    if (c != '\n')
        return OK;
    bool blank = f->headers_len == 2 || (f->headers_len >= 4 && memcmp(at - 3, "\r\n\r\n", 4) == 0);
    return blank ? headers_done(f) : OK;
}

/* ── A part's body ── */

static enum err add_body(struct form *f, const char *bytes, size_t len)
{
    if (f->state == IN_PREAMBLE || len == 0)
        return OK;
    if (str_present(f->part->filename))
        return form_spool_add(&f->spool, f->arena, f->spool_dir, bytes, len);
    if (f->spool.len + len > FORM_FIELD_MAX_BYTES)
        return ERR_TOO_LARGE;
    return form_spool_keep(&f->spool, f->arena, bytes, len);
}

static enum err part_done(struct form *f)
{
    enum err e = form_spool_end(&f->spool, f->arena, &f->maps, &f->part->bytes);

    if (e != OK)
        return e;
    *f->tail = f->part;
    f->tail = &f->part->next;
    f->part = NULL;
    return OK;
}

static enum err boundary_seen(struct form *f)
{
    enum err e = f->state == IN_BODY ? part_done(f) : OK;

    f->state = BEHIND_BOUNDARY;
    f->matched = 0;
    f->headers_len = 0;
    return e;
}

/* Take bytes of a preamble or a body up to and including a delimiter, or all. */
static enum err take_body(struct form *f, const char **at, const char *end)
{
    const char *p = *at;

    while (p < end) {
        if (f->matched == 0) {
            const char *cr = memchr(p, '\r', (size_t)(end - p));
            enum err e = add_body(f, p, (size_t)((cr != NULL ? cr : end) - p));
            if (e != OK)
                return e;
            p = cr != NULL ? cr : end;
            if (cr == NULL)
                break;
        }
        if (*p == f->delimiter[f->matched]) {
            p++;
            if (++f->matched < f->delimiter_len)
                continue;
            *at = p;
            return boundary_seen(f);
        }
        enum err e = add_body(f, f->delimiter, f->matched);
        if (e != OK)
            return e;
        f->matched = 0;
    }
    *at = p;
    return OK;
}

/* ── Between parts ── */

static enum err take_byte(struct form *f, char c)
{
    bool blank = c == ' ' || c == '\t';

    switch (f->state) {
    case BEHIND_BOUNDARY:
        f->state = c == '-' ? BEHIND_DASH : c == '\r' ? AT_LINE_END : IN_PADDING;
        return c == '-' || c == '\r' || blank ? OK : ERR_BAD_REQUEST;
    case BEHIND_DASH:
        f->state = IN_EPILOGUE;
        return c == '-' ? OK : ERR_BAD_REQUEST;
    case IN_PADDING:
        f->state = c == '\r' ? AT_LINE_END : IN_PADDING;
        return c == '\r' || blank ? OK : ERR_BAD_REQUEST;
    case AT_LINE_END:
        f->state = IN_HEADERS;
        return c == '\n' ? OK : ERR_BAD_REQUEST;
    case IN_HEADERS:
        return add_header_byte(f, c);
    case IN_PREAMBLE:
    case IN_BODY:
    case IN_EPILOGUE:
    case FAILED:
        break;
    }
    return OK;
}

enum err form_feed(struct form *f, const char *bytes, size_t len)
{
    const char *p = bytes;
    const char *end = bytes + len;

    while (p < end && f->state != IN_EPILOGUE && f->state != FAILED) {
        bool in_body = f->state == IN_BODY || f->state == IN_PREAMBLE;
        enum err e = in_body ? take_body(f, &p, end) : take_byte(f, *p++);
        if (e != OK)
            return fail(f, e);
    }
    return f->state == FAILED ? f->error : OK;
}

enum err form_finish(struct form *f)
{
    if (f->state == FAILED)
        return f->error;
    return f->state == IN_EPILOGUE ? OK : fail(f, ERR_BAD_REQUEST);
}

void form_free(struct form *f)
{
    if (f == NULL)
        return;
    form_spool_drop(&f->spool);
    form_maps_drop(&f->maps);
}

const struct form_part *form_first(const struct form *f)
{
    return f->first;
}

const struct form_part *form_get(const struct form *f, const char *name)
{
    struct str want = str_of(name);

    for (const struct form_part *p = f->first; p != NULL; p = p->next)
        if (str_eq(p->name, want))
            return p;
    return NULL;
}

const struct form_part *form_after(const struct form_part *p)
{
    const struct form_part *next = p->next;

    while (next != NULL && !str_eq(next->name, p->name))
        next = next->next;
    return next;
}
