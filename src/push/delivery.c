// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/delivery.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "push/push_request.h"

#define FIRST_DELAY	   (2 * CLOCK_SECOND_NS)
#define LAST_DELAY_SECONDS 60
#define LAST_DELAY	   (LAST_DELAY_SECONDS * CLOCK_SECOND_NS)

enum verdict { DELIVERED, REFUSED, AGAIN };

struct delivery {
	struct delivery_config config;
	/* The profiles in memory. They are newer than all that this process has written to the spool. */
	struct push_entry *first, **last;
	uint64_t bytes; /* size of the data of the profiles in memory */
	uint64_t due_ns;
	uint64_t delay_ns; /* the longest delay after the next failure */
	uint64_t random;
	struct delivery_counts counts;
	bool failing; /* an outage has been reported and not yet ended */
	bool said_refused, said_dropped, said_unusable;
};

struct delivery *delivery__new(const struct delivery_config *config)
{
	struct delivery *delivery = calloc(1, sizeof(*delivery));

	if (!delivery)
		return NULL;
	delivery->config = *config;
	if (!delivery->config.limit)
		delivery->config.limit = DELIVERY_LIMIT;
	delivery->last = &delivery->first;
	delivery->delay_ns = FIRST_DELAY;
	delivery->random = config->seed | 1; /* xorshift would get stuck at zero */
	return delivery;
}

static struct push_entry *take_first(struct delivery *delivery)
{
	struct push_entry *entry = delivery->first;

	delivery->first = entry->next;
	if (!delivery->first)
		delivery->last = &delivery->first;
	delivery->bytes -= entry->size;
	entry->next = NULL;
	return entry;
}

void delivery__free(struct delivery *delivery)
{
	if (!delivery)
		return;
	while (delivery->first)
		push_entry__free(take_first(delivery));
	free(delivery);
}

void delivery__count_dropped(struct delivery *delivery, size_t n)
{
	if (!n)
		return;
	delivery->counts.dropped += n;
	if (!delivery->said_dropped)
		diag__error(delivery->config.diag,
			    "more profiles are waiting for %s than are kept (%llu MiB): the oldest are dropped, and "
			    "the store will lack what they counted",
			    delivery->config.url->shown, (unsigned long long)delivery->config.limit >> 20);
	delivery->said_dropped = true;
}

void delivery__add(struct delivery *delivery, struct push_entry *entry)
{
	size_t n = 0;

	entry->next = NULL;
	*delivery->last = entry;
	delivery->last = &entry->next;
	delivery->bytes += entry->size;
	for (; delivery->bytes > delivery->config.limit; n++)
		push_entry__free(take_first(delivery));
	delivery__count_dropped(delivery, n);
}

static void say_unusable(struct delivery *delivery, int err)
{
	if (!delivery->said_unusable)
		diag__error(delivery->config.diag,
			    "cannot keep profiles in %s: %s; until they are delivered they stay in memory (choose "
			    "another directory with --spool)",
			    delivery->config.directory,
			    err == -EPERM ? "others than root may change it" : strerror(-err));
	delivery->said_unusable = true;
}

static int spool_one(struct delivery *delivery, const struct push_entry *entry)
{
	size_t size, n_dropped = 0;
	uint8_t *packed;
	int err = push_entry__pack(entry, &packed, &size);

	if (err)
		return err;
	err = spool__add(delivery->config.spool, entry->end_ns, packed, size, &n_dropped);
	free(packed);
	delivery__count_dropped(delivery, n_dropped + (err == -EMSGSIZE));
	return err == -EMSGSIZE ? 0 : err;
}

/* Moves profiles from memory to the spool, the oldest first, until one cannot be written. */
static void spool_all(struct delivery *delivery)
{
	while (delivery->first) {
		int err = spool_one(delivery, delivery->first);

		if (err) {
			say_unusable(delivery, err);
			return;
		}
		push_entry__free(take_first(delivery));
	}
}

uint64_t delivery__due(struct delivery *delivery)
{
	if (!delivery->first && spool__is_empty(delivery->config.spool))
		return DELIVERY_NEVER;
	return delivery->due_ns;
}

