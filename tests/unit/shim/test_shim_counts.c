// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>

#include "shim/shim_clock.h"
#include "unit/shim_program.h"

static int setup(void **state)
{
	static struct shim_program program;

	shim_program__begin(&program);
	*state = &program;
	return 0;
}

static int teardown(void **state)
{
	shim_program__end(*state);
	return 0;
}

static void assert_line(struct shim_program *program, uint32_t id, uint32_t line, uint64_t hits, uint64_t ticks,
			uint64_t cost)
{
	const struct lprof_shim_line *found = &shim_counts__find(&program->counts, id)->lines[line];

	assert_int_equal(found->hits, hits);
	assert_int_equal(found->ticks, ticks);
	assert_int_equal(found->times.cost, cost);
}

/* A line lasts until the next event of its frame, with all that is called meanwhile and what the events cost. */
static void lines_are_timed_with_what_they_call(void **state)
{
	struct shim_program *program = *state;

	shim_program__enter(program, program->outer, 100);
	shim_program__line(program, program->outer, 1, 110);
	shim_program__enter(program, program->inner, 120);
	shim_program__line(program, program->inner, 1, 125);
	shim_program__leave(program, program->inner, 135);
	shim_program__line(program, program->outer, 2, 150);
	shim_program__line(program, program->outer, 2, 151);
	shim_program__leave(program, program->outer, 160);
	assert_line(program, program->outer, 0, 1, 10, COST);
	assert_line(program, program->outer, 1, 1, 40, 4 * COST);
	assert_line(program, program->outer, 2, 2, 10, 2 * COST);
	assert_line(program, program->outer, 3, 0, 0, 0);
	assert_line(program, program->inner, 0, 1, 5, COST);
	assert_line(program, program->inner, 1, 1, 10, COST);
	assert_int_equal(program->thread->stack->n, 0);
	assert_int_equal(program->counts.memory.table->n_events, 8);
}

/* Of a function that calls itself by way of another one, each moment is on one line. */
static void recursion_is_timed_once(void **state)
{
	struct shim_program *program = *state;

	shim_program__enter(program, program->outer, 0);
	shim_program__line(program, program->outer, 1, 0);
	shim_program__enter(program, program->inner, 10);
	shim_program__line(program, program->inner, 1, 10);
	shim_program__enter(program, program->outer, 20);
	shim_program__line(program, program->outer, 2, 20);
	shim_program__leave(program, program->outer, 50);
	shim_program__leave(program, program->inner, 60);
	shim_program__leave(program, program->outer, 100);
	assert_line(program, program->outer, 1, 1, 20 + 50, 3 * COST + 2 * COST);
	assert_line(program, program->outer, 2, 1, 30, COST);
	assert_line(program, program->inner, 1, 1, 50, 4 * COST);
}

/* A suspended generator has no time; its line goes on when it is resumed, and is no new hit. */
static void suspended_frames_have_no_time(void **state)
{
	struct shim_program *program = *state;

	shim_program__enter(program, program->inner, 0);
	shim_program__line(program, program->inner, 1, 0);
	shim_program__leave(program, program->inner, 5);
	shim_counts__resume(&program->counts, program->thread, program->inner, 1, 1000, COST);
	shim_program__leave(program, program->inner, 1003);
	assert_line(program, program->inner, 1, 1, 8, 2 * COST);
	assert_line(program, program->inner, 0, 1, 0, COST);
}

/*
 * Frames that began before counting did, and stacks that are exchanged: hits stay right, and nothing is out of order.
 */
static void frames_that_were_not_seen(void **state)
{
	struct shim_program *program = *state;

	shim_program__leave(program, program->outer, 1);
	shim_program__line(program, program->outer, 1, 10);
	shim_program__enter(program, program->inner, 20);
	shim_program__line(program, program->outer, 2, 30);
	shim_program__line(program, program->inner, 1, 40);
	shim_program__leave(program, program->outer, 50);
	shim_program__leave(program, program->inner, 60);
	assert_line(program, program->outer, 1, 1, 20, 2 * COST);
	assert_line(program, program->outer, 2, 1, 20, 2 * COST);
	assert_line(program, program->inner, 1, 1, 0, 0);
	assert_int_equal(program->thread->stack->n, 0);
}

static void deep_recursion_moves_the_stack(void **state)
{
	struct shim_program *program = *state;
	const uint64_t depth = 1000;

	for (uint64_t i = 0; i < depth; i++) {
		shim_program__enter(program, program->outer, 2 * i);
		shim_program__line(program, program->outer, 1, 2 * i + 1);
	}
	for (uint64_t i = 0; i < depth; i++)
		shim_program__leave(program, program->outer, 2 * depth + i);
	assert_line(program, program->outer, 0, depth, depth, depth * COST);
	assert_int_equal(shim_counts__find(&program->counts, program->outer)->lines[1].hits, depth);
	/* From the first line on, each tick is once on some line. */
	assert_line(program, program->outer, 1, depth, 3 * depth - 1 - depth, (3 * depth - 1 - depth) * COST);
	assert_int_equal(program->thread->stack->n, 0);
	assert_int_equal(program->counts.memory.table->n_lost_calls, 0);
}

static void the_same_function_has_one_id(void **state)
{
	struct shim_program *program = *state;
	struct shim_identity identity = shim_program__identity("outer");
	static const uint32_t other_lines[] = {0, 11, 12, 14};

	assert_int_equal(shim_program__function(program, "outer"), program->outer);
	identity.lines = other_lines;
	assert_int_equal(shim_counts__function(&program->counts, &identity, NULL), 3);
	identity = shim_program__identity("outer");
	identity.code_size++;
	assert_int_equal(shim_counts__function(&program->counts, &identity, NULL), 4);
	identity = shim_program__identity("outer");
	assert_int_equal(shim_counts__function(&program->counts, &identity, program->thread), 5);
	assert_int_equal(shim_counts__find(&program->counts, 5)->tid, gettid());
	for (int i = 0; i < 1000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%d", i);
		assert_int_equal(shim_program__function(program, name), 6 + i);
	}
	assert_int_equal(shim_program__function(program, "f500"), 506);
}

