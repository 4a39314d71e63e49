// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal/color.h"
#include "terminal/heat.h"
#include "unit/test.h"

static void heat_follows_the_share(void **state)
{
	const struct {
		uint64_t time_ns, total_ns;
		enum heat heat;
	} cases[] = {
		{0, 0, HEAT_NONE},
		{5, 0, HEAT_NONE},
		{0, 100, HEAT_NONE},
		{199, 10000, HEAT_NONE},
		{200, 10000, HEAT_MILD},
		{999, 10000, HEAT_MILD},
		{1000, 10000, HEAT_WARM},
		{2999, 10000, HEAT_WARM},
		{3000, 10000, HEAT_HOT},
		{10000, 10000, HEAT_HOT},
		/* 100 times this does not fit into 64 bits */
		{20000, 10000, HEAT_HOT},
		{UINT64_MAX, UINT64_MAX, HEAT_HOT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(heat__of(cases[i].time_ns, cases[i].total_ns), cases[i].heat);
}

static void marks_and_colours_differ(void **state)
{
	(void)state;
	for (int heat = 0; heat < N_HEATS; heat++) {
		assert_int_equal(strlen(heat__marks(heat)), heat);
		assert_int_equal(!*heat__begin(heat), heat == HEAT_NONE);
		for (int other = 0; other < heat; other++)
			assert_string_not_equal(heat__begin(heat), heat__begin(other));
	}
}

static void colour_is_for_terminals_that_may(void **state)
{
	int terminal, other, file = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(openpty(&other, &terminal, NULL, NULL, NULL), 0);
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	assert_true(color__wanted(COLOR_AUTO, terminal));
	assert_false(color__wanted(COLOR_NEVER, terminal));
	assert_false(color__wanted(COLOR_AUTO, file));
	assert_true(color__wanted(COLOR_ALWAYS, file));
	setenv("TERM", "dumb", 1);
	assert_false(color__wanted(COLOR_AUTO, terminal));
	setenv("TERM", "vt100", 1);
	assert_false(color__wanted(COLOR_AUTO, terminal));
	setenv("TERM", "nonesuch", 1);
	assert_false(color__wanted(COLOR_AUTO, terminal));
	unsetenv("TERM");
	assert_false(color__wanted(COLOR_AUTO, terminal));
	setenv("TERM", "xterm", 1);
	setenv("NO_COLOR", "", 1); /* an empty value has no effect, by convention */
	assert_true(color__wanted(COLOR_AUTO, terminal));
	setenv("NO_COLOR", "1", 1);
	assert_false(color__wanted(COLOR_AUTO, terminal));
	assert_true(color__wanted(COLOR_ALWAYS, terminal)); /* the option overrides the environment */
	close(terminal);
	close(other);
	close(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heat_follows_the_share),
		cmocka_unit_test(marks_and_colours_differ),
		cmocka_unit_test(colour_is_for_terminals_that_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
