/* SPDX-License-Identifier: GPL-2.0-or-later */
/* opened: the libraries that processes open while they are profiled, by dlopen(3) for example. */
#ifndef LPROF_RUN_OPENED_H
#define LPROF_RUN_OPENED_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "target/target.h"

/* Zeros at first. */
struct opened {
	struct target_objects known; /* objects that were there from the beginning, or have been told of */
	uint64_t due_ns;	     /* before then, nobody looks: looking takes time */
};

void opened__release(struct opened *opened);

/*
 * Calls FN with each object that one of the processes PIDS maps and that is new. To be called a few times a second; it
 * looks at them as often as a small part of the time allows. Who cannot be looked at has no libraries; DIAG is told.
 */
void opened__look(struct opened *opened, const pid_t *pids, size_t n_pids, const struct diag *diag,
		  void (*fn)(void *ctx, pid_t pid, const struct target_object *object), void *ctx);

#endif
