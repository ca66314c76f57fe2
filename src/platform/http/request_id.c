/* The id that a request is known by in replies and logs. Says nothing of who asked. */
#include "platform/http/request_id.h"

#include "platform/clock.h"

#define REQUEST_ID_MAX 128

bool request_id_usable(struct str id)
{
    if (!str_present(id) || id.len == 0 || id.len > REQUEST_ID_MAX)
        return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     c == '-' || c == '_' || c == '.';
        if (!plain)
            return false;
    }
    return true;
}

/* 16 random hex digits a thread, then a count: unique, and cheap enough for every request. */
struct str request_id_make(struct arena *a)
{
    static _Thread_local uint64_t prefix;
    static _Thread_local uint32_t count;
    static const char HEX[] = "0123456789abcdef";

    if (prefix == 0)
        random_fill(&prefix, sizeof(prefix));
    char *text = arena_alloc(a, 25);
    uint32_t n = ++count;
    for (int i = 0; i < 16; i++)
        text[i] = HEX[(prefix >> (60 - 4 * i)) & 15];
    for (int i = 0; i < 8; i++)
        text[16 + i] = HEX[(n >> (28 - 4 * i)) & 15];
    return (struct str){text, 24};
}
