// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/arrivals.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "target/cgroup.h"
#include "target/process_stat.h"

/* Reading the directory may take this part of the time. */
#define LOOK_COST 200

struct arrivals {
	struct cgroup *cgroup;
	struct cgroup_view view;
	pid_t *expected;
	size_t n_expected;
	uint64_t due_ns; /* before then, the directory is not read */
};

int arrivals__open(const char *path, const struct diag *diag, struct arrivals **out)
{
	struct arrivals *arrivals = calloc(1, sizeof(*arrivals));
	int err = arrivals ? cgroup__open(path, diag, &arrivals->cgroup) : -ENOMEM;

	if (err)
		arrivals__close(arrivals);
	else
		*out = arrivals;
	return err;
}

void arrivals__close(struct arrivals *arrivals)
{
	if (!arrivals)
		return;
	cgroup__close(arrivals->cgroup);
	cgroup_view__release(&arrivals->view);
	free(arrivals->expected);
	free(arrivals);
}

const char *arrivals__path(const struct arrivals *arrivals)
{
	return cgroup__path(arrivals->cgroup);
}

bool arrivals__is_ours(pid_t pid)
{
	char parent[PROCESS_STAT_ROOM];

	while (pid > 1 && pid != getpid())
		pid = process_stat__read(pid, PROCESS_STAT_PARENT, parent) ? (pid_t)strtol(parent, NULL, 10) : 0;
	return pid == getpid();
}

/* Reads the directory, and has FOLLOW know the cgroups that there are. */
static int read_cgroups(struct arrivals *arrivals, struct follow *follow)
{
	int err = cgroup__look(arrivals->cgroup, &arrivals->view);

	if (!err)
		follow__set_cgroups(follow, arrivals->view.ids, arrivals->view.n_ids, cgroup__parent(arrivals->cgroup),
				    cgroup__name(arrivals->cgroup));
	return err;
}

static int take_all(struct arrivals *arrivals, struct follow *follow, arrivals_fn *fn, void *ctx)
{
	uint64_t begin_ns = clock__monotonic_ns();
	int err = read_cgroups(arrivals, follow);

	arrivals->due_ns = begin_ns + LOOK_COST * (clock__monotonic_ns() - begin_ns);
	for (size_t i = 0; !err && i < arrivals->view.n_pids; i++) {
		pid_t pid = arrivals->view.pids[i];

		if (!follow__add(follow, pid))
			continue;
		if (arrivals__is_ours(pid))
			follow__leave(follow, pid);
		else
			fn(ctx, pid);
	}
	return err;
}

int arrivals__begin(struct arrivals *arrivals, struct follow *follow, arrivals_fn *fn, void *ctx)
{
	/* Whoever comes while the processes are read is told of only if the cgroups are known before. */
	int err = read_cgroups(arrivals, follow);

	return err ? err : take_all(arrivals, follow, fn, ctx);
}

int arrivals__look(struct arrivals *arrivals, struct follow *follow, arrivals_fn *fn, void *ctx)
{
	while (arrivals->n_expected)
		fn(ctx, arrivals->expected[--arrivals->n_expected]);
	return clock__monotonic_ns() < arrivals->due_ns ? 0 : take_all(arrivals, follow, fn, ctx);
}

int arrivals__expect(struct arrivals *arrivals, pid_t pid)
{
	int err = grow__counted(&arrivals->expected, arrivals->n_expected, 1, sizeof(pid));

	if (!err)
		arrivals->expected[arrivals->n_expected++] = pid;
	return err;
}

void arrivals__forget(struct arrivals *arrivals, pid_t pid)
{
	size_t n = 0;

	for (size_t i = 0; i < arrivals->n_expected; i++)
		if (arrivals->expected[i] != pid)
			arrivals->expected[n++] = arrivals->expected[i];
	arrivals->n_expected = n;
}
