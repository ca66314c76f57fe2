/* One job as one transaction, run again when the store ended it for another's sake. Knows no SQL
 * and no store. */
#include "platform/db/driver.h"

#include "platform/clock.h"

#include <unistd.h>

#define TRIES_MOST 16
#define DOUBLINGS_MOST 6
#define PAUSE_FIRST_US 1000u

/* A random part of a pause that doubles: two that met shall not meet again. */
static void pause_before(int tries)
{
    uint32_t n;

    random_fill(&n, sizeof n);
    usleep(n % (PAUSE_FIRST_US << (tries < DOUBLINGS_MOST ? tries : DOUBLINGS_MOST)));
}

static enum err run_once(struct db *db, bool (*run)(struct db *db, void *arg), void *arg)
{
    db->error[0] = '\0';
    enum err e = db_begin(db);
    if (e != OK)
        return e;
    bool keep = run(db, arg);
    /* The last of it failed and the rest shall stay. */
    if (keep && db->again == DB_AGAIN_NO && !db->begin_wanted &&
        db->driver->transaction(db) == DB_TX_FAILED)
        db->again = DB_AGAIN_CAREFUL;
    if (keep && db->again == DB_AGAIN_NO)
        return db_commit(db);
    db_rollback(db);
    return db->again == DB_AGAIN_NO ? OK : ERR_UNAVAILABLE;
}

enum err db_read_again(struct db *db)
{
    if (db->in_transaction && db->driver->begins_late)
        db->again = DB_AGAIN_SOON;
    return ERR_CONFLICT;
}

enum err db_transaction(struct db *db, bool (*run)(struct db *db, void *arg), void *arg)
{
    bool careful = db->careful;
    enum err e;

    if (db->in_transaction)
        return db_fail(db, ERR_INTERNAL, "db_transaction: in a transaction already");
    db->careful = false;
    for (int tries = 0;; tries++) {
        db->runs_before = tries;
        e = run_once(db, run, arg);
        if (db->again == DB_AGAIN_NO || tries == TRIES_MOST)
            break;
        if (db->again == DB_AGAIN_CAREFUL)
            db->careful = true;
        else
            pause_before(tries);
    }
    db->careful = careful;
    db->runs_before = 0;
    return e;
}
