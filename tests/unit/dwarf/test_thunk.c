// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/thunk.h"

#include <stdlib.h>

#include "unit/test.h"

static void expect(const char *symbol, const char *function)
{
	char *found = thunk__function(symbol);

	if (function)
		assert_string_equal(found, function);
	else
		assert_null(found);
	free(found);
}

static void thunks_name_their_function(void **state)
{
	(void)state;
	expect("_ZThn16_N4both5largeEi", "_ZN4both5largeEi");
	expect("_ZTh8_N1AD0Ev", "_ZN1AD0Ev");
	expect("_ZTv0_n24_N2baD0Ev", "_ZN2baD0Ev");
	expect("_ZTchn16_h16_N4both5cloneEv", "_ZN4both5cloneEv");
	expect("_ZTch0_v0_n32_N1B5cloneEv", "_ZN1B5cloneEv");
}

static void other_names_are_of_no_thunk(void **state)
{
	(void)state;
	expect("main", NULL);
	expect("_ZN4both5largeEi", NULL);
	expect("_ZTV2de", NULL);
	expect("_ZTI2de", NULL);
	expect("_ZTT2de", NULL);
	expect("_ZTh", NULL);
	expect("_ZThn_N1AD0Ev", NULL);
	expect("_ZThn16", NULL);
	expect("_ZThn16_", NULL);
	expect("_ZTv0_N1AD0Ev", NULL);
	expect("_ZTc", NULL);
	expect("_ZTC1A0_1B", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thunks_name_their_function),
		cmocka_unit_test(other_names_are_of_no_thunk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
