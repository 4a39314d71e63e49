/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python: the front-end for CPython. Which functions there are is known only when they run: the BPF programs tell of
 * each code object that may be wanted, and go on counting unless it is rejected here.
 */
#ifndef LPROF_PYTHON_H
#define LPROF_PYTHON_H

#include "profiler/frontend.h"

extern const struct frontend python_frontend;

#endif
