/* What the machine gives: the folder, the disk, files, the clock, ports. See doctor.h. */
#include "commands/doctor/doctor.h"
#include "commands/libraries.h"

#include "base/datetime.h"
#include "base/str.h"
#include "platform/clock.h"
#include "platform/http/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define DISK_BAD_BYTES (INT64_C(100) << 20)
#define DISK_NOTE_BYTES (INT64_C(1) << 30)
#define SYNC_TIMES 15
#define SYNC_NOTE_US 20000
#define FILES_BESIDE 512 /* as the server asks for */

void doctor_folder(struct doctor *d)
{
    const char *dir = d->config.data_dir;
    struct stat st;

    if (stat(dir, &st) != 0) {
        doctor_add(d, "data directory", FINDING_GOOD, NULL, "%s is not there yet; `run` makes it",
                   dir);
        return;
    }
    if (!S_ISDIR(st.st_mode) || access(dir, R_OK | W_OK | X_OK) != 0)
        doctor_add(d, "data directory", FINDING_BAD,
                   "Give it to the user that runs the program, or set BOOKADATE_DATA_DIR",
                   "%s cannot be written", dir);
    else if ((st.st_mode & 077) != 0)
        doctor_add(d, "data directory", FINDING_NOTE, "chmod 700 it",
                   "%s can be entered by other users of this machine", dir);
    else
        doctor_add(d, "data directory", FINDING_GOOD, NULL, "%s is ours alone", dir);
}

/* The data directory, or where it will be. */
static const char *nearest(const char *dir)
{
    return access(dir, W_OK | X_OK) == 0 ? dir : ".";
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The median of some small durable writes; -1: it cannot be measured. */
static int64_t sync_us(const char *dir, struct arena *a)
{
    char block[4096] = {0};
    int64_t times[SYNC_TIMES];
    int n = 0;
    int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

    (void)a;
    for (; fd >= 0 && n < SYNC_TIMES; n++) {
        int64_t begun_us = clock_monotonic_us();
        if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block) || fdatasync(fd) != 0)
            break;
        times[n] = clock_monotonic_us() - begun_us;
    }
    if (fd >= 0)
        close(fd);
    if (n < SYNC_TIMES)
        return -1;
    qsort(times, SYNC_TIMES, sizeof(times[0]), by_value);
    return times[SYNC_TIMES / 2];
}

void doctor_disk(struct doctor *d)
{
    const char *dir = nearest(d->config.data_dir);
    struct statvfs fs;

    if (statvfs(dir, &fs) == 0) {
        int64_t bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
        enum finding_state state = bytes < DISK_BAD_BYTES    ? FINDING_BAD
                                   : bytes < DISK_NOTE_BYTES ? FINDING_NOTE
                                                             : FINDING_GOOD;
        doctor_add(d, "disk space", state,
                   state == FINDING_GOOD ? NULL : "Make room: a full disk is 503 for every write",
                   "%lld MB are free", (long long)(bytes >> 20));
    }
    int64_t us = sync_us(dir, &d->arena);
    if (us < 0)
        doctor_add(d, "fsync", FINDING_NOTE, NULL, "%s cannot be measured", dir);
    else
        doctor_add(d, "fsync", us > SYNC_NOTE_US ? FINDING_NOTE : FINDING_GOOD,
                   us > SYNC_NOTE_US ? "A write waits at least this long: use a local SSD" : NULL,
                   "a durable write takes %.2f ms", (double)us / 1000);
}

void doctor_files(struct doctor *d)
{
    struct rlimit limit;
    rlim_t want = 2 * (rlim_t)d->config.connections_max + FILES_BESIDE;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    bool enough = limit.rlim_max >= want;
    doctor_add(d, "open files", enough ? FINDING_GOOD : FINDING_NOTE,
               enough ? NULL
                      : "Raise the limit (LimitNOFILE= in the unit), or lower "
                        "BOOKADATE_CONNECTIONS_MAX",
               "%llu are allowed, %llu are asked for by BOOKADATE_CONNECTIONS_MAX",
               (unsigned long long)limit.rlim_max, (unsigned long long)want);
}

void doctor_clock(struct doctor *d)
{
    struct timex t = {0};
    bool kept = adjtimex(&t) != TIME_ERROR;
    char day[DATE_LEN];

    date_format(date_of_us(clock_now_us()), day);
    doctor_add(d, "clock", kept ? FINDING_GOOD : FINDING_NOTE,
               kept ? NULL : "Run chrony or systemd-timesyncd: tokens and dates depend on it",
               "it is %.*s UTC; the clock is %s by time servers", DATE_LEN, day,
               kept ? "kept" : "not kept");
}

void doctor_ports(struct doctor *d)
{
    static const char *const NAMES[] = {"gateway", "chat",     "matching", "booking",
                                        "venue",   "faceauth", "user"};
    struct str addresses = str_of(d->config.bind);
    struct str first = arena_str(&d->arena, str_trim(str_cut(&addresses, ',')));
    int n = d->config.direct_ports ? 7 : 1;
    int taken = 0;

    for (int i = 0; i < n; i++) {
        struct http_listener l = {.address = first.ptr, .port = (int)d->config.port_base + i};
        const char *why = NULL;
        enum err e = listen_probe(&l, &d->arena, &why);
        taken += e != OK;
        if (e != OK && taken == 1)
            doctor_add(d, "ports", FINDING_NOTE,
                       "When that is not a BOOKADATE that runs already: set BOOKADATE_PORT_BASE",
                       "%s (%s)", why, NAMES[i]);
    }
    if (taken == 0)
        doctor_add(d, "ports", FINDING_GOOD, NULL, "%lld to %lld are free",
                   (long long)d->config.port_base, (long long)d->config.port_base + n - 1);
}

void doctor_libraries(struct doctor *d)
{
    struct buf b = buf_new(&d->arena, 256);

    for (size_t i = 0; i < LIBRARIES_N; i++)
        buf_printf(&b, "%s%s %s", i > 0 ? ", " : "", LIBRARIES[i].name, LIBRARIES[i].version());
    doctor_add(d, "libraries", FINDING_GOOD, NULL, "%.*s", STR_ARG(buf_view(&b)));
}
