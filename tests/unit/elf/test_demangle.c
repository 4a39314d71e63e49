// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/demangle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

static void check(char *name, const char *expected)
{
	if (expected) {
		assert_non_null(name);
		assert_string_equal(name, expected);
	} else {
		assert_null(name);
	}
	free(name);
}

static void test_name(void **state)
{
	static const struct {
		const char *linkage, *name;
	} names[] = {
		{"_ZN3FooIlLi1EE3addEl", "Foo<long, 1>::add(long)"},
		{"_Z7largestIiET_RKSt6vectorIS0_SaIS0_EE",
		 "largest<int>(std::vector<int, std::allocator<int> > const&)"},
		{"_ZZ3lamiENKUliE_clEi", "lam(int)::{lambda(int)#1}::operator()(int) const"},
		{"_ZN12_GLOBAL__N_14anonEi", "(anonymous namespace)::anon(int)"},
		{"_ZN52_$LT$b..shape..Circle$u20$as$u20$b..shape..Shape$GT$4area17h0a63876a46c29348E",
		 "<b::shape::Circle as b::shape::Shape>::area"},
		{"_ZN1b4main28_$u7b$$u7b$closure$u7d$$u7d$17h4ee7009341ce8877E", "b::main::{{closure}}"},
		{"_RNvXs_NtCslHcVFiSui7X_1b5shapeNtB4_6CircleNtB4_5Shape4area",
		 "<b::shape::Circle as b::shape::Shape>::area"},
		{"_RINvCslHcVFiSui7X_1b7largestlEB2_", "b::largest::<i32>"},
		{"_D1f6Circle4areaMFZi", "f.Circle.area()"},
		{"_ZThn16_N1A1fEv", NULL},
		{"_ZGVZ1fvE1x", NULL},
		{"printf", NULL},
		{"", NULL},
		{"_Z", NULL},
		{"_ZN3FooIlLi1EE", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		check(demangle__name(names[i].linkage), names[i].name);
}

/*
 * The second parameter is a pointer to a function of two of the first, and so on: the source's name is twice as long
 * for each. With 40 of them it would not fit into any memory.
 */
static void test_name_that_explodes(void **state)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char linkage[1024] = "_Z1f1aPFvS_S_E", *end = linkage + strlen(linkage);
	size_t length = 6;

	(void)state;
	for (unsigned k = 1; k < 40; k++) {
		unsigned last = 2 * k - 1;
		char which[4] = {digits[last % 36]}, *name;

		if (last >= 36)
			sprintf(which, "%c%c", digits[last / 36], digits[last % 36]);
		end += sprintf(end, "PFvS%s_S%s_E", which, which);
		name = demangle__name(linkage);
		assert_int_equal(name != NULL, length <= 1 << 15);
		length = name ? strlen(name) : 2 * length;
		free(name);
	}
}

static void test_ada(void **state)
{
	(void)state;
	check(demangle__ada("work__fact"), "work.fact");
	check(demangle__ada("work__over__2"), "work.over");
	check(demangle__ada("work__Oadd"), "work.\"+\"");
	check(demangle__ada("_ada_main"), "main");
	check(demangle__ada("work__crewTB"), "work.crew");
	check(demangle__ada("work__singleTKB"), "work.single");
	check(demangle__ada("work__store__put_E11b"), "work.store.put");
	check(demangle__ada("work__gab"), "work.gab");
	check(demangle__ada("b"), "b");
	check(demangle__ada(""), NULL);
	check(demangle__ada("work__Oand"), "work.\"and\"");
	check(demangle__ada("work__workerTB"), "work.worker");
	check(demangle__ada("work__worker_typeTKB"), "work.worker_type");
	check(demangle__ada("work__deep__B_2__in_block"), "work.deep.in_block");
	check(demangle__ada("work__deep__B_2__B_13__in_block"), "work.deep.in_block");
	check(demangle__ada("work__deep__B__in"), NULL);
	check(demangle__ada("Foo<int>"), NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_name_that_explodes),
		cmocka_unit_test(test_ada),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