void delivery__hurry(struct delivery *delivery)
{
	delivery->due_ns = 0;
	delivery->delay_ns = FIRST_DELAY;
}

static enum verdict judge(int status)
{
	static const struct {
		int first, last;
		enum verdict verdict;
	} verdicts[] = {
		{200, 299, DELIVERED}, {408, 408, AGAIN}, {425, 425, AGAIN}, {429, 429, AGAIN}, {400, 499, REFUSED},
	};

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(*verdicts); i++)
		if (status >= verdicts[i].first && status <= verdicts[i].last)
			return verdicts[i].verdict;
	return AGAIN;
}

/* xorshift: good enough to keep many senders from coming back at the same moment. */
static uint64_t random_below(struct delivery *delivery, uint64_t n)
{
	delivery->random ^= delivery->random << 13;
	delivery->random ^= delivery->random >> 7;
	delivery->random ^= delivery->random << 17;
	return delivery->random % n;
}

static void wait_longer(struct delivery *delivery, uint64_t now_ns, double asked_seconds)
{
	uint64_t half = delivery->delay_ns / 2, delay = half + random_below(delivery, half + 1);
	uint64_t asked = LAST_DELAY;

	if (asked_seconds < LAST_DELAY_SECONDS)
		asked = (uint64_t)(asked_seconds * (double)CLOCK_SECOND_NS);
	delivery->due_ns = now_ns + (delay > asked ? delay : asked);
	delivery->delay_ns *= 2;
	if (delivery->delay_ns > LAST_DELAY)
		delivery->delay_ns = LAST_DELAY;
}

/* Writes to TEXT what the store answered, "it answers 503: WORDS", or why it did not answer. Returns TEXT. */
static const char *describe(const struct push_answer *answer, char text[320])
{
	if (answer->status)
		snprintf(text, 320, "it answers %d%s%s", answer->status, *answer->words ? ": " : "", answer->words);
	else
		snprintf(text, 320, "%s", answer->words);
	return text;
}

static void note_failure(struct delivery *delivery, const struct push_answer *answer)
{
	char text[320];

	describe(answer, text);
	if (delivery->failing)
		diag__debug(delivery->config.diag, "still cannot deliver to %s: %s", delivery->config.url->shown, text);
	else
		diag__note(delivery->config.diag, "cannot deliver to %s: %s; profiles are kept, and tried again",
			   delivery->config.url->shown, text);
	delivery->failing = true;
}

static void note_refusal(struct delivery *delivery, const struct push_answer *answer)
{
	char text[320];

	delivery->counts.refused++;
	if (delivery->said_refused)
		return;
	diag__error(delivery->config.diag, "%s refuses a profile: %s; it is dropped, and so will be others",
		    delivery->config.url->shown, describe(answer, text));
	delivery->said_refused = true;
}

static void note_success(struct delivery *delivery)
{
	delivery->counts.delivered++;
	if (delivery->failing)
		diag__note(delivery->config.diag, "%s takes profiles again", delivery->config.url->shown);
	delivery->failing = false;
}

/* Makes one request to deliver ENTRY. Returns whether the entry is done with: delivered or refused. */
static bool send_entry(struct delivery *delivery, const struct push_entry *entry, uint64_t now_ns,
		       const struct push_cancel *cancel)
{
	struct push_answer answer = {0};
	struct push_request request;
	enum verdict verdict = AGAIN;

	if (push_request__make(delivery->config.url, entry, &request)) {
		snprintf(answer.words, sizeof(answer.words), "%s", strerror(ENOMEM));
	} else {
		delivery->config.transport.post(delivery->config.transport.context, &request, cancel, &answer);
		verdict = judge(answer.status);
	}
	push_request__clear(&request);
	if (verdict == AGAIN) {
		note_failure(delivery, &answer);
		wait_longer(delivery, now_ns, answer.wait_seconds);
		return false;
	}
	delivery__hurry(delivery);
	if (verdict == REFUSED)
		note_refusal(delivery, &answer);
	else
		note_success(delivery);
	return true;
}

