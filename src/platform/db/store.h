/* The store as the process owns it: opened once, migrated, with the connections and the writer that
 * handlers run on. Only main, the work queues and tests include this; services see db.h. */
#ifndef PLATFORM_DB_STORE_H
#define PLATFORM_DB_STORE_H

#include "platform/db/db.h"

struct store;

/* One numbered step of one owner's schema, embedded from migrations/NNNN_name.sql. */
struct migration {
    const char *owner; /* "user"; "platform" for what services share */
    int number;        /* 1, 2, 3 … an owner, without gaps */
    const char *name;  /* "0001_init" */
    const char *sql;   /* {{identity}} stands for the store's identity column */
};

struct store_options {
    const char *data_dir;               /* SQLite: bookadate.db lies here */
    const char *database_url;           /* "" is SQLite */
    const struct migration *migrations; /* ends with owner NULL */
    /* An admin command: when a server holds the store, work beside it. Never migrates then: a
     * schema that is not exactly this program's is refused. */
    bool guest;
    int log_pages; /* SQLite: length of the write-ahead log at which db_tidy empties it; 0: 2,000
                    */
    int64_t timeout_us; /* PostgreSQL: the most that one statement may take; 0: 10 s */
    bool unprepared;    /* PostgreSQL: no prepared statements, for poolers that lose them */
};

/* All of the program's, made by the build. */
extern const struct migration MIGRATIONS[];

/* Open and migrate. On failure *ret_why is one sentence for the terminal (in the arena): a
 * directory that is not writable, a second process on it, a newer database, a changed migration.
 * SQLite: takes an exclusive lock file for the life of the store. PostgreSQL: migrates under an
 * advisory lock, however many start together. */
enum err store_open(const struct store_options *options, struct arena *a, struct store **ret,
                    const char **ret_why);
/* Every connection must have been closed. */
void store_close(struct store *s);
/* Where it is, for people: "SQLite in ./data", "PostgreSQL at db.example.org/bookadate"; never a
 * password. The store's. */
const char *store_place(const struct store *s);
/* Not to be reached when last tried, and not tried again yet with success. */
bool store_away(const struct store *s);
/* In this process: reads are cheap enough for an event loop, and there is one writer at a time. */
bool store_embedded(const struct store *s);
/* How many migrations store_open applied just now. */
int store_migrations_applied(const struct store *s);

/* A connection for one thread. A reader refuses to write. PostgreSQL: connects at the first use and
 * again whenever the connection was lost, with growing pauses; ERR_UNAVAILABLE until it is back. A
 * process without a store (s NULL: a gateway alone) has NULL for each. */
enum err store_reader(struct store *s, struct db **ret);
enum err store_writer(struct store *s, struct db **ret);
void store_db_close(struct db *db);
/* Between jobs: does its connection stand? PostgreSQL: looks whether the server has closed it, and
 * makes it anew; false with db_error() when there is none to be had. True without a store. */
bool db_ready(struct db *db);

/* Writer only: one transaction around many jobs, a savepoint a job or none (SQLite: BEGIN
 * IMMEDIATE). db_commit runs the hooks after it is durable and makes it visible to snapshots
 * (commit sequence); when it fails nothing of the batch was kept and no hook ran. */
enum err db_begin(struct db *db);
enum err db_savepoint(struct db *db);
/* Instead of a savepoint, for a job that changes rows by one statement at most: a second one fails
 * (ERR_INTERNAL), and so does db_rollback_to after a change. */
enum err db_one_change(struct db *db);
/* Instead of a savepoint, where all jobs of the batch can be run again: when this one's changes
 * would have to be dropped, db_release and db_rollback_to say ERR_CONFLICT and drop nothing; then
 * db_rollback, db_begin, and each job again in its savepoint. */
enum err db_unguarded(struct db *db);
/* Keep the job's changes. ERR_CONFLICT: a deferred constraint of it does not hold; they were
 * dropped instead, and the batch goes on. ERR_UNAVAILABLE: the store has ended the whole batch
 * (disk full): db_rollback. */
enum err db_release(struct db *db);
enum err db_rollback_to(struct db *db); /* drop the job's changes and its hooks */
enum err db_commit(struct db *db);
void db_rollback(struct db *db);
/* A job as one transaction: begin, run, and commit when it returns true, else roll back. PostgreSQL
 * ends some transactions for another's sake (serialization failure, deadlock) or with their
 * connection: run is called again then, a bounded number of times, so it must begin by forgetting
 * what it did before. OK: it is as run said. ERR_UNAVAILABLE: nothing of it was kept, or
 * (connection lost during COMMIT) nobody knows. */
enum err db_transaction(struct db *db, bool (*run)(struct db *db, void *arg), void *arg);
/* Between transactions, after the replies are on their way: housekeeping that the store needs now
 * and then. May take a second. */
void db_tidy(struct db *db);

/* Reader only: one snapshot for all reads until db_snapshot_end, reopened by itself when the writer
 * has committed since. Cheap to call before every read; an event loop ends it in its prepare phase.
 */
enum err db_snapshot_use(struct db *db);
void db_snapshot_end(struct db *db);

/* Prepare without running; ERR_INTERNAL with db_error() when the store does not accept it. For
 * tests. */
enum err db_prepare_only(struct db *db, const char *sql);

#endif
