/* Photo files, to those who may see them (contract §4): with ETag and ranges, never cached by
 * anybody but the caller. */
#include "services/user/routes.h"

#include "platform/app.h"
#include "platform/audit/audit.h"
#include "platform/blob/blob.h"
#include "services/user/store.h"

#include <inttypes.h>

static enum err check_view(struct req *q, int64_t owner)
{
    enum view view;

    enum err e = users_view(q, owner, &view);
    if (e != OK)
        return e;
    if (view != VIEW_ALL && view != VIEW_MATCHED)
        return req_fail(q, ERR_FORBIDDEN, "You may not see this photo");
    if (owner != q->caller.number)
        audit_read(q, "user.photo.read", "user %" PRId64, owner);
    return OK;
}

/* GET /uploads/{name}: a photo or its thumbnail. 200, 206 or 304; 403; 404; 416. A name is never
 * used twice, so it is its own validator. */
enum err uploads_get(struct req *q)
{
    struct str name = req_path_text(q, "name");
    struct photo_file file;
    struct photo photo;
    int64_t bytes;
    int fd;

    enum err e = ERR_NOT_FOUND;
    if (photo_file_parse(name, &file))
        e = photo_get(q->db, q->arena, str_of(file.name), &photo);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Photo not found");
    if (e == OK)
        e = check_view(q, photo.owner);
    if (e == OK)
        e = blob_get(q->app->photos, name, &fd, &bytes);
    if (e == ERR_NOT_FOUND)
        return req_fail(q, e, "Photo not found");
    if (e != OK)
        return e;
    req_header(q, "Cache-Control", STR("private, no-cache"));
    return req_reply_file(q, fd, bytes, "image/jpeg",
                          arena_printf(q->arena, "\"%.*s\"", STR_ARG(name)));
}
