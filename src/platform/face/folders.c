/* Sentences about files, for who may not know where they lie: folders left out, names kept. Looks
 * at no file. */
#include "platform/face/internal.h"

#include <string.h>

static bool ends_word(char c)
{
    return c == '\0' || strchr(" ,;:'\")", c) != NULL;
}

static size_t slashes(const char *s)
{
    return strspn(s, "/");
}

/* How much of what stands at s is this folder: with the slash before a file in it, else all but its
 * own name. 0: something else stands there. */
static size_t folder_at(const char *s, const char *folder)
{
    size_t n = strlen(folder);
    const char *name = strrchr(folder, '/');

    if (n == 0 || strncmp(s, folder, n) != 0)
        return 0;
    if (folder[n - 1] == '/' || s[n] == '/')
        return n + slashes(s + n);
    return ends_word(s[n]) && name ? (size_t)(name + 1 - folder) : 0;
}

/* The same of a path without blanks that begins with a slash. */
static size_t path_at(const char *s)
{
    size_t n = 0;

    if (*s != '/')
        return 0;
    for (size_t i = 0; !ends_word(s[i]); i++)
        if (s[i] == '/' && s[i + 1] != '/' && !ends_word(s[i + 1]))
            n = i + 1;
    return n;
}

void face_without_folders(const char *sentence, const char *const folders[], size_t n_folders,
                          char *to, size_t size)
{
    bool begins = true; /* a word */
    size_t len = 0;

    while (*sentence && len + 1 < size) {
        size_t skip = begins ? path_at(sentence) : 0;
        for (size_t i = 0; begins && i < n_folders; i++) {
            size_t n = folder_at(sentence, folders[i]);
            skip = n > skip ? n : skip;
        }
        sentence += skip;
        begins = ends_word(*sentence);
        if (*sentence)
            to[len++] = *sentence++;
    }
    to[len] = '\0';
}
