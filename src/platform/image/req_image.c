/* From a request's form to pixels, with the sentences for what can be wrong on the way. Keeps
 * nothing. */
#include "platform/image/req_image.h"

#include "platform/app.h"
#include "platform/http/form.h"

#include <inttypes.h>

static enum err fail(struct req *q, enum err e)
{
    if (e == ERR_UNSUPPORTED)
        return req_fail(q, e, "The file is not a whole JPEG, PNG or WebP image");
    if (e == ERR_TOO_LARGE)
        return req_fail(q, e, "The image has more than %u megapixels", IMAGE_MAX_PIXELS / 1000000u);
    return e;
}

enum err req_image_part(struct req *q, const struct form_part *part,
                        const struct image_limits *limits, struct image *ret)
{
    int64_t max_bytes = q->app->config->upload_max_bytes;

    if ((int64_t)part->bytes.len > max_bytes)
        return req_fail(q, ERR_TOO_LARGE, "The image has more than %" PRId64 " bytes", max_bytes);
    enum err e = image_decode_within(part->bytes, limits, ret);
    if (e == ERR_INVALID)
        return req_fail_field(q, arena_str(q->arena, part->name).ptr,
                              "must be at least %d pixels a side", limits->min_side);
    return fail(q, e);
}

enum err req_image(struct req *q, const char *part_name, const struct image_limits *limits,
                   struct image *ret)
{
    const struct form_part *part = q->form != NULL ? form_get(q->form, part_name) : NULL;

    if (part == NULL)
        return req_fail_field(q, part_name, "is required: an image as a file in the form");
    return req_image_part(q, part, limits, ret);
}
