// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks of frames in memory of this test, where a made-up interpreter keeps them as CPython 3.11 and as 3.14 do. */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "unit/test.h"

#include "lprof_python.h"

#define python_read(memory, to, size, addr) read_own(memory, to, size, addr)
#define python_loop(n, fn, context)                                                                                    \
	for (__u32 round = 0; round < (n) && !fn(round, context); round++)                                             \
		;
#define PYTHON_WALK_MASK (2 * LPROF_PYTHON_FRAMES - 1)

/* All of it has low addresses, so they are told from what is none. */
static uint8_t own[8192];

static int read_own(const void *memory, void *to, size_t size, uint64_t addr)
{
	(void)memory;
	if (addr < 64 || addr > sizeof(own) - size)
		return 1;
	memcpy(to, own + addr, size);
	return 0;
}

#include "python_walk.h"

/* Addresses. */
enum { RUNTIME = 64, INTERPRETER = 128, THREAD = 256, OTHER = 512, CODES = 1024, FRAMES = 4096, TYPE = 7000 };

#define CODE_SIZE  256
#define FRAME_SIZE 128
#define SELF	   UINT64_C(0x7f0000001000)
#define OWNER	   74 /* in a frame, and */
#define FUNCTION   0  /* whose it is: a function's that is executed, */
#define SUSPENDED  1  /* a generator's, */
#define EVAL	   3  /* a call of _PyEval_EvalFrameDefault */

static void put(uint64_t at, uint64_t value)
{
	memcpy(own + at, &value, sizeof(value));
}

static uint64_t code(unsigned i)
{
	return CODES + (uint64_t)i * CODE_SIZE;
}

static uint64_t frame(unsigned i)
{
	return FRAMES + (uint64_t)i * FRAME_SIZE;
}

static const struct lprof_python_process process = {
	.runtime = RUNTIME,
	.code_type = TYPE,
	.state =
		{
			.head = 8,
			.interpreter_next = 0,
			.interpreter_threads = 16,
			.thread_next = 8,
			.thread_interpreter = 16,
			.thread_id = 152,
			.thread_frame = 72,
			.frame_previous = 8,
			.frame_owner = OWNER,
		},
	.layout = {.frame_code = 0, .frame_instr = 56, .code_first_line = 68, .code_instrs = 208},
};

/* Two threads, of which the second one is looked for; it has no frame yet. */
static int setup(void **state)
{
	(void)state;
	memset(own, 0, sizeof(own));
	put(RUNTIME + 8, INTERPRETER);
	put(INTERPRETER + 16, OTHER);
	put(OTHER + 8, THREAD);
	put(OTHER + 152, SELF + 4096);
	put(OTHER + 72, frame(20));
	put(THREAD + 152, SELF);
	for (unsigned i = 0; i < 4; i++) {
		put(code(i) + LPROF_PYTHON_OBJECT_TYPE, TYPE);
		put(code(i) + 68, i + 1);
	}
	return 0;
}

/* Makes frame I, of code object WHICH at instruction UNIT, be called by frame I + 1. */
static void put_frame(unsigned i, unsigned which, unsigned unit, uint8_t owner)
{
	put(frame(i), code(which) | 1);
	put(frame(i) + 8, frame(i + 1));
	put(frame(i) + 56, code(which) + 208 + 2ul * unit);
	own[frame(i) + OWNER] = owner;
}

/* The outermost frame is that of a call. */
static void put_last(unsigned i)
{
	put_frame(i, 3, 0, EVAL);
	put(frame(i) + 8, 0);
}

static struct python_walk walk(const struct lprof_python_process *of, struct lprof_python_frame *frames)
{
	struct python_walk walk = {.words = (__u64 *)frames};

	python_walk__frames(of, SELF, &walk, NULL);
	return walk;
}

static void each_call_of_the_interpreter_begins_with_an_entry(void **state)
{
	struct lprof_python_frame frames[LPROF_PYTHON_FRAMES] = {0};
	struct python_walk done;

	(void)state;
	put(THREAD + 72, frame(0));
	put_frame(0, 0, 5, FUNCTION);
	put_frame(1, 1, 7, SUSPENDED);
	put_frame(2, 3, 0, EVAL);
	put_frame(3, 2, 9, FUNCTION);
	put_last(4);
	done = walk(&process, frames);
	assert_int_equal(done.n, 3);
	assert_false(done.cut);
	assert_int_equal(frames[0].code, code(0));
	assert_int_equal(frames[0].place, 6);
	assert_int_equal(frames[1].code, code(1));
	assert_int_equal(frames[1].place, 8 | LPROF_PYTHON_IS_ENTRY);
	assert_int_equal(frames[2].code, code(2));
	assert_int_equal(frames[2].place, 10 | LPROF_PYTHON_IS_ENTRY);
	assert_int_not_equal(frames[0].print, frames[1].print);
}

/* A call that has not begun to execute a function has none yet. */
static void calls_that_have_just_begun_have_no_frame(void **state)
{
	struct lprof_python_frame frames[LPROF_PYTHON_FRAMES] = {0};

	(void)state;
	assert_int_equal(walk(&process, frames).n, 0);
	put(THREAD + 72, frame(0));
	put_frame(0, 3, 0, EVAL);
	put_frame(1, 2, 9, FUNCTION);
	put_last(2);
	assert_int_equal(walk(&process, frames).n, 1);
	assert_int_equal(frames[0].code, code(2));
	assert_int_equal(frames[0].place, 10 | LPROF_PYTHON_IS_ENTRY);
}

static void deep_stacks_are_cut(void **state)
{
	struct lprof_python_frame frames[LPROF_PYTHON_FRAMES] = {0};
	struct python_walk done;

	(void)state;
	put(THREAD + 72, frame(0));
	put_frame(0, 0, 5, FUNCTION);
	put(frame(0) + 8, frame(0)); /* it has no end */
	done = walk(&process, frames);
	assert_int_equal(done.n, LPROF_PYTHON_FRAMES);
	assert_true(done.cut);
}

/* Up to 3.11, a structure of the call leads to the newest frame, and the first one of a call says that it is that. */
static void frames_may_say_themselves_that_they_are_entries(void **state)
{
	struct lprof_python_frame frames[LPROF_PYTHON_FRAMES] = {0};
	struct lprof_python_process older = process;

	(void)state;
	older.state.frame_owner = older.state.thread_frame = 0;
	older.state.frame_previous = 16;
	older.state.frame_is_entry = 36;
	older.layout.frame_instr = 24;
	older.layout.thread_cframe = 56;
	older.layout.cframe_frame = 8;
	put(THREAD + 56, 3000);
	put(3000 + 8, frame(0));
	for (unsigned i = 0; i < 2; i++) {
		put(frame(i), code(i));
		put(frame(i) + 16, i ? 0 : frame(i + 1));
		put(frame(i) + 24, code(i) + 208 + 2 * 4);
		own[frame(i) + 36] = (uint8_t)i;
	}
	assert_int_equal(walk(&older, frames).n, 2);
	assert_int_equal(frames[0].place, 5);
	assert_int_equal(frames[1].place, 5 | LPROF_PYTHON_IS_ENTRY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_call_of_the_interpreter_begins_with_an_entry, setup),
		cmocka_unit_test_setup(calls_that_have_just_begun_have_no_frame, setup),
		cmocka_unit_test_setup(deep_stacks_are_cut, setup),
		cmocka_unit_test_setup(frames_may_say_themselves_that_they_are_entries, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
