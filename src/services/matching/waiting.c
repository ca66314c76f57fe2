/* How many wait in each matching queue, for GET /metrics: asked of the store now and then in the
 * background, so that nobody who reads metrics waits for the store. */
#include "services/matching/sweep.h"

#include "base/datetime.h"
#include "platform/metrics/metrics.h"
#include "services/matching/sql.h"
#include "services/matching/store.h"

#include <pthread.h>
#include <string.h>

#define EVERY_US (5 * US_PER_SECOND)
#define QUEUES_SHOWN 20 /* words are people's own: the rest is told as one */
#define WORD_BYTES 64

struct queue_row {
    struct str seeking;
    int64_t n;
};

static const struct field QUEUE_ROW_FIELDS[] = {
    F_TEXT(queue_row, seeking, 0, 0, 0),
    F_INT(queue_row, n, 0, 0, 0),
    F_END,
};
static const struct shape QUEUE_ROW = SHAPE(queue_row, QUEUE_ROW_FIELDS);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    char seeking[WORD_BYTES];
    size_t len;
    int64_t n;
} queues[QUEUES_SHOWN + 1];
static size_t n_queues;
static int64_t asked_us; /* the background work's own */

/* The last place is for all the words that have none. */
static void keep(const struct queue_row *rows, size_t n)
{

    n_queues = n < QUEUES_SHOWN ? n : QUEUES_SHOWN + 1;
    memset(queues, 0, sizeof(queues));
    for (size_t i = 0; i < n; i++) {
        size_t at = i < QUEUES_SHOWN ? i : QUEUES_SHOWN;
        struct str word = at < QUEUES_SHOWN ? rows[i].seeking : STR("(others)");
        queues[at].len = word.len < WORD_BYTES ? word.len : 0; /* never half a character */
        memcpy(queues[at].seeking, word.ptr, queues[at].len);
        queues[at].n += rows[i].n;
    }
}

enum err waiting_list(const struct tx *tx, struct rows *ret)
{
    struct rows rows = {NULL, 0};

    *ret = rows;
    if (tx->now_us >= asked_us && tx->now_us - asked_us < EVERY_US)
        return OK;
    enum err e = db_all(tx->db, tx->arena, SQL_MATCHING_QUEUES, &QUEUE_ROW, &rows, DB_NO_ARGS);
    if (e != OK)
        return e;
    asked_us = tx->now_us;
    pthread_mutex_lock(&lock);
    keep(rows.items, rows.n);
    pthread_mutex_unlock(&lock);
    return OK;
}

enum err waiting_none(const struct tx *tx, const struct background_item *item)
{
    (void)tx;
    (void)item;
    return OK;
}

void matching_metrics(struct buf *b)
{
    static const char NAME[] = "bookadate_matching_waiting";

    metrics_family(b, NAME, METRIC_GAUGE, "People who wait for a match, by the gender they seek");
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < n_queues; i++)
        metrics_line(b, NAME, "seeking", (struct str){queues[i].seeking, queues[i].len},
                     (double)queues[i].n);
    pthread_mutex_unlock(&lock);
}
