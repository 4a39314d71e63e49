// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_part.h"
#include "unit/test.h"

static void symbols_tell_parts(void **state)
{
	(void)state;
	assert_int_equal(function_part__of_symbol("check.part.0"), PART_SPLIT);
	assert_int_equal(function_part__of_symbol("check.part.1.isra.0"), PART_SPLIT);
	assert_int_equal(function_part__of_symbol("check.constprop.0.part.3.lto_priv.2"), PART_SPLIT);
	assert_int_equal(function_part__of_symbol("_Z5countPZL5countlE16_ZL5countl.Frame.actor"), PART_RESUMING);
	assert_int_equal(function_part__of_symbol("_ZL5countl.resume"), PART_RESUMING);
	assert_int_equal(function_part__of_symbol("_ZL5countl.destroy"), PART_RESUMING);
	assert_int_equal(function_part__of_symbol("_ZL5countl.cleanup"), PART_RESUMING);
}

static void clones_are_no_parts(void **state)
{
	(void)state;
	assert_int_equal(function_part__of_symbol(NULL), PART_NONE);
	assert_int_equal(function_part__of_symbol("check"), PART_NONE);
	assert_int_equal(function_part__of_symbol("check.isra.0"), PART_NONE);
	assert_int_equal(function_part__of_symbol("check.constprop.0"), PART_NONE);
	assert_int_equal(function_part__of_symbol("part"), PART_NONE);
	assert_int_equal(function_part__of_symbol("destroy"), PART_NONE);
	assert_int_equal(function_part__of_symbol(".actor"), PART_NONE);
}

static void names_tell_variants(void **state)
{
	(void)state;
	assert_int_equal(function_part__variant("_ZN4BaseD0Ev"), '0');
	assert_int_equal(function_part__variant("_ZN4BaseC2Ev"), '2');
	assert_int_equal(function_part__variant("_ZN4BaseD4Ev"), '4');
	assert_int_equal(function_part__variant("_ZN3FooIiEC1EPKc"), '1');
	/* A class within a constructor. */
	assert_int_equal(function_part__variant("_ZZN1AC1EvEN1BD0Ev"), '0');
	assert_int_equal(function_part__variant("_ZN1A3runEv"), 0);
	assert_int_equal(function_part__variant("main"), 0);
	assert_int_equal(function_part__variant("D0E"), 0);
	assert_int_equal(function_part__variant(NULL), 0);
}

static void variants_are_compared_without_the_digit(void **state)
{
	(void)state;
	assert_true(function_part__are_variants("_ZN4BaseD1Ev", "_ZN4BaseD2Ev"));
	assert_true(function_part__are_variants("_ZN4BaseD2Ev", "_ZN4BaseD2Ev"));
	assert_false(function_part__are_variants("_ZN4BaseD1Ev", "_ZN4BaseC1Ev"));
	assert_false(function_part__are_variants("_ZN4BaseD1Ev", "_ZN4CaseD1Ev"));
	assert_false(function_part__are_variants("_ZN4BaseC1Ei", "_ZN4BaseC1Ej"));
	assert_false(function_part__are_variants("_ZN4BaseC1Ei", "_ZN4BaseC1Eii"));
	assert_false(function_part__are_variants("main", "main"));
}

static void deleting_wraps_complete_and_complete_wraps_base(void **state)
{
	(void)state;
	assert_true(function_part__wraps('0', '1'));
	assert_true(function_part__wraps('0', '2'));
	assert_true(function_part__wraps('0', '4'));
	assert_true(function_part__wraps('1', '2'));
	/* These are recursion. */
	assert_false(function_part__wraps('0', '0'));
	assert_false(function_part__wraps('1', '1'));
	assert_false(function_part__wraps('2', '0'));
	assert_false(function_part__wraps('2', '1'));
	assert_false(function_part__wraps('4', '4'));
	assert_false(function_part__wraps('0', 0));
	assert_false(function_part__wraps(0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols_tell_parts),
		cmocka_unit_test(clones_are_no_parts),
		cmocka_unit_test(names_tell_variants),
		cmocka_unit_test(variants_are_compared_without_the_digit),
		cmocka_unit_test(deleting_wraps_complete_and_complete_wraps_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
