/* Request heads: lines and limits here, grammar in llhttp (strict), then what llhttp leaves to a
 * server (RFC 9110, 9112). Refuses whatever two implementations could read in two ways. No I/O. */
#include "platform/http/engine.h"

#include <string.h>

#define REQUEST_LINE_MAX (HTTP_URI_MAX_BYTES + 64u) /* method, target, version */
#define EMPTY_LINES_MAX 4u
#define METHOD_MAX 24u
#define NAME_IS(h, literal) str_eq_nocase((h)->name, STR(literal))

/* ── Lines ── */

static void refuse(struct head_verdict *v, enum err e, const char *why)
{
    v->err = e;
    v->why = why;
}

static void check_size(const struct exchange *ex, size_t more, struct head_verdict *v)
{
    size_t line = ex->raw.len - ex->line_start;

    if (ex->n_lines == 0) {
        if (line + more > REQUEST_LINE_MAX)
            refuse(v, ERR_URI_TOO_LONG, "The address is longer than 8,192 bytes");
    } else if (ex->raw.len - ex->fields_start + more > HTTP_HEAD_MAX_BYTES) {
        refuse(v, ERR_HEADERS_TOO_LARGE, "The header is larger than 16,384 bytes");
    }
}

/* A whole line is at the end of ex->raw. */
static void end_line(struct exchange *ex, struct head_verdict *v)
{
    const char *line = ex->raw.ptr + ex->line_start;
    size_t len = ex->raw.len - ex->line_start;

    if (len < 2 || memchr(line, '\r', len) != line + len - 2) {
        refuse(v, ERR_BAD_REQUEST, "Lines of the header must end with CR LF, and hold no other CR");
    } else if (len == 2 && ex->n_lines == 0) {
        ex->raw.len = 0; /* RFC 9112 §2.2: ignored in front of a request */
        if (++ex->n_empty > EMPTY_LINES_MAX)
            refuse(v, ERR_BAD_REQUEST, "There is no request behind the empty lines");
    } else if (len == 2) {
        v->done = true;
    } else if (ex->n_lines > 0 && (line[0] == ' ' || line[0] == '\t')) {
        refuse(v, ERR_BAD_REQUEST, "A header is folded over two lines");
    } else if (ex->n_lines > 0 && line[0] == ':') {
        refuse(v, ERR_BAD_REQUEST, "A header has no name"); /* llhttp lets it pass */
    } else if (ex->n_lines > HTTP_HEAD_MAX_FIELDS) {
        refuse(v, ERR_HEADERS_TOO_LARGE, "There are more than 100 headers");
    } else {
        if (ex->n_lines++ == 0)
            ex->fields_start = ex->raw.len;
        ex->line_start = ex->raw.len;
    }
}

size_t head_feed(struct exchange *ex, const char *bytes, size_t len, struct head_verdict *ret)
{
    size_t used = 0;

    while (used < len && !ret->done && ret->err == OK) {
        const char *at = bytes + used;
        const char *end = memchr(at, '\n', len - used);
        size_t n = end != NULL ? (size_t)(end - at) + 1 : len - used;

        check_size(ex, n, ret);
        if (ret->err != OK)
            break;
        buf_put(&ex->raw, at, n);
        used += n;
        if (end != NULL)
            end_line(ex, ret);
    }
    if (ret->err == OK && ex->raw.len > 0 && (ex->raw.ptr[0] < 'A' || ex->raw.ptr[0] > 'z') &&
        ex->raw.ptr[0] != '\r')
        refuse(ret, ERR_BAD_REQUEST,
               "This is not HTTP"); /* a TLS hello need not wait for the deadline */
    return used;
}

/* ── llhttp ── */

/* The whole head lies in one piece, so every span comes once, as a view into ex->raw. */

static int on_url(llhttp_t *p, const char *at, size_t len)
{
    struct exchange *ex = p->data;

    ex->q.head.target = (struct str){at, len};
    return 0;
}

static int on_field(llhttp_t *p, const char *at, size_t len)
{
    struct exchange *ex = p->data;
    struct http_header *h = &ex->q.head.headers[ex->q.head.n_headers++];

    h->name = (struct str){at, len};
    h->value = (struct str){at + len, 0};
    return 0;
}

