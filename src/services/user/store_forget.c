/* An account's rows, deleted. What other services keep of the person is theirs to delete. */
#include "services/user/sql.h"
#include "services/user/store.h"

const char SQL_USER_FORGET_FILES[] =
    "INSERT INTO user_photo_trash (name, after_us) "
    "SELECT name, CAST($2 AS BIGINT) FROM user_photos WHERE owner = $1";
const char SQL_USER_FORGET_PHOTOS[] = "DELETE FROM user_photos WHERE owner = $1";
const char SQL_USER_FORGET_DOCUMENTS[] = "DELETE FROM user_documents WHERE registration IN "
                                         "(SELECT id FROM user_registrations WHERE person = $1)";
const char SQL_USER_FORGET_REGISTRATION[] = "DELETE FROM user_registrations WHERE person = $1";
const char SQL_USER_FORGET_PREFERENCES[] = "DELETE FROM user_preferences WHERE number = $1";
const char SQL_USER_FORGET_NUMBERS[] = "DELETE FROM user_numbers WHERE owner = $1";
const char SQL_USER_FORGET_ACCOUNT[] = "DELETE FROM users WHERE number = $1";
const char SQL_USER_GONE[] = "INSERT INTO user_gone (number, at_us) VALUES ($1, $2)";

enum err user_forget(struct db *db, int64_t number, int64_t now_us)
{
    static const char *const OWN[] = {SQL_USER_FORGET_PHOTOS, SQL_USER_FORGET_DOCUMENTS,
                                      SQL_USER_FORGET_REGISTRATION, SQL_USER_FORGET_PREFERENCES,
                                      SQL_USER_FORGET_NUMBERS};

    enum err e = db_run(db, SQL_USER_FORGET_FILES, DB_ARGS(DB_I64(number), DB_I64(now_us)), NULL);
    for (size_t i = 0; e == OK && i < sizeof OWN / sizeof OWN[0]; i++)
        e = db_run(db, OWN[i], DB_ARGS(DB_I64(number)), NULL);
    if (e == OK)
        e = db_run_one(db, SQL_USER_FORGET_ACCOUNT, DB_ARGS(DB_I64(number)));
    return e == OK ? db_run(db, SQL_USER_GONE, DB_ARGS(DB_I64(number), DB_I64(now_us)), NULL) : e;
}
