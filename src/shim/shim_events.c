// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts and times the lines of Python functions from inside, by sys.monitoring (PEP 669), as Python's own tracing
 * would count them.
 *
 * An event of the whole interpreter, PY_START, tells each function that is called. If it is not wanted, the callback
 * returns DISABLE, and the function runs at full speed from then on. If it is, events are set on its code object alone.
 * A line is hit when a LINE event says so, and when control jumps back within the line, since a jump to the same line
 * makes no LINE event: a loop or a comprehension on one line. PY_START must be among the events of the code object as
 * well, or functions that are all on one line lose their LINE event. PY_THROW and PY_UNWIND cannot be set on one code
 * object alone. Events of branches are never used: some builds abort on them.
 *
 * The callbacks must neither fail nor change anything that the program can tell. They hold the interpreter's lock
 * throughout, so nothing here is locked but what a thread does that ends. They are called in the interpreter that runs
 * the program, and in no other one of the same process.
 *
 * Counting may end and begin again, for another profiler. What a thread knows is of one generation of counting; the
 * next one has threads of its own.
 */
#include "shim/shim_events.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "shim/shim_clock.h"

#define LEASE_CHECK_NS 250000000u

static struct {
	struct shim_events events;
	struct shim_codes codes;
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
	if (this_thread && this_thread->generation == shim.generation && !shim.forked)
		shim_counts__before_fork(this_thread);
}

/*
 * In the child after a fork. It takes a table when something is to be counted in it, and not if it executes a command.
 */
static void note_fork(void)
{
	shim.forked = true;
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

	shim.over = true;
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
	return shim_counts__function(shim.events.counts, &code->identity, shim.apart ? this_thread : NULL);
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

int shim_events__add(PyObject *object, long start)
{
	struct shim_code *code;

	shim.last = NULL;
	if (shim_codes__add(&shim.codes, object, start, shim.events.selection, &code))
		shim.events.counts->memory.table->n_lost++;
	if (!code)
		return -1;
	code->function = identify(code);
	code->thread = shim.apart && this_thread ? this_thread->number : 0;
	return shim_monitoring__set_local(shim.events.monitoring, object, shim_events__local(shim.events.monitoring));
}

/* Takes in a function that is called for the first time. What that takes is not the program's time. */
static struct shim_code *meet(PyObject *object, long start, uint64_t now)
{
	int err = shim_events__add(object, start);
	uint64_t ticks = read_ticks() - now;

	if (shim.over)
		return NULL;
	shim_counts__charge(shim.events.counts, this_thread, 1000 * ticks);
	return err ? NULL : find_code(object);
}

/* An event of a function that is counted, or may be. */
struct event {
	uint64_t now; /* tick */
	struct shim_code *code;
	uint32_t id; /* of the function; 0: it is not counted */
};

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
	return event->id;
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
		event.now = read_ticks();
	}
	if (!event.id || is_unwanted(event.id))
		return disable();
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
		event.now = read_ticks();
	}
	if (!event.id || is_unwanted(event.id))
		return disable();
	resume(&event, number_of(arguments[1]));
	return go_on();
}

/* The frame is left for good, or its generator is suspended. */
static PyObject *on_return(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	if (!take(arguments, n, 1, &event))
		return disable();
	leave(&event);
	return go_on();
}

/*
 * Counts LINE. Returns what the callback returns: if the function is not wanted, that there are to be no more events.
 */
