// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python_progress.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/process_memory.h"
#include "probe/target_time.h"
#include "python/python_loops.h"

#define LOOKS	    12 /* in one watch */
#define LOOK_NS	    64000
#define FIRST_NS    4000 /* after which loops are read again; then after twice that time, and so on */
#define PAUSES	    8	 /* between looks at the clock */
#define QUICKEST_NS 4	 /* no turn takes less */
#define MOST_PIDS   16	 /* of a run with more processes nothing is watched */
#define MOST_FRAMES 6	 /* of a process, the innermost ones */
#define MOST_LOOPS  4	 /* of a frame, the outermost ones */
#define MOST_UNITS  65536

#define MOST_REFERENCES 1000 /* to an iterator */

/* What is read of a loop's iterator. */
enum { REFERENCES, TYPE, TURNS, WORDS };

/* A loop that goes on. Times are the targets' on a processor. */
struct going {
	uint64_t iterator, type;
	uint64_t counter; /* where the iterator keeps its number of turns */
	uint64_t turns, first_turns;
	uint64_t read_ns, first_ns; /* when they were read */
	bool begun, ended;	    /* its turns were read; its iterator is no more */
	size_t at;		    /* index of its FOR_ITER */
	const struct python_code *code;
};

/* What a process does from some moment on. */
struct look {
	struct going loops[MOST_FRAMES * MOST_LOOPS];
	size_t n;
};

struct watched {
	struct python_process process; /* its interpreter is NULL while it is not known */
	uint64_t bias;
	struct look look;
};

/* The bytecode of a code object that is known. */
struct bytecode {
	const struct python_code *code;
	uint32_t id; /* 0: it is not known yet */
	uint16_t *units;
	size_t n;
	struct python_units lines;
};

struct python_progress {
	struct python_progress_config config;
	struct watched watched[MOST_PIDS];
	struct bytecode *bytecodes; /* by ID of the code object */
	size_t n_bytecodes;
};

struct python_progress *python_progress__new(const struct python_progress_config *config)
{
	struct python_progress *progress = calloc(1, sizeof(*progress));

	if (progress)
		progress->config = *config;
	return progress;
}

void python_progress__free(struct python_progress *progress)
{
	if (!progress)
		return;
	for (size_t i = 0; i < progress->n_bytecodes; i++) {
		free(progress->bytecodes[i].units);
		python_units__release(&progress->bytecodes[i].lines);
	}
	free(progress->bytecodes);
	free(progress);
}

static bool read_all(pid_t pid, uint64_t address, void *to, size_t size)
{
	return process_memory__read(pid, address, to, size) == (ssize_t)size;
}

static uint64_t read_word(pid_t pid, uint64_t address)
{
	uint64_t word;

	return read_all(pid, address, &word, sizeof(word)) ? word : 0;
}

static const struct python_code *find_code(const struct python_progress *progress, pid_t pid, uint64_t address)
{
	const struct python_codes *codes = progress->config.codes;

	for (size_t i = codes->n; i > 0; i--) {
		const struct python_code *code = &codes->items[i - 1];

		if (code->id && !code->unwanted && !code->nameless && code->pid == pid && code->key.code == address)
			return python_code__is_complete(code) ? code : NULL;
	}
	return NULL;
}

/* Reads the bytecode of CODE, unless that was done before. 0 or -ENOMEM; what cannot be read has no units. */
static int read_bytecode(struct python_progress *progress, const struct watched *watched,
			 const struct python_code *code, struct bytecode **out)
{
	const struct lprof_python_layout *layout = &watched->process.shared.layout;
	struct bytecode *bytecode;
	uint64_t n;

	if (code->id >= progress->n_bytecodes) {
		size_t more = 2 * (size_t)code->id + 8;

		if (grow__resize(&progress->bytecodes, more, sizeof(*progress->bytecodes)))
			return -ENOMEM;
		memset(progress->bytecodes + progress->n_bytecodes, 0,
		       (more - progress->n_bytecodes) * sizeof(*progress->bytecodes));
		progress->n_bytecodes = more;
	}
	*out = bytecode = &progress->bytecodes[code->id];
	if (bytecode->id)
		return 0;
	bytecode->id = code->id;
	n = read_word(watched->process.pid, code->key.code + layout->text_length);
	if (!n || n > MOST_UNITS)
		return 0;
	bytecode->units = calloc(n, sizeof(*bytecode->units));
	if (!bytecode->units || python_table__units(code->table, code->table_size, code->first_line, &bytecode->lines))
		return -ENOMEM;
	if (read_all(watched->process.pid, code->key.code + layout->code_instrs, bytecode->units,
		     n * sizeof(*bytecode->units)))
		bytecode->n = n < bytecode->lines.n ? n : bytecode->lines.n;
	return 0;
}

