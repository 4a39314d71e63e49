// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_frames.h"

/* FRAME and those that have called it, up to the one of which FN says that it is enough. */
static void walk(PyObject *frame, shim_frames_fn *fn, void *ctx)
{
	bool more = true;

	Py_IncRef(frame);
	while (more && frame && frame != Py_None) {
		PyObject *code = (PyObject *)PyFrame_GetCode((PyFrameObject *)frame), *outer;

		more = fn((PyFrameObject *)frame, code, ctx);
		Py_DecRef(code);
		outer = more ? PyObject_GetAttrString(frame, "f_back") : NULL;
		Py_DecRef(frame);
		frame = outer;
	}
	Py_DecRef(frame);
	PyErr_Clear();
}

void shim_frames__each_here(shim_frames_fn *fn, void *ctx)
{
	walk((PyObject *)PyEval_GetFrame(), fn, ctx);
}

void shim_frames__each(shim_frames_fn *fn, void *ctx)
{
	PyObject *function = PySys_GetObject("_current_frames"), *thread, *frame;
	PyObject *frames = function ? PyObject_CallObject(function, NULL) : NULL;
	Py_ssize_t at = 0;

	while (frames && PyDict_Next(frames, &at, &thread, &frame))
		walk(frame, fn, ctx);
	Py_DecRef(frames);
	PyErr_Clear();
}
