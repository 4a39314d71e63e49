/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox: where a process reads what strangers wrote. In there it can compute, and talk to the process that made it
 * through one socket, and nothing else: it has no capability, opens no file, and starts, signals and traces nobody. The
 * kernel ends it when it tries, and when it takes more time or memory than it was given.
 */
#ifndef LPROF_SANDBOX_H
#define LPROF_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

struct sandbox_limits {
	uint64_t cpu_s; /* seconds of processor time, from the start of the process on */
	uint64_t bytes; /* of memory that it may write to, besides its stack */
};

/* What reading debug information and profiles may take on this machine. */
struct sandbox_limits sandbox__limits(void);

/*
 * Confines this process, which has one thread, for the rest of its life. Of its descriptors, SOCKET, standard error
 * and regular files that are open for reading stay; memory that it could write for others is unmapped. 0, or -errno:
 * then it must not go on.
 */
int sandbox__enter(int socket, const struct sandbox_limits *limits);

/*
 * Why a process in a sandbox has ended, by its STATUS as of waitpid(2): the end of a sentence about what it was
 * reading, as in "takes too much processor time to read". TEXT has SIZE bytes.
 */
void sandbox__explain(int status, const struct sandbox_limits *limits, char *text, size_t size);

#endif
