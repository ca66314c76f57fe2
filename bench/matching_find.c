/* How long `find` takes among many: fills a store with people who opted in, compares searches with
 * a scan of everybody, then looks for partners; a line of JSON for each kind of request and round.
 * Not a test (tests/store/test_matching.c is).
 *
 * usage: bench_matching_find PLACE [people 1000000] [finds 2000] [rounds 1]
 * PLACE is a folder, for SQLite, or a postgres:// URL; it keeps the people for the next run. Times
 * end before the commit; "cpu" is what this thread computed, and with PostgreSQL the process there
 * that serves it. */
#include "matching_scan.h"
#include "samples.h"

#include "base/datetime.h"
#include "platform/app.h"
#include "platform/clock.h"
#include "platform/db/store.h"
#include "services/matching/pairs.h"
#include "services/matching/people.h"
#include "services/matching/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CITIES 200
#define WORDS 2000
#define PASTS 5000
#define PICKY 10 /* people who rejected that many */
#define BATCH 1000
#define CHECKED 100 /* searches that are compared with a scan of everybody */

extern const struct migration MIGRATIONS[];

/* Those that matching needs, so that the people last while other services' tables change. */
static const struct migration *matching_migrations(struct arena *life)
{
    size_t n = 0;
    for (const struct migration *m = MIGRATIONS; m->owner != NULL; m++)
        n++;
    struct migration *list = ARENA_ARRAY(life, n + 1, struct migration);
    n = 0;
    for (const struct migration *m = MIGRATIONS; m->owner != NULL; m++)
        if (strcmp(m->owner, "matching") == 0 || strcmp(m->owner, "platform") == 0)
            list[n++] = *m;
    return list;
}

static const char SQL_BENCH_PEOPLE[] = "SELECT COUNT(*) FROM match_seekers";

static const char SQL_BENCH_SERVED_BY[] = "SELECT CAST(pg_backend_pid() AS BIGINT)";

/* Answered once everything before it has run. */
static const char SQL_BENCH_DONE[] = "SELECT 1";
static const char SQL_BENCH_FORGET[] = "DELETE FROM match_pasts WHERE person = $1";
/* Whoever comes first for somebody of this age, kind, city and birth; the rest is left to fits().
 */
static const char SQL_BENCH_FIRST[] =
    "SELECT person FROM match_reach WHERE band = $1 AND kind = $2 AND dob BETWEEN $3 AND $4 AND "
    "age_min <= $5 AND age_max >= $5 AND ($6 = 0 OR city IN (0, $6)) ORDER BY reach_rank, person "
    "LIMIT $7";

static struct config config = {.matching_age_stretch_years = 2, .match_expiry_days = 7};
static struct app app = {.config = &config};
static struct arena a;
static struct db *db;
static uint64_t seed = 88172645463325252u;
static int64_t now_us;

static int64_t chance(int64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)((seed >> 11) % (uint64_t)n);
}

/* Small numbers often, large ones rarely. */
static int64_t skewed(int64_t n)
{
    return chance(1 + chance(n));
}

static void must(enum err e)
{
    if (e == OK)
        return;
    fprintf(stderr, "%s: %s\n", err_name(e), db_error(db));
    exit(1);
}

/* ── People ── */

static struct tx tx_now(void)
{
    arena_reset(&a);
    return (struct tx){&app, db, &a, now_us};
}

static void opt_in(int64_t person)
{
    static const char *const GENDERS[] = {"male", "female", "non-binary", "other"};
    struct tx tx = tx_now();
    int64_t gender = chance(30) == 0 ? 2 + chance(2) : chance(2);
    int64_t seeking = chance(12) == 0 ? gender : 1 - (gender & 1);
    int64_t age = 18 + chance(15) + chance(15) + chance(20);
    struct buf words = buf_new(&a, 128);
    for (int64_t i = chance(8); i > 0; i--)
        buf_printf(&words, "interest %lld,", (long long)skewed(WORDS));
    struct seeker saved,
        wanted = {
            .person = person,
            .user_id = person,
            .gender = str_of(GENDERS[gender]),
            .seeking_gender = chance(15) == 0 ? STR("any") : str_of(GENDERS[seeking]),
            .age_min = age - 3 - chance(6),
            .age_max = age + 3 + chance(6),
            .interests = buf_view(&words),
            .dob = date_of_us(now_us) - age * 365 - chance(365),
        };
    struct str city =
        chance(10) == 0 ? STR_NULL : arena_printf(&a, "city %lld", (long long)skewed(CITIES));
    bool is_new;
    if (wanted.age_min < AGE_LEAST)
        wanted.age_min = AGE_LEAST;
    must(person_save(&tx, &wanted, city, &saved, &is_new));
}

