/* Asks each library for its version: see libraries.h. */
#include "commands/libraries.h"

#include <jansson.h>
#include <libpq-fe.h>
#include <openssl/crypto.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdio.h>
#include <uv.h>
#include <zlib.h>

static const char *openssl_version(void)
{
    return OpenSSL_version(OPENSSL_FULL_VERSION_STRING);
}

static const char *libpq_version(void)
{
    static char text[16];

    snprintf(text, sizeof(text), "%d.%d", PQlibVersion() / 10000, PQlibVersion() % 10000);
    return text;
}

const struct library LIBRARIES[LIBRARIES_N] = {
    {"sqlite", sqlite3_libversion},
    {"openssl", openssl_version},
    {"libpq", libpq_version},
    {"libuv", uv_version_string},
    {"sodium", sodium_version_string},
    {"jansson", jansson_version_str},
    {"zlib", zlibVersion},
};
