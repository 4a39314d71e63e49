// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stacks are written with a letter for each frame, the innermost first. Native ones: "E" executes bytecode, "i" is
 * other code of the interpreter, "x" is code of another object. Python ones: "." is a frame, "|" one with which a call
 * of the interpreter began. In the result Python frames are letters from "A" on, native ones digits, and what is within
 * a Python frame is in brackets.
 */
#include <stdio.h>
#include <string.h>

#include "python/python_interleave.h"
#include "unit/test.h"

#define MOST 32

static void assert_merged(const char *natives, bool natives_cut, const char *frames, bool frames_cut,
			  const char *expected)
{
	enum python_native kinds[MOST];
	struct python_slot slots[2 * MOST];
	struct python_stack stack = {kinds, strlen(natives), natives_cut, NULL, strlen(frames), frames_cut};
	char merged[8 * MOST] = "", *at = merged;
	bool entries[MOST];
	size_t n;

	for (size_t i = 0; i < stack.n_natives; i++)
		kinds[i] = natives[i] == 'E'   ? PYTHON_NATIVE_EVAL
			   : natives[i] == 'i' ? PYTHON_NATIVE_INTERPRETER
					       : PYTHON_NATIVE_OTHER;
	for (size_t i = 0; i < stack.n_frames; i++)
		entries[i] = frames[i] == '|';
	stack.entries = entries;
	n = python_interleave__merge(&stack, slots);
	assert_true(n <= stack.n_natives + stack.n_frames);
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, slots[i].within ? "(%c)" : "%c", (slots[i].python ? 'A' : '0') + (int)slots[i].index);
	assert_string_equal(merged, expected);
}

static void whole_stacks(void **state)
{
	(void)state;
	/* main() calls the interpreter, which executes three functions in one call. */
	assert_merged("Eixx", false, "..|", false, "ABC123");
	/* In a C function of an extension that the newest function called. */
	assert_merged("xxiEix", false, ".|", false, "01(2)AB45");
	/* sorted() with a key: a Python function calls C, which calls Python. */
	assert_merged("EiiEix", false, ".|.|", false, "AB(1)(2)CD45");
	/* An extension between the two. */
	assert_merged("iEixiEx", false, "||", false, "(0)A(2)3(4)B6");
	/* No Python at all. */
	assert_merged("iix", false, "", false, "012");
	assert_merged("", false, "", false, "");
}

static void pushed_or_popped(void **state)
{
	(void)state;
	/* The interpreter was called, but has not made its frame yet: that of its caller is the newest. */
	assert_merged("EiEx", false, ".|", false, "(0)(1)AB3");
	assert_merged("Ex", false, "", false, "01");
	/* A frame is the newest, but the call that is to execute it has not begun, or has no symbol. */
	assert_merged("iEx", false, "||", false, "A(0)B2");
	assert_merged("xiiEx", false, "|||", false, "0AB(1)(2)C4");
	assert_merged("Ex", false, ".||", false, "ABC1");
	assert_merged("xix", false, ".|", false, "0AB12");
}

static void cut_stacks(void **state)
{
	(void)state;
	/* The native stack could not be walked to its end. */
	assert_merged("iEi", true, "|.|", false, "(0)A(2)BC");
	assert_merged("x", true, ".|", false, "0AB");
	assert_merged("", true, "|", false, "A");
	/* There were more Python frames than there is room for. */
	assert_merged("EiEiEx", false, ".|.", true, "AB(1)C(3)45");
	assert_merged("Eix", false, "...", true, "ABC12");
	/* Both. */
	assert_merged("EiE", true, ".|..", true, "AB(1)CD");
	/* Calls that are left over are kept. */
	assert_merged("EiEx", true, "|", false, "A(1)23");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_stacks),
		cmocka_unit_test(pushed_or_popped),
		cmocka_unit_test(cut_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
