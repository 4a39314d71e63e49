// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A thread of our own, the waker, asks the interpreter, since nothing else of ours is executed when no event occurs.
 * Python counts the threads of a process that forks, and warns if there are several; so the waker ends before a fork
 * and begins again after it.
 */
#include "shim/shim_schedule.h"

#include <Python.h>
#include <dlfcn.h>
#include <stdint.h>
#include <time.h>

#include "shim/shim_account.h"
#include "shim/shim_clock.h"
#include "shim/shim_waker.h"
#include "shim/shim_windows.h"

#define ASKED_NS  4e6 /* of processor time: so long the interpreter has at least to call what it was asked to */
#define LEAST_MS  1
#define MOST_MS	  250
#define LEAST_USE 0.02
#define FORKED_MS 50
#define FORKED_NS 2000000u /* so long after a fork it has returned, and Python has counted its threads */

/* As Py_AddPendingCall(), but any thread may call FN. Not public; it is in all versions from 3.12 on. */
typedef int ask_any(PyInterpreterState *interpreter, int (*fn)(void *data), void *data, int flags);

static struct {
	struct shim_schedule of;
	PyInterpreterState *interpreter;
	ask_any *ask_any;      /* NULL: only the main thread can be asked */
	bool asked;	       /* the interpreter was, and has not called yet */
	uint64_t looked_at_ns; /* when the waker looked */
	double looked_ns;      /* the process's time on a processor when the waker looked */
	uint64_t forked_ns;    /* when the process has forked */
	bool waking;	       /* before that, there was a waker */
} schedule;

/* Asks the interpreter to call FN between two instructions. Needs no lock. */
static void ask(int (*fn)(void *data))
{
	schedule.asked = true;
	if (schedule.ask_any ? schedule.ask_any(schedule.interpreter, fn, NULL, 0) : Py_AddPendingCall(fn, NULL))
		schedule.asked = false;
}

/*
 * In how many milliseconds the process will have used a processor for NS more, if it goes on as it has since the last
 * look, when it had for CPU_NS. An idle process is hardly looked at, and may be a little late when it has work again.
 */
static int foresee(double cpu_ns, double ns)
{
	uint64_t now_ns = shim_clock__read_ns(CLOCK_MONOTONIC);
	double passed_ns = (double)(now_ns - schedule.looked_at_ns),
	       use = passed_ns > 0 ? (cpu_ns - schedule.looked_ns) / passed_ns : 1;
	double ms = LEAST_MS + ns / 1e6 / (use > LEAST_USE ? use : LEAST_USE);

	schedule.looked_ns = cpu_ns;
	schedule.looked_at_ns = now_ns;
	return ms < MOST_MS ? (int)ms : MOST_MS;
}

/*
 * What the waker does. The gates may change meanwhile, so it may come a little too early or too late. Returns after how
 * many milliseconds it is to look again.
 */
static int look(void)
{
	double cpu_ns = shim_account__cpu_ns(schedule.of.gates), next_ns;

	__atomic_store_n(&schedule.of.gates->waker_ns, shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID), __ATOMIC_RELAXED);
	if (__atomic_load_n(schedule.of.over, __ATOMIC_RELAXED))
		return -1;
	if (schedule.asked)
		return foresee(cpu_ns, ASKED_NS);
	__atomic_load(&schedule.of.gates->next_cpu_ns, &next_ns, __ATOMIC_RELAXED);
	if (schedule.of.gates->window)
		next_ns = schedule.of.gates->opened_cpu_ns + SHIM_WINDOWS_MOST_NS;
	if (cpu_ns < next_ns)
		return foresee(cpu_ns, next_ns - cpu_ns);
	ask(schedule.of.gates->window ? schedule.of.close : schedule.of.open);
	return foresee(cpu_ns, ASKED_NS);
}

/* Between two instructions after a fork, in the parent. */
static int wake_again(void *data)
{
	(void)data;
	schedule.asked = false;
	if (*schedule.of.over)
		return 0;
	if (shim_clock__read_ns(CLOCK_MONOTONIC) - schedule.forked_ns < FORKED_NS)
		ask(wake_again);
	else
		(void)shim_waker__start(look, LEAST_MS);
	return 0;
}

void shim_schedule__go_on_after_fork(void)
{
	schedule.forked_ns = shim_clock__read_ns(CLOCK_MONOTONIC);
	if (schedule.waking)
		ask(wake_again);
}

void shim_schedule__begin(const struct shim_schedule *of)
{
	schedule.of = *of;
	schedule.interpreter = PyInterpreterState_Get();
	schedule.ask_any = (ask_any *)dlsym(RTLD_DEFAULT, "_PyEval_AddPendingCall");
	schedule.asked = false;
	schedule.looked_ns = 0;
}

bool shim_schedule__start(void)
{
	return shim_waker__start(look, LEAST_MS);
}

void shim_schedule__note_call(void)
{
	schedule.asked = false;
}

void shim_schedule__prepare_fork(void)
{
	schedule.waking = shim_waker__stop();
}

void shim_schedule__note_fork(void)
{
	schedule.asked = false;
	(void)shim_waker__forget();
	if (schedule.waking)
		(void)shim_waker__start(look, FORKED_MS);
}

void shim_schedule__end(void)
{
	(void)shim_waker__stop();
}
