// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/asked_symbols.h"

#include <string.h>

#include "unit/opened.h"

static const char alias_program[] = "volatile int sink;\n"					 /* 1 */
				    "int real(int x)\n"						 /* 2 */
				    "{\n"							 /* 3 */
				    "	return sink += x;\n"					 /* 4 */
				    "}\n"							 /* 5 */
				    "int public(int x) __attribute__((alias(\"real\")));\n"	 /* 6 */
				    "int weak(int x) __attribute__((weak, alias(\"real\")));\n"	 /* 7 */
				    "int old(int x) { return sink -= x; }\n"			 /* 8 */
				    "int new(int x) { return sink *= x; }\n"			 /* 9 */
				    "__asm__(\".symver old,name@V1\\n.symver new,name@@V2\");\n" /* 10 */
				    "static int slow(int x) { return sink / x; }\n"		 /* 11 */
				    "static int fast(int x) { return sink ^ x; }\n"		 /* 12 */
				    "static void *choose(void) { return sink ? (void *)slow : (void *)fast; }\n"
				    "int chosen(int x) __attribute__((ifunc(\"choose\")));\n"	       /* 14 */
				    "int caller(int x) { return chosen(x) + public(x) + weak(x); }\n"; /* 15 */

static bool has_note(const struct debug_function *function, const char *part)
{
	for (size_t i = 0; i < function->n_notes; i++)
		if (strstr(function->notes[i], part))
			return true;
	return false;
}

static void check_names(struct opened *opened)
{
	assert_int_equal(find(opened, "public"), 1);
	assert_string_equal(opened->found.items[0].name, "real");
	assert_int_equal(opened->found.items[0].line, 2);
	assert_true(has_note(&opened->found.items[0], "real, public and weak are the same code"));
	assert_int_equal(find(opened, "weak"), 1);
	assert_string_equal(opened->found.items[0].name, "real");
	assert_int_equal(find(opened, "a.c:public"), 1);
	assert_int_equal(find(opened, "b.c:public"), 0);
	assert_int_equal(find(opened, "pub*"), 1);
	assert_int_equal(find(opened, "/^(public|real)$/"), 1);
	assert_int_equal(find(opened, "name"), 2);
	assert_int_equal(find(opened, "name@V1"), 1);
	assert_string_equal(opened->found.items[0].name, "old");
	assert_int_equal(find(opened, "name@@V2"), 1);
	assert_int_equal(find(opened, "name@V2"), 1);
	assert_string_equal(opened->found.items[0].name, "new");
	assert_int_equal(find(opened, "name@V2"), 1);
	assert_string_equal(opened->found.items[0].name, "new");
	assert_int_equal(find(opened, "name@@V1"), 0);
	/* What the public name of an indirect function stands for, not the code that chooses that. */
	assert_int_equal(find(opened, "chosen"), 2);
	assert_string_equal(opened->found.items[0].name, "slow");
	assert_string_equal(opened->found.items[1].name, "fast");
	assert_true(has_note(&opened->found.items[1], "chosen is an indirect function"));
	assert_int_equal(find(opened, "caller"), 1);
	assert_int_equal(opened->found.items[0].n_notes, 0);
	assert_int_equal(find(opened, "nothing"), 0);
}

static void names_that_only_symbols_have_are_found(void **state)
{
	static const char *const commands[] = {
		"cd @ && gcc -g -O1 -shared -fPIC -Wl,--version-script=map -o program a.c",
		"cd @ && gcc -gdwarf-4 -O1 -shared -fPIC -Wl,--version-script=map -o full a.c && "
		"objcopy --only-keep-debug full program.debug && "
		"objcopy --strip-all --add-gnu-debuglink=program.debug full program",
	};
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.c", alias_program, 0644));
	free(scratch__write(scratch, "map", "V1 { global: name; };\nV2 { global: *; } V1;\n", 0644));
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct opened opened;

		compiled__run(scratch, commands[i]);
		opened = open_program(scratch);
		check_names(&opened);
		close_program(&opened);
	}
	scratch__free(scratch);
}

/* In a program that is not position-independent, the resolver has the addresses as numbers. */
static void absolute_addresses_of_implementations_are_found(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.c",
			    "volatile int sink;\n"
			    "static int slow(int x) { return sink / x; }\n"
			    "static int fast(int x) { return sink ^ x; }\n"
			    "static void *choose(void) { return sink ? (void *)slow : (void *)fast; }\n"
			    "int chosen(int x) __attribute__((ifunc(\"choose\")));\n"
			    "int main(int c, char **v) { (void)v; return chosen(c); }\n",
			    0644));
	compiled__run(scratch, "cd @ && gcc -g -O1 -no-pie -fno-pie -o program a.c");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "chosen"), 2);
	close_program(&opened);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_that_only_symbols_have_are_found),
		cmocka_unit_test(absolute_addresses_of_implementations_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
