/* Every statement of the matching service, by what it does; the texts are in sql.c. */
#ifndef SERVICES_MATCHING_SQL_H
#define SERVICES_MATCHING_SQL_H

extern const char SQL_MATCHING_SEEKER_GET[];
extern const char SQL_MATCHING_SEEKER_FIND[];
extern const char SQL_MATCHING_SEEKER_LOCK[];
extern const char SQL_MATCHING_SEEKER_ADD[];
extern const char SQL_MATCHING_SEEKER_SET[];
extern const char SQL_MATCHING_SEEKER_TAKE[];
extern const char SQL_MATCHING_SEEKER_DROP[];

extern const char SQL_MATCHING_GENDER_FIND[];
extern const char SQL_MATCHING_GENDER_ADD[];
extern const char SQL_MATCHING_GENDER_HOLD[];
extern const char SQL_MATCHING_CITY_HOLD[];
extern const char SQL_MATCHING_CITY_FIND[];
extern const char SQL_MATCHING_CITY_ADD[];
extern const char SQL_MATCHING_INTEREST_FIND[];
extern const char SQL_MATCHING_INTEREST_ADD[];
extern const char SQL_MATCHING_INTERESTS_GET[];
extern const char SQL_MATCHING_INTEREST_COUNT[];

extern const char SQL_MATCHING_REACH_PUT[];
extern const char SQL_MATCHING_REACH_DROP[];
extern const char SQL_MATCHING_REACH_IN_CITY[];
extern const char SQL_MATCHING_REACH_ANYWHERE[];
extern const char SQL_MATCHING_REACH_PASSING_IN_CITY[];
extern const char SQL_MATCHING_REACH_PASSING[];
extern const char SQL_MATCHING_REACH_FEW[];
extern const char SQL_MATCHING_REACH_MANY[];
extern const char SQL_MATCHING_REACH_MANY_ALL[];
extern const char SQL_MATCHING_KIND_PUT[];
extern const char SQL_MATCHING_KINDS[];

extern const char SQL_MATCHING_MATCH_GET[];
extern const char SQL_MATCHING_MATCH_HOLD[];
extern const char SQL_MATCHING_MATCH_ROW[];
extern const char SQL_MATCHING_MATCH_LIVE[];
extern const char SQL_MATCHING_MATCH_BETWEEN[];
extern const char SQL_MATCHING_MATCHES_OF[];
extern const char SQL_MATCHING_MATCHES_OVERDUE[];
extern const char SQL_MATCHING_MATCH_ADD[];
extern const char SQL_MATCHING_MATCH_SET[];
extern const char SQL_MATCHING_MATCH_DROP[];
extern const char SQL_MATCHING_LIVE_CLAIM[];
extern const char SQL_MATCHING_LIVE_RELEASE[];
extern const char SQL_MATCHING_LIVE_HAS[];
extern const char SQL_MATCHING_PAST_COUNT[];
extern const char SQL_MATCHING_PAST_PUT[];
extern const char SQL_MATCHING_PASTS[];
extern const char SQL_MATCHING_PASTS_DROP[];

extern const char SQL_MATCHING_QUEUE_GET[];
extern const char SQL_MATCHING_QUEUE_JOIN[];
extern const char SQL_MATCHING_QUEUE_LEAVE[];
extern const char SQL_MATCHING_QUEUE_SEEK[];
extern const char SQL_MATCHING_QUEUE_AHEAD[];
extern const char SQL_MATCHING_QUEUE_UNCHECKED[];
extern const char SQL_MATCHING_QUEUE_CHECKED[];

extern const char SQL_MATCHING_NEWCOMER_PUT[];
extern const char SQL_MATCHING_NEWCOMER_DROP[];
extern const char SQL_MATCHING_NEWCOMERS_DUE[];
extern const char SQL_MATCHING_NEWCOMER_LEASE[];
extern const char SQL_MATCHING_NEWCOMER_DONE[];
extern const char SQL_MATCHING_QUEUE_ANYBODY[];

extern const char SQL_MATCHING_TALLY_ADD[];
extern const char SQL_MATCHING_TALLY_PRUNE[];
extern const char SQL_MATCHING_TALLY_SUM[];
extern const char SQL_MATCHING_QUEUES[];

/* All of them, NULL at the end: each is prepared on each store by a test. */
extern const char *const MATCHING_QUERIES[];

#endif
