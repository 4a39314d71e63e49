// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts and times the lines of Python functions from inside, by sys.monitoring (PEP 669), as Python's own tracing
 * would count them.
 *
 * An event of the whole interpreter, PY_START, tells each function that is called. If it is not wanted, the callback
 * returns DISABLE, and the function runs at full speed from then on. If it is, events are set on its code object alone.
 * A line is hit when a LINE event says so, and when control jumps back within the line, since a jump to the same line
 * makes no LINE event: a loop or a comprehension on one line. PY_START must be among the events of the code object as
 * well, or functions that are all on one line lose their LINE event. Before 3.15, PY_THROW and PY_UNWIND cannot be set
 * on one code object alone, so they come from all code. In 3.15 they must not: if a function is called first while
 * there is no memory to prepare its code for events, the event of its exception makes the interpreter fail. Events of
 * branches are never used: some builds abort on them.
 *
 * The callbacks must neither fail nor change anything that the program can tell. They hold the interpreter's lock
 * throughout, so nothing here is locked but what a thread does that ends. They are called in the interpreter that runs
 * the program, and in no other one of the same process.
 *
 * Within a budget (shim_gates.c), a callback that is not to count returns DISABLE, so that a function costs nothing
 * when all of its places have said so once. Events come back when they are taken away and set again: for a window of
 * time between two instructions, by a call that the interpreter was asked for (shim_schedule.c); for cycles in the
 * callback of the reference's hit, as debuggers do, so that they begin with it. There are two tools then:
 * what a place has given up is set again only if no event of all code is set there, too, which tells calls of new
 * functions.
 *
 * Counting may end and begin again, for another profiler. What a thread knows is of one generation of counting; the
 * next one has threads of its own.
 */
#include "shim/shim_events.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "shim/shim_account.h"
#include "shim/shim_calls.h"
#include "shim/shim_clock.h"
#include "shim/shim_frames.h"
#include "shim/shim_gates.h"
#include "shim/shim_references.h"
#include "shim/shim_schedule.h"
#include "shim/shim_windows.h"

#define LEASE_CHECK_NS 250000000u
#define GIVING_UP      2   /* an event that is the last one of its place costs so many times that of a line */
#define CLOSE	       1.6 /* times what an event costs: the next one is close if no more has passed */
#define FRAMES	       100 /* of a thread's, the innermost ones, are looked at when a window begins */

static struct {
	struct shim_events events;
	struct shim_codes codes;
	struct shim_gates gates;
	bool scheduled;		/* windows are opened when it is time */
	uint64_t close;		/* ticks from one event to the next, if hardly anything else is executed */
	bool thin;		/* for calibration: as in windows in which some lines are counted */
	struct shim_code *last; /* the code object of the last event; NULL: none */
	uint32_t clock;		/* enum lprof_shim_clock */
	bool apart;		/* threads are kept apart */
	bool over;		/* nothing is counted any more */
	bool forked;		/* since then, no event has been counted */
	bool prepared;		/* for threads that end and processes that fork */
	uint64_t checked;	/* the tick at which the lease was looked at */
	pthread_key_t key;	/* its destructor tells that a thread ends */
	pthread_mutex_t ending; /* held while a thread ends, or counting */
	uint32_t generation;
	struct shim_thread *left;  /* threads of former generations that have not ended */
	int (*at_end)(void *data); /* NULL: nobody wants to know */
} shim = {.ending = PTHREAD_MUTEX_INITIALIZER};

/* There is room for a few such variables, also when the library is loaded later. */
static __thread struct shim_thread *this_thread __attribute__((tls_model("initial-exec")));

static PyObject *new_reference(PyObject *object)
{
	Py_IncRef(object);
	return object;
}

static PyObject *disable(void)
{
	return new_reference(shim.events.monitoring->disable);
}

static PyObject *go_on(void)
{
	return new_reference(Py_None);
}

/* In a thread that ends, which may not hold the interpreter's lock. */
static void end_thread(void *thread)
{
	pthread_mutex_lock(&shim.ending);
	shim_counts__end_thread(thread, !shim.forked);
	pthread_mutex_unlock(&shim.ending);
}

