// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cpython/python_code.h"
#include "unit/test.h"

static struct lprof_python_text utf8(const char *string)
{
	struct lprof_python_text text = {.length = (uint32_t)strlen(string)};

	memcpy(text.bytes, string, strnlen(string, sizeof(text.bytes)));
	return text;
}

static struct lprof_python_code_record code_record(uint32_t id, const char *qualname, const char *file,
						   uint32_t first_line, uint32_t table_size)
{
	const char *dot = strrchr(qualname, '.');

	return (struct lprof_python_code_record){
		.record = {LPROF_PYTHON_CODE, id},
		.key = {.code = 0x1000 + id, .tgid = 7},
		.first_line = first_line,
		.table_size = table_size,
		.name = utf8(dot ? dot + 1 : qualname),
		.qualname = utf8(qualname),
		.file = utf8(file),
	};
}

static struct python_code *take(struct python_codes *codes, const struct lprof_python_code_record *record)
{
	struct python_code *code;

	assert_int_equal(python_codes__take(codes, &record->record, sizeof(*record), &code), 0);
	return code;
}

static struct python_code *take_chunk(struct python_codes *codes, uint32_t id, uint32_t offset, const uint8_t *bytes,
				      uint32_t size)
{
	struct lprof_python_table_record record = {.record = {LPROF_PYTHON_TABLE, id}, .offset = offset, .size = size};
	struct python_code *code;

	memcpy(record.bytes, bytes, size);
	assert_int_equal(python_codes__take(codes, &record.record, sizeof(record), &code), 0);
	return code;
}

static bool selects(const char *text, const struct python_code *code)
{
	struct selector *selector;
	bool selected;

	assert_int_equal(selector__parse(text, &selector), 0);
	selected = python_code__is_selected(code, selector);
	selector__free(selector);
	return selected;
}

/*
 * Entries of one unit each, without columns. Their line is a difference to the line before; the first is relative to
 * the function's first line.
 */
static const uint8_t table[] = {0x80 | 13 << 3, 0, 0x80 | 13 << 3, 1 << 1, 0x80 | 13 << 3, 2 << 1};

static void is_complete_with_its_table(void **state)
{
	struct lprof_python_code_record record = code_record(2, "A.f", "/x/y.py", 10, sizeof(table));
	struct python_codes codes = {0};
	struct python_code *code;

	(void)state;
	assert_null(take(&codes, &record));
	assert_null(take_chunk(&codes, 2, 0, table, 2));
	code = take_chunk(&codes, 2, 2, table + 2, sizeof(table) - 2);
	assert_non_null(code);
	assert_true(python_code__is_complete(code));
	assert_int_equal(code->lines.n, 2);
	assert_int_equal(code->lines.lines[0], 11);
	assert_int_equal(code->lines.lines[1], 13);
	assert_null(python_codes__find(&codes, 1));
	assert_null(python_codes__find(&codes, 3));
	assert_ptr_equal(python_codes__find(&codes, 2), code);
	/* The whole record is sent again, because the kernel had no room for a part of it the first time. */
	assert_null(take(&codes, &record));
	assert_non_null(take_chunk(&codes, 2, 0, table, sizeof(table)));
	python_codes__release(&codes);
}

static void refuses_nonsense(void **state)
{
	struct lprof_python_code_record record = code_record(1, "f", "y.py", 10, 4);
	struct lprof_python_table_record chunk = {.record = {LPROF_PYTHON_TABLE, 1}, .offset = 1, .size = 4};
	struct python_codes codes = {0};
	struct python_code *code;

	(void)state;
	/* a chunk of a code object that is not known */
	assert_int_equal(python_codes__take(&codes, &chunk.record, sizeof(chunk), &code), -EINVAL);
	assert_int_equal(python_codes__take(&codes, &record.record, sizeof(record) - 1, &code), -EINVAL);
	assert_null(take(&codes, &record));
	assert_int_equal(python_codes__take(&codes, &chunk.record, sizeof(chunk), &code), -EINVAL); /* a gap */
	chunk.offset = 0;
	chunk.size = 5;
	assert_int_equal(python_codes__take(&codes, &chunk.record, sizeof(chunk), &code), -EINVAL); /* too much */
	record.record.id = 0;
	assert_int_equal(python_codes__take(&codes, &record.record, sizeof(record), &code), -EINVAL);
	record.record.id = UINT32_MAX;
	assert_int_equal(python_codes__take(&codes, &record.record, sizeof(record), &code), -EINVAL);
	python_codes__release(&codes);
}

static void texts_become_utf8(void **state)
{
	static const uint16_t wide[] = {'g', 0xf6, 0x65e5};
	static const uint32_t widest[] = {'x', 0x1f40d};
	struct lprof_python_code_record record = code_record(1, "f", "f.py", 1, 0);
	struct python_codes codes = {0};
	struct python_code *code;

	(void)state;
	record.name = (struct lprof_python_text){.length = 2, .width = 1, .bytes = {'a', 0xe4}};
	record.qualname = (struct lprof_python_text){.length = 3, .width = 2};
	memcpy(record.qualname.bytes, wide, sizeof(wide));
	record.file = (struct lprof_python_text){.length = 2, .width = 4};
	memcpy(record.file.bytes, widest, sizeof(widest));
	code = take(&codes, &record);
	assert_string_equal(code->name, "aä");
	assert_string_equal(code->qualname, "gö日");
	assert_string_equal(code->file, "x🐍");

	/* A text that is longer than what the kernel passes on. */
	record.name = (struct lprof_python_text){.length = 1000, .width = 1};
	memset(record.name.bytes, 'n', sizeof(record.name.bytes));
	code = take(&codes, &record);
	assert_int_equal(strlen(code->name), sizeof(record.name.bytes) + strlen("..."));
	assert_string_equal(code->name + sizeof(record.name.bytes), "...");
	python_codes__release(&codes);
}

