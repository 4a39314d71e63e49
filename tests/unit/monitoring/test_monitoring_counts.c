// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_counts.h"
#include "unit/shim_program.h"

static int setup(void **state)
{
	static struct shim_program program;

	shim_program__begin(&program);
	shim_program__enter(&program, program.outer, 100);
	shim_program__line(&program, program.outer, 1, 110);
	shim_program__enter(&program, program.inner, 120);
	shim_program__line(&program, program.inner, 1, 125);
	*state = &program;
	return 0;
}

static int teardown(void **state)
{
	shim_program__end(*state);
	return 0;
}

static void add(const struct shim_program *program, const struct monitoring_reading *reading,
		struct monitoring_counts *counts)
{
	struct monitoring_table table;

	assert_int_equal(
		monitoring_table__read(program->counts.memory.table, program->counts.memory.table->used, &table), 0);
	assert_int_equal(monitoring_counts__add(counts, &table, reading), 0);
	monitoring_table__release(&table);
}

/* The counters of LINE of code object CODE, the last ones of several. */
static const struct lprof_edge *edge_of(const struct monitoring_counts *counts, uint32_t code, uint32_t line)
{
	for (size_t i = counts->counters.n_lines; i-- > 0;)
		if (counts->counters.lines[i].code == code && counts->counters.lines[i].line == line)
			return &counts->counters.interpreted[counts->counters.lines[i].edge];
	fail();
	return NULL;
}

static void ticks_become_nanoseconds(void **state)
{
	struct shim_program *program = *state;
	const struct monitoring_reading reading = {.tick_ns = 0.5};
	struct monitoring_counts counts = {0};
	const struct lprof_edge *edge;
	const struct python_code *code;

	shim_program__line(program, program->inner, 2, 145);
	add(program, &reading, &counts);
	assert_int_equal(counts.codes.n, 2);
	code = python_codes__find(&counts.codes, 2);
	assert_string_equal(code->qualname, "inner");
	assert_int_equal(code->first_line, 10);
	assert_int_equal(code->lines.n, 3);
	assert_int_equal(code->lines.lines[2], 13);
	assert_true(python_code__is_complete(code));
	edge = edge_of(&counts, 2, 11);
	assert_int_equal(edge->departures, 1);
	assert_int_equal(edge->times.cpu_ns, 10);
	assert_int_equal(edge->times.probe_ns, 1); /* two ticks */
	assert_int_equal(edge_of(&counts, 2, 0)->departures, 1);
	assert_int_equal(edge_of(&counts, 1, 13)->departures, 0);
	assert_int_equal(counts.n_events, 5);
	monitoring_counts__release(&counts);
}

/* Calls under way are charged up to the end, both of them, less what events have cost. */
static void calls_under_way(void **state)
{
	struct shim_program *program = *state;
	struct monitoring_reading reading = {.tick_ns = 1, .in_flight = true, .end = 1000};
	struct monitoring_counts counts = {0};

	add(program, &reading, &counts);
	assert_int_equal(edge_of(&counts, 1, 11)->times.cpu_ns, 890);
	assert_int_equal(edge_of(&counts, 1, 11)->times.probe_ns, 4);
	assert_int_equal(edge_of(&counts, 2, 11)->times.cpu_ns, 875);
	monitoring_counts__release(&counts);
	reading.in_flight = false;
	add(program, &reading, &counts);
	assert_int_equal(edge_of(&counts, 1, 11)->times.cpu_ns, 0);
	monitoring_counts__release(&counts);
	/* A clock that is behind is no reason for a time of 500 years. */
	reading = (struct monitoring_reading){.tick_ns = 1, .in_flight = true, .end = 1};
	add(program, &reading, &counts);
	assert_int_equal(edge_of(&counts, 1, 11)->times.cpu_ns, 0);
	monitoring_counts__release(&counts);
}

/* Of a function that calls itself, only the innermost activation's line is charged. */
static void recursion_under_way(void **state)
{
	struct shim_program *program = *state;
	const struct monitoring_reading reading = {.tick_ns = 1, .in_flight = true, .end = 1000};
	struct monitoring_counts counts = {0};

	shim_program__enter(program, program->outer, 200);
	shim_program__line(program, program->outer, 2, 210);
	add(program, &reading, &counts);
	assert_int_equal(edge_of(&counts, 1, 11)->times.cpu_ns, 90);
	assert_int_equal(edge_of(&counts, 1, 12)->times.cpu_ns, 790);
	assert_int_equal(edge_of(&counts, 2, 11)->times.cpu_ns, 875);
	monitoring_counts__release(&counts);
}

static void owners_are_kept_apart(void **state)
{
	struct shim_program *program = *state;
	const struct shim_identity identity = shim_program__identity("outer");
	struct monitoring_reading reading = {.tick_ns = 1, .by = PROFILE_BY_PROCESS};
	struct monitoring_counts counts = {0};

	add(program, &reading, &counts);
	add(program, &reading, &counts); /* the same process again */
	assert_int_equal(counts.counters.n_owners, 1);
	assert_int_equal(counts.counters.owners[0].who.tgid, getpid());
	assert_int_equal(counts.counters.owners[0].who.tid, 0);
	/* The same function of two tables is one. */
	assert_int_equal(
		python_code__compare(python_codes__find(&counts.codes, 1), python_codes__find(&counts.codes, 3)), 0);
	monitoring_counts__release(&counts);
	assert_int_equal(shim_counts__function(&program->counts, &identity, program->thread), 3);
	reading.by = PROFILE_BY_THREAD;
	add(program, &reading, &counts);
	assert_int_equal(counts.counters.n_owners, 2);
	assert_int_equal(counts.counters.owners[1].who.tid, gettid());
	monitoring_counts__release(&counts);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ticks_become_nanoseconds),
		TEST(calls_under_way),
		TEST(recursion_under_way),
		TEST(owners_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
