// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/opened.h"

#include "base/clock.h"

/* Looking at what processes map may take this part of the time. */
#define LOOK_COST 200

void opened__release(struct opened *opened)
{
	target_objects__free(&opened->known);
}

void opened__look(struct opened *opened, const pid_t *pids, size_t n_pids, const struct diag *diag,
		  void (*fn)(void *ctx, pid_t pid, const struct target_object *object), void *ctx)
{
	uint64_t begin_ns = clock__monotonic_ns(), look_ns = 0;

	if (begin_ns < opened->due_ns)
		return;
	for (size_t i = 0; i < n_pids; i++) {
		size_t n = opened->known.n;

		(void)target__objects_of_pid(pids[i], diag, &opened->known);
		look_ns = clock__monotonic_ns() - begin_ns;
		for (; n < opened->known.n; n++)
			fn(ctx, pids[i], &opened->known.items[n]);
	}
	opened->due_ns = begin_ns + LOOK_COST * look_ns;
}
