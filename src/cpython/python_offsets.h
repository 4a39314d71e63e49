/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_offsets: where an interpreter keeps its frames, as it says itself from 3.13 on: _PyRuntime begins with a table
 * for debuggers, which is in the object file already. Pure.
 */
#ifndef LPROF_PYTHON_OFFSETS_H
#define LPROF_PYTHON_OFFSETS_H

#include <stddef.h>
#include <stdint.h>

#include "cpython/python_version.h"

/* So many bytes at the beginning of _PyRuntime python_offsets__read() has to be given. */
#define PYTHON_OFFSETS_SIZE (64 * sizeof(uint64_t))

/*
 * Takes out of the TABLE, of PYTHON_OFFSETS_SIZE bytes, what a walk of frames needs, for the version HEX (major,
 * minor). Returns 0; or -ENOTSUP, if this version is not known, the table is none, or tells of another one, or of a
 * free-threaded build, or what it says cannot be.
 */
int python_offsets__read(const uint8_t *table, unsigned hex, struct python_version *out);

#endif
