// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python_samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/process_memory.h"
#include "cpython/python_interpreter.h"
#include "python/python_frames.h"
#include "python/python_interleave.h"
#include "python/python_maps.h"

#define python_read(memory, to, size, addr)                                                                            \
	(process_memory__read(*(const pid_t *)(memory), addr, to, size) != (ssize_t)(size))
#define python_loop(n, fn, context)                                                                                    \
	for (__u32 round = 0; round < (n) && !fn(round, context); round++)                                             \
		;
#define PYTHON_WALK_MASK (2 * LPROF_PYTHON_FRAMES - 1)
#include "python_walk.h"

_Static_assert(LPROF_PYTHON_FRAMES == SAMPLE_READER_FRAMES, "the room that the sampler has");

#define MOST_NATIVES (LPROF_STACK_MOST + 1) /* one more for the kernel */

/* In the address of an interpreted frame, above the line: no code object. */
#define NO_CODE UINT32_MAX

#define UNKNOWN_NAME "[Python]"

/* What is known of an object. */
struct known_object {
	bool tried;
	struct python_interpreter *interpreter; /* NULL: it is none, or nobody knows where it keeps its frames */
};

struct known_process {
	struct python_process process;
	uint32_t object; /* index of the interpreter */
};

struct python_samples {
	bool natives;
	struct known_object *objects; /* of each object that was sampled */
	size_t n_objects;
	struct known_process *processes;
	size_t n_processes, processes_room;
	struct python_frames *frames;
};

static void samples_free(void *reader)
{
	struct python_samples *samples = reader;

	for (size_t i = 0; i < samples->n_objects; i++)
		python_interpreter__free(samples->objects[i].interpreter);
	free(samples->objects);
	free(samples->processes);
	python_frames__free(samples->frames);
	free(samples);
}

static void *samples_new(bool natives)
{
	struct python_samples *samples = calloc(1, sizeof(*samples));

	if (!samples)
		return NULL;
	samples->natives = natives;
	samples->frames = python_frames__new();
	if (samples->frames)
		return samples;
	samples_free(samples);
	return NULL;
}

static int reserve_objects(struct python_samples *samples, size_t n)
{
	if (samples->n_objects >= n)
		return 0;
	if (grow__resize(&samples->objects, n, sizeof(*samples->objects)))
		return -ENOMEM;
	memset(samples->objects + samples->n_objects, 0, (n - samples->n_objects) * sizeof(*samples->objects));
	samples->n_objects = n;
	return 0;
}

/* Looks for an interpreter in the object with this index, unless that was done before. 0 or -ENOMEM. */
static int look_into(struct python_samples *samples, const struct sampled_objects *objects, uint32_t index)
{
	const struct sampled_object *from = &objects->items[index];
	struct known_object *known = &samples->objects[index];
	const struct target_object object = {
		.name = from->name,
		.path = (char *)from->path,
		.files = from->files,
		.dev = from->dev,
		.ino = from->ino,
	};

	if (known->tried)
		return 0;
	known->tried = true;
	return python_interpreter__of(from->file, &object, &known->interpreter);
}

static struct known_process *find_process(const struct python_samples *samples, pid_t pid)
{
	for (size_t i = 0; i < samples->n_processes; i++)
		if (samples->processes[i].process.pid == pid)
			return &samples->processes[i];
	return NULL;
}

static void forget_process(struct python_samples *samples, struct known_process *known)
{
	*known = samples->processes[--samples->n_processes];
}

/* The first mapping of an interpreter's code, with its index in *OBJECT; NULL: there is none. */
static const struct space_mapping *find_interpreter(const struct python_samples *samples,
						    const struct address_space *space)
{
	for (size_t i = 0; i < space->n; i++)
		if (space->mappings[i].object != ADDRESS_SPACE_NO_OBJECT &&
		    samples->objects[space->mappings[i].object].interpreter)
			return &space->mappings[i];
	return NULL;
}

/* Notes where process PID has its frames, if that is known and right. Returns NULL if not. */
static struct known_process *note_process(struct python_samples *samples, pid_t pid,
					  const struct space_mapping *mapping)
{
	const struct python_interpreter *interpreter = samples->objects[mapping->object].interpreter;
	struct known_process *known = find_process(samples, pid), fresh = {.object = mapping->object};
	int err = python_interpreter__process(interpreter, pid, mapping->start - mapping->vaddr, &fresh.process);

	if (known && !memcmp(&known->process.shared, &fresh.process.shared, sizeof(fresh.process.shared)))
		return known; /* as before; a check that fails now was made while it changed its frames */
	if (err)
		return NULL;
	if (!known && grow__one(&samples->processes, &samples->processes_room, samples->n_processes, sizeof(fresh)))
		return NULL;
	if (!known)
		known = &samples->processes[samples->n_processes++];
	*known = fresh;
	return known;
}