static int on_value(llhttp_t *p, const char *at, size_t len)
{
    struct exchange *ex = p->data;

    ex->q.head.headers[ex->q.head.n_headers - 1].value = (struct str){at, len};
    return 0;
}

static int on_headers_complete(llhttp_t *p)
{
    struct exchange *ex = p->data;
    struct http_head *head = &ex->q.head;

    head->chunked = (p->flags & F_CHUNKED) != 0;
    head->content_length = -1;
    if ((p->flags & F_CONTENT_LENGTH) != 0)
        head->content_length =
            p->content_length > INT64_MAX ? INT64_MAX : (int64_t)p->content_length;
    head->http10 = p->http_minor == 0;
    head->keep_alive = llhttp_should_keep_alive(p) != 0;
    head->upgrade = p->upgrade != 0;
    return 0;
}

static int on_head_only(llhttp_t *p)
{
    struct exchange *ex = p->data;

    ex->body_done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t HEAD_SETTINGS = {
    .on_url = on_url,
    .on_header_field = on_field,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_message_complete = on_head_only,
};

static enum err explain(llhttp_errno_t code, const char **ret_why)
{
    static const struct {
        llhttp_errno_t code;
        const char *why;
    } SENTENCES[] = {
        {HPE_INVALID_URL, "The address in the request line is malformed"},
        {HPE_INVALID_CONTENT_LENGTH, "Content-Length is not a number"},
        {HPE_UNEXPECTED_CONTENT_LENGTH,
         "Content-Length is given twice, or beside Transfer-Encoding"},
        {HPE_INVALID_TRANSFER_ENCODING, "Transfer-Encoding may only be chunked"},
        {HPE_INVALID_HEADER_TOKEN, "A header is malformed"},
    };

    if (code == HPE_INVALID_VERSION) {
        *ret_why = err_text(ERR_VERSION);
        return ERR_VERSION;
    }
    *ret_why = "The request is malformed";
    for (size_t i = 0; i < sizeof(SENTENCES) / sizeof(SENTENCES[0]); i++)
        if (SENTENCES[i].code == code)
            *ret_why = SENTENCES[i].why;
    return ERR_BAD_REQUEST;
}

/* ── Method ── */

static enum http_method method_of(struct str name)
{
    for (enum http_method m = GET; m <= OPTIONS; m++)
        if (str_eq(name, str_of(http_method_name(m))))
            return m;
    return HTTP_METHOD_OTHER;
}

static bool is_token(struct str s)
{
    static const char OTHERS[] = "!#$%&'*+-.^_`|~"; /* RFC 9110 §5.6.2 */

    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!alnum && (c == '\0' || strchr(OTHERS, c) == NULL))
            return false;
    }
    return s.len > 0;
}

/* method SP target SP version, and no other white space (RFC 9112 §3): llhttp would skip it. */
static bool request_line_spaced(const struct exchange *ex)
{
    size_t spaces = 0;

    for (size_t i = 0; i < ex->fields_start; i++)
        spaces += ex->raw.ptr[i] == ' ';
    return spaces == 2;
}

/* llhttp knows a fixed list of methods, some with rules of their own (CONNECT, PRI, SOURCE). All
 * that no route has are shown to it as GET, and to the router as HTTP_METHOD_OTHER. */
static llhttp_errno_t run_llhttp(struct exchange *ex)
{
    struct str rest = buf_view(&ex->raw);
    const char *space = memchr(rest.ptr, ' ', rest.len < METHOD_MAX ? rest.len : METHOD_MAX);

    llhttp_init(&ex->parser, HTTP_REQUEST, &HEAD_SETTINGS);
    ex->parser.data = ex;
    if (space == NULL || !request_line_spaced(ex))
        return HPE_INVALID_METHOD;
    struct str name = {rest.ptr, (size_t)(space - rest.ptr)};
    ex->q.head.method = method_of(name);
    if (ex->q.head.method != HTTP_METHOD_OTHER)
        return llhttp_execute(&ex->parser, rest.ptr, rest.len);
    if (!is_token(name))
        return HPE_INVALID_METHOD;
    llhttp_execute(&ex->parser, "GET", 3);
    return llhttp_execute(&ex->parser, space, rest.len - name.len);
}