/* In a thread that is about to fork. If the process is itself new, what there was before its own fork still holds. */
static void prepare_fork(void)
{
	shim_schedule__prepare_fork();
	if (this_thread && this_thread->generation == shim.generation && !shim.forked)
		shim_counts__before_fork(this_thread);
}

/*
 * In the child after a fork. It takes a table when something is to be counted in it, and not if it executes a command.
 */
static void note_fork(void)
{
	shim.forked = true;
	shim_schedule__note_fork();
	shim.ending = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER; /* whichever thread held it is not in the child */
}

static bool is_entered(void)
{
	return this_thread && this_thread->generation == shim.generation;
}

static void enter_thread(void)
{
	if (this_thread) /* of a former generation, which has no stack any more */
		shim_counts__end_thread(this_thread, false);
	this_thread = shim_counts__begin_thread(shim.events.counts);
	if (this_thread)
		this_thread->generation = shim.generation;
	(void)pthread_setspecific(shim.key, this_thread);
}

static uint64_t read_ticks(void)
{
	return shim_clock__ticks(shim.clock);
}

/*
 * Counts no more. Each place that still has an event gives it up when it is executed. The rest is not for a callback to
 * do, since the interpreter is in the middle of the code that has the event.
 */
static void stop(uint32_t state)
{
	struct lprof_shim_table *table = shim.events.counts->memory.table;

	__atomic_store_n(&shim.over, true, __ATOMIC_RELAXED);
	if (table)
		table->state = state;
	(void)shim_monitoring__set(shim.events.monitoring, 0);
	if (shim.at_end)
		(void)Py_AddPendingCall(shim.at_end, NULL);
}

/* Whether the profiler is alive, which it says from time to time. */
static bool has_lease(uint64_t now)
{
	/*
	 * Of a time stamp counter it is not known how fast it is; most have between one and five ticks in a
	 * nanosecond.
	 */
	if (now - shim.checked < LEASE_CHECK_NS)
		return true;
	shim.checked = now;
	return shim_clock__read_ns(CLOCK_MONOTONIC) <
	       __atomic_load_n(&shim.events.counts->memory.run->lease_ns, __ATOMIC_RELAXED);
}

/* Whether events are still to be counted; looks after what has changed since the last one. */
static bool is_counting(uint64_t now)
{
	const struct lprof_shim_run *run = shim.events.counts->memory.run;

	if (__builtin_expect(shim.over, 0))
		return false;
	if (__builtin_expect(shim.forked, 0)) {
		if (shim_counts__fork(shim.events.counts, is_entered() ? this_thread : NULL, now))
			stop(LPROF_SHIM_FAILED);
		else
			shim.events.counts->memory.table->state = LPROF_SHIM_COUNTING;
		if (!shim.over)
			shim_gates__fork(&shim.gates);
		shim.forked = false;
	}
	if (__builtin_expect(!shim.over && __atomic_load_n(&run->over, __ATOMIC_RELAXED), 0))
		stop(LPROF_SHIM_ENDED);
	if (__builtin_expect(!shim.over && !has_lease(now), 0))
		stop(LPROF_SHIM_ABANDONED);
	if (__builtin_expect(!shim.over && !is_entered(), 0))
		enter_thread();
	return !shim.over;
}

static struct shim_code *find_code(PyObject *object)
{
	struct shim_code *code = shim.last;

	if (code && code->object == object)
		return code;
	code = shim_codes__find(&shim.codes, object);
	shim.last = code;
	return code;
}

static uint32_t identify(const struct shim_code *code)
{
	uint32_t id = shim_counts__function(shim.events.counts, &code->identity, shim.apart ? this_thread : NULL);

	shim_gates__add(&shim.gates, id, code->gate);
	return id;
}

/* The ID of the code's function in this thread; 0: it is not counted, for lack of room or because it is unwanted. */
static uint32_t function_of(struct shim_code *code)
{
	if (shim.apart && this_thread && code->thread != this_thread->number) {
		code->function = identify(code);
		code->thread = this_thread->number;
	}
	return code->function;
}

