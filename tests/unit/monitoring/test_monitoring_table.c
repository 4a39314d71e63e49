// SPDX-License-Identifier: GPL-2.0-or-later
/* monitoring_table reads what shim_counts has written, and does not stumble over what has been changed in there. */
#include <stdlib.h>
#include <string.h>

#include "monitoring/monitoring_table.h"
#include "unit/shim_program.h"

struct fixture {
	struct shim_program program;
	void *bytes; /* a copy of its table */
	size_t size;
};

static int setup(void **state)
{
	static struct fixture fixture;
	struct shim_program *program = &fixture.program;

	shim_program__begin(program);
	shim_program__enter(program, program->outer, 100);
	shim_program__line(program, program->outer, 1, 110);
	shim_program__enter(program, program->inner, 120);
	shim_program__line(program, program->inner, 2, 125);
	fixture.size = program->counts.memory.table->used;
	fixture.bytes = malloc(fixture.size);
	assert_non_null(fixture.bytes);
	memcpy(fixture.bytes, program->counts.memory.table, fixture.size);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	free(fixture->bytes);
	shim_program__end(&fixture->program);
	return 0;
}

static void reads_what_was_written(void **state)
{
	struct fixture *fixture = *state;
	struct monitoring_table table;
	const struct monitoring_function *function;

	assert_int_equal(monitoring_table__read(fixture->bytes, fixture->size, &table), 0);
	assert_false(table.damaged);
	assert_int_equal(table.head->pid, getpid());
	assert_int_equal(table.n_functions, 2);
	assert_string_equal(table.functions[1].name, "inner");
	assert_string_equal(table.functions[1].file, "/x/program.py");
	assert_int_equal(table.functions[0].record->lines[1].line, 11);
	assert_int_equal(table.functions[0].record->lines[1].hits, 1);
	assert_int_equal(table.n_threads, 1);
	assert_int_equal(table.threads[0]->n, 2);
	function = monitoring_table__timed(&table, &table.threads[0]->frames[1]);
	assert_ptr_equal(function, &table.functions[1]);
	monitoring_table__release(&table);
}

/* The record at which the table's function NUMBER begins. */
static struct lprof_shim_function *function_at(const struct fixture *fixture, size_t number)
{
	struct monitoring_table table;
	size_t at;

	assert_int_equal(monitoring_table__read(fixture->bytes, fixture->size, &table), 0);
	at = table.functions[number].at;
	monitoring_table__release(&table);
	return (struct lprof_shim_function *)((char *)fixture->bytes + at);
}

/* Reads the table, which is damaged from function NUMBER on, and gives it back its VALUE at WHERE. */
static void assert_damaged(struct fixture *fixture, uint32_t *where, uint32_t value, size_t number)
{
	struct monitoring_table table;
	uint32_t before = *where;

	*where = value;
	assert_int_equal(monitoring_table__read(fixture->bytes, fixture->size, &table), 0);
	assert_true(table.damaged);
	assert_int_equal(table.n_functions, number);
	monitoring_table__release(&table);
	*where = before;
}

static void sizes_and_numbers_are_checked(void **state)
{
	struct fixture *fixture = *state;
	struct lprof_shim_function *function = function_at(fixture, 1);

	assert_damaged(fixture, &function->record.size, 0, 1);
	assert_damaged(fixture, &function->record.size, function->record.size + 4, 1);
	assert_damaged(fixture, &function->record.size, 1u << 30, 1);
	assert_damaged(fixture, &function->record.size, 16, 1);
	assert_damaged(fixture, &function->record.kind, 7, 1);
	assert_damaged(fixture, &function->n_lines, 0, 1);
	assert_damaged(fixture, &function->n_lines, 1u << 31, 1);
	assert_damaged(fixture, &function->name_size, 0, 1);
	assert_damaged(fixture, &function->name_size, 3, 1);
	assert_damaged(fixture, &function->file_size, UINT32_MAX, 1);
	assert_damaged(fixture, &function->id, 0, 1);
	assert_damaged(fixture, &function->id, UINT32_MAX, 1);
	assert_damaged(fixture, &function->lines[0].line, 5, 1);
	assert_damaged(fixture, &function->lines[2].line, 11, 1);
}

static void frames_are_checked(void **state)
{
	struct fixture *fixture = *state;
	struct monitoring_table table;
	struct lprof_shim_frame frame;

	assert_int_equal(monitoring_table__read(fixture->bytes, fixture->size, &table), 0);
	frame = table.threads[0]->frames[0];
	assert_non_null(monitoring_table__timed(&table, &frame));
	frame.line = 4;
	assert_null(monitoring_table__timed(&table, &frame));
	frame.line = 1;
	frame.waits = 1;
	assert_null(monitoring_table__timed(&table, &frame));
	frame.waits = 0;
	frame.function = 3;
	assert_null(monitoring_table__timed(&table, &frame));
	frame.function = UINT32_MAX;
	assert_null(monitoring_table__timed(&table, &frame));
	((struct lprof_shim_thread *)table.threads[0])->n = 1u << 30;
	monitoring_table__release(&table);
	assert_int_equal(monitoring_table__read(fixture->bytes, fixture->size, &table), 0);
	assert_true(table.damaged);
	assert_int_equal(table.n_threads, 0);
	monitoring_table__release(&table);
}

/* Every byte in turn, and every size. What is read is read to its end, so that sanitizers see what is out of bounds. */
static void any_byte_may_be_wrong(void **state)
{
	struct fixture *fixture = *state;
	unsigned char *bytes = fixture->bytes;
	size_t sum = 0;

	for (size_t i = LPROF_SHIM_HEAD_SIZE; i < fixture->size; i++) {
		for (int bit = 0; bit < 8; bit += 7) {
			struct monitoring_table table;

			bytes[i] ^= (unsigned char)(1 << bit);
			assert_int_equal(monitoring_table__read(bytes, fixture->size, &table), 0);
			for (size_t k = 0; k < table.n_functions; k++)
				sum += strlen(table.functions[k].name) + strlen(table.functions[k].qualname) +
				       strlen(table.functions[k].file) +
				       table.functions[k].record->lines[table.functions[k].record->n_lines - 1].line;
			for (size_t k = 0; k < table.n_threads; k++)
				for (uint32_t f = 0; f < table.threads[k]->n; f++)
					sum += monitoring_table__timed(&table, &table.threads[k]->frames[f]) != NULL;
			monitoring_table__release(&table);
			bytes[i] ^= (unsigned char)(1 << bit);
		}
	}
	assert_true(sum > 0);
	for (size_t size = 0; size < fixture->size; size += 8) {
		struct monitoring_table table;
		void *copy = malloc(size + 1);

		assert_non_null(copy);
		memcpy(copy, bytes, size);
		assert_int_equal(monitoring_table__read(copy, size, &table), 0);
		monitoring_table__release(&table);
		free(copy);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_what_was_written),
		TEST(sizes_and_numbers_are_checked),
		TEST(frames_are_checked),
		TEST(any_byte_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
