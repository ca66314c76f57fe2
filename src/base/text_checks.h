/* Checks of people's text for fields of every service (struct field's .check): NULL when good, else
 * what is wrong, as 422's message says it. Of well-formed UTF-8. */
#ifndef BASE_TEXT_CHECKS_H
#define BASE_TEXT_CHECKS_H

#include "base/str.h"

/* One line that shows, or nothing: no line breaks or other control characters, none that turn the
 * direction of writing around (U+202A–202E, U+2066–2069), and not only what is drawn as nothing. */
const char *line_problem(struct str text);
/* No control characters but newline, carriage return and tab. */
const char *prose_problem(struct str text);

#endif