/* Whether the profiler, which has the last word, does not want the function. */
static bool is_unwanted(uint32_t id)
{
	const struct lprof_shim_function *function = shim_counts__find(shim.events.counts, id);

	return !function || __atomic_load_n(&function->unwanted, __ATOMIC_RELAXED);
}

static long number_of(PyObject *argument)
{
	return PyLong_AsLong(argument);
}

/* Sets the events of a function that is counted from now on, unless it is counted in windows only. 0 or -EIO. */
static int set_events(const struct shim_code *code)
{
	const struct shim_monitoring *local = shim.events.local;

	if (shim_gate__is_shut(&shim.gates, code->gate))
		return 0;
	return shim_monitoring__set_local(local, code->object, shim_monitoring__local(local));
}

int shim_events__add(PyObject *object, long start)
{
	struct shim_code *code;

	shim.last = NULL;
	if (shim_codes__add(&shim.codes, object, start, shim.events.selection, &code))
		shim.events.counts->memory.table->n_lost++;
	if (!code)
		return -1;
	code->gate = shim_gates__find(&shim.gates, &code->identity);
	code->function = identify(code);
	code->thread = shim.apart && this_thread ? this_thread->number : 0;
	if (!set_events(code))
		return 0;
	shim.events.counts->memory.table->n_lost++;
	return -1;
}

/* Has windows opened from when the first gate is shut. */
static void need_windows(void)
{
	if (__builtin_expect(!shim.gates.n_shut || shim.scheduled, 1))
		return;
	shim.scheduled = true;
	if (!shim_schedule__start())
		shim.gates.counts->memory.table->helpless = 1;
}

/* Takes in a function that is called for the first time. What that takes is not the program's time. */
static struct shim_code *meet(PyObject *object, long start, uint64_t now)
{
	bool bounded = shim.gates.counts;
	/* Within a budget, the program does not pay for being kept off the processor meanwhile. */
	uint64_t began_ns = bounded ? shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID) : 0;
	int err = shim_events__add(object, start);

	if (shim.over)
		return NULL;
	if (bounded)
		shim_account__charge(&shim.gates, this_thread, began_ns);
	else
		shim_counts__charge(shim.events.counts, this_thread, 1000 * (read_ticks() - now));
	need_windows();
	return err ? NULL : find_code(object);
}

/* An event of a function that is counted, or may be. */
struct event {
	uint64_t now; /* tick */
	struct shim_code *code;
	uint32_t id; /* of the function; 0: it is not counted */
	bool passes; /* all of it is counted now, or some hits; if not, hits of some lines may be nevertheless */
	bool hits;   /* some hits of it are counted, and no times */
};

/* What an event that is the last one of its place has cost. */
static void charge_last(void)
{
	shim_counts__charge(shim.events.counts, this_thread, GIVING_UP * shim.events.costs[LPROF_SHIM_COST_LINE]);
}

/* How the event is to be counted within the budget, as it is now. */
static void look_at_gate(struct event *event)
{
	const struct shim_gates *gates = &shim.gates;
	uint32_t number = event->code->gate;

	event->passes = shim_gates__passes(gates, number);
	event->hits = shim.thin || (gates->window == SHIM_WINDOW_HITS && shim_gate__is_shut(gates, number) &&
				    !shim_gate__is_cycling(gates, number));
}

static void pass_gate(struct event *event, uint64_t cost)
{
	shim.gates.thread = this_thread;
	(void)shim_gates__take(&shim.gates, event->code->gate, event->now, cost);
	need_windows();
	look_at_gate(event);
}

/* What a place has given up is set again only if all that is set is taken away before. */
static void set_again(PyObject *object)
{
	const struct shim_monitoring *local = shim.events.local;

	(void)shim_monitoring__set_local(local, object, 0);
	(void)shim_monitoring__set_local(local, object, shim_monitoring__local(local));
}

/* Sets the events of a code object that is counted while cycles of gate *ASKED are. */
static void set_for_cycles(PyObject *object, void *asked)
{
	const struct shim_code *code = shim_codes__find(&shim.codes, object);

	if (code && shim_references__joins(&shim.gates, code->gate, *(const uint32_t *)asked))
		set_again(object);
}