static void stacks_of_ended_threads_are_used_again(void **state)
{
	struct shim_program *program = *state;
	struct lprof_shim_thread *stack;
	struct shim_thread *thread = shim_counts__begin_thread(&program->counts);

	stack = thread->stack;
	assert_ptr_not_equal(stack, program->thread->stack);
	shim_counts__end_thread(thread, true);
	assert_int_equal(stack->tid, 0);
	thread = shim_counts__begin_thread(&program->counts);
	assert_ptr_equal(thread->stack, stack);
	assert_int_equal(thread->number, 3);
}

static void a_full_table_is_said(void **state)
{
	struct shim_program *program = *state;
	struct lprof_shim_table *table = program->counts.memory.table;
	uint64_t used = table->used;

	table->used = LPROF_SHIM_TABLE_SIZE - 64;
	assert_int_equal(shim_program__function(program, "more"), 0);
	assert_int_equal(table->n_lost, 1);
	for (int i = 0; i < 100; i++)
		shim_program__enter(program, program->outer, 1);
	assert_int_equal(table->n_lost_calls, 36); /* the first stack has room for 64 frames */
	assert_int_equal(shim_counts__find(&program->counts, program->outer)->lines[0].hits, 100);
	table->used = used;
}

/* In the child: counts are its own, from zero, and the calls under way go on. Returns an exit status. */
static int count_in_child(struct shim_program *program)
{
	const struct lprof_shim_table *parents = program->counts.memory.table;
	const struct lprof_shim_line *line;

	if (shim_counts__fork(&program->counts, program->thread, 1000) || program->counts.memory.table == parents ||
	    program->counts.memory.table->pid != getpid())
		return 1;
	shim_program__line(program, program->outer, 2, 1010);
	shim_program__leave(program, program->outer, 1030);
	line = shim_counts__find(&program->counts, program->outer)->lines;
	if (line[1].hits || line[1].ticks != 10 || line[2].hits != 1 || line[2].ticks != 20)
		return 2;
	return shim_program__function(program, "inner") == program->inner ? 0 : 3;
}

static void a_child_counts_for_itself(void **state)
{
	struct shim_program *program = *state;
	struct lprof_shim_table head;
	pid_t pid;
	int status;

	shim_program__enter(program, program->outer, 100);
	shim_program__line(program, program->outer, 1, 110);
	shim_counts__before_fork(program->thread);
	/* What the parent does from now on must not be seen by the child. */
	shim_program__leave(program, program->outer, 115);
	pid = fork();
	if (!pid) {
		program->thread->innermost[program->outer - 1] = 1; /* as it was before */
		_exit(count_in_child(program));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_line(program, program->outer, 1, 1, 5, COST);
	assert_line(program, program->outer, 2, 0, 0, 0);
	assert_int_equal(program->counts.memory.run->n_taken, 2);
	/* What the child has counted is there after its end. */
	assert_int_equal(pread(program->fd, &head, sizeof(head), LPROF_SHIM_RUN_SIZE + (off_t)LPROF_SHIM_TABLE_SIZE),
			 sizeof(head));
	assert_int_equal(head.pid, pid);
	assert_int_equal(head.n_events, 2);
}

static void too_many_processes(void **state)
{
	struct shim_program *program = *state;
	struct shim_memory memory;

	program->counts.memory.run->n_taken = LPROF_SHIM_TABLES;
	assert_int_equal(shim_memory__open(program->fd, &memory), -ENOSPC);
	munmap(memory.run, LPROF_SHIM_RUN_SIZE);
	assert_int_equal(program->counts.memory.run->n_lost, 1);
	/* A child without a table counts nothing, and does no harm. */
	assert_int_equal(shim_counts__fork(&program->counts, program->thread, 1), -ENOSPC);
	assert_int_equal(program->counts.memory.run->n_lost, 2);
	shim_program__enter(program, program->outer, 1);
	shim_program__line(program, program->outer, 1, 2);
	shim_program__leave(program, program->outer, 3);
	assert_int_equal(shim_program__function(program, "more"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* What looking for absences takes is charged with the event for which it was done, and not with a later one. */
static void no_line_ends_before_it_begins(void **state)
{
	struct shim_program *program = *state;
	struct lprof_shim_function *function;

	program->counts.memory.run->clock = LPROF_SHIM_MONOTONIC;
	function = shim_counts__find(&program->counts, program->outer);
	assert_non_null(function);
	shim_counts__hit(&program->counts, program->thread, program->outer, 1, shim_clock__ticks(LPROF_SHIM_MONOTONIC),
			 COST);
	shim_program__enter(program, program->outer, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	shim_program__leave(program, program->outer, shim_clock__ticks(LPROF_SHIM_MONOTONIC));
	assert_true(function->lines[0].ticks < UINT64_C(100000000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_are_timed_with_what_they_call),
		TEST(recursion_is_timed_once),
		TEST(suspended_frames_have_no_time),
		TEST(frames_that_were_not_seen),
		TEST(deep_recursion_moves_the_stack),
		TEST(the_same_function_has_one_id),
		TEST(stacks_of_ended_threads_are_used_again),
		TEST(a_full_table_is_said),
		TEST(a_child_counts_for_itself),
		TEST(too_many_processes),
		TEST(no_line_ends_before_it_begins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