/* ── Headers that the engine itself obeys ── */

struct seen {
    struct http_header *host;
    unsigned hosts, lengths, encodings, other_encodings, other_expects;
};

static void look_at(struct exchange *ex, struct http_header *h, struct seen *seen)
{
    switch (h->name.len) { /* most headers are none of these: one comparison */
    case 4:
        if (NAME_IS(h, "Host")) {
            seen->host = h;
            seen->hosts++;
        }
        break;
    case 6:
        if (NAME_IS(h, "Expect")) {
            ex->expects = true;
            seen->other_expects += !str_eq_nocase(h->value, STR("100-continue"));
        }
        break;
    case 14:
        seen->lengths += NAME_IS(h, "Content-Length");
        break;
    case 15:
        if (NAME_IS(h, "Accept-Encoding") && !str_present(ex->encodings))
            ex->encodings = h->value;
        break;
    case 17:
        if (NAME_IS(h, "Transfer-Encoding")) {
            seen->encodings++;
            seen->other_encodings += !str_eq_nocase(h->value, STR("chunked"));
        }
        break;
    default:
        break;
    }
}

static enum err check_framing(const struct exchange *ex, const struct seen *seen,
                              const char **ret_why)
{
    if (seen->lengths > 1 || (seen->lengths > 0 && seen->encodings > 0))
        return explain(HPE_UNEXPECTED_CONTENT_LENGTH, ret_why);
    if (seen->encodings > 1 || seen->other_encodings > 0)
        return explain(HPE_INVALID_TRANSFER_ENCODING, ret_why);
    if (seen->encodings > 0 && ex->q.head.http10) {
        *ret_why = "HTTP/1.0 has no Transfer-Encoding";
        return ERR_BAD_REQUEST;
    }
    return OK;
}

static enum err check_host(struct exchange *ex, const struct seen *seen, struct str authority,
                           const char **ret_why)
{
    struct http_head *head = &ex->q.head;
    struct http_header *host = seen->host;

    if (seen->hosts > 1 || (seen->hosts == 0 && !head->http10)) {
        *ret_why = "There must be exactly one Host header";
        return ERR_BAD_REQUEST;
    }
    if (host != NULL && !authority_valid(host->value)) {
        *ret_why = "The Host header is malformed";
        return ERR_BAD_REQUEST;
    }
    if (!str_present(authority))
        return OK;
    if (host == NULL) {
        host = &head->headers[head->n_headers++];
        host->name = STR("Host");
    }
    host->value = authority;
    return OK;
}

static enum err check_headers(struct exchange *ex, struct str authority, const char **ret_why)
{
    struct http_head *head = &ex->q.head;
    struct seen seen = {0};

    for (size_t i = 0; i < head->n_headers; i++) {
        head->headers[i].value = str_trim(head->headers[i].value);
        look_at(ex, &head->headers[i], &seen);
    }
    enum err e = check_framing(ex, &seen, ret_why);
    if (e == OK)
        e = check_host(ex, &seen, authority, ret_why);
    if (e != OK)
        return e;
    if (head->http10)
        ex->expects = false; /* RFC 9110 §10.1.1 */
    if (ex->expects && seen.other_expects > 0) {
        *ret_why = err_text(ERR_EXPECTATION);
        return ERR_EXPECTATION;
    }
    return OK;
}

enum err head_parse(struct exchange *ex, const char **ret_why)
{
    struct http_head *head = &ex->q.head;
    struct str authority = STR_NULL;

    head->headers = ARENA_ARRAY(&ex->arena, ex->n_lines + 1, struct http_header); /* and a Host */
    llhttp_errno_t code = run_llhttp(ex);
    if (code != HPE_OK && code != HPE_PAUSED && code != HPE_PAUSED_UPGRADE)
        return explain(code, ret_why);
    if (ex->parser.http_major != 1 || ex->parser.http_minor > 1)
        return explain(HPE_INVALID_VERSION, ret_why);
    if (head->target.len > HTTP_URI_MAX_BYTES) {
        *ret_why = "The address is longer than 8,192 bytes";
        return ERR_URI_TOO_LONG;
    }
    if (!target_split(head, &authority))
        return explain(HPE_INVALID_URL, ret_why);
    return check_headers(ex, authority, ret_why);
}
