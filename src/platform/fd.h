/* Writing to open files. Opens and names nothing. */
#ifndef PLATFORM_FD_H
#define PLATFORM_FD_H

#include "base/str.h"

/* Write all of it where fd stands. Blocks; not on disk before fsync(). False: errno says why, and
 * part of it may be written. */
bool fd_write_all(int fd, struct str bytes);

#endif
