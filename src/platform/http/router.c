/* Finds the route of a path: a tree of segments, literals before parameters. Decides nothing about
 * who may. */
#include "platform/http/route.h"
#include "base/utf8.h"

#include <string.h>

/* One segment of the tree: its literal children, at most one parameter child, and the routes that
 * end here. */
struct node {
    struct str literal;
    struct node *children; /* literal ones */
    struct node *parameter;
    struct node *sibling;
    const struct route *routes[OPTIONS + 1];
};

struct router {
    struct arena *arena;
    struct node root;
};

const char *route_kind_name(enum route_kind k)
{
    static const char *const NAMES[] = {"unset", "read", "write", "compute", "stream", "here"};
    return NAMES[k];
}

const char *access_name(enum access a)
{
    static const char *const NAMES[] = {"unset", "public", "user", "partner",
                                        "admin", "socket", "local"};
    return NAMES[a];
}

struct router *router_new(struct arena *a)
{
    struct router *r = ARENA_NEW(a, struct router);
    r->arena = a;
    return r;
}

static struct node *child_literal(const struct node *parent, struct str segment)
{
    for (struct node *n = parent->children; n != NULL; n = n->sibling)
        if (str_eq(n->literal, segment))
            return n;
    return NULL;
}

static struct node *child_make(struct router *r, struct node *parent, struct str segment)
{
    if (segment.ptr[0] == '{') {
        if (parent->parameter == NULL)
            parent->parameter = ARENA_NEW(r->arena, struct node);
        return parent->parameter;
    }
    struct node *n = child_literal(parent, segment);
    if (n == NULL) {
        n = ARENA_NEW(r->arena, struct node);
        n->literal = segment;
        n->sibling = parent->children;
        parent->children = n;
    }
    return n;
}

/* The next non-empty segment of a path; absent at the end. An inner empty segment ("//") is
 * returned as empty. */
static struct str next_segment(struct str *path)
{
    if (path->len == 0)
        return STR_NULL;
    return str_cut(path, '/');
}

static bool route_complete(const struct route *t)
{
    return t->kind != ROUTE_UNSET && t->access != ACCESS_UNSET && t->handler != NULL &&
           t->method != HTTP_METHOD_OTHER && t->summary != NULL;
}

static bool add_one(struct router *r, const struct route *t, struct str path, const char **ret_why)
{
    struct node *n = &r->root;
    struct str segment;

    path.ptr++; /* the leading slash */
    path.len--;
    while (str_present(segment = next_segment(&path)))
        n = child_make(r, n, segment);
    if (n->routes[t->method] != NULL) {
        *ret_why =
            arena_printf(r->arena, "two routes answer %s %s", http_method_name(t->method), t->path)
                .ptr;
        return false;
    }
    n->routes[t->method] = t;
    return true;
}

bool router_add(struct router *r, const struct route *table, const char *strip,
                const char **ret_why)
{
    for (const struct route *t = table; t->path != NULL; t++) {
        struct str path = str_of(t->path);
        struct str front = str_of(strip);

        if (!route_complete(t)) {
            *ret_why =
                arena_printf(r->arena, "%s has no permission, kind, handler or summary", t->path)
                    .ptr;
            return false;
        }
        if (front.len > 0) {
            if (!str_starts(path, front))
                continue;
            path.ptr += front.len;
            path.len -= front.len;
        }
        if (!add_one(r, t, path, ret_why))
            return false;
    }
    return true;
}

/* Percent-decode one segment. False: a bad escape, one that hides a NUL, or no UTF-8 (RFC 3986
 * §2.1). */
static bool decode_segment(struct str in, struct arena *a, struct str *ret)
{
    if (memchr(in.ptr, '%', in.len) == NULL) {
        *ret = in;
        return true;
    }
    char *out = arena_alloc(a, in.len + 1);
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        char c = in.ptr[i];
        if (c == '%') {
            int high = i + 2 < in.len ? str_hex_digit(in.ptr[i + 1]) : -1;
            int low = i + 2 < in.len ? str_hex_digit(in.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
            if (c == '\0')
                return false;
        }
        out[n++] = c;
    }
    *ret = (struct str){out, n};
    return utf8_valid(*ret);
}

static unsigned node_methods(const struct node *n)
{
    unsigned allowed = 0;

    for (unsigned m = GET; m <= OPTIONS; m++)
        if (n->routes[m] != NULL)
            allowed |= 1u << m;
    return allowed;
}

/* Walk the rest of a path from n. Literals are tried first; a parameter takes what no literal led
 * home. */
static const struct node *walk(const struct node *n, struct str path, struct arena *a,
                               struct str params[REQ_PARAMS_MAX], size_t n_params)
{
    struct str decoded;
    struct str segment = next_segment(&path);

    if (!str_present(segment))
        return node_methods(n) != 0 ? n : NULL;
    if (segment.len == 0 || !decode_segment(segment, a, &decoded))
        return NULL;
    const struct node *literal = child_literal(n, decoded);
    if (literal != NULL) {
        const struct node *end = walk(literal, path, a, params, n_params);
        if (end != NULL)
            return end;
    }
    if (n->parameter == NULL || n_params == REQ_PARAMS_MAX)
        return NULL;
    params[n_params] = decoded;
    return walk(n->parameter, path, a, params, n_params + 1);
}

void router_find(const struct router *r, enum http_method method, struct str path, struct arena *a,
                 struct router_match *ret)
{
    *ret = (struct router_match){0};
    if (path.len == 0 || path.ptr[0] != '/')
        return;
    path.ptr++;
    path.len--;

    const struct node *end = walk(&r->root, path, a, ret->params, 0);
    if (end == NULL)
        return;
    ret->allowed = node_methods(end);
    ret->route = end->routes[method == HEAD ? GET : method];
    if (ret->allowed & (1u << GET))
        ret->allowed |= 1u << HEAD;
}
