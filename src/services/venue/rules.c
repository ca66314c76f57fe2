/* Decides what may be a venue, a slot and a review, and who may change them; touches nothing. */
#include "services/venue/rules.h"

#include "base/datetime.h"
#include "services/booking/booking.h"
#include "services/venue/venue.h"

#include <stdlib.h>
#include <string.h>

const char *venue_email_problem(struct str email)
{
    static const char WRONG[] = "is not an e-mail address";
    if (email.len == 0)
        return NULL;
    struct str rest = email;
    struct str local = str_cut(&rest, '@');
    if (local.len == 0 || !str_present(rest) || rest.len == 0)
        return WRONG;
    for (size_t i = 0; i < email.len; i++) {
        if ((unsigned char)email.ptr[i] <= ' ' || email.ptr[i] == 0x7f)
            return WRONG;
    }
    return memchr(rest.ptr, '@', rest.len) == NULL ? NULL : WRONG;
}

const char *venue_phone_problem(struct str phone)
{
    static const char ALLOWED[] = "0123456789+-() ./";
    size_t digits = 0;
    for (size_t i = 0; i < phone.len; i++) {
        if (memchr(ALLOWED, phone.ptr[i], sizeof ALLOWED - 1) == NULL)
            return "is not a phone number";
        digits += phone.ptr[i] >= '0' && phone.ptr[i] <= '9';
    }
    return phone.len == 0 || (digits >= 3 && digits <= 15) ? NULL : "is not a phone number";
}

struct verdict venue_may_create(bool open, bool partner_or_admin)
{
    if (open || partner_or_admin)
        return VERDICT_OK;
    return verdict_no(ERR_FORBIDDEN, "Only partners and admins may create venues");
}

struct verdict venue_may_change(int64_t owner, int64_t caller, bool admin)
{
    if (admin || owner == caller)
        return VERDICT_OK;
    return verdict_no(ERR_FORBIDDEN, "Only the venue's owner or an admin may do this");
}

struct verdict review_may_delete(int64_t author, int64_t caller, bool admin)
{
    if (admin || author == caller)
        return VERDICT_OK;
    return verdict_no(ERR_FORBIDDEN, "Only its author or an admin may delete a review");
}

struct verdict slot_may_exist(int64_t date, int64_t clock, int64_t now_us, bool allow_past)
{
    if (allow_past || us_of_date_clock(date, clock) >= now_us)
        return VERDICT_OK;
    return verdict_no(ERR_BAD_REQUEST, "The date and time are in the past");
}

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a;
    const int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static size_t sort_unique(int64_t *v, size_t n)
{
    size_t kept = 0;
    if (n == 0)
        return 0;
    qsort(v, n, sizeof *v, by_value);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || v[kept - 1] != v[i])
            v[kept++] = v[i];
    }
    return kept;
}

struct verdict slot_grid_check(struct slot_grid *grid, int64_t now_us, bool allow_past)
{
    grid->n_dates = sort_unique(grid->dates, grid->n_dates);
    grid->n_clocks = sort_unique(grid->clocks, grid->n_clocks);
    if (grid->n_dates == 0 || grid->n_clocks == 0)
        return VERDICT_OK;

    if (grid->dates[0] < SLOT_DATE_MIN || grid->dates[grid->n_dates - 1] > SLOT_DATE_MAX)
        return verdict_no(ERR_INVALID, "must be between 2000-01-01 and 2100-12-31");
    if (grid->n_dates * grid->n_clocks > SLOTS_BULK_MAX)
        return verdict_no(ERR_INVALID, "must not make more than 2,000 slots together with times");
    return slot_may_exist(grid->dates[0], grid->clocks[0], now_us, allow_past);
}

int64_t slot_ahead_after(int64_t now_us)
{
    return now_us / US_PER_MINUTE - BOOKING_DURATION_MINUTES;
}

int64_t slot_first_minute(int64_t now_us)
{
    return (now_us + US_PER_MINUTE - 1) / US_PER_MINUTE;
}