static void try_from_memory(struct delivery *delivery, uint64_t now_ns, const struct push_cancel *cancel)
{
	if (!delivery->first)
		return;
	if (send_entry(delivery, delivery->first, now_ns, cancel))
		push_entry__free(take_first(delivery));
	else
		spool_all(delivery);
}

static void try_from_spool(struct delivery *delivery, const uint8_t *packed, size_t size, uint64_t now_ns,
			   const struct push_cancel *cancel)
{
	struct push_entry *entry = NULL;
	int err = push_entry__unpack(packed, size, &entry);

	if (err == -ENOMEM) {
		wait_longer(delivery, now_ns, 0);
	} else if (err) {
		delivery->counts.damaged++;
		spool__remove_oldest(delivery->config.spool);
	} else if (send_entry(delivery, entry, now_ns, cancel)) {
		spool__remove_oldest(delivery->config.spool);
	}
	push_entry__free(entry);
}

void delivery__try(struct delivery *delivery, uint64_t now_ns, const struct push_cancel *cancel)
{
	uint8_t *packed = NULL;
	size_t size;
	int err;

	/* The spool must be delivered first, so profiles in memory, which are newer, have to queue up behind it. */
	if (delivery->first && !spool__is_empty(delivery->config.spool))
		spool_all(delivery);
	err = spool__oldest(delivery->config.spool, &packed, &size);
	switch (err) {
	case 0:
		try_from_spool(delivery, packed, size, now_ns, cancel);
		break;
	case -EBADMSG:
		delivery->counts.damaged++;
		spool__remove_oldest(delivery->config.spool);
		break;
	case -EBUSY: /* another process is delivering from the spool; look again soon */
		wait_longer(delivery, now_ns, 0);
		delivery->delay_ns = FIRST_DELAY;
		break;
	default:
		if (err != -ENOENT)
			say_unusable(delivery, err);
		try_from_memory(delivery, now_ns, cancel);
	}
	free(packed);
}

static void count_lost(struct delivery *delivery)
{
	while (delivery->first) {
		delivery->counts.lost++;
		push_entry__free(take_first(delivery));
	}
}

/* Writes to TEXT the beginning of a message: "1 profile is" or "2 profiles are". Returns TEXT. */
static const char *amount(size_t n, const char *what, const char *one, const char *several, char text[64])
{
	snprintf(text, 64, "%zu %s%s %s", n, what, n == 1 ? "" : "s", n == 1 ? one : several);
	return text;
}

void delivery__finish(struct delivery *delivery)
{
	const struct delivery_counts *counts = &delivery->counts;
	const char *shown = delivery->config.url->shown, *directory = delivery->config.directory;
	const struct diag *diag = delivery->config.diag;
	char text[64];
	size_t left;

	spool_all(delivery);
	count_lost(delivery);
	left = spool__count(delivery->config.spool);
	if (left)
		diag__note(diag,
			   "%s not delivered to %s yet, but kept in %s; the next run with the same --push sends what "
			   "is there",
			   amount(left, "profile", "is", "are", text), shown, directory);
	if (counts->dropped)
		diag__error(diag, "%s dropped, because more were waiting for %s than are kept",
			    amount(counts->dropped, "profile", "was", "were", text), shown);
	if (counts->refused)
		diag__error(diag, "%s refused by %s and dropped",
			    amount(counts->refused, "profile", "was", "were", text), shown);
	if (counts->damaged)
		diag__error(diag, "%s damaged in %s and dropped",
			    amount(counts->damaged, "profile", "was", "were", text), directory);
	if (counts->lost)
		diag__error(diag, "%s lost: neither delivered to %s nor kept",
			    amount(counts->lost, "profile", "is", "are", text), shown);
	diag__debug(diag, "%s delivered to %s", amount(counts->delivered, "profile", "was", "were", text), shown);
}

struct delivery_counts delivery__counts(const struct delivery *delivery)
{
	return delivery->counts;
}
