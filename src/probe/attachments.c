// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/attachments.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"
#include "probe/priority.h"

#define MOST_THREADS 64

int attachments__add(struct attachments *attachments, const struct attach_request *request, uint32_t group)
{
	struct attachment_of_group *item;
	int err = grow__one(&attachments->items, &attachments->capacity, attachments->n, sizeof(*item));

	if (err)
		return err;
	item = &attachments->items[attachments->n];
	item->group = group;
	err = attach__probes(request, &item->attachment);
	if (!err)
		attachments->n++;
	return err;
}

void attachments__take(struct attachments *attachments, struct attachment *attachment, uint32_t group)
{
	if (grow__one(&attachments->items, &attachments->capacity, attachments->n, sizeof(*attachments->items)))
		attachment__detach(attachment);
	else
		attachments->items[attachments->n++] = (struct attachment_of_group){attachment, group};
}

/* What one thread takes out: each STEP-th of the N items. */
struct share {
	struct attachment_of_group *items;
	size_t first, n, step;
	pthread_t thread;
	bool started;
};

static void *detach_share(void *ctx)
{
	const struct share *share = ctx;

	/* A thread that a deadline thread starts is an ordinary one. */
	if (share->started)
		priority__raise();
	for (size_t i = share->first; i < share->n; i += share->step)
		attachment__detach(share->items[i].attachment);
	return NULL;
}

static void detach(struct attachment_of_group *items, size_t n)
{
	size_t n_shares = n < MOST_THREADS ? n : MOST_THREADS;
	struct share shares[MOST_THREADS];

	for (size_t i = 0; i < n_shares; i++) {
		shares[i] = (struct share){.items = items, .first = i, .n = n, .step = n_shares};
		/* This thread takes the last share itself, and each that no thread can be started for. */
		shares[i].started = i + 1 < n_shares;
		if (shares[i].started && pthread_create(&shares[i].thread, NULL, detach_share, &shares[i]))
			shares[i].started = false;
		if (!shares[i].started)
			detach_share(&shares[i]);
	}
	for (size_t i = 0; i < n_shares; i++)
		if (shares[i].started)
			pthread_join(shares[i].thread, NULL);
}

void attachments__detach(struct attachments *attachments)
{
	detach(attachments->items, attachments->n);
	attachments->n = 0;
}

void attachments__detach_group(struct attachments *attachments, uint32_t group)
{
	size_t kept = 0;

	/* Those of the group go to the end. */
	for (size_t i = 0; i < attachments->n; i++) {
		struct attachment_of_group item = attachments->items[i];

		if (item.group == group)
			continue;
		attachments->items[i] = attachments->items[kept];
		attachments->items[kept++] = item;
	}
	if (kept < attachments->n)
		detach(&attachments->items[kept], attachments->n - kept);
	attachments->n = kept;
}

void attachments__hand_over(struct attachments *attachments, struct closers *closers)
{
	while (attachments->n)
		closers__detach(closers, attachments->items[--attachments->n].attachment);
}

void attachments__release(struct attachments *attachments)
{
	attachments__detach(attachments);
	free(attachments->items);
	*attachments = (struct attachments){0};
}
