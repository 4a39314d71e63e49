// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <time.h>

#include "base/clock.h"
#include "unit/test.h"

static void reads_the_clocks_in_nanoseconds(void **state)
{
	uint64_t before = clock__monotonic_ns(), since_1970;
	struct timespec monotonic;
	time_t now = time(NULL);

	(void)state;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &monotonic), 0);
	assert_in_range(monotonic.tv_sec, before / 1000000000, clock__monotonic_ns() / 1000000000);
	since_1970 = clock__realtime_ns();
	assert_in_range(since_1970 / 1000000000, now, now + 60);
	assert_true(clock__ms_since(before) >= 0);
	assert_true(clock__ms_since(before) < 60000);
	assert_true(clock__ms_since(before - 120 * CLOCK_SECOND_NS) >= 120000);
}

static void waits_until_a_time(void **state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	uint64_t until = clock__monotonic_ns() + 20000000;
	pthread_cond_t condition;
	int err;

	(void)state;
	clock__init_condition(&condition);
	pthread_mutex_lock(&mutex);
	do
		err = clock__wait(&condition, &mutex, until);
	while (!err);
	assert_int_equal(err, -ETIMEDOUT);
	assert_true(clock__monotonic_ns() >= until);
	/* what is past already is not waited for */
	assert_int_equal(clock__wait(&condition, &mutex, 1), -ETIMEDOUT);
	pthread_mutex_unlock(&mutex);
	pthread_cond_destroy(&condition);
}

struct waited {
	pthread_mutex_t mutex;
	pthread_cond_t condition;
	int woken;
};

static void *wake(void *context)
{
	struct waited *waited = context;

	pthread_mutex_lock(&waited->mutex);
	waited->woken = 1;
	pthread_cond_signal(&waited->condition);
	pthread_mutex_unlock(&waited->mutex);
	return NULL;
}

static void waits_until_woken(void **state)
{
	struct waited waited = {.mutex = PTHREAD_MUTEX_INITIALIZER};
	pthread_t thread;

	(void)state;
	clock__init_condition(&waited.condition);
	pthread_mutex_lock(&waited.mutex);
	assert_int_equal(pthread_create(&thread, NULL, wake, &waited), 0);
	while (!waited.woken)
		assert_int_equal(clock__wait(&waited.condition, &waited.mutex, CLOCK_NEVER), 0);
	pthread_mutex_unlock(&waited.mutex);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&waited.condition);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_clocks_in_nanoseconds),
		cmocka_unit_test(waits_until_a_time),
		cmocka_unit_test(waits_until_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
