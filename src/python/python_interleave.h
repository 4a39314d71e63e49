/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_interleave: puts the Python frames of a sampled stack where they belong among its native frames. Pure.
 */
#ifndef LPROF_PYTHON_INTERLEAVE_H
#define LPROF_PYTHON_INTERLEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a native frame is. */
enum python_native {
	PYTHON_NATIVE_OTHER,	   /* code of another object than the interpreter */
	PYTHON_NATIVE_INTERPRETER, /* code of the interpreter's object */
	PYTHON_NATIVE_EVAL,	   /* likewise, and executes the bytecode of one or several Python frames */
};

/* Frames of either kind, the innermost first. */
struct python_stack {
	const enum python_native *natives;
	size_t n_natives;
	bool natives_cut;    /* outermost ones are missing */
	const bool *entries; /* for each Python frame: whether a native one of PYTHON_NATIVE_EVAL began with it */
	size_t n_frames;
	bool frames_cut; /* outermost ones are missing */
};

/* A frame of the result. */
struct python_slot {
	bool python;	/* INDEX is that of a Python frame; otherwise of a native one */
	bool within;	/* a native frame of the interpreter that is inside a Python frame, and so a part of it */
	uint32_t index; /* counted from the innermost frame of its kind */
};

/*
 * Writes the frames to SLOTS, the innermost first, and returns how many there are; there must be room for all frames of
 * STACK. Native frames that execute bytecode are left out for the Python frames that they execute. Where the two do not
 * agree, every other frame is kept. The sample was then taken while a frame was pushed or popped, or a stack was cut.
 */
size_t python_interleave__merge(const struct python_stack *stack, struct python_slot *slots);

#endif
