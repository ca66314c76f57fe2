/* An image that came in a form, read the same way wherever one is uploaded. COMPUTE handlers with
 * ROUTE_FORM. */
#ifndef PLATFORM_IMAGE_REQ_IMAGE_H
#define PLATFORM_IMAGE_REQ_IMAGE_H

#include "platform/http/req.h"
#include "platform/image/image.h"

/* Decode the form's part of that name; limits as for image_decode_within(). *ret is the caller's:
 * image_free. ERR_INVALID the part is missing, or a side is under limits->min_side; ERR_TOO_LARGE
 * more than the setting upload_max_bytes or IMAGE_MAX_PIXELS; ERR_UNSUPPORTED not a whole JPEG, PNG
 * or WebP. The detail is set: just return the error. */
enum err req_image(struct req *q, const char *part_name, const struct image_limits *limits,
                   struct image *ret);
/* The same of one part, where several have its name. */
struct form_part;
enum err req_image_part(struct req *q, const struct form_part *part,
                        const struct image_limits *limits, struct image *ret);

#endif
