/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python: the front-end for CPython. Its functions are known only when they run: the BPF programs send a record of each
 * code object that may be wanted, and count its lines unless this front-end rejects it.
 */
#ifndef LPROF_PYTHON_H
#define LPROF_PYTHON_H

#include "profiler/frontend.h"

extern const struct frontend python_frontend;

#endif
