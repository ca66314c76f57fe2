/* The 512 bytes in front of each entry of a tar: made and read. No I/O. */
#ifndef PLATFORM_BACKUP_TAR_H
#define PLATFORM_BACKUP_TAR_H

#include <stdbool.h>
#include <stdint.h>

#define TAR_BLOCK 512
#define TAR_NAME_MAX 99

/* name: at most TAR_NAME_MAX bytes. */
void tar_write(uint8_t block[TAR_BLOCK], const char *name, int64_t bytes, int64_t now_s);
enum tar_kind {
    TAR_FILE,
    TAR_END,   /* a block of zeros */
    TAR_OTHER, /* a link, a folder, a device, anything but a plain file */
    TAR_BROKEN,
};
/* name has TAR_NAME_MAX + 1 bytes. */
enum tar_kind tar_read(const uint8_t block[TAR_BLOCK], char *ret_name, int64_t *ret_bytes);
/* May a backup have an entry of this name? Nothing else is ever written to the disk. */
bool tar_name_allowed(const char *name);

#endif