/*
 * Within a budget, the line with this NUMBER is hit, which may begin or end what is counted. If it begins, that is with
 * this hit, so the events of all lines are set at once.
 */
static void note_hit(struct event *event, uint32_t number)
{
	uint32_t gate = event->code->gate;
	uint64_t began_ns;

	if (!gate)
		return;
	if (shim_gates__hit(&shim.gates, gate, event->id, number, event->now)) {
		began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);
		shim_codes__each(&shim.codes, set_for_cycles, &gate);
		shim_references__begin_cycles(&shim.gates, gate, event->id);
		shim_account__charge(&shim.gates, this_thread, began_ns);
		PyErr_Clear();
		event->now = read_ticks();
	}
	look_at_gate(event);
}

/*
 * Takes an event of a code object, the first one of its N ARGUMENTS, of which there must be at least LEAST. Returns
 * whether it is to be counted.
 */
static bool take(PyObject *const *arguments, Py_ssize_t n, Py_ssize_t least, struct event *event)
{
	*event = (struct event){.now = read_ticks()};
	if (n < least || !is_counting(event->now))
		return false;
	event->code = find_code(arguments[0]);
	event->id = event->code ? function_of(event->code) : 0;
	event->hits = shim.thin;
	event->passes = true;
	if (event->id && event->code->gate)
		pass_gate(event, shim.events.costs[LPROF_SHIM_COST_LINE]);
	return event->id;
}

/* Whether the hit is counted, though not all are that could be timed. */
static bool is_hit_counted(const struct event *event, uint32_t number)
{
	const struct shim_code *code = event->code;

	return (!shim.thin && shim_gate__is_open(&shim.gates, code->gate, number)) ||
	       (event->passes && code->counted && code->counted[number]);
}

/* While only some lines are counted, the events that say when a line ends are not needed. */
static PyObject *pass_up(void)
{
	charge_last();
	return disable();
}

/* The frame is left, while its function's lines are not counted. A call that is being timed ends. */
static PyObject *pass_end(const struct event *event)
{
	uint64_t cost = shim.events.costs[LPROF_SHIM_COST_LINE];

	if (event->passes || !shim_calls__leave(&shim.gates, event->code->gate, event->id, event->now, cost))
		return pass_up();
	shim_counts__charge(shim.events.counts, this_thread, cost);
	return go_on();
}

/*
 * Counts a hit of the line with this NUMBER while only some lines are counted. Returns what the callback returns.
 */
static PyObject *count_hit(const struct event *event, uint32_t number)
{
	uint64_t cost = shim.events.costs[LPROF_SHIM_COST_LONE];

	if (!is_hit_counted(event, number)) {
		charge_last();
		return disable();
	}
	/* Events that follow each other closely share what it takes that other code was interrupted. */
	if (this_thread && event->now - this_thread->last < shim.close)
		cost = shim.events.costs[LPROF_SHIM_COST_LINE];
	shim_counts__hit(shim.events.counts, this_thread, event->id, number, event->now, cost);
	return go_on();
}

/* A function is called whose lines are not counted. */
static PyObject *begin_call(const struct event *event)
{
	PyObject *result = count_hit(event, 0);

	shim.gates.thread = this_thread;
	shim_calls__enter(&shim.gates, event->code->gate);
	return result;
}

static PyObject *on_start(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	(void)take(arguments, n, 2, &event);
	if (shim.over || n < 2)
		return disable();
	if (!event.code) {
		event.code = meet(arguments[0], number_of(arguments[1]), event.now);
		event.id = event.code ? function_of(event.code) : 0;
		event.passes = true;
		event.now = read_ticks();
	}
	if (!event.id || is_unwanted(event.id))
		return disable();
	note_hit(&event, 0);
	if (event.hits)
		return count_hit(&event, 0);
	if (!event.passes)
		return begin_call(&event);
	shim_counts__enter(shim.events.counts, this_thread, event.id, event.now,
			   shim.events.costs[LPROF_SHIM_COST_CALL]);
	return go_on();
}