static PyObject *count_line(const struct event *event, long line)
{
	uint32_t number = shim_code__number(event->code, line);

	if (is_unwanted(event->id))
		return disable();
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

/* These two come from all code, and cannot be disabled. */
static PyObject *on_throw(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	if (take(arguments, n, 2, &event))
		resume(&event, number_of(arguments[1]));
	else
		pass_over();
	return go_on();
}

static PyObject *on_unwind(PyObject *self, PyObject *const *arguments, Py_ssize_t n)
{
	struct event event;

	(void)self;
	if (take(arguments, n, 1, &event))
		leave(&event);
	else
		pass_over();
	return go_on();
}

#define METHOD(function)                                                                                               \
	{                                                                                                              \
#function, (PyCFunction)(void (*)(void))(function), METH_FASTCALL, NULL                                \
	}

PyMethodDef shim_events__methods[SHIM_EVENTS] = {
	[SHIM_START] = METHOD(on_start),  [SHIM_RESUME] = METHOD(on_resume), [SHIM_RETURN] = METHOD(on_return),
	[SHIM_YIELD] = METHOD(on_return), [SHIM_LINE] = METHOD(on_line),     [SHIM_JUMP] = METHOD(on_jump),
	[SHIM_THROW] = METHOD(on_throw),  [SHIM_UNWIND] = METHOD(on_unwind),
};

void shim_events__begin(const struct shim_events *events)
{
	const struct lprof_shim_run *run = events->counts->memory.run;

	shim.events = *events;
	shim.over = false;
	shim.forked = false;
	shim.generation++;
	shim.clock = run->clock;
	shim.apart = run->by_thread;
	shim.checked = read_ticks();
	if (shim.prepared)
		return;
	shim.prepared = true;
	(void)pthread_key_create(&shim.key, end_thread);
	(void)pthread_atfork(prepare_fork, NULL, note_fork);
}

long shim_events__local(const struct shim_monitoring *monitoring)
{
	const long *bits = monitoring->bits;

	return bits[SHIM_START] | bits[SHIM_RESUME] | bits[SHIM_RETURN] | bits[SHIM_YIELD] | bits[SHIM_LINE] |
	       bits[SHIM_JUMP];
}

long shim_events__global(const struct shim_monitoring *monitoring, bool running)
{
	const long *bits = monitoring->bits;

	return bits[SHIM_START] | bits[SHIM_THROW] | bits[SHIM_UNWIND] | (running ? bits[SHIM_RESUME] : 0);
}

void shim_events__at_end(int (*end)(void *data))
{
	shim.at_end = end;
}

static void unset(PyObject *object, void *ctx)
{
	(void)ctx;
	(void)shim_monitoring__set_local(shim.events.monitoring, object, 0);
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
	shim.over = true;
	(void)shim_monitoring__set(shim.events.monitoring, 0);
	shim_codes__each(&shim.codes, unset, NULL);
	shim_codes__clear(&shim.codes);
	shim.last = NULL;
	pthread_mutex_lock(&shim.ending);
	shim_counts__part(counts, &shim.left);
	pthread_mutex_unlock(&shim.ending);
	shim.events.counts = NULL;
}

/* The code of FRAME and of those that have called it. Whoever calls takes the exception away. */
static void add_frames(PyObject *frame)
{
	Py_IncRef(frame);
	while (frame && frame != Py_None) {
		PyObject *code = PyObject_GetAttrString(frame, "f_code"), *outer;

		if (code && !shim_codes__find(&shim.codes, code))
			(void)shim_events__add(code, -1);
		outer = PyObject_GetAttrString(frame, "f_back");
		Py_DecRef(code);
		Py_DecRef(frame);
		frame = outer;
	}
	Py_DecRef(frame);
}

void shim_events__add_running(void)
{
	PyObject *function = PySys_GetObject("_current_frames"), *thread, *frame;
	PyObject *frames = function ? PyObject_CallObject(function, NULL) : NULL;
	Py_ssize_t at = 0;

	if (!is_entered())
		enter_thread();
	while (frames && PyDict_Next(frames, &at, &thread, &frame))
		add_frames(frame);
	Py_DecRef(frames);
	PyErr_Clear();
}

void shim_events__forget(void)
{
	shim_codes__clear(&shim.codes);
	shim.last = NULL;
	shim.events.counts = NULL;
	this_thread = NULL;
	(void)pthread_setspecific(shim.key, NULL);
}
