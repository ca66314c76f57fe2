/* multipart/form-data as a stream (RFC 7578, RFC 2046 §5.1): fields in memory, files spooled to an
 * unlinked temporary file, so that a slow upload costs disk and not memory. */
#ifndef PLATFORM_HTTP_FORM_H
#define PLATFORM_HTTP_FORM_H

#include "base/arena.h"
#include "base/err.h"

#define FORM_PARTS_MAX 32u
#define FORM_FIELD_MAX_BYTES 65536u  /* a part without a file name */
#define FORM_HEADERS_MAX_BYTES 4096u /* a part's headers */

struct form_part {
    struct str name;
    struct str filename;     /* absent: a plain field. The client's word: never used as a path */
    struct str content_type; /* absent: not given */
    struct str bytes;        /* fields: in the arena; files: mapped, valid until form_free */
    struct form_part *next;
};

struct form; /* parser and result in one */

/* boundary: 1–70 bytes (RFC 2046). spool_dir: where temporary files are made. */
struct form *form_new(struct arena *a, struct str boundary, const char *spool_dir);
/* Any split of the bytes gives the same result. ERR_BAD_REQUEST malformed; ERR_TOO_LARGE too many
 * parts, a field or a header too long; ERR_UNAVAILABLE the spool directory is full. */
enum err form_feed(struct form *f, const char *bytes, size_t len);
/* The body has ended. ERR_BAD_REQUEST: before the closing boundary. */
enum err form_finish(struct form *f);
/* Unmap and close. NULL is fine. */
void form_free(struct form *f);

const struct form_part *form_first(const struct form *f);
/* The first part of that name, or NULL. */
const struct form_part *form_get(const struct form *f, const char *name);
/* The next one of the same name, or NULL. */
const struct form_part *form_after(const struct form_part *p);

#endif
