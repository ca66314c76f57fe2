/* Domain events, written in the transaction that makes them true. Delivers nothing itself. */
#include "platform/outbox/outbox.h"

static const char SQL_OUTBOX_INSERT[] =
    "INSERT INTO outbox (name, key, json, at_us) VALUES ($1, $2, $3, $4)";

const char *const OUTBOX_QUERIES[] = {SQL_OUTBOX_INSERT, NULL};

enum err outbox_put(struct db *db, const char *name, int64_t key, struct str json, int64_t now_us)
{
    return db_run(db, SQL_OUTBOX_INSERT,
                  DB_ARGS(DB_TEXT(str_of(name)), DB_I64(key), DB_TEXT(json), DB_I64(now_us)), NULL);
}
