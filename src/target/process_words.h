/* SPDX-License-Identifier: GPL-2.0-or-later */
/* process_words: the words with which a process was started, as exec(3) was given them. */
#ifndef LPROF_PROCESS_WORDS_H
#define LPROF_PROCESS_WORDS_H

#include <sys/types.h>

/*
 * Reads the arguments (WHAT "cmdline") or the environment (WHAT "environ") of process PID. Returns an array that ends
 * with NULL, one allocation, owned by the caller; NULL when there is no such process, or out of memory.
 */
char **process_words__read(pid_t pid, const char *what);

#endif
