/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_text: copies of texts of an interpreter: names of functions and files. */
#ifndef LPROF_PYTHON_TEXT_H
#define LPROF_PYTHON_TEXT_H

#include <stdint.h>
#include <sys/types.h>

#include "lprof_python.h"

/* Converts TEXT to a string owned by the caller, which ends in "..." if the text was cut. NULL when out of memory. */
char *python_text__string(const struct lprof_python_text *text);

/*
 * Copies the beginning of the text object at address OBJECT of process PID. Returns 0, -EFAULT when it cannot be read,
 * or -EPROTO when it is not a text of the usual form.
 */
int python_text__read(pid_t pid, uint64_t object, const struct lprof_python_layout *layout,
		      struct lprof_python_text *text);

#endif
