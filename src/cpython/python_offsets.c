// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table is one of 64-bit words. Those of a structure follow each other; where each structure begins depends on the
 * minor version, and was verified by tests. Few things that are needed are not in the table: these are constants.
 */
#include "cpython/python_offsets.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define COOKIE "xdebugpy"

/* Words that are at the same place in all versions, */
enum { COOKIE_WORD, VERSION, FREE_THREADED, INTERPRETERS = 5, INTERPRETER_NEXT = 8, THREADS = 9, WORDS = 64 };

/* and those of a structure, from its first one on. */
enum { THREAD_NEXT = 2, THREAD_INTERPRETER, THREAD_FRAME };
enum { FRAME_PREVIOUS = 1, FRAME_CODE, FRAME_INSTR, FRAME_LOCALS, FRAME_OWNER };
enum { CODE_FILE = 1, CODE_NAME, CODE_QUALNAME, CODE_TABLE, CODE_FIRST_LINE, CODE_INSTRS = 9 };

#define MOST_OFFSET 32767u

static const struct {
	unsigned hex;				 /* major, minor version */
	unsigned thread, thread_id, frame, code; /* the numbers of words */
	uint16_t code_first_traceable;
} versions[] = {
	{0x030d, 19, 24, 28, 34, 184},
	{0x030e, 22, 27, 31, 39, 192},
	{0x030f, 22, 30, 39, 47, 192},
};

/* Finds the row of the version HEX, if the table is of that. */
static bool find_row(const uint64_t words[WORDS], unsigned hex, size_t *row)
{
	const size_t n = sizeof(versions) / sizeof(*versions);

	for (*row = 0; *row < n && versions[*row].hex != hex;)
		++*row;
	return *row < n && words[VERSION] >> 16 == hex && !words[FREE_THREADED] &&
	       !memcmp(&words[COOKIE_WORD], COOKIE, sizeof(*words));
}

/* Whether all that is taken can be an offset. */
static bool are_offsets(const uint64_t words[WORDS], size_t row)
{
	const unsigned last = versions[row].code + CODE_INSTRS;

	for (unsigned i = versions[row].thread; i <= last; i++)
		if (words[i] > MOST_OFFSET)
			return false;
	return words[INTERPRETERS] <= MOST_OFFSET && words[INTERPRETER_NEXT] <= MOST_OFFSET &&
	       words[THREADS] <= MOST_OFFSET;
}

static struct lprof_python_state read_state(const uint64_t words[WORDS], size_t row)
{
	const uint64_t *thread = words + versions[row].thread, *frame = words + versions[row].frame;

	return (struct lprof_python_state){
		.head = (uint16_t)words[INTERPRETERS],
		.interpreter_next = (uint16_t)words[INTERPRETER_NEXT],
		.interpreter_threads = (uint16_t)words[THREADS],
		.thread_next = (uint16_t)thread[THREAD_NEXT],
		.thread_interpreter = (uint16_t)thread[THREAD_INTERPRETER],
		.thread_frame = (uint16_t)thread[THREAD_FRAME],
		.thread_id = (uint16_t)words[versions[row].thread_id],
		.frame_previous = (uint16_t)frame[FRAME_PREVIOUS],
		.frame_owner = (uint16_t)frame[FRAME_OWNER],
	};
}

static struct lprof_python_layout read_layout(const uint64_t words[WORDS], size_t row)
{
	const uint64_t *frame = words + versions[row].frame, *code = words + versions[row].code;

	return (struct lprof_python_layout){
		.frame_code = (uint16_t)frame[FRAME_CODE],
		.frame_instr = (uint16_t)frame[FRAME_INSTR],
		.code_first_line = (uint16_t)code[CODE_FIRST_LINE],
		.code_file = (uint16_t)code[CODE_FILE],
		.code_name = (uint16_t)code[CODE_NAME],
		.code_qualname = (uint16_t)code[CODE_QUALNAME],
		.code_table = (uint16_t)code[CODE_TABLE],
		.code_first_traceable = versions[row].code_first_traceable,
		.code_instrs = (uint16_t)code[CODE_INSTRS],
		.text_length = 16,
		.text_state = 32,
		.text_ascii = 40,
		.text_other = 56,
		.bytes_data = 32,
	};
}

int python_offsets__read(const uint8_t *table, unsigned hex, struct python_version *out)
{
	uint64_t words[WORDS];
	size_t row;

	memcpy(words, table, sizeof(words));
	if (!find_row(words, hex, &row) || !are_offsets(words, row))
		return -ENOTSUP;
	*out = (struct python_version){
		.hex = hex,
		.state = read_state(words, row),
		.layout = read_layout(words, row),
	};
	/* What is read of a frame at once begins with the code object and ends with the instruction. */
	if (out->layout.frame_instr - out->layout.frame_code !=
	    (LPROF_PYTHON_OWNED_FRAME_WORDS - 1) * (int)sizeof(uint64_t))
		return -ENOTSUP;
	return 0;
}
