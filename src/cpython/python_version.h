/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_version: where an interpreter keeps its frames, and what else depends on its version. */
#ifndef LPROF_PYTHON_VERSION_H
#define LPROF_PYTHON_VERSION_H

#include <stdint.h>

#include "lprof_python.h"

/* The types of iterators that keep how far they are. */
#define PYTHON_ITERATORS 9

/* Where an interpreter keeps its frames, which depends on its minor version. */
struct python_version {
	unsigned hex; /* major, minor */
	struct lprof_python_state state;
	struct lprof_python_layout layout;
	uint16_t frame_locals;		    /* where a frame's variables are, with its stack behind them */
	uint16_t code_locals;		    /* how many variables it has: 32 bits */
	uint8_t counters[PYTHON_ITERATORS]; /* where iterators keep how far they are */
};

#endif
