// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "target/name_distance.h"
#include "unit/test.h"

static void distances(void **state)
{
	(void)state;
	assert_int_equal(name_distance__edits("collatz", "collatz", 9), 0);
	assert_int_equal(name_distance__edits("colatz", "collatz", 9), 1);
	assert_int_equal(name_distance__edits("collatz", "colltaz", 9), 1);
	assert_int_equal(name_distance__edits("", "abc", 9), 3);
	assert_int_equal(name_distance__edits("kitten", "sitting", 9), 3);
	assert_int_equal(name_distance__edits("ca", "abc", 9), 3);
}

static void limit_bounds_the_distance(void **state)
{
	char longer[200];

	(void)state;
	assert_int_equal(name_distance__edits("kitten", "sitting", 3), 3);
	assert_int_equal(name_distance__edits("kitten", "sitting", 2), 2);
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(name_distance__edits(longer, longer, 5), 5);
}

/* NEARER must be nearer to WANT than FARTHER is. */
static void nearer(const char *want, const char *nearer_name, const char *farther)
{
	unsigned left = name_distance__between(want, nearer_name, 99);
	unsigned right = name_distance__between(want, farther, 99);

	if (left >= right)
		fail_msg("%s: %s is %u away, %s %u", want, nearer_name, left, farther, right);
}

static void the_last_words_decide(void **state)
{
	(void)state;
	assert_int_equal(name_distance__between("S::lv", "a::S::lv", 99), 0);
	assert_int_equal(name_distance__between("lv(int)", "S::lv", 99), 0);
	assert_int_equal(name_distance__between("gen::<u8, 3>", "r::gen<i32, 3>", 99), 0);
	assert_int_equal(name_distance__between("(*Tree).Insert", "main.(*Tree).Insert", 99), 0);
	assert_int_equal(name_distance__between("S::lvv", "main::Local::go", 99), NAME_DISTANCE_FAR);
	assert_int_equal(name_distance__between("gen", "len", 0), NAME_DISTANCE_FAR);
	assert_int_equal(name_distance__between("operator<", "f", 99), NAME_DISTANCE_FAR);
	assert_int_equal(name_distance__between("", "f", 99), NAME_DISTANCE_FAR);
	nearer("Gen", "r::gen<i32, 3>", "core::str::{impl#0}::len");
	nearer("WORK", "work", "word");
	nearer("wrok", "work", "fork");
	nearer("r::m::get", "r::m::S::get", "core::str::traits::{impl#11}::get");
	nearer("Stack.push", "main.(*Stack[go.shape.string_0]).Push", "main.(*Heap).Push");
	nearer("S::lvv", "S::lv", "T::lv");
	nearer("S::operator ++", "S::operator++", "S::operator--");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(limit_bounds_the_distance),
		cmocka_unit_test(the_last_words_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
