/* What `backup` and `restore` share: the parts of a backup, folders of their own that go again, and
 * the PostgreSQL tools. Used by nobody else. */
#ifndef COMMANDS_BACKUP_BACKUP_H
#define COMMANDS_BACKUP_BACKUP_H

#include "commands/progress.h"
#include "platform/backup/archive.h"
#include "platform/config/config.h"
#include "platform/db/store.h"

#define BACKUP_MANIFEST "backup.json"
#define BACKUP_STORE "bookadate.db"
#define BACKUP_DUMP "bookadate.pgdump"
#define BACKUP_PHOTOS "photos"

/* Each is sealed data's key or signs tokens: 0600, and as secret as the store itself. */
extern const char *const BACKUP_KEYS[]; /* NULL at the end */

/* A folder of our own and all that is in it, two levels deep, as this program makes them. Links are
 * removed, never followed. */
void backup_remove_folder(const char *path);

/* One backup to a file, or restore into a directory, at a time: hold a folder until the process
 * ends. False, with errno: another does, or it is none. */
bool backup_hold(const char *path);

/* Run pg_dump or pg_restore on the database that `url` names, to its end; the password travels in
 * the environment, never as a word that others on the machine can read. ERR_UNAVAILABLE: it is not
 * installed or failed (it has said why on standard error). */
enum err backup_pg_tool(const char *url, const char *const words[], struct arena *a,
                        const char **ret_why);

/* The names of all photos that the store knows, in the arena; each `struct str`. */
enum err backup_photo_names(struct store *store, struct arena *a, struct rows *ret);

#endif
