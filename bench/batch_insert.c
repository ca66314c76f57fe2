/* The bare SQLite loop that durable writes are compared with: rows of venue_slots, 256 a commit, with the settings of the
 * program's writer but a log ten times as long, with which this loop is fastest; and how often a second this disk does an fdatasync. No part of the product.
 *
 * usage: batch_insert DATABASE SECONDS   (a database that `bookadate migrate` made, with venues 1–200)
 * Prints: rows a second, fdatasyncs of an appended 16 KB a second. */
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BATCH 256
#define VENUES 200
#define SLOTS (VENUES * INT64_C(200) * 1440) /* 200 days from today, each minute */
#define STRIDE INT64_C(7368787)              /* a prime: each slot once, in an order that jumps */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, int wanted, sqlite3 *db)
{
    if (rc != wanted) {
        fprintf(stderr, "batch_insert: %s\n", sqlite3_errmsg(db));
        exit(1);
    }
}

static int64_t insert_for(sqlite3 *db, double seconds)
{
    sqlite3_stmt *insert;
    int64_t n = 0, today = time(NULL) / 86400;
    double end = now() + seconds;

    must(sqlite3_prepare_v2(db, "INSERT INTO venue_slots (venue_id, date, time, created_at) VALUES (?, ?, ?, ?)", -1,
                            &insert, NULL), SQLITE_OK, db);
    while (now() < end) {
        must(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK, db);
        for (int i = 0; i < BATCH; i++, n++) {
            int64_t slot = n * STRIDE % SLOTS;
            sqlite3_bind_int64(insert, 1, 1 + slot % VENUES);
            sqlite3_bind_int64(insert, 2, today + 1 + slot / VENUES / 1440);
            sqlite3_bind_int64(insert, 3, slot / VENUES % 1440);
            sqlite3_bind_int64(insert, 4, n);
            must(sqlite3_step(insert), SQLITE_DONE, db);
            sqlite3_reset(insert);
        }
        must(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_OK, db);
    }
    sqlite3_finalize(insert);
    return n;
}

static double syncs(const char *beside, double seconds)
{
    char path[4096], page[16384] = {0};
    int64_t n = 0;

    snprintf(path, sizeof path, "%s.sync", beside);
    int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    if (fd < 0)
        return 0;
    for (double end = now() + seconds; now() < end; n++)
        if (write(fd, page, sizeof page) != (ssize_t)sizeof page || fdatasync(fd) != 0)
            break;
    close(fd);
    unlink(path);
    return (double)n / seconds;
}

int main(int argc, char **argv)
{
    sqlite3 *db;

    if (argc != 3)
        return 2;
    double seconds = atof(argv[2]);
    must(sqlite3_open(argv[1], &db), SQLITE_OK, db);
    must(sqlite3_exec(db,
                      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536;"
                      "PRAGMA wal_autocheckpoint = 20000",
                      NULL, NULL, NULL), SQLITE_OK, db);
    double begun = now();
    int64_t n = insert_for(db, seconds);
    printf("%.0f ", (double)n / (now() - begun));
    sqlite3_close(db);
    printf("%.0f\n", syncs(argv[1], 1));
    return 0;
}
