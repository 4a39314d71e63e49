// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/symbol_functions.h"

#include <errno.h>
#include <string.h>

#include "unit/opened.h"

static const char lines_program[] = "static volatile long sink;\n"			  /* 1 */
				    "\n"						  /* 2 */
				    "__attribute__((noinline)) long work(int n)\n"	  /* 3 */
				    "{\n"						  /* 4 */
				    "	for (int i = 0; i < n; i++)\n"			  /* 5 */
				    "		sink += i;\n"				  /* 6 */
				    "	return sink;\n"					  /* 7 */
				    "}\n"						  /* 8 */
				    "/* a comment */\n"					  /* 9 */
				    "namespace ns { struct Cls { int get(int n); }; }\n"  /* 10 */
				    "__attribute__((noinline)) int ns::Cls::get(int n)\n" /* 11 */
				    "{\n"						  /* 12 */
				    "	return n + (int)sink;\n"			  /* 13 */
				    "}\n"						  /* 14 */
				    "int main(int argc, char **)\n"			  /* 15 */
				    "{\n"						  /* 16 */
				    "	ns::Cls c;\n"					  /* 17 */
				    "	return c.get((int)work(argc)) == 1;\n"		  /* 18 */
				    "}\n";

struct names {
	char text[512];
};

static int append_name(const char *name, const char *file, unsigned line, void *ctx)
{
	struct names *names = ctx;

	(void)file;
	assert_true(line > 0);
	strcat(strcat(names->text, name), " ");
	return 0;
}

/* The names that a listing of what TEXT selects has, with a blank behind each; borrowed from NAMES. */
static const char *listed(struct opened *opened, const char *text, struct names *names)
{
	struct selector *selector = NULL;
	const struct selector *const *selectors = (const struct selector *const *)&selector;

	*names->text = 0;
	assert_int_equal(selector__parse(text, &selector), 0);
	assert_int_equal(debuginfo__each_name(opened->info, selectors, 1, append_name, names), 0);
	selector__free(selector);
	return names->text;
}

static void functions_of_line_tables_have_the_names_of_symbols(void **state)
{
	static const char *const commands[] = {
		"cd @ && clang++ -gline-tables-only -O1 -o program a.cc",
		"cd @ && clang++ -gline-tables-only -gdwarf-4 -O0 -o program a.cc",
		"cd @ && clang++ -gline-tables-only -O1 -ffunction-sections -o program a.cc",
	};
	struct scratch *scratch = scratch__new();

	(void)state;
	free(scratch__write(scratch, "a.cc", lines_program, 0644));
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct names names = {""};
		struct opened opened;

		compiled__run(scratch, commands[i]);
		opened = open_program(scratch);
		assert_int_equal(find(&opened, "work"), 1);
		assert_int_equal(strncmp(opened.found.items[0].name, "work", 4), 0);
		assert_string_equal(strrchr(opened.found.items[0].file, '/'), "/a.cc");
		assert_true(opened.found.items[0].line == 3 || opened.found.items[0].line == 4);
		assert_true(has_line(&opened.found.items[0], 6));
		assert_int_equal(find(&opened, "a.cc:6"), 1);
		assert_int_equal(find(&opened, "a.cc:work"), 1);
		assert_int_equal(find(&opened, "b.cc:work"), 0);
		assert_int_equal(find(&opened, "a.cc:9"), 0);
		assert_int_equal(find(&opened, "a.cc:1-30"), 3);
		assert_int_equal(find(&opened, "ns::Cls::get"), 1);
		assert_int_equal(find(&opened, "get"), 1);
		assert_int_equal(find(&opened, "ns::*"), 1);
		assert_int_equal(find(&opened, "_ZN2ns3Cls3getEi"), 1);
		assert_int_equal(find(&opened, "a.cc:13"), 1);
		assert_string_equal(opened.found.items[0].linkage_name, "_ZN2ns3Cls3getEi");
		assert_int_equal(debuginfo__each_name(opened.info, NULL, 0, append_name, &names), 0);
		assert_non_null(strstr(names.text, "work"));
		assert_non_null(strstr(names.text, "get"));
		assert_non_null(strstr(listed(&opened, "a.cc:work", &names), "work"));
		assert_string_equal(listed(&opened, "b.cc:work", &names), "");
		close_program(&opened);
	}
	scratch__free(scratch);
}

