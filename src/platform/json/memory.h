/* What jansson keeps while a text is parsed. */
#ifndef PLATFORM_JSON_MEMORY_H
#define PLATFORM_JSON_MEMORY_H

/* Make jansson wipe all memory that it gives back. Once, before anything is parsed and before other
 * threads. */
void json_memory_wiped(void);

#endif
