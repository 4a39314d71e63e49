/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shim_frames: Python's frames, of what is being executed. Whoever calls holds the interpreter's lock. */
#ifndef LPROF_SHIM_FRAMES_H
#define LPROF_SHIM_FRAMES_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030b0000
#include <Python.h>

#include <stdbool.h>

/* Is called with a frame and its code, both borrowed. Whether the frame that has called this one is wanted, too. */
typedef bool shim_frames_fn(PyFrameObject *frame, PyObject *code, void *ctx);

/*
 * Calls FN with the frames of this thread, or with those of all threads, the innermost of each first. Leaves no
 * exception; without memory, outer frames are left out.
 */
void shim_frames__each_here(shim_frames_fn *fn, void *ctx);
void shim_frames__each(shim_frames_fn *fn, void *ctx);

#endif