static const char label_program[] = "	.text\n"
				    "	.globl first\n"
				    "first:\n"
				    "	xor %eax, %eax\n"	  /* 4 */
				    "inner:\n"			  /* 5 */
				    "	add %edi, %eax\n"	  /* 6 */
				    "	dec %edi\n"		  /* 7 */
				    "	jnz inner\n"		  /* 8 */
				    "	ret\n"			  /* 9 */
				    "	.globl second\n"	  /* 10 */
				    "second:\n"			  /* 11 */
				    "	mov %edi, %eax\n"	  /* 12 */
				    "	ret\n"			  /* 13 */
				    "	.type third, @function\n" /* 14 */
				    "third:	ret\n"		  /* 15 */
				    "	.size third, . - third\n"
				    "	.section .note.GNU-stack,\"\",@progbits\n";

static void labels_of_assembler_files_are_functions(void **state)
{
	struct scratch *scratch = scratch__new();
	struct names names = {""};
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.S", label_program, 0644));
	free(scratch__write(scratch, "b.c",
			    "int first(int), second(int);\nint main(int c, char **v)\n{\n"
			    "\t(void)v;\n\treturn first(c) + second(c);\n}\n",
			    0644));
	compiled__run(scratch, "cd @ && gcc -g -o program a.S b.c");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "first"), 1);
	assert_true(has_line(&opened.found.items[0], 4) && has_line(&opened.found.items[0], 8));
	assert_false(has_line(&opened.found.items[0], 12));
	assert_true(opened.found.items[0].instances[0].open_ended);
	assert_int_equal(find(&opened, "a.S:7"), 1);
	assert_string_equal(opened.found.items[0].name, "first");
	assert_int_equal(find(&opened, "second"), 1);
	assert_int_equal(opened.found.items[0].line, 12);
	assert_int_equal(find(&opened, "third"), 1);
	assert_int_equal(opened.found.items[0].line, 15);
	assert_false(opened.found.items[0].instances[0].open_ended);
	/* A local label is a function only for who names it. */
	assert_int_equal(find(&opened, "inner"), 1);
	assert_int_equal(opened.found.items[0].line, 6);
	assert_int_equal(find(&opened, "inn*"), 0);
	assert_int_equal(debuginfo__each_name(opened.info, NULL, 0, append_name, &names), 0);
	assert_non_null(strstr(names.text, "first"));
	assert_null(strstr(names.text, "inner"));
	/* With and without a DIE, a function is listed only with its own file. */
	assert_string_equal(listed(&opened, "a.S:third", &names), "third ");
	assert_string_equal(listed(&opened, "b.c:third", &names), "");
	assert_string_equal(listed(&opened, "a.S:first", &names), "first ");
	assert_string_equal(listed(&opened, "b.c:first", &names), "");
	close_program(&opened);
	scratch__free(scratch);
}

/* As OCaml has it: code before the function's first row, which is not on the line of the function before. */
static void code_before_the_first_row_is_on_its_line(void **state)
{
	struct scratch *scratch = scratch__new();
	struct opened opened;

	(void)state;
	free(scratch__write(scratch, "a.s",
			    "	.file 1 \"a.ml\"\n	.text\n"
			    "	.globl before\n	.type before, @function\n"
			    "before:\n	.loc 1 3\n	ret\n	.size before, . - before\n"
			    "	.globl entry\n	.type entry, @function\n"
			    "entry:\n	nop\n	.loc 1 7\n	ret\n	.size entry, . - entry\n"
			    "	.section .note.GNU-stack,\"\",@progbits\n",
			    0644));
	free(scratch__write(scratch, "b.c", "int main(void)\n{\n\treturn 0;\n}\n", 0644));
	compiled__run(scratch, "cd @ && gcc -g -o program a.s b.c");
	opened = open_program(scratch);
	assert_int_equal(find(&opened, "entry"), 1);
	assert_int_equal(opened.found.items[0].line, 7);
	assert_string_equal(strrchr(opened.found.items[0].file, '/'), "/a.ml");
	assert_true(has_line(&opened.found.items[0], 7));
	assert_false(has_line(&opened.found.items[0], 3) || has_line(&opened.found.items[0], 0));
	assert_int_equal(find(&opened, "a.ml:3"), 1);
	assert_string_equal(opened.found.items[0].name, "before");
	assert_int_equal(find(&opened, "a.ml:5"), 0);
	close_program(&opened);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_of_line_tables_have_the_names_of_symbols),
		cmocka_unit_test(labels_of_assembler_files_are_functions),
		cmocka_unit_test(code_before_the_first_row_is_on_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