static void fill(int64_t people)
{
    int64_t have = 0;
    must(db_int(db, SQL_BENCH_PEOPLE, DB_NO_ARGS, &have));
    for (int64_t person = have + 1; person <= people; person += BATCH) {
        must(db_begin(db));
        for (int64_t i = 0; i < BATCH; i++) {
            now_us =
                clock_now_us() - (people - person - i) * 100000; /* active at different hours */
            opt_in(person + i);
        }
        must(db_commit(db));
        db_tidy(db);
        if (person % 100000 == 1)
            fprintf(stderr, "%lld people\n", (long long)person - 1);
    }
}

struct find_job {
    int64_t person;
    int64_t match; /* to be rejected */
    struct match_row *m;
    struct sample sample;
};

/* PostgreSQL is sent some statements only with the next one or with COMMIT: these count, too. */
static void await_posted(void)
{
    int64_t one;
    if (served_by[0])
        must(db_int(db, SQL_BENCH_DONE, DB_NO_ARGS, &one));
}

static bool run_find(struct db *unused, void *arg)
{
    struct find_job *job = arg;
    struct seeker x;
    struct tx tx = tx_now();
    (void)unused;
    must(seeker_get(&tx, job->person, &x));
    job->sample = begin_sample(x.city_key != CITY_NONE);
    enum err e = pair_find(&tx, job->person, job->person, job->m);
    await_posted();
    end_sample(&job->sample);
    must(e == ERR_BAD_REQUEST ? OK : e);
    return true;
}

/* The find of one person, up to its commit. */
static void time_find(int64_t person, struct samples *all, struct match_row *m)
{
    struct find_job job = {.person = person, .m = m};
    now_us = clock_now_us();
    must(db_transaction(db, run_find, &job));
    add_sample(all, &job.sample);
    db_tidy(db); /* as the writer does after each batch */
}

/* Returns whom. 0: nobody. */
static int64_t time_search(int64_t person, struct samples *all)
{
    now_us = clock_now_us();
    struct tx tx = tx_now();
    struct seeker x;
    struct found found = {.person = 0};
    must(db_begin(db));
    must(seeker_get(&tx, person, &x));
    struct sample s = begin_sample(x.city_key != CITY_NONE);
    enum err e = search_partner(&tx, &x, SEARCH_EVERYBODY, &found);
    end_sample(&s);
    add_sample(all, &s);
    must(db_commit(db));
    must(e == ERR_NOT_FOUND ? OK : e);
    return e == OK ? found.person : 0;
}

static bool run_reject(struct db *unused, void *arg)
{
    struct find_job *job = arg;
    struct match_row m;
    struct tx tx = tx_now();
    (void)unused;
    job->sample = begin_sample(true);
    must(pair_decide(&tx, job->match, job->person, MATCH_REJECT, &m).err);
    await_posted();
    end_sample(&job->sample);
    return true;
}

static void time_reject(int64_t match, int64_t person, struct samples *all)
{
    struct find_job job = {.person = person, .match = match};
    must(db_transaction(db, run_reject, &job));
    add_sample(all, &job.sample);
    db_tidy(db);
}

static void bench_finds(int64_t people, size_t n)
{
    static struct samples searches, finds, rejects;
    struct match_row m;
    searches.n = finds.n = rejects.n = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t person = 1 + chance(people);
        time_search(person, &searches);
        time_find(person, &finds, &m);
        if (m.id != -1)
            time_reject(m.id, person, &rejects);
    }
    print_samples("search", &searches);
    print_samples("find", &finds);
    print_some("reject", "all", &rejects, -1);
}

