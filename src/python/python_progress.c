// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python_progress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/process_memory.h"
#include "probe/target_time.h"
#include "python/python_loops.h"

#define LOOKS	    12 /* in one watch */
#define APART_NS    60000
#define QUICKEST_NS 4  /* no turn takes less */
#define MOST_PIDS   16 /* of a run with more processes nothing is watched */
#define MOST_FRAMES 6  /* of a process, the innermost ones */
#define MOST_LOOPS  4  /* of a frame, the outermost ones */
#define MOST_UNITS  65536

/* A loop that goes on. */
struct going {
	uint64_t frame, iterator, turn;
	size_t at; /* index of its FOR_ITER */
	const struct python_code *code;
};

/* What a process does at one moment. */
struct look {
	struct going loops[MOST_FRAMES * MOST_LOOPS];
	size_t n;
};

struct watched {
	struct python_process process; /* its interpreter is NULL while it is not known */
	uint64_t bias;
	struct look looks[2];
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
	uint64_t looked_ns; /* the targets' time on a processor at the last look */
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
static uint64_t counter_of(const struct watched *watched, uint64_t iterator)
{
	const struct python_interpreter *interpreter = watched->process.interpreter;
	uint64_t type = read_word(watched->process.pid, iterator + LPROF_PYTHON_OBJECT_TYPE);

	for (size_t i = 0; type && i < PYTHON_ITERATORS; i++)
		if (interpreter->iterators[i] && type == interpreter->iterators[i] + watched->bias)
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
		uint64_t iterator = read_word(pid, frame + version->frame_locals + 8ull * (locals + i));
		uint64_t counter = iterator ? counter_of(watched, iterator) : 0;

		if (!counter)
			return;
		look->loops[look->n++] = (struct going){
			.frame = frame,
			.iterator = iterator,
			.turn = read_word(pid, counter),
			.at = loops[i],
			.code = bytecode->code,
		};
	}
}

static int look_at_frame(struct python_progress *progress, const struct watched *watched, uint64_t frame,
			 struct look *look)
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
		look_at_loops(watched, frame, bytecode, instr / 2, look);
	return 0;
}

static int take_look(struct python_progress *progress, const struct watched *watched, struct look *look)
{
	const struct lprof_python_process *shared = &watched->process.shared;
	pid_t pid = watched->process.pid;
	uint64_t at = read_word(pid, shared->runtime + shared->state.current);
	int err = 0;

	look->n = 0;
	if (at)
		at = read_word(pid, at + shared->layout.thread_cframe);
	if (at)
		at = read_word(pid, at + shared->layout.cframe_frame);
	for (size_t i = 0; !err && at && i < MOST_FRAMES; i++) {
		err = look_at_frame(progress, watched, at, look);
		at = read_word(pid, at + shared->state.frame_previous);
	}
	return err;
}

/* What has become of a loop; NULL: it has ended, or is too far down the stack. */
static const struct going *find_going(const struct look *look, const struct going *before)
{
	for (size_t i = 0; i < look->n; i++) {
		const struct going *now = &look->loops[i];

		if (now->frame == before->frame && now->iterator == before->iterator && now->at == before->at &&
		    now->code == before->code)
			return now;
	}
	return NULL;
}

static int add_turns(struct python_progress *progress, const struct going *loop, uint64_t turns, bool known)
{
	uint32_t line = progress->bytecodes[loop->code->id].lines.lines[loop->at];

	return python_windows__add_turns(progress->config.windows, loop->code->id, line, turns, known);
}

/* Notes what has happened to the loops between two looks. */
static int compare(struct python_progress *progress, const struct look *before, const struct look *after,
		   uint64_t passed_ns)
{
	int err = 0;

	for (size_t i = 0; !err && i < before->n; i++) {
		const struct going *was = &before->loops[i], *now = find_going(after, was);

		/* An iterator that was freed while it was read has any number of turns. */
		if (now && (now->turn < was->turn || now->turn - was->turn > passed_ns / QUICKEST_NS))
			now = NULL;
		err = add_turns(progress, was, now ? now->turn - was->turn : 0, now);
	}
	for (size_t i = 0; !err && i < after->n; i++)
		if (!find_going(before, &after->loops[i]))
			err = add_turns(progress, &after->loops[i], 0, false);
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

/* Looks at all processes, and compares with the look before unless this is the first one, number 0. */
static int look_at_all(struct python_progress *progress, int number)
{
	uint64_t now_ns = target_time__ns(progress->config.gate, clock__monotonic_ns());
	uint64_t passed_ns = now_ns - progress->looked_ns;
	int err = 0;

	progress->looked_ns = now_ns;
	if (number && passed_ns)
		python_windows__add_time(progress->config.windows, (double)passed_ns);
	for (size_t i = 0; !err && i < progress->config.n_pids; i++) {
		struct watched *watched = &progress->watched[i];
		struct look *now = &watched->looks[number & 1];

		if (!watched->process.interpreter)
			continue;
		err = take_look(progress, watched, now);
		if (!err && number && passed_ns)
			err = compare(progress, &watched->looks[!(number & 1)], now, passed_ns);
	}
	return err;
}

/* Waits, busily: to sleep takes far too long. */
static void wait(uint64_t ns)
{
	uint64_t until_ns = clock__monotonic_ns() + ns;

	while (clock__monotonic_ns() < until_ns)
		;
}

int python_progress__watch(struct python_progress *progress)
{
	int err = 0;

	if (progress->config.n_pids > MOST_PIDS || !progress->config.codes->n)
		return 0;
	find_processes(progress);
	for (int i = 0; !err && i <= LOOKS; i++) {
		wait(i ? APART_NS : 0);
		err = look_at_all(progress, i);
	}
	return err;
}
