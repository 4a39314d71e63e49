// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python_frames.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/key_map.h"
#include "base/process_memory.h"
#include "cpython/python_text.h"

#define MOST_TABLE 262144u /* bytes of a code object's table of lines */

struct python_frames {
	struct python_frame_code **codes; /* the map's values are indices */
	size_t n, room;
	struct key_map map; /* by a hash of the key and the process's ID */
};

struct python_frames *python_frames__new(void)
{
	return calloc(1, sizeof(struct python_frames));
}

static void free_code(struct python_frame_code *code)
{
	free(code->name);
	free(code->file);
	python_units__release(&code->units);
	free(code);
}

void python_frames__free(struct python_frames *frames)
{
	if (!frames)
		return;
	for (size_t i = 0; i < frames->n; i++)
		free_code(frames->codes[i]);
	free(frames->codes);
	key_map__clear(&frames->map);
	free(frames);
}

/* Whether all of it could be read. */
static bool read_all(pid_t pid, uint64_t address, void *to, size_t size)
{
	return process_memory__read(pid, address, to, size) == (ssize_t)size;
}

/* Returns 0 and *text, owned by the caller; -ENOMEM; or another -errno. */
static int read_text(const struct python_process *process, pid_t pid, uint64_t at, char **text)
{
	struct lprof_python_text copy;
	uint64_t object;
	int err;

	if (!read_all(pid, at, &object, sizeof(object)))
		return -EFAULT;
	err = python_text__read(pid, object, &process->shared.layout, &copy);
	if (err)
		return err;
	*text = python_text__string(&copy);
	return *text ? 0 : -ENOMEM;
}

static int read_units(const struct python_process *process, struct python_frame_code *code)
{
	const struct lprof_python_layout *layout = &process->shared.layout;
	uint64_t object, size;
	uint8_t *table;
	int err = -EFAULT;

	if (!read_all(code->pid, code->key.code + layout->code_table, &object, sizeof(object)) ||
	    !read_all(code->pid, object + layout->text_length, &size, sizeof(size)) || size > MOST_TABLE)
		return -EFAULT;
	table = malloc(size + 1);
	if (!table)
		return -ENOMEM;
	if (read_all(code->pid, object + layout->bytes_data, table, size))
		err = python_table__units(table, size, code->first_line, &code->units);
	free(table);
	return err;
}

/* Whether the code object that the frame had when it was sampled is still there. */
static bool is_still_there(const struct python_process *process, const struct python_frame_code *code)
{
	uint64_t words[LPROF_PYTHON_PRINT_WORDS];

	return read_all(code->pid, code->key.code + process->shared.layout.code_first_line, words, sizeof(words)) &&
	       lprof_python__print((const __u64 *)words) == code->key.print;
}

/* Returns 0, -ENOMEM, or another -errno when it cannot be read. */
static int read_code(const struct python_process *process, struct python_frame_code *code)
{
	const struct lprof_python_layout *layout = &process->shared.layout;
	uint64_t at = code->key.code, type;
	int err;

	if (!read_all(code->pid, at + LPROF_PYTHON_OBJECT_TYPE, &type, sizeof(type)) ||
	    type != process->shared.code_type ||
	    !read_all(code->pid, at + layout->code_first_line, &code->first_line, sizeof(code->first_line)) ||
	    !read_all(code->pid, at + layout->code_first_traceable, &code->first_traceable,
		      sizeof(code->first_traceable)))
		return -EFAULT;
	err = read_text(process, code->pid, at + layout->code_qualname, &code->name);
	if (!err)
		err = read_text(process, code->pid, at + layout->code_file, &code->file);
	if (!err)
		err = read_units(process, code);
	/* Asked last: had it been freed while it was read, another one might have come to its place meanwhile. */
	return !err && !is_still_there(process, code) ? -ESTALE : err;
}

static uint64_t hash_of(pid_t pid, const struct lprof_python_frame *frame)
{
	uint64_t hash = lprof_python__mix(lprof_python__mix(frame->code, frame->print), (uint64_t)pid);

	return hash ? hash : 1;
}

static bool is_of(const struct python_frame_code *code, pid_t pid, const struct lprof_python_frame *frame)
{
	return code->key.code == frame->code && code->key.print == frame->print && code->pid == pid;
}

static int add_code(struct python_frames *frames, uint64_t hash, struct python_frame_code *code)
{
	int err = grow__one(&frames->codes, &frames->room, frames->n, sizeof(*frames->codes));

	if (!err)
		err = key_map__set(&frames->map, hash, frames->n);
	if (!err)
		frames->codes[frames->n++] = code;
	return err;
}

/* Makes what is known of a code object that is seen for the first time; without a name if it cannot be read. */
static int new_code(const struct python_process *process, const struct lprof_python_frame *frame,
		    struct python_frame_code **out)
{
	struct python_frame_code *code = calloc(1, sizeof(*code));
	int err;

	if (!code)
		return -ENOMEM;
	code->pid = process->pid;
	code->interpreter = process->interpreter;
	code->key = (struct lprof_python_frame){.code = frame->code, .print = frame->print};
	err = read_code(process, code);
	if (err) {
		free(code->name);
		code->name = NULL;
	}
	if (err == -ENOMEM) {
		free_code(code);
		return err;
	}
	*out = code;
	return 0;
}

int python_frames__find(struct python_frames *frames, const struct python_process *process,
			const struct lprof_python_frame *frame, uint32_t *index)
{
	uint64_t hash = hash_of(process->pid, frame);
	struct python_frame_code *code;
	size_t found;
	int err;

	while (key_map__get(&frames->map, hash, &found)) {
		if (is_of(frames->codes[found], process->pid, frame)) {
			*index = (uint32_t)found;
			return frames->codes[found]->name ? 0 : -ENOENT;
		}
		hash = hash + 1 ? hash + 1 : 1; /* two hashes are the same, by an extraordinary chance */
	}
	err = new_code(process, frame, &code);
	if (err)
		return err;
	err = add_code(frames, hash, code);
	if (err) {
		free_code(code);
		return err;
	}
	*index = (uint32_t)frames->n - 1;
	return code->name ? 0 : -ENOENT;
}

const struct python_frame_code *python_frames__code(const struct python_frames *frames, uint32_t index)
{
	return frames->codes[index];
}

uint32_t python_frame_code__line(const struct python_frame_code *code, uint32_t place)
{
	uint64_t begin = (uint64_t)code->first_traceable + 1, unit = (place & ~LPROF_PYTHON_IS_ENTRY);

	if (unit <=
	    begin) { /* PLACE is an index plus one: the instruction `first_traceable` itself, or one before it */
		for (unit = begin; unit < code->units.n; unit++)
			if (code->units.lines[unit])
				return code->units.lines[unit];
		return code->first_line;
	}
	if (unit > code->units.n)
		return 0;
	while (unit > begin && !code->units.lines[unit - 1])
		unit--;
	return code->units.lines[unit - 1] ? code->units.lines[unit - 1] : code->first_line;
}