/* Where the iterator keeps how far it is; 0: nobody knows. */
static uint64_t counter_of(const struct watched *watched, uint64_t iterator, uint64_t *type)
{
	const struct python_interpreter *interpreter = watched->process.interpreter;

	*type = read_word(watched->process.pid, iterator + LPROF_PYTHON_OBJECT_TYPE);
	for (size_t i = 0; *type && i < PYTHON_ITERATORS; i++)
		if (interpreter->iterators[i] && *type == interpreter->iterators[i] + watched->bias)
			return iterator + interpreter->known->counters[i];
	return 0;
}

/* Notes the loops of a frame that is executing unit AT of its code. The iterators are at the bottom of its stack. */
static void look_at_loops(const struct watched *watched, uint64_t frame, const struct bytecode *bytecode, size_t at,
			  struct look *look)
{
	const struct python_version *version = watched->process.interpreter->known;
	pid_t pid = watched->process.pid;
	uint32_t locals;
	size_t loops[MOST_LOOPS], n = python_loops__around(bytecode->units, bytecode->n, at, loops, MOST_LOOPS);

	if (!n || !read_all(pid, bytecode->code->key.code + version->code_locals, &locals, sizeof(locals)))
		return;
	for (size_t i = 0; i < n; i++) {
		uint64_t iterator = read_word(pid, frame + version->frame_locals + 8ull * (locals + i)), type;
		uint64_t counter = iterator ? counter_of(watched, iterator, &type) : 0;

		if (!counter)
			return;
		look->loops[look->n++] = (struct going){
			.iterator = iterator,
			.type = type,
			.counter = counter,
			.at = loops[i],
			.code = bytecode->code,
		};
	}
}

static int look_at_frame(struct python_progress *progress, struct watched *watched, uint64_t frame)
{
	const struct lprof_python_layout *layout = &watched->process.shared.layout;
	pid_t pid = watched->process.pid;
	const struct python_code *code = find_code(progress, pid, read_word(pid, frame + layout->frame_code));
	struct bytecode *bytecode;
	uint64_t instr;
	int err;

	if (!code)
		return 0;
	err = read_bytecode(progress, watched, code, &bytecode);
	if (err)
		return err;
	bytecode->code = code; /* the array of them may have moved */
	instr = read_word(pid, frame + layout->frame_instr) - code->key.code - layout->code_instrs;
	if (instr / 2 < bytecode->n)
		look_at_loops(watched, frame, bytecode, instr / 2, &watched->look);
	return 0;
}

/* Finds the loops that a process is in. 0 or -ENOMEM. */
static int take_look(struct python_progress *progress, struct watched *watched)
{
	const struct lprof_python_process *shared = &watched->process.shared;
	pid_t pid = watched->process.pid;
	uint64_t at = read_word(pid, shared->runtime + shared->state.current);
	int err = 0;

	watched->look.n = 0;
	if (at)
		at = read_word(pid, at + shared->layout.thread_cframe);
	if (at)
		at = read_word(pid, at + shared->layout.cframe_frame);
	for (size_t i = 0; !err && at && i < MOST_FRAMES; i++) {
		err = look_at_frame(progress, watched, at);
		at = read_word(pid, at + shared->state.frame_previous);
	}
	return err;
}

/*
 * Notes the words that were read of a loop. When an iterator is freed, its memory keeps the turns until it is used
 * again, but what was its count of references is part of a list then, an address or nothing. If its memory became
 * another iterator of the same loop, that has made fewer turns by now, because the time between two readings is never
 * longer than the time from the first one to the former of them.
 */
static void follow(struct going *loop, const uint64_t words[WORDS], uint64_t now_ns)
{
	uint64_t turns = words[TURNS];

	if (words[TYPE] != loop->type || !words[REFERENCES] || words[REFERENCES] > MOST_REFERENCES) {
		loop->ended = true;
		return;
	}
	if (!loop->begun) {
		loop->begun = true;
		loop->first_turns = loop->turns = turns;
		loop->first_ns = loop->read_ns = now_ns;
	}
	if (turns < loop->turns || turns - loop->first_turns > (now_ns - loop->first_ns) / QUICKEST_NS) {
		loop->ended = true;
		return;
	}
	loop->turns = turns;
	loop->read_ns = now_ns;
}

/*
 * Reads the turns of the loops that go on. All words of one are in the same cache line, since each line that is taken
 * from the target slows it.
 */
