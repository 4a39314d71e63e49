/* SPDX-License-Identifier: GPL-2.0-or-later */
/* privilege: whether this process has the capabilities that profiling needs. */
#ifndef LPROF_PRIVILEGE_H
#define LPROF_PRIVILEGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes to TEXT the names of the needed capabilities that this process lacks, separated by ", ". Returns their
 * number.
 */
int privilege__missing(char *text, size_t size);

/* Whether this process may send signals to those of other users, which profiling does not need. */
bool privilege__can_signal(void);

/* How the user can get the missing capabilities, for messages: "run it with sudo". Static. */
const char *privilege__advice(void);

#endif
