/* People's text: validity, length in code points, and comparison that ignores case (libunistring).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/arena.h"

/* Well-formed UTF-8 (Unicode §3.9, table 3-7) without NUL. */
bool utf8_valid(struct str s);
/* Code points in well-formed UTF-8. */
size_t utf8_length(struct str s);
/* Trimmed of Unicode white space at both ends (a view into s). */
struct str utf8_trim(struct str s);
/* Has a character that shows: more than white space and what is drawn as nothing (Unicode §5.21,
 * default-ignorable code points). */
bool utf8_visible(struct str s);
/* The key under which two texts are the same word: trimmed, inner white space as one space, full
 * case folding, NFC (Unicode §3.13 D145). In the arena. */
struct str utf8_fold(struct arena *a, struct str s);

#endif