static void poll_loops(struct watched *watched, uint64_t now_ns)
{
	struct going *going[MOST_FRAMES * MOST_LOOPS];
	uint64_t addresses[WORDS * MOST_FRAMES * MOST_LOOPS], words[WORDS * MOST_FRAMES * MOST_LOOPS];
	size_t n = 0;

	for (size_t i = 0; i < watched->look.n; i++) {
		struct going *loop = &watched->look.loops[i];

		if (loop->ended)
			continue;
		addresses[WORDS * n + REFERENCES] = loop->iterator;
		addresses[WORDS * n + TYPE] = loop->iterator + LPROF_PYTHON_OBJECT_TYPE;
		addresses[WORDS * n + TURNS] = loop->counter;
		going[n++] = loop;
	}
	if (!n)
		return;
	if (!process_memory__gather(watched->process.pid, addresses, WORDS * n, words))
		memset(words, 0, sizeof(words)); /* one of them is gone, so all have ended */
	for (size_t i = 0; i < n; i++)
		follow(going[i], &words[WORDS * i], now_ns);
}

/* How many turns a loop makes in a nanosecond; less than 0: that is not known. */
static double pace(const struct going *loop)
{
	if (!loop->begun || loop->read_ns == loop->first_ns)
		return -1;
	return (double)(loop->turns - loop->first_turns) / (double)(loop->read_ns - loop->first_ns);
}

/* Tells the windows what the loops of a process have done in a look that lasted PASSED_NS. */
static int add_loops(struct python_progress *progress, const struct watched *watched, double passed_ns)
{
	int err = 0;

	for (size_t i = 0; !err && i < watched->look.n; i++) {
		const struct going *loop = &watched->look.loops[i];
		double turns = passed_ns * pace(loop);

		err = python_windows__add_turns(progress->config.windows, loop->code->id,
						progress->bytecodes[loop->code->id].lines.lines[loop->at],
						turns < 0 ? 0 : turns, turns >= 0);
	}
	return err;
}

static void find_processes(struct python_progress *progress)
{
	const struct python_progress_config *config = &progress->config;

	for (size_t i = 0; i < config->n_pids; i++) {
		struct watched *watched = &progress->watched[i];

		for (size_t k = 0; !watched->process.interpreter && k < config->n_interpreters; k++) {
			struct python_process process;

			if (!config->interpreters[k]->reason &&
			    !python_interpreter__in(config->interpreters[k], config->pids[i], &process)) {
				watched->process = process;
				watched->bias = process.shared.code_type - process.interpreter->code_type;
			}
		}
	}
}

static uint64_t target_ns(const struct python_progress *progress)
{
	return target_time__ns(progress->config.gate, clock__monotonic_ns());
}

/*
 * Waits, busily: to sleep takes far too long. The pauses leave the processor's units to its other hardware thread,
 * which may be where the target runs.
 */
static void wait_until(uint64_t then_ns)
{
	while (clock__monotonic_ns() < then_ns)
		for (int i = 0; i < PAUSES; i++)
			__builtin_ia32_pause();
}

/*
 * Looks at all processes: finds their loops, and reads their turns now and then. Each reading takes cache lines from
 * the targets, so there are few.
 */
static int look_at_all(struct python_progress *progress)
{
	uint64_t clock_ns, began_ns = 0, now_ns = 0;
	int err = 0;

	for (size_t i = 0; !err && i < progress->config.n_pids; i++)
		if (progress->watched[i].process.interpreter)
			err = take_look(progress, &progress->watched[i]);
	clock_ns = clock__monotonic_ns();
	for (uint64_t ns = 0; !err && ns <= LOOK_NS; ns = ns ? 2 * ns : FIRST_NS) {
		wait_until(clock_ns + ns);
		for (size_t i = 0; i < progress->config.n_pids; i++) {
			now_ns = target_ns(progress);
			began_ns = began_ns ? began_ns : now_ns;
			poll_loops(&progress->watched[i], now_ns);
		}
	}
	if (err || now_ns == began_ns)
		return err;
	python_windows__add_time(progress->config.windows, (double)(now_ns - began_ns));
	for (size_t i = 0; !err && i < progress->config.n_pids; i++)
		err = add_loops(progress, &progress->watched[i], (double)(now_ns - began_ns));
	return err;
}

int python_progress__watch(struct python_progress *progress)
{
	int err = 0;

	if (progress->config.n_pids > MOST_PIDS || !progress->config.codes->n)
		return 0;
	find_processes(progress);
	python_windows__begin_watch(progress->config.windows);
	for (int i = 0; !err && i < LOOKS; i++)
		err = look_at_all(progress);
	return err;
}
