/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_loops: finds the `for` loops around an instruction of CPython 3.11's bytecode. Pure. */
#ifndef LPROF_PYTHON_LOOPS_H
#define LPROF_PYTHON_LOOPS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Finds, in the code of N UNITS, the instructions FOR_ITER whose loops hold unit AT, the outermost one first. LOOPS
 * gets their indices, at most MOST. Returns how many were found. The code may have been specialised.
 */
size_t python_loops__around(const uint16_t *units, size_t n, size_t at, size_t *loops, size_t most);

#endif
