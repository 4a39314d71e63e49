/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * privilege: whether this process may do what profiling needs.
 */
#ifndef LPROF_PRIVILEGE_H
#define LPROF_PRIVILEGE_H

#include <stddef.h>

/*
 * Names of the capabilities that are needed and not effective, separated by ", ", written into TEXT.
 * Returns how many.
 */
int privilege__missing(char *text, size_t size);

/* How to come by them, static: "run it with sudo". */
const char *privilege__advice(void);

#endif
