// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/opened.h"

#include <stdio.h>

#include "base/clock.h"
#include "target/target_loader.h"

/* Looking at what processes map may take this part of the time. */
#define LOOK_COST 200

void opened__release(struct opened *opened)
{
	target_objects__free(&opened->known);
}

/* Says nothing: what cannot be looked at has no libraries. NULL when there is no such stream. */
static FILE *begin_silence(struct diag *silent)
{
	*silent = (struct diag){.stream = fopen("/dev/null", "we"), .verbosity = -1};
	return silent->stream;
}

void opened__expect_command(struct opened *opened, char *const *command, const char *user)
{
	struct diag silent;

	if (!begin_silence(&silent))
		return;
	(void)target_loader__objects(command, user, &silent, &opened->known);
	fclose(silent.stream);
}

void opened__expect(struct opened *opened, pid_t pid, bool held)
{
	struct diag silent;

	if (!begin_silence(&silent))
		return;
	if (held)
		(void)target_loader__objects_of_executed(pid, &silent, &opened->known);
	else
		(void)target__objects_of_pid(pid, &silent, &opened->known);
	fclose(silent.stream);
}

void opened__look(struct opened *opened, const pid_t *pids, size_t n_pids,
		  void (*fn)(void *ctx, pid_t pid, const struct target_object *object), void *ctx)
{
	uint64_t begin_ns = clock__monotonic_ns(), look_ns = 0;

	if (begin_ns < opened->due_ns)
		return;
	for (size_t i = 0; i < n_pids; i++) {
		size_t n = opened->known.n;

		opened__expect(opened, pids[i], false);
		look_ns = clock__monotonic_ns() - begin_ns;
		for (; n < opened->known.n; n++)
			fn(ctx, pids[i], &opened->known.items[n]);
	}
	opened->due_ns = begin_ns + LOOK_COST * look_ns;
}