/* A generator's frame goes on at byte AT of its code, perhaps with an exception. */
static void resume(const struct event *event, long at)
{
	uint32_t line = shim_code__number(event->code, (long)shim_code__line(event->code, at));

	shim_counts__resume(shim.events.counts, this_thread, event->id, line, event->now,
			    shim.events.costs[LPROF_SHIM_COST_CALL]);
}

static void leave(const struct event *event)
{
	shim_counts__leave(shim.events.counts, this_thread, event->id, event->now,
			   shim.events.costs[LPROF_SHIM_COST_CALL]);
}

static PyObject *on_resume(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	(void)take(arguments, n, 2, &event);
	if (shim.over || n < 2)
		return disable();
	/* It was called before counting began. */
	if (!event.code) {
		event.code = meet(arguments[0], -1, event.now);
		event.id = event.code ? function_of(event.code) : 0;
		event.passes = event.id && shim_gates__passes(&shim.gates, event.code->gate);
		event.now = read_ticks();
	}
	if (!event.id || is_unwanted(event.id))
		return disable();
	if (event.hits || !event.passes)
		return pass_up();
	resume(&event, number_of(arguments[1]));
	return go_on();
}

/*
 * Within a budget, of the tool that tells which functions are called: each is told once, and not if it is known. If it
 * is new, its own events begin with the next one.
 */
static PyObject *on_call(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	if (n < 2 || find_code(arguments[0]))
		return disable();
	Py_DecRef(on_start(self, arguments, n));
	return disable();
}

static PyObject *on_call_again(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	if (n < 2 || find_code(arguments[0]))
		return disable();
	Py_DecRef(on_resume(self, arguments, n));
	return disable();
}

/* The frame is left for good, or its generator is suspended. */
static PyObject *on_return(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	if (!take(arguments, n, 1, &event))
		return disable();
	if (event.hits || !event.passes)
		return pass_end(&event);
	leave(&event);
	return go_on();
}

static PyObject *on_yield(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	const struct shim_code *code = n ? find_code(arguments[0]) : NULL;
	struct shim_gate *gate = code && !shim.over ? shim_gate__of(&shim.gates, code->gate) : NULL;

	if (gate)
		shim_calls__give_up(gate);
	return on_return(self, arguments, n);
}

/*
 * Counts LINE. Returns what the callback returns: if the function is not wanted, that there are to be no more events.
 */
static PyObject *count_line(struct event *event, long line)
{
	uint32_t number = shim_code__number(event->code, line);

	if (is_unwanted(event->id))
		return disable();
	if (number)
		note_hit(event, number);
	if (number && (event->hits || !event->passes))
		return count_hit(event, number);
	if (number)
		shim_counts__line(shim.events.counts, this_thread, event->id, number, event->now,
				  shim.events.costs[LPROF_SHIM_COST_LINE]);
	return go_on();
}

static PyObject *on_line(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	return take(arguments, n, 2, &event) ? count_line(&event, number_of(arguments[1])) : disable();
}

static PyObject *on_jump(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;
	uint32_t line;
	long from, to;

	(void)self;
	if (!take(arguments, n, 3, &event))
		return disable();
	from = number_of(arguments[1]);
	to = number_of(arguments[2]);
	line = shim_code__line(event.code, to);
	if (to >= from || !line || line != shim_code__line(event.code, from))
		return disable();
	return count_line(&event, (long)line);
}

/* An event of a function that is not counted, which took a while. */
static void pass_over(void)
{
	if (!shim.over)
		shim_counts__charge(shim.events.counts, this_thread, shim.events.costs[LPROF_SHIM_COST_CALL]);
}

/* Follows exceptions no more if that takes too much. */
static void note_exception(void)
{
	const struct shim_monitoring *monitoring = shim.events.monitoring;

	shim.gates.thread = this_thread;
	if (shim.over || !shim.gates.counts ||
	    shim_gates__take_exception(&shim.gates, shim.events.costs[LPROF_SHIM_COST_CALL]))
		return;
	(void)shim_monitoring__set(monitoring, monitoring->bits[SHIM_START]);
	need_windows();
}

