// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/same_code.h"

#include <string.h>

#include "unit/opened.h"

static const char folded_program[] = "static volatile long sink;\n"	     /* 1 */
				     "long alpha(long k)\n"		     /* 2 */
				     "{\n"				     /* 3 */
				     "	for (long i = 0; i < k; i++)\n"	     /* 4 */
				     "		sink += i;\n"		     /* 5 */
				     "	return sink;\n"			     /* 6 */
				     "}\n"				     /* 7 */
				     "long beta(long k)\n"		     /* 8 */
				     "{\n"				     /* 9 */
				     "	for (long i = 0; i < k; i++)\n"	     /* 10 */
				     "		sink += i;\n"		     /* 11 */
				     "	return sink;\n"			     /* 12 */
				     "}\n"				     /* 13 */
				     "int main(int argc, char **argv)\n"     /* 14 */
				     "{\n"				     /* 15 */
				     "	(void)argv;\n"			     /* 16 */
				     "	return alpha(argc) == beta(argc);\n" /* 17 */
				     "}\n";

/* The program's alpha and beta are one code. OWN: whether the line table has beta's own lines. */
static void check_folded(struct scratch *scratch, const char *command, bool own)
{
	struct opened opened;
	const struct debug_function *function;

	compiled__run(scratch, command);
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "alpha"), 1);
	function = &opened.found.items[0];
	assert_string_equal(function->name, "alpha");
	assert_int_equal(function->n_notes, 1);
	assert_non_null(strstr(function->notes[0], "alpha and beta are the same code"));
	assert_true(has_line(function, 5) && has_line(function, 6));
	assert_false(has_line(function, 11) || has_line(function, 12));

	assert_int_equal(find(&opened, "beta"), 1);
	function = &opened.found.items[0];
	assert_string_equal(function->name, own ? "beta" : "alpha");
	assert_int_equal(function->n_notes, 1);
	assert_true(has_line(function, own ? 11 : 5));
	assert_false(has_line(function, own ? 5 : 11));

	assert_int_equal(find(&opened, "a.c:11"), own ? 1 : 0);
	assert_int_equal(find(&opened, "/alpha|beta/"), 1); /* once, not twice */
	assert_int_equal(find(&opened, "main"), 1);
	assert_int_equal(opened.found.items[0].n_notes, 0);
	close_program(&opened);
}

static void folded_functions_have_their_own_lines(void **state)
{
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", folded_program, 0644));
	check_folded(scratch,
		     "cd @ && clang -g -O2 -fno-inline -fuse-ld=lld -ffunction-sections -Wl,--icf=all -o program a.c",
		     true);
	check_folded(scratch,
		     "cd @ && gcc -g -O2 -fno-inline -fno-ipa-icf -fuse-ld=gold -ffunction-sections -Wl,--icf=all "
		     "-o program a.c",
		     true);
	/* GCC makes beta an alias of alpha where nothing can tell their addresses apart. */
	check_folded(scratch,
		     "cd @ && sed 's/^long beta/static long beta/' a.c >b.c && mv b.c a.c && "
		     "gcc -g -O2 -fno-inline -o program a.c",
		     false);
	scratch__free(scratch);
}

/* Instances of a template have the same lines, whichever the linker keeps. */
static void folded_instances_of_a_template(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.cc",
			    "struct A { long v; };\nstruct B { long v; };\nstatic volatile long sink;\n"
			    "template <class T> __attribute__((noinline)) long total(T *x)\n"
			    "{\n\treturn x->v + sink;\n}\n"
			    "int main(int argc, char **)\n"
			    "{\n\tA a = {argc};\n\tB b = {argc};\n\treturn total(&a) == total(&b);\n}\n",
			    0644));
	compiled__run(scratch, "cd @ && clang++ -g -O1 -fuse-ld=lld -ffunction-sections -Wl,--icf=all -o program a.cc");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "total"), 1);
	assert_int_equal(find(&opened, "total<A>"), 1);
	assert_string_equal(opened.found.items[0].name, "total<A>");
	assert_true(has_line(&opened.found.items[0], 6));
	assert_int_equal(find(&opened, "total<B>"), 1);
	assert_string_equal(opened.found.items[0].name, "total<B>");
	assert_true(has_line(&opened.found.items[0], 6));
	assert_int_equal(opened.found.items[0].n_notes, 1);
	assert_int_equal(find(&opened, "a.cc:6"), 1);
	close_program(&opened);
	scratch__free(scratch);
}

/* The constructors of a class share their code without being other functions. */
static void constructors_are_one_function(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.cc",
			    "struct Cls { int v; Cls(int x); ~Cls(); };\n"
			    "Cls::Cls(int x) : v(x) {}\nCls::~Cls() { v = 0; }\n"
			    "int main(int argc, char **) { return Cls(argc).v; }\n",
			    0644));
	compiled__run(scratch, "cd @ && g++ -g -O0 -o program a.cc");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "Cls::Cls"), 1);
	assert_int_equal(opened.found.items[0].n_notes, 0);
	assert_int_equal(find(&opened, "Cls::~Cls"), 1);
	assert_int_equal(opened.found.items[0].n_notes, 0);
	close_program(&opened);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folded_functions_have_their_own_lines),
		cmocka_unit_test(folded_instances_of_a_template),
		cmocka_unit_test(constructors_are_one_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
