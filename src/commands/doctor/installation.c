/* What is installed: the store, secrets, the certificate, models. See doctor.h. Changes nothing. */
#include "commands/doctor/doctor.h"
#include "commands/front_tls.h"

#include "base/str.h"
#include "platform/clock.h"
#include "platform/db/backup.h"
#include "platform/db/store.h"
#include "platform/face/face.h"
#include "platform/http/tls_identity.h"

#include <string.h>
#include <sys/stat.h>

void doctor_schema(struct doctor *d, int64_t applied)
{
    int64_t known = 0;

    for (const struct migration *m = MIGRATIONS; m->owner != NULL; m++)
        known++;
    if (applied == known)
        doctor_add(d, "schema", FINDING_GOOD, NULL, "it is this version's");
    else if (applied < known)
        doctor_add(d, "schema", FINDING_NOTE, "`run` brings it up to date: make a backup first",
                   "%lld migration%s to come", (long long)(known - applied),
                   known - applied == 1 ? " is" : "s are");
    else
        doctor_add(d, "schema", FINDING_BAD, "Run the version that made it, or a newer one",
                   "it is a newer version's");
}

void doctor_store(struct doctor *d)
{
    struct str path = arena_printf(&d->arena, "%s/bookadate.db", d->config.data_dir);
    const char *why = NULL;

    if (d->config.database_url[0] != '\0') {
        doctor_postgres(d);
        return;
    }
    enum err e = store_file_quick_check(path.ptr, &d->arena, &why);
    if (e == ERR_NOT_FOUND) {
        doctor_add(d, "store", FINDING_GOOD, NULL, "there is none yet; `run` makes it");
    } else if (e == OK) {
        doctor_add(d, "store", FINDING_GOOD, NULL, "SQLite in %s is sound (quick_check)",
                   d->config.data_dir);
        doctor_schema(d, store_file_migrations(path.ptr, &d->arena));
    } else
        doctor_add(
            d, "store", FINDING_BAD,
            "Stop the server, keep a copy of the directory, and `bookadate restore` the last "
            "backup",
            "%s", why);
}

void doctor_secret(struct doctor *d)
{
    struct str path = arena_printf(&d->arena, "%s/token.key", d->config.data_dir);
    struct stat st;

    if (d->config.token_secret[0] != '\0')
        doctor_add(d, "token secret", FINDING_GOOD, NULL, "it is given in the settings");
    else if (d->config.profile == PROFILE_PRODUCTION)
        doctor_add(d, "token secret", FINDING_BAD, "Set BOOKADATE_TOKEN_SECRET",
                   "none is given, and production makes none");
    else if (stat(path.ptr, &st) != 0)
        doctor_add(d, "token secret", FINDING_GOOD, NULL,
                   "there is none yet; `run` makes one in %s", path.ptr);
    else if ((st.st_mode & 077) != 0)
        doctor_add(d, "token secret", FINDING_BAD,
                   "chmod 600 it; when others had it, remove it: everybody signs in again",
                   "others on this machine can read %s", path.ptr);
    else
        doctor_add(d, "token secret", FINDING_GOOD, NULL, "%s is ours alone", path.ptr);
}

void doctor_certificate(struct doctor *d)
{
    struct tls_identity *tls = NULL;
    const char *why = NULL;
    int64_t days = 0;

    if (d->config.tls_cert[0] == '\0') {
        bool open = config_reachable(&d->config);
        doctor_add(d, "TLS", open ? FINDING_NOTE : FINDING_GOOD,
                   open ? "Set BOOKADATE_TLS_CERT and BOOKADATE_TLS_KEY, or put a proxy with TLS "
                          "in front"
                        : NULL,
                   "no certificate: plain HTTP%s", open ? " on an address that others reach" : "");
        return;
    }
    if (front_tls_open(&d->config, &d->arena, &tls, &why) != OK) {
        doctor_add(d, "TLS", FINDING_BAD, "Put the right files in place", "%s", why);
        return;
    }
    bool soon = front_tls_ends_soon(tls, clock_now_us(), &days);
    doctor_add(d, "TLS", soon ? FINDING_NOTE : FINDING_GOOD,
               soon ? "Put a new one in its place, then send SIGHUP" : NULL,
               "the certificate is good for %lld days", (long long)days);
    tls_identity_free(tls);
}

void doctor_models(struct doctor *d)
{
    const struct face_options options = {.models = d->config.face_models,
                                         .runtime = d->config.face_runtime};
    struct face_engine *engine = face_open(&options);
    const char *why = "not installed";
    bool ready = face_ready(engine, &why);

    doctor_add(d, "face models", ready ? FINDING_GOOD : FINDING_NOTE,
               ready ? NULL : "Face checks answer 503 without them; everything else works", "%s",
               ready ? face_model(engine)->name : why);
    face_close(engine);
}