/* Events of exceptions cannot be disabled where they come from all code. */
static PyObject *go_on_or_give_up(void)
{
	const struct lprof_shim_table *table = shim.gates.counts ? shim.gates.counts->memory.table : NULL;

	if (!shim.events.local->exceptions_are_local || (!shim.over && (!table || !table->unfollowed)))
		return go_on();
	return disable();
}

static PyObject *on_throw(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	if (!take(arguments, n, 2, &event) || event.hits || !event.passes)
		pass_over();
	else
		resume(&event, number_of(arguments[1]));
	note_exception();
	return go_on_or_give_up();
}

static PyObject *on_unwind(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;
	bool taken = take(arguments, n, 1, &event);

	(void)self;
	if (taken && !event.hits && !event.passes)
		(void)shim_calls__leave(&shim.gates, event.code->gate, event.id, event.now,
					shim.events.costs[LPROF_SHIM_COST_CALL]);
	if (taken && !event.hits && event.passes)
		leave(&event);
	else
		pass_over();
	note_exception();
	return go_on_or_give_up();
}

#define METHOD(function)                                                                                               \
	{                                                                                                              \
#function, (PyCFunction)(void (*)(void))(function), METH_FASTCALL, NULL                                \
	}

PyMethodDef shim_events__methods[SHIM_EVENTS] = {
	[SHIM_START] = METHOD(on_start), [SHIM_RESUME] = METHOD(on_resume), [SHIM_RETURN] = METHOD(on_return),
	[SHIM_YIELD] = METHOD(on_yield), [SHIM_LINE] = METHOD(on_line),	    [SHIM_JUMP] = METHOD(on_jump),
	[SHIM_THROW] = METHOD(on_throw), [SHIM_UNWIND] = METHOD(on_unwind),
};

PyMethodDef shim_events__finders[SHIM_EVENTS] = {
	[SHIM_START] = METHOD(on_call),	 [SHIM_RESUME] = METHOD(on_call_again), [SHIM_RETURN] = METHOD(on_return),
	[SHIM_YIELD] = METHOD(on_yield), [SHIM_LINE] = METHOD(on_line),		[SHIM_JUMP] = METHOD(on_jump),
	[SHIM_THROW] = METHOD(on_throw), [SHIM_UNWIND] = METHOD(on_unwind),
};

/* Frames that are counted in the window, the innermost first. */
struct frames {
	struct shim_code *codes[FRAMES];
	uint32_t lines[FRAMES], n;
};

static bool take_frame(PyFrameObject *frame, PyObject *object, void *ctx)
{
	struct frames *frames = ctx;
	struct shim_code *code = find_code(object);

	/* What is counted all the time has a frame, which the others must not be above. */
	if (code && !shim_gate__is_shut(&shim.gates, code->gate))
		return false;
	if (code && shim.gates.items[code->gate - 1].in_window) {
		frames->codes[frames->n] = code;
		frames->lines[frames->n++] = shim_code__number(code, PyFrame_GetLineNumber(frame));
	}
	return frames->n < FRAMES;
}

/* Makes it last that the innermost frames of this thread are on the lines on which they are. */
static void take_up_frames(uint64_t now)
{
	struct frames frames = {.n = 0};

	shim_frames__each_here(take_frame, &frames);
	while (frames.n-- > 0)
		shim_counts__resume(shim.events.counts, this_thread, function_of(frames.codes[frames.n]),
				    frames.lines[frames.n], now, 0);
}

int shim_events__count_one(PyObject *object, long line)
{
	struct shim_code *code = shim_codes__find(&shim.codes, object);
	uint32_t number = code ? shim_code__number(code, line) : 0;

	if (number && !code->counted)
		code->counted = calloc(code->identity.n_lines, sizeof(*code->counted));
	if (!number || !code->counted)
		return -1;
	code->counted[number] = true;
	shim.thin = true;
	return 0;
}

/* Sets the events of a code object that is counted in the window. */
static void set_in_window(PyObject *object, void *ctx)
{
	struct shim_code *code = shim_codes__find(&shim.codes, object);

	(void)ctx;
	if (!code || !code->gate || !shim.gates.items[code->gate - 1].in_window)
		return;
	if (!code->counted)
		code->counted = calloc(code->identity.n_lines, sizeof(*code->counted));
	for (uint32_t i = 0; code->counted && i < code->identity.n_lines; i++)
		code->counted[i] = shim_windows__is_counted(&shim.gates, code->gate, i, code->identity.n_lines);
	set_again(object);
}

