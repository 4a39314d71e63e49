// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/function_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

#define MOST 8

/* A function with one instance, which has code on all lines from CODE to its last. */
struct row {
	const char *name;
	uint32_t line, code, last;
	uint64_t entry; /* another one is another instance */
	bool selected;	/* by the one selector there is, as far as names tell */
};

static const struct debug_places places; /* all lines are in the functions' own files */

static struct function_candidate candidate_of(const struct row *row)
{
	struct function_candidate candidate = {.function = {.line = row->line}, .capacity = 1};
	struct debug_instance *instance = calloc(1, sizeof(*instance));

	assert_non_null(instance);
	instance->entry = instance->body_entry = row->entry;
	instance->n_lines = row->last - row->code + 1;
	instance->lines = calloc(instance->n_lines, sizeof(*instance->lines));
	assert_non_null(instance->lines);
	for (uint32_t i = 0; i < instance->n_lines; i++)
		instance->lines[i] =
			(struct line_span){.lo = row->entry + i, .hi = row->entry + i + 1, .line = row->code + i};
	candidate.function.name = strdup(row->name);
	candidate.function.linkage_name = strdup("");
	candidate.function.file = strdup("/a.c");
	candidate.function.instances = instance;
	candidate.function.n_instances = 1;
	candidate.selected = calloc(1, sizeof(*candidate.selected));
	assert_non_null(candidate.selected);
	*candidate.selected = row->selected;
	return candidate;
}

/* Chooses among N rows by the selector TEXT. What is chosen reads EXPECTED: "name*instances name*instances". */
static void check(const char *text, const struct row *rows, size_t n, const char *expected)
{
	struct function_candidate candidates[MOST];
	struct debug_functions out;
	struct selector *selector;
	char got[256] = "";
	bool matched;

	assert_true(n <= MOST);
	for (size_t i = 0; i < n; i++)
		candidates[i] = candidate_of(&rows[i]);
	assert_int_equal(selector__parse(text, &selector), 0);
	assert_int_equal(function_choice__make(candidates, n, (const struct selector *const *)&selector, 1, &places,
					       &matched, &out),
			 0);
	for (size_t i = 0; i < out.n; i++)
		sprintf(got + strlen(got), "%s%s*%zu", i ? " " : "", out.items[i].name, out.items[i].n_instances);
	assert_string_equal(got, expected);
	assert_int_equal(matched, out.n > 0);
	for (size_t i = 0; i < n; i++)
		function_candidate__clear(&candidates[i]);
	debug_functions__free(&out);
	selector__free(selector);
}

#define CHECK(text, rows, expected) check(text, rows, sizeof(rows) / sizeof(*(rows)), expected)

static void by_name(void **state)
{
	static const struct row rows[] = {
		{"g", 30, 31, 33, 0x30, false},
		{"f", 20, 21, 23, 0x20, true},
		{"f", 10, 11, 13, 0x10, true},
	};

	(void)state;
	CHECK("f", rows, "f*1 f*1"); /* by line */
	CHECK("f", ((struct row[]){{"g", 30, 31, 33, 0x30, false}}), "");
}

static void the_same_function_of_several_units_is_one(void **state)
{
	static const struct row rows[] = {
		{"f", 10, 11, 13, 0x20, true},
		{"f", 10, 11, 13, 0x10, true},
		{"f", 10, 11, 13, 0x20, false}, /* the same instance once more */
	};

	(void)state;
	CHECK("f", rows, "f*2");
}

static void overloads_without_declarations_are_told_apart_by_their_bodies(void **state)
{
	static const struct row rows[] = {
		{"f", 0, 20, 23, 0x20, true},
		{"f", 0, 10, 13, 0x10, true},
		{"f", 0, 20, 23, 0x40, true}, /* the second one of another unit */
	};

	(void)state;
	CHECK("f", rows, "f*1 f*2");
}

