/* How long `find` takes among many: fills a store with people who opted in, then looks for partners
 * and prints the time of each find up to its commit. Not a test; makes no claim about answers
 * (tests/store/test_matching.c does).
 *
 * usage: bench_matching_find DIR [people 1000000] [finds 2000]
 * DIR keeps the people for the next run. */
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
#include <time.h>

#define CITIES 200
#define WORDS 2000
#define PASTS 5000
#define PICKY 10 /* people who rejected that many */
#define BATCH 1000

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

/* The time this thread computed, µs: what other programs on the machine take does not count. */
static int64_t cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

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
        if (person % 100000 == 1)
            fprintf(stderr, "%lld people\n", (long long)person - 1);
    }
}

static int by_time(const void *x, const void *y)
{
    const int64_t *p = x, *q = y;
    return (*p > *q) - (*p < *q);
}

static void print_times(const char *what, int64_t *us, size_t n)
{
    qsort(us, n, sizeof(*us), by_time);
    printf("%-44s p50 %.2f  p90 %.2f  p99 %.2f  most %.2f ms (%zu)\n", what,
           (double)us[n / 2] / 1e3, (double)us[n * 9 / 10] / 1e3, (double)us[n * 99 / 100] / 1e3,
           (double)us[n - 1] / 1e3, n);
}

/* The find of one person, up to its commit. */
static int64_t time_find(int64_t person, struct match_row *m)
{
    now_us = clock_now_us();
    must(db_begin(db));
    struct tx tx = tx_now();
    int64_t start_us = cpu_us();
    enum err e = pair_find(&tx, person, person, m);
    int64_t took_us = cpu_us() - start_us;
    must(e == ERR_BAD_REQUEST ? OK : e);
    must(db_commit(db));
    return took_us;
}

static int64_t time_search(int64_t person)
{
    now_us = clock_now_us();
    struct tx tx = tx_now();
    struct seeker x;
    struct found found;
    must(db_begin(db));
    must(seeker_get(&tx, person, &x));
    int64_t start_us = cpu_us();
    enum err e = search_partner(&tx, &x, SEARCH_EVERYBODY, &found);
    int64_t took_us = cpu_us() - start_us;
    must(db_commit(db));
    must(e == ERR_NOT_FOUND ? OK : e);
    return took_us;
}

static void bench_finds(int64_t people, size_t n)
{
    int64_t *searches = calloc(n, sizeof(*searches)), *finds = calloc(n, sizeof(*finds));
    int64_t *ends = calloc(n, sizeof(*ends));
    size_t ended = 0, waited = 0;
    struct match_row m;
    for (size_t i = 0; i < n; i++) {
        int64_t person = 1 + chance(people);
        searches[i] = time_search(person);
        finds[i] = time_find(person, &m);
        waited += m.id == -1;
        if (m.id == -1)
            continue;
        must(db_begin(db));
        struct tx tx = tx_now();
        int64_t start_us = cpu_us();
        must(pair_decide(&tx, m.id, person, MATCH_REJECT, &m).err);
        ends[ended++] = cpu_us() - start_us;
        must(db_commit(db));
    }
    print_times("search alone", searches, n);
    print_times("find, search and writes", finds, n);
    print_times("reject, both free again", ends, ended);
    printf("%zu of %zu waited\n", waited, n);
    free(searches);
    free(finds);
    free(ends);
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
    return true;
}

static void bench_pasts(int64_t people)
{
    int64_t times[PICKY * 50];
    size_t n = 0;
    while (n < sizeof(times) / sizeof(times[0])) {
        int64_t person = 1 + chance(people);
        if (!reject_first(person))
            continue;
        for (int i = 0; i < 50; i++)
            times[n++] = time_search(person);
        must(db_begin(db));
        must(db_run(db, SQL_BENCH_FORGET, DB_ARGS(DB_I64(person)), NULL));
        must(db_commit(db));
    }
    print_times("search, 5,000 rejections first in the list", times, n);
}

int main(int argc, char **argv)
{
    const char *why = "";
    struct store *store;
    struct arena life;
    int64_t people = argc > 2 ? atoll(argv[2]) : 1000000;
    int64_t finds = argc > 3 ? atoll(argv[3]) : 2000;

    if (argc < 2) {
        fprintf(stderr, "usage: %s DIR [people] [finds]\n", argv[0]);
        return 2;
    }
    arena_init(&life);
    arena_init(&a);
    struct store_options options = {
        .data_dir = argv[1], .database_url = "", .migrations = matching_migrations(&life)};
    if (store_open(&options, &life, &store, &why) != OK || store_writer(store, &db) != OK) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    fill(people);
    bench_finds(people, (size_t)finds);
    bench_pasts(people);
    store_db_close(db);
    store_close(store);
    arena_free(&a);
    arena_free(&life);
    return 0;
}