static int samples_look(void *reader, const struct lprof_bpf *skel, pid_t pid, const struct address_space *space,
			const struct sampled_objects *objects)
{
	struct python_samples *samples = reader;
	struct known_process *known = find_process(samples, pid);
	const struct space_mapping *mapping;
	int err = reserve_objects(samples, objects->n);

	for (size_t i = 0; !err && i < space->n; i++)
		if (space->mappings[i].object != ADDRESS_SPACE_NO_OBJECT)
			err = look_into(samples, objects, space->mappings[i].object);
	if (err)
		return err;
	mapping = find_interpreter(samples, space);
	if (!mapping && known) { /* it has executed another program */
		(void)python_maps__set_process(skel, pid, NULL);
		forget_process(samples, known);
	}
	known = mapping ? note_process(samples, pid, mapping) : NULL;
	/* When there is no room for it, its stacks are those of native code. */
	if (known)
		(void)python_maps__set_process(skel, pid, &known->process.shared);
	return 0;
}

static void samples_walk(void *reader, pid_t pid, uint64_t thread_pointer, uint64_t *items, size_t *n, bool *cut)
{
	const struct known_process *known = find_process(reader, pid);
	struct python_walk walk = {.words = (__u64 *)items};

	if (known)
		python_walk__frames(&known->process.shared, thread_pointer, &walk, &pid);
	*n = 2 * (size_t)walk.n;
	*cut = walk.cut;
}

static enum python_native kind_of(const struct python_samples *samples, const struct known_process *known,
				  const struct sample_frame *frame)
{
	if (frame->object != known->object)
		return PYTHON_NATIVE_OTHER;
	return python_interpreter__executes(samples->objects[known->object].interpreter, frame->addr)
		       ? PYTHON_NATIVE_EVAL
		       : PYTHON_NATIVE_INTERPRETER;
}

/* Makes a Python frame one of the sampler's. 0 or -ENOMEM. */
static int to_frame(struct python_samples *samples, const struct known_process *known,
		    const struct lprof_python_frame *frame, struct sample_frame *out)
{
	uint32_t index, line = 0;
	int err = python_frames__find(samples->frames, &known->process, frame, &index);

	if (!err)
		line = python_frame_code__line(python_frames__code(samples->frames, index), frame->place);
	else
		index = NO_CODE;
	*out = (struct sample_frame){(uint64_t)index << 32 | line, SAMPLE_INTERPRETED};
	return err == -ENOMEM ? err : 0;
}

/* A stack that is being put together. */
struct reading {
	struct lprof_python_frame frames[LPROF_PYTHON_FRAMES];
	bool entries[LPROF_PYTHON_FRAMES];
	struct sample_frame natives[MOST_NATIVES];
	enum python_native kinds[MOST_NATIVES];
	struct python_slot slots[MOST_NATIVES + LPROF_PYTHON_FRAMES];
};

static int put(struct python_samples *samples, const struct known_process *known, const struct reading *reading,
	       size_t n_slots, struct sample_frame *frames, size_t *n)
{
	int err = 0;

	*n = 0;
	for (size_t i = 0; !err && i < n_slots; i++) {
		const struct python_slot *slot = &reading->slots[i];

		if (slot->python)
			err = to_frame(samples, known, &reading->frames[slot->index], &frames[(*n)++]);
		else if (!slot->within || samples->natives)
			frames[(*n)++] = reading->natives[slot->index];
	}
	return err;
}

static int samples_read(void *reader, pid_t pid, const struct sample_words *words, struct sample_frame *frames,
			size_t *n)
{
	struct python_samples *samples = reader;
	const struct known_process *known = find_process(samples, pid);
	struct reading reading;
	struct python_stack stack = {
		.natives = reading.kinds,
		.n_natives = *n,
		.natives_cut = words->natives_cut,
		.entries = reading.entries,
		.n_frames = words->n / 2,
		.frames_cut = words->cut,
	};

	if (!known || !stack.n_frames || stack.n_frames > LPROF_PYTHON_FRAMES || *n > MOST_NATIVES)
		return 0;
	for (size_t i = 0; i < stack.n_frames; i++) {
		memcpy(&reading.frames[i], words->items + 2 * i, sizeof(reading.frames[i]));
		reading.entries[i] = reading.frames[i].place & LPROF_PYTHON_IS_ENTRY;
	}
	for (size_t i = 0; i < stack.n_natives; i++) {
		reading.natives[i] = frames[i];
		reading.kinds[i] = kind_of(samples, known, &frames[i]);
	}
	return put(samples, known, &reading, python_interleave__merge(&stack, reading.slots), frames, n);
}

static void samples_name(void *reader, uint64_t addr, struct stack_function *function, uint32_t *line)
{
	const struct python_samples *samples = reader;
	uint32_t index = (uint32_t)(addr >> 32);
	const struct python_frame_code *code = index != NO_CODE ? python_frames__code(samples->frames, index) : NULL;

	*function = (struct stack_function){
		.name = UNKNOWN_NAME, .linkage_name = "", .file = "", .object = "", .build_id = ""};
	*line = (uint32_t)addr;
	if (!code)
		return;
	function->name = code->name;
	function->file = code->file;
	function->line = code->first_line;
	function->object = code->interpreter->name;
	function->build_id = code->interpreter->build_id;
}

const struct sample_reader_ops python_samples__ops = {
	.new = samples_new,
	.free = samples_free,
	.look = samples_look,
	.walk = samples_walk,
	.read = samples_read,
	.name = samples_name,
};
