// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_lease.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/thread.h"

struct monitoring_lease {
	const struct monitoring_memory *memory;
	uint64_t patience_ns;
	pthread_t thread;
	pthread_mutex_t mutex; /* protects the fields below */
	pthread_cond_t changed;
	uint64_t seen_ns; /* when the main thread has come by last */
	bool ended;
};

static void *run(void *arg)
{
	struct monitoring_lease *lease = arg;

	pthread_mutex_lock(&lease->mutex);
	while (!lease->ended) {
		uint64_t now_ns = clock__monotonic_ns();

		if (now_ns - lease->seen_ns < lease->patience_ns)
			monitoring_memory__renew(lease->memory);
		(void)clock__wait(&lease->changed, &lease->mutex, now_ns + MONITORING_LEASE_PERIOD_NS);
	}
	pthread_mutex_unlock(&lease->mutex);
	return NULL;
}

static void release(struct monitoring_lease *lease)
{
	pthread_cond_destroy(&lease->changed);
	pthread_mutex_destroy(&lease->mutex);
	free(lease);
}

int monitoring_lease__begin(const struct monitoring_memory *memory, uint64_t patience_ns, struct monitoring_lease **out)
{
	struct monitoring_lease *lease = calloc(1, sizeof(*lease));
	int err;

	if (!lease)
		return -ENOMEM;
	lease->memory = memory;
	lease->patience_ns = patience_ns;
	lease->seen_ns = clock__monotonic_ns();
	pthread_mutex_init(&lease->mutex, NULL);
	clock__init_condition(&lease->changed);
	err = thread__start(&lease->thread, run, lease);
	if (err)
		release(lease);
	else
		*out = lease;
	return err;
}

void monitoring_lease__come_by(struct monitoring_lease *lease)
{
	if (!lease)
		return;
	pthread_mutex_lock(&lease->mutex);
	lease->seen_ns = clock__monotonic_ns();
	pthread_mutex_unlock(&lease->mutex);
}

void monitoring_lease__end(struct monitoring_lease *lease)
{
	if (!lease)
		return;
	pthread_mutex_lock(&lease->mutex);
	lease->ended = true;
	pthread_cond_signal(&lease->changed);
	pthread_mutex_unlock(&lease->mutex);
	pthread_join(lease->thread, NULL);
	release(lease);
}
