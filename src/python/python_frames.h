/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_frames: the functions and lines of sampled frames, read from the memory of the processes. A code object that
 * was freed before it could be read stays unknown.
 */
#ifndef LPROF_PYTHON_FRAMES_H
#define LPROF_PYTHON_FRAMES_H

#include <stdint.h>
#include <sys/types.h>

#include "cpython/python_interpreter.h"
#include "cpython/python_table.h"
#include "lprof_python.h"

/* What is known of a code object. */
struct python_frame_code {
	struct lprof_python_frame key; /* its `place` is 0 */
	pid_t pid;
	const struct python_interpreter *interpreter;
	char *name; /* "Class.method", "function.<locals>.inner"; NULL: it could not be read */
	char *file; /* as the interpreter knows it */
	uint32_t first_line;
	uint32_t first_traceable; /* index of the instruction with which a call begins as far as tracing is concerned */
	struct python_units units;
};

struct python_frames;

struct python_frames *python_frames__new(void);		/* owned by the caller; NULL when out of memory */
void python_frames__free(struct python_frames *frames); /* NULL is allowed */

/*
 * Sets *INDEX to that of the code object of FRAME, a frame of PROCESS. The process's memory is read only when the code
 * object is seen for the first time. 0, -ENOENT when it cannot be read, or -ENOMEM.
 */
int python_frames__find(struct python_frames *frames, const struct python_process *process,
			const struct lprof_python_frame *frame, uint32_t *index);

/* The code object with this index. It lives as long as FRAMES. */
const struct python_frame_code *python_frames__code(const struct python_frames *frames, uint32_t index);

/*
 * The line that is executed at PLACE of a frame. What comes before the function's own code belongs to the line where
 * that begins, and an instruction without a line to the line before it. 0: the place makes no sense.
 */
uint32_t python_frame_code__line(const struct python_frame_code *code, uint32_t place);

#endif