/* Between two instructions. */
static int open_window(void *data)
{
	uint64_t began_ns = shim_clock__read_ns(CLOCK_THREAD_CPUTIME_ID);

	(void)data;
	shim_schedule__note_call();
	if (shim.over || !shim.gates.counts || !is_counting(read_ticks()) || shim.gates.window)
		return 0;
	if (!shim_windows__choose(&shim.gates)) {
		shim_account__charge(&shim.gates, this_thread, began_ns);
		return 0;
	}
	shim_codes__each(&shim.codes, set_in_window, NULL);
	if (shim.gates.window == SHIM_WINDOW_TIMES)
		take_up_frames(read_ticks());
	shim_account__charge(&shim.gates, this_thread, began_ns);
	shim_windows__opened(&shim.gates, read_ticks());
	PyErr_Clear();
	return 0;
}

/* Likewise, when no event has done it. */
static int close_window(void *data)
{
	uint64_t now = read_ticks();

	(void)data;
	shim_schedule__note_call();
	if (!shim.over && shim.gates.counts && is_counting(now)) {
		shim.gates.thread = this_thread;
		shim_windows__end(&shim.gates, now);
	}
	PyErr_Clear();
	return 0;
}

void shim_events__begin(const struct shim_events *events)
{
	const struct lprof_shim_run *run = events->counts->memory.run;
	const struct shim_schedule schedule = {
		.gates = &shim.gates,
		.over = &shim.over,
		.open = open_window,
		.close = close_window,
	};

	shim.events = *events;
	shim.over = false;
	shim.forked = false;
	shim.generation++;
	shim.clock = run->clock;
	shim.apart = run->by_thread;
	shim.checked = read_ticks();
	shim.scheduled = false;
	shim.close = CLOSE * events->costs[LPROF_SHIM_COST_LINE] / 1000;
	shim_gates__begin(&shim.gates, events->counts, events->costs[LPROF_SHIM_COST_LONE]);
	shim_schedule__begin(&schedule);
	if (shim.prepared)
		return;
	shim.prepared = true;
	(void)pthread_key_create(&shim.key, end_thread);
	(void)pthread_atfork(prepare_fork, shim_schedule__go_on_after_fork, note_fork);
}

void shim_events__at_end(int (*end)(void *data))
{
	shim.at_end = end;
}

static void unset(PyObject *object, void *ctx)
{
	(void)ctx;
	(void)shim_monitoring__set_local(shim.events.local, object, 0);
}

bool shim_events__is_over(void)
{
	return shim.over;
}

void shim_events__end(void)
{
	struct shim_counts *counts = shim.events.counts;

	if (!counts)
		return;
	__atomic_store_n(&shim.over, true, __ATOMIC_RELAXED);
	shim_schedule__end();
	(void)shim_monitoring__set(shim.events.monitoring, 0);
	shim_codes__each(&shim.codes, unset, NULL);
	shim_codes__clear(&shim.codes);
	shim.last = NULL;
	pthread_mutex_lock(&shim.ending);
	shim_counts__part(counts, &shim.left);
	pthread_mutex_unlock(&shim.ending);
	shim_gates__release(&shim.gates);
	shim.events.counts = NULL;
}

static bool add_code(PyFrameObject *frame, PyObject *code, void *ctx)
{
	(void)frame;
	(void)ctx;
	if (!shim_codes__find(&shim.codes, code))
		(void)shim_events__add(code, -1);
	return true;
}

void shim_events__add_running(void)
{
	if (!is_entered())
		enter_thread();
	shim_frames__each(add_code, NULL);
}

void shim_events__forget(void)
{
	shim_codes__clear(&shim.codes);
	shim_gates__release(&shim.gates);
	shim.thin = false;
	shim.last = NULL;
	shim.events.counts = NULL;
	this_thread = NULL;
	(void)pthread_setspecific(shim.key, NULL);
}
