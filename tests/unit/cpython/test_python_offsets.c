// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables for debuggers as CPython 3.13.5, 3.14.10 and 3.15.2 have them, from the file that is said in front of each. */
#include <errno.h>
#include <string.h>

#include "cpython/python_offsets.h"
#include "unit/test.h"

#define WORDS	   (PYTHON_OFFSETS_SIZE / sizeof(uint64_t))
#define COOKIE	   UINT64_C(0x7970677562656478)
#define FREE_BUILD 2 /* the number of the word that says that it is free-threaded */
#define THREADS	   9 /* and of that which says where threads are */

/* /usr/bin/python3.13 of Debian 13 */
static const uint64_t python_3_13[WORDS] = {
	COOKIE, 0x30d05f0, 0,	 283376, 608, 632, 194976, 7272, 7264, 7344, 7400, 7656, 7640, 7648, 16,  7752,
	0,	7768,	   7760, 304,	 0,   8,   16,	   72,	 152,  160,  232,  32,	 80,   8,    0,	  56,
	72,	70,	   208,	 112,	 120, 128, 136,	   68,	 52,   96,   104,  200,	 16,   8,    416, 24,
	88,	168,	   32,	 24,	 16,  40,  24,	   16,	 48,   32,   40,   24,	 16,   32,   16,  24,
};

/* Of python3.14 of Debian's unstable distribution, */
static const uint64_t python_3_14[WORDS] = {
	COOKIE, 0x30e0af0, 0,	 316616, 784,  808, 225864, 7280, 7272, 7344, 7360, 7408, 7688, 7672, 7680, 16,
	7784,	0,	   7800, 7792,	 7992, 0,   832,    0,	  8,	16,   72,   152,  160,	232,  32,   88,
	8,	0,	   56,	 80,	 74,   64,  0,	    216,  112,	120,  128,  136,  68,	52,   96,   104,
	208,	0,	   16,	 8,	 416,  24,  88,	    168,  40,	32,   16,   40,	  24,	16,   200,  24,
};

/* and of its python3.15. */
static const uint64_t python_3_15[WORDS] = {
	COOKIE, 0x30f02f0, 0,	 346568, 912,  936, 226240, 7272, 7264, 7336, 7352, 7400, 7592, 7576, 7584, 16,
	7736,	0,	   7752, 7744,	 7944, 0,   888,    0,	  8,	16,   72,   80,	  88,	96,   176,  184,
	256,	32,	   36,	 40,	 136,  288, 0,	    88,	  8,	0,    56,   80,	  74,	64,   0,    216,
	112,	120,	   128,	 136,	 68,   52,  96,	    104,  208,	0,    16,   8,	  424,	24,   88,   168,
};

static int read_table(const uint64_t words[WORDS], unsigned hex, struct python_version *version)
{
	return python_offsets__read((const uint8_t *)words, hex, version);
}

static void each_version_says_where_its_frames_are(void **state)
{
	struct python_version version;

	(void)state;
	assert_int_equal(read_table(python_3_13, 0x030d, &version), 0);
	assert_int_equal(version.state.head, 632);
	assert_int_equal(version.state.interpreter_threads, 7344);
	assert_int_equal(version.state.thread_frame, 72);
	assert_int_equal(version.state.thread_id, 152);
	assert_int_equal(version.state.frame_owner, 70);
	assert_int_equal(version.layout.code_instrs, 200);
	assert_int_equal(version.layout.code_first_traceable, 184);
	assert_int_equal(read_table(python_3_14, 0x030e, &version), 0);
	assert_int_equal(version.state.thread_id, 152);
	assert_int_equal(version.state.frame_owner, 74);
	assert_int_equal(version.layout.code_instrs, 208);
	assert_int_equal(version.layout.code_table, 136);
	assert_int_equal(read_table(python_3_15, 0x030f, &version), 0);
	assert_int_equal(version.state.thread_next, 8);
	assert_int_equal(version.state.thread_id, 176);
	assert_int_equal(version.state.frame_owner, 74);
	assert_int_equal(version.layout.code_file, 112);
	assert_int_equal(version.layout.code_first_line, 68);
	assert_int_equal(version.state.current, 0);
}

static void what_is_not_known_is_refused(void **state)
{
	struct python_version version;
	uint64_t words[WORDS];

	(void)state;
	assert_int_equal(read_table(python_3_13, 0x030e, &version), -ENOTSUP);
	assert_int_equal(read_table(python_3_15, 0x0310, &version), -ENOTSUP);
	memcpy(words, python_3_14, sizeof(words));
	words[0]++;
	assert_int_equal(read_table(words, 0x030e, &version), -ENOTSUP);
	memcpy(words, python_3_14, sizeof(words));
	words[FREE_BUILD] = 1;
	assert_int_equal(read_table(words, 0x030e, &version), -ENOTSUP);
}

static void nonsense_is_refused(void **state)
{
	struct python_version version;
	uint64_t words[WORDS];

	(void)state;
	memcpy(words, python_3_14, sizeof(words));
	words[THREADS] = 1 << 16;
	assert_int_equal(read_table(words, 0x030e, &version), -ENOTSUP);
	memcpy(words, python_3_14, sizeof(words));
	words[34] = 4096; /* a frame's instruction */
	assert_int_equal(read_table(words, 0x030e, &version), -ENOTSUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_version_says_where_its_frames_are),
		cmocka_unit_test(what_is_not_known_is_refused),
		cmocka_unit_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
