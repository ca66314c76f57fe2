/* This process as Linux counts it, under the names that Prometheus' client libraries use. */
#include "platform/metrics/metrics.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What of proc(5)'s stat is told, by its number there; the name in field 2 may hold anything. */
enum stat_field {
    STAT_USER = 14,
    STAT_SYSTEM = 15,
    STAT_THREADS = 20,
    STAT_START = 22,
    STAT_VIRTUAL_BYTES = 23,
    STAT_RESIDENT_PAGES = 24,
    STAT_FIELDS,
};

static bool read_file(const char *path, char *room, size_t size)
{
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return false;
    size_t n = fread(room, 1, size - 1, f);
    fclose(f);
    room[n] = '\0';
    return n > 0;
}

static bool read_stat(double ret[STAT_FIELDS])
{
    char text[1024];

    if (!read_file("/proc/self/stat", text, sizeof(text)))
        return false;
    char *at = strrchr(text, ')');
    if (at == NULL || strlen(at) < 4)
        return false;
    at += 3; /* ") S": the state, field 3 */
    for (size_t i = 4; i < STAT_FIELDS; i++)
        ret[i] = (double)strtoll(at, &at, 10);
    return true;
}

/* Seconds since 1970 when the machine started. Other lines may be longer than the room. */
static double boot_seconds(void)
{
    char text[256];
    long long at = 0;
    FILE *f = fopen("/proc/stat", "re");

    while (f != NULL && at == 0 && fgets(text, sizeof(text), f) != NULL)
        if (strncmp(text, "btime ", 6) == 0)
            at = strtoll(text + 6, NULL, 10);
    if (f != NULL)
        fclose(f);
    return (double)at;
}

/* Linux 6.2 and later tell the number as the folder's size; else they are listed. */
static double open_files(void)
{
    struct stat st;
    double n = 0;

    if (stat("/proc/self/fd", &st) == 0 && st.st_size > 0)
        return (double)st.st_size;
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return 0;
    for (struct dirent *d; (d = readdir(dir)) != NULL;)
        n += d->d_name[0] != '.';
    closedir(dir);
    return n - 1; /* the one that lists them */
}

void metrics_process(struct buf *b)
{
    double s[STAT_FIELDS] = {0};
    struct rlimit files = {0};
    double ticks = (double)sysconf(_SC_CLK_TCK);

    if (!read_stat(s) || getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    metrics_one(b, "process_cpu_seconds_total", METRIC_COUNTER, "User and system time",
                (s[STAT_USER] + s[STAT_SYSTEM]) / ticks);
    metrics_one(b, "process_start_time_seconds", METRIC_GAUGE, "Start, in seconds since 1970",
                boot_seconds() + s[STAT_START] / ticks);
    metrics_one(b, "process_resident_memory_bytes", METRIC_GAUGE, "Resident memory",
                s[STAT_RESIDENT_PAGES] * (double)sysconf(_SC_PAGESIZE));
    metrics_one(b, "process_virtual_memory_bytes", METRIC_GAUGE, "Virtual memory",
                s[STAT_VIRTUAL_BYTES]);
    metrics_one(b, "process_open_fds", METRIC_GAUGE, "Open file descriptors", open_files());
    metrics_one(b, "process_max_fds", METRIC_GAUGE, "Most file descriptors",
                (double)files.rlim_cur);
    metrics_one(b, "process_threads", METRIC_GAUGE, "Threads", s[STAT_THREADS]);
}
