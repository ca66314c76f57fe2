/* Single objects from the heap; must not know what they are. */
#include "base/cell.h"

#include <stdlib.h>
#include <unistd.h>

void *cell_new(size_t size)
{
    return cell_must(calloc(1, size));
}

void *cell_must(void *p)
{
    static const char said[] = "bookadate: out of memory\n";

    if (p == NULL) {
        ssize_t ignored = write(STDERR_FILENO, said, sizeof(said) - 1);
        (void)ignored;
        abort();
    }
    return p;
}

void cell_free(void *cell)
{
    free(cell);
}