static void a_line_is_the_innermost_functions(void **state)
{
	static const struct row rows[] = {
		{"outer", 10, 11, 40, 0x10, true},
		{"inner", 20, 21, 25, 0x20, true},
		{"other", 50, 51, 60, 0x30, true},
	};

	(void)state;
	CHECK("a.c:22", rows, "inner*1");
	CHECK("a.c:30", rows, "outer*1");
	CHECK("a.c:45", rows, "");
	CHECK("a.c:55", rows, "other*1");
}

static void who_has_code_on_the_line_comes_first(void **state)
{
	/* the inner one begins later, but has no code on line 22 */
	static const struct row rows[] = {
		{"outer", 10, 11, 40, 0x10, true},
		{"inner", 20, 24, 25, 0x20, true},
	};

	(void)state;
	CHECK("a.c:22", rows, "outer*1");
}

static void a_range_is_all_that_have_code_in_it(void **state)
{
	static const struct row rows[] = {
		{"a", 10, 11, 14, 0x10, true},
		{"b", 20, 21, 24, 0x20, true},
		{"c", 30, 31, 34, 0x30, true},
		{"d", 20, 21, 24, 0x40, false}, /* of another file */
	};

	(void)state;
	CHECK("a.c:14-21", rows, "a*1 b*1");
	CHECK("a.c:15-20", rows, "");
}

static void an_unknown_declaration_is_where_the_code_begins(void **state)
{
	static const struct row rows[] = {
		{"f", 0, 12, 20, 0x10, true},
		{"g", 0, 31, 40, 0x20, true},
	};

	(void)state;
	CHECK("a.c:12", rows, "f*1");
	CHECK("a.c:20", rows, "f*1");
	CHECK("a.c:25", rows, ""); /* a comment between them */
	CHECK("a.c:11", rows, "");
	CHECK("a.c:31", rows, "g*1");
	CHECK("a.c:41", rows, "");
}

static void code_on_a_line_before_the_declaration_counts(void **state)
{
	static const struct row rows[] = {{"f", 12, 10, 20, 0x10, true}};

	(void)state;
	CHECK("a.c:10", rows, "f*1");
	CHECK("a.c:9", rows, "");
}

/* Two functions that are one code: the body is counted for the first of them. */
static void a_shared_body_is_counted_once(void **state)
{
	static const struct row rows[] = {
		{"beta", 20, 21, 24, 0x10, true},
		{"alpha", 10, 11, 14, 0x10, true},
		{"other", 30, 31, 34, 0x30, true},
	};

	(void)state;
	CHECK("*", rows, "alpha*1 other*1");
	CHECK("a.c:22", rows, "beta*1");
}

/* A name that only the symbol table has gives way to one of debug information. */
static void names_of_symbols_come_last(void **state)
{
	struct function_candidate candidates[] = {
		candidate_of(&(struct row){"alpha", 10, 11, 14, 0x10, true}),
		candidate_of(&(struct row){"beta", 20, 21, 24, 0x10, true}),
	};
	struct debug_functions out;
	struct selector *selector;
	bool matched;

	(void)state;
	candidates[0].by_symbol = true;
	assert_int_equal(selector__parse("beta", &selector), 0);
	assert_int_equal(function_choice__make(candidates, 2, (const struct selector *const *)&selector, 1, &places,
					       &matched, &out),
			 0);
	assert_int_equal(out.n, 1);
	assert_string_equal(out.items[0].name, "beta");
	for (size_t i = 0; i < 2; i++)
		function_candidate__clear(&candidates[i]);
	debug_functions__free(&out);
	selector__free(selector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name),
		cmocka_unit_test(the_same_function_of_several_units_is_one),
		cmocka_unit_test(overloads_without_declarations_are_told_apart_by_their_bodies),
		cmocka_unit_test(a_line_is_the_innermost_functions),
		cmocka_unit_test(who_has_code_on_the_line_comes_first),
		cmocka_unit_test(a_range_is_all_that_have_code_in_it),
		cmocka_unit_test(an_unknown_declaration_is_where_the_code_begins),
		cmocka_unit_test(code_on_a_line_before_the_declaration_counts),
		cmocka_unit_test(a_shared_body_is_counted_once),
		cmocka_unit_test(names_of_symbols_come_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
