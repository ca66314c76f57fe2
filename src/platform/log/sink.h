/* Where lines go: standard error, whole lines only. Inside log/ only. */
#ifndef PLATFORM_LOG_SINK_H
#define PLATFORM_LOG_SINK_H

#include <stddef.h>

/* Write complete lines. Any thread, but one at a time (log.c's lock). When nobody reads for
 * SINK_PATIENCE_MS the rest is dropped and counted; the count is written as a line of its own as
 * soon as there is room again. Until then nobody waits. */
void sink_write(const char *lines, size_t len);

#define SINK_PATIENCE_MS 1000

#endif
