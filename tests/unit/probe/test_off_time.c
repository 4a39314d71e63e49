// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdbool.h>

#include "off_time.h"
#include "unit/test.h"

/*
 * A thread that was first seen at 1000, after its fifth switch. In each test it runs until 1400, is off the processor
 * for 500, and runs again from 1900 on.
 */
static struct lprof_thread begun(void)
{
	struct lprof_thread thread = {0};

	off_time__begin(&thread, &(struct off_view){1000, 300, 5});
	return thread;
}

#define LEAVES	(&(struct off_view){1400, 700, 6})
#define RETURNS (&(struct off_view){1900, 700, 6})
#define LATER	(&(struct off_view){2000, 800, 6})

static void test_off_time_is_what_passes_between_switches(void **state)
{
	struct lprof_thread thread = begun();

	(void)state;
	off_time__leave(&thread, LEAVES);
	assert_int_equal(thread.off_ns, 0);
	assert_int_equal(thread.off_since_ns, 1400);
	off_time__resume(&thread, RETURNS);
	assert_int_equal(thread.off_ns, 500);
	assert_int_equal(thread.off_since_ns, 0);
	assert_int_equal(thread.returned, 6);
}

/* The hypervisor takes 50 while the thread runs: as before, that is time on the processor. */
static void test_stolen_time_is_no_time_off(void **state)
{
	struct lprof_thread thread = begun();

	(void)state;
	off_time__leave(&thread, &(struct off_view){1450, 700, 6});
	off_time__resume(&thread, &(struct off_view){1950, 700, 6});
	assert_int_equal(thread.off_ns, 500);
}

static void test_return_that_was_not_seen(void **state)
{
	struct lprof_thread thread = begun(), again;

	(void)state;
	off_time__leave(&thread, LEAVES);
	again = thread;
	off_time__resume(&thread, LATER); /* at the next probe */
	assert_int_equal(thread.off_ns, 500);
	assert_int_equal(thread.off_since_ns, 0);
	/* No probe was hit before the thread left again, at 2300. */
	off_time__leave(&again, &(struct off_view){2300, 1100, 7});
	assert_int_equal(again.off_ns, 500);
	assert_int_equal(again.off_since_ns, 2300);
	off_time__resume(&again, &(struct off_view){2400, 1100, 7});
	assert_int_equal(again.off_ns, 600);
}

static void test_leaving_that_was_not_seen(void **state)
{
	struct lprof_thread thread = begun();

	(void)state;
	off_time__resume(&thread, RETURNS);
	assert_int_equal(thread.off_ns, 500);
	off_time__leave(&thread, &(struct off_view){2300, 1100, 7});
	assert_int_equal(thread.off_ns, 500);
	assert_int_equal(thread.off_since_ns, 2300);
}

static void test_neither_was_seen(void **state)
{
	struct lprof_thread thread = begun();

	(void)state;
	off_time__leave(&thread, &(struct off_view){2300, 1100, 7});
	assert_int_equal(thread.off_ns, 500);
	off_time__resume(&thread, &(struct off_view){2400, 1100, 7});
	assert_int_equal(thread.off_ns, 600);
}

/* The kernel's account may be a little ahead of the clock. */
static void test_account_that_is_ahead(void **state)
{
	struct lprof_thread thread = begun();

	(void)state;
	off_time__resume(&thread, &(struct off_view){1400, 705, 6});
	assert_int_equal(thread.off_ns, 0);
}

static void test_settled_copy(void **state)
{
	struct lprof_thread away = begun(), back = begun(), unseen = begun(), running = begun();

	(void)state;
	off_time__leave(&away, LEAVES);
	back = away;
	off_time__settle(&away, RETURNS, false);
	assert_int_equal(away.off_since_ns, 1400);
	assert_int_equal(away.off_ns, 0);
	off_time__settle(&back, LATER, true);
	assert_int_equal(back.off_since_ns, 0);
	assert_int_equal(back.off_ns, 500);
	off_time__settle(&unseen, RETURNS, false);
	assert_int_equal(unseen.off_since_ns, 1400);
	off_time__settle(&running, &(struct off_view){1300, 550, 5}, true);
	assert_int_equal(running.off_since_ns, 0);
	assert_int_equal(running.off_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_off_time_is_what_passes_between_switches),
		cmocka_unit_test(test_stolen_time_is_no_time_off),
		cmocka_unit_test(test_return_that_was_not_seen),
		cmocka_unit_test(test_leaving_that_was_not_seen),
		cmocka_unit_test(test_neither_was_seen),
		cmocka_unit_test(test_account_that_is_ahead),
		cmocka_unit_test(test_settled_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
