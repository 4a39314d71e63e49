// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_calibrate.h"

#include <sys/mman.h>

#include "shim/shim_clock.h"
#include "shim/shim_events.h"

#define ROUNDS	      9		 /* of each measurement: the quickest one counts */
#define TURNS	      200u	 /* of a loop, in each round */
#define LINES	      8u	 /* of the loop's body */
#define USUAL	      120u	 /* ticks, where nothing can be measured */
#define UNBOUNDED_PPM 100000000u /* more than there is */
#define SOURCE	      "<lprof-bpf>"

static const char program[] = "def lines(n):\n"
			      "    for i in range(n):\n"
			      "        pass\n        pass\n        pass\n        pass\n"
			      "        pass\n        pass\n        pass\n        pass\n"
			      "def empty():\n"
			      "    pass\n"
			      "def usual(n):\n"
			      "    total = 0\n"
			      "    for i in range(n):\n"
			      "        x = i * 3\n"
			      "        if x & 1:\n"
			      "            total += x\n"
			      "        else:\n"
			      "            total -= 1\n"
			      "def calls(n):\n"
			      "    for i in range(n):\n"
			      "        empty()\n";

#define LONE_LINE 16 /* of the program: in the middle of a loop */

struct calibration {
	const struct shim_monitoring *monitoring;
	uint32_t clock;
	PyObject *space; /* the program's variables */
};

/* Runs the function NAME. Returns the ticks that it took; 0: an exception is set. */
static uint64_t run(const struct calibration *calibration, const char *name)
{
	PyObject *function = PyDict_GetItemString(calibration->space, name), *result;
	uint64_t began = shim_clock__ticks(calibration->clock), ticks;

	result = function ? PyObject_CallFunction(function, "i", TURNS) : NULL;
	ticks = shim_clock__ticks(calibration->clock) - began;
	Py_DecRef(result);
	return result ? ticks : 0;
}

/*
 * How many ticks the function NAME takes more while the function COUNTED is counted, which it contains or calls; in the
 * quickest of the rounds each. If there is ONLY one line to be counted, the others are not. Negative: it failed; no
 * exception is left.
 */
static double measure(const struct calibration *calibration, const char *name, const char *counted, long only)
{
	PyObject *function = PyDict_GetItemString(calibration->space, counted);
	PyObject *code = function ? PyObject_GetAttrString(function, "__code__") : NULL;
	uint64_t best[2] = {UINT64_MAX, UINT64_MAX};
	int err = code ? shim_events__add(code, 0) : -1;

	if (!err && only)
		err = shim_events__count_one(code, only);
	if (code)
		shim_codes__learn(code);
	for (int i = 0; !err && i < 2 * ROUNDS; i++) {
		uint64_t ticks;

		err = shim_monitoring__set_local(calibration->monitoring, code,
						 i & 1 ? shim_monitoring__local(calibration->monitoring) : 0);
		/* Once for the other lines to give up their events, and for the interpreter to adapt. */
		if (!err && only && !run(calibration, name))
			err = -1;
		ticks = err ? 0 : run(calibration, name);
		if (!ticks)
			err = -1;
		if (ticks < best[i & 1])
			best[i & 1] = ticks;
	}
	if (err)
		PyErr_Clear();
	if (code)
		(void)shim_monitoring__set_local(calibration->monitoring, code, 0);
	Py_DecRef(code);
	if (err)
		return -1;
	return best[1] > best[0] ? (double)(best[1] - best[0]) : 0;
}

static void measure_all(const struct calibration *calibration, uint64_t costs[LPROF_SHIM_COSTS])
{
	double lines = measure(calibration, "lines", "lines", 0), calls, line, lone;

	if (lines < 0)
		return;
	line = lines / (TURNS * (LINES + 1));
	costs[LPROF_SHIM_COST_LINE] = (uint64_t)(1000 * line);
	calls = measure(calibration, "calls", "empty", 0);
	if (calls < 0)
		return;
	/* A call has an event when it begins and another one when it ends. */
	calls = (calls / TURNS - line) / 2;
	costs[LPROF_SHIM_COST_CALL] = calls > 0 ? (uint64_t)(1000 * calls) : 0;
	lone = measure(calibration, "usual", "usual", LONE_LINE);
	if (lone > 0)
		costs[LPROF_SHIM_COST_LONE] = (uint64_t)(1000 * lone / TURNS);
}

/* The program's variables, with its functions; NULL: an exception is set. */
static PyObject *make_space(void)
{
	PyObject *code = Py_CompileString(program, SOURCE, Py_file_input), *result = NULL;
	PyObject *space = code ? PyDict_New() : NULL;

	if (space && !PyDict_SetItemString(space, "__builtins__", PyEval_GetBuiltins()))
		result = PyEval_EvalCode(code, space, space);
	Py_DecRef(code);
	if (!result) {
		Py_DecRef(space);
		return NULL;
	}
	Py_DecRef(result);
	return space;
}

void shim_calibrate__measure(const struct shim_monitoring *monitoring, const struct shim_counts *counts,
			     uint64_t costs[LPROF_SHIM_COSTS])
{
	/* Within a budget, what looking after it takes belongs to the costs; but here all is counted. */
	struct lprof_shim_run unbounded = {
		.clock = counts->memory.run->clock,
		.lease_ns = UINT64_MAX,
		.share_ppm = counts->memory.run->share_ppm ? UNBOUNDED_PPM : 0,
	};
	struct shim_counts scratch = {.memory.run = &unbounded};
	const struct shim_events events = {.monitoring = monitoring, .local = monitoring, .counts = &scratch};
	struct calibration calibration = {.monitoring = monitoring, .clock = counts->memory.run->clock};
	void *table = mmap(NULL, LPROF_SHIM_TABLE_SIZE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	for (int i = 0; i < LPROF_SHIM_COSTS; i++)
		costs[i] = 1000ul * USUAL;
	if (table == MAP_FAILED)
		return;
	scratch.memory.table = table;
	scratch.memory.table->used = LPROF_SHIM_HEAD_SIZE;
	shim_events__begin(&events);
	calibration.space = make_space();
	if (calibration.space)
		measure_all(&calibration, costs);
	PyErr_Clear();
	shim_events__forget();
	Py_DecRef(calibration.space);
	shim_counts__release(&scratch);
	munmap(table, LPROF_SHIM_TABLE_SIZE);
}
