/* One object with a life of its own (a socket, a room, a job), for what neither a request's arena
 * nor the process's can hold. No I/O. */
#ifndef BASE_CELL_H
#define BASE_CELL_H

#include <stddef.h>

/* `size` zeroed bytes, aligned for any type; never NULL (out of memory ends the process, as in
 * arena.h). The caller's, until cell_free. Any thread. */
void *cell_new(size_t size);
/* p as it is; NULL ends the process as above. For memory that others hand out: malloc, strdup, a
 * library. */
void *cell_must(void *p);
/* NULL is fine. */
void cell_free(void *cell);

#define CELL_NEW(type) ((type *)cell_new(sizeof(type)))

#endif