/* How many answers of the search are those of a scan. */
static void compare(int64_t people)
{
    static struct samples unused;
    struct arena life;
    struct scan scan;
    int same = 0;
    arena_init(&life);
    now_us = clock_now_us();
    struct tx tx = tx_now();
    must(scan_load(&scan, &tx, &life, people));
    for (int i = 0; i < CHECKED; i++) {
        int64_t expected, person = 1 + chance(people), found = time_search(person, &unused);
        struct seeker x;
        tx = tx_now();
        must(seeker_get(&tx, person, &x));
        must(scan_partner(&scan, &tx, &x, &expected));
        same += found == expected;
    }
    printf("{\"what\": \"compared\", \"n\": %d, \"same\": %d, \"everybody\": %zu}\n", CHECKED, same,
           scan.n);
    fflush(stdout);
    free(scan.everybody);
    free(scan.fitting);
    arena_free(&life);
}

/* Somebody who rejected the PASTS people that would come first; false: there were not that many. */
static bool reject_first(int64_t person)
{
    struct seeker x;
    struct rows rows;
    int64_t first, last;
    struct tx tx = tx_now();

    must(seeker_get(&tx, person, &x));
    int64_t today = date_of_us(now_us), age = age_on(x.dob, today);
    accepted_births(x.age_min, x.age_max, today, 0, &first, &last);
    must(db_all(db, &a, SQL_BENCH_FIRST, &MATCH_PERSON_ROW, &rows,
                DB_ARGS(DB_I64(age_band(age)), DB_I64(kind_of(x.seeking_key, x.gender_key)),
                        DB_I64(first), DB_I64(last), DB_I64(age), DB_I64(x.city_key),
                        DB_I64(PASTS))));
    if (x.seeking_key == GENDER_ANY || rows.n < PASTS)
        return false;
    const struct person_row *others = rows.items;
    must(db_begin(db));
    must(db_run(db, SQL_BENCH_FORGET, DB_ARGS(DB_I64(person)), NULL));
    for (size_t i = 0; i < rows.n; i++)
        must(past_put(&tx, person, others[i].person));
    must(db_commit(db));
    db_tidy(db);
    return true;
}

static void bench_pasts(int64_t people)
{
    static struct samples times;
    times.n = 0;
    for (int i = 0; i < PICKY;) {
        int64_t person = 1 + chance(people);
        if (!reject_first(person))
            continue;
        for (int j = 0; j < 50; j++)
            time_search(person, &times);
        must(db_begin(db));
        must(db_run(db, SQL_BENCH_FORGET, DB_ARGS(DB_I64(person)), NULL));
        must(db_commit(db));
        i++;
    }
    print_some("search after 5,000 rejections", "all", &times, -1);
}

static void find_server(void)
{
    int64_t pid;
    if (strcmp(db_dialect(db), "postgres") != 0)
        return;
    must(db_int(db, SQL_BENCH_SERVED_BY, DB_NO_ARGS, &pid));
    snprintf(served_by, sizeof(served_by), "/proc/%lld/schedstat", (long long)pid);
}

int main(int argc, char **argv)
{
    const char *why = "";
    struct store *store;
    struct arena life;
    int64_t people = argc > 2 ? atoll(argv[2]) : 1000000;
    int64_t finds = argc > 3 ? atoll(argv[3]) : 2000;

    int rounds = argc > 4 ? atoi(argv[4]) : 1;

    if (argc < 2) {
        fprintf(stderr, "usage: %s PLACE [people] [finds] [rounds]\n", argv[0]);
        return 2;
    }
    arena_init(&life);
    arena_init(&a);
    bool url = strncmp(argv[1], "postgres", 8) == 0;
    struct store_options options = {.data_dir = url ? "." : argv[1],
                                    .database_url = url ? argv[1] : "",
                                    .migrations = url ? MIGRATIONS : matching_migrations(&life)};
    if (store_open(&options, &life, &store, &why) != OK || store_writer(store, &db) != OK) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    find_server();
    fill(people);
    if (rounds > 0)
        compare(people);
    for (round_now = 0; round_now < rounds; round_now++) {
        bench_finds(people, (size_t)finds);
        if (!served_by[0] && people >= 20 * PASTS) /* PostgreSQL takes minutes to hear of so many */
            bench_pasts(people);
    }
    store_db_close(db);
    store_close(store);
    arena_free(&a);
    arena_free(&life);
    return 0;
}