static void selects_by_name(void **state)
{
	static const struct {
		const char *qualname, *selector;
		bool selected;
	} cases[] = {
		{"fit", "fit", true},
		{"Regression.fit", "fit", true},
		{"Regression.fit", "Regression.fit", true},
		{"Regression.fit", "ression.fit", false},
		{"Regression.fit", "Regression", false},
		{"outer.<locals>.inner", "inner", true},
		{"outer.<locals>.inner", "outer.inner", true},
		{"outer.<locals>.inner", "outer.<locals>.inner", true},
		{"outer.<locals>.A.f", "outer.A.f", true},
		{"outer.<locals>.A.f", "A.f", true},
		{"outer.<locals>.A.f", "outer.f", false},
		{"<module>", "<module>", true},
		{"f.<locals>.<lambda>", "<lambda>", true},
		{"f.<locals>.<listcomp>", "f.<listcomp>", true},
		{"refit", "fit", false},
		{"refit", "*fit", true},
		{"A.refit", "A.*", true},
		{"A.refit", "/re/", true},
		{"A.refit", "file.py:refit", true},
		{"A.refit", "other.py:refit", false},
		{"A.refit", "pkg/file.py:A.*", true},
		{"A.refit", "file.py:12", true},
		{"A.refit", "file.py:13-20", false},
		{"A.refit", "file.py:1-10", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct lprof_python_code_record record = code_record(1, cases[i].qualname, "/a/pkg/file.py", 10, 0);
		struct python_codes codes = {0};
		struct python_code *code = take(&codes, &record);
		uint32_t lines[] = {11, 12};

		code->lines = (struct python_lines){.lines = lines, .n = 2};
		if (selects(cases[i].selector, code) != cases[i].selected)
			fail_msg("%s of %s", cases[i].selector, cases[i].qualname);
		code->lines = (struct python_lines){0};
		python_codes__release(&codes);
	}
}

static void frozen_code_needs_its_file(void **state)
{
	struct lprof_python_code_record record = code_record(1, "main", "<frozen site>", 10, 0);
	struct python_codes codes = {0};
	struct python_code *code = take(&codes, &record);

	(void)state;
	assert_false(selects("main", code));
	assert_false(selects("*", code));
	assert_true(selects("<frozen site>:main", code));
	python_codes__release(&codes);
}

static void the_same_function_in_two_processes(void **state)
{
	struct lprof_python_code_record one = code_record(1, "f", "a.py", 10, 0);
	struct lprof_python_code_record two = code_record(2, "f", "a.py", 10, 0);
	struct lprof_python_code_record other = code_record(3, "f", "a.py", 11, 0);
	struct python_codes codes = {0};

	(void)state;
	two.key.tgid = 8;
	take(&codes, &one);
	take(&codes, &two);
	take(&codes, &other);
	assert_int_equal(python_code__compare(&codes.items[0], &codes.items[1]), 0);
	assert_int_not_equal(python_code__compare(&codes.items[0], &codes.items[2]), 0);
	python_codes__release(&codes);
}

static void names_to_look_for(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"fit", "fit"}, {"A.fit", "fit"}, {"x.py:A.fit", "fit"},
		{"f*", NULL},	{"x.py:3", NULL}, {"<module>", "<module>"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct selector *selector;
		const char *name;

		assert_int_equal(selector__parse(cases[i].text, &selector), 0);
		name = python_code__bare_name(selector);
		if (cases[i].name)
			assert_string_equal(name, cases[i].name);
		else
			assert_null(name);
		selector__free(selector);
	}
}

static void what_is_known_from_elsewhere(void **state)
{
	const uint32_t lines[] = {3, 4, 7}, others[] = {3, 4, 8};
	struct python_code_facts facts = {"fit", "A.fit", "/x/model.py", 2, lines, 3};
	struct python_codes codes = {0};
	uint32_t id = 0;

	(void)state;
	for (uint32_t i = 1; i <= 3; i++) {
		assert_int_equal(python_codes__add(&codes, &facts, &id), 0);
		assert_int_equal(id, i);
		facts.lines = others;
	}
	facts.n_lines = 0;
	assert_int_equal(python_codes__add(&codes, &facts, &id), 0);
	assert_true(python_code__is_complete(&codes.items[0]));
	assert_true(selects("A.fit", &codes.items[0]));
	assert_true(selects("model.py:7", &codes.items[0]));
	assert_false(selects("model.py:7", &codes.items[1]));
	assert_int_equal(codes.items[0].lines.n, 3);
	/* By its lines, a function is told from another one of the same name. */
	assert_true(python_code__compare(&codes.items[0], &codes.items[1]) != 0);
	assert_int_equal(python_code__compare(&codes.items[1], &codes.items[2]), 0);
	assert_true(python_code__compare(&codes.items[2], &codes.items[3]) != 0);
	python_codes__release(&codes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_complete_with_its_table), cmocka_unit_test(refuses_nonsense),
		cmocka_unit_test(texts_become_utf8),	      cmocka_unit_test(selects_by_name),
		cmocka_unit_test(frozen_code_needs_its_file), cmocka_unit_test(the_same_function_in_two_processes),
		cmocka_unit_test(names_to_look_for),	      cmocka_unit_test(what_is_known_from_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
