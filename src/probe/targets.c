// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/targets.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lprof.h"
#include "lprof.skel.h"
#include "probe/keeper.h"
#include "target/process_stat.h"

/*
 * The links of adopted processes go when all of so many that were adopted one after the other have ended: each link
 * makes each hit a tenth of a microsecond dearer, and to close some takes as long as a grace period of the kernel.
 */
#define BATCH 16

/* The keeper's group of the probes of a batch. Those of windows have small numbers. */
#define BATCH_GROUP(batch) (1u << 31 | (uint32_t)(batch))

/* How many processes there can be where more may be adopted. */
#define MANY 4096

int targets__init(struct targets *targets, const pid_t *pids, size_t n, bool growing)
{
	size_t most = growing ? MANY + n : n + 1;

	*targets = (struct targets){.n = n, .everywhere = !n, .growing = growing};
	targets->pids = calloc(most, sizeof(*targets->pids));
	targets->batches = calloc(most, sizeof(*targets->batches));
	if (!targets->pids || !targets->batches)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		targets->pids[i] = pids[i];
	return 0;
}

void targets__release(struct targets *targets)
{
	free(targets->pids);
	free(targets->batches);
	*targets = (struct targets){0};
}

void targets__configure(const struct targets *targets, const struct lprof_bpf *skel)
{
	if (targets->n == 1)
		skel->rodata->only_tgid = targets->pids[0];
	if (targets->n > 1 || targets->growing) {
		skel->rodata->use_targets = true;
		bpf_map__set_max_entries(skel->maps.targets, targets->growing ? MANY : targets->n);
	}
}

static int admit(const struct lprof_bpf *skel, pid_t pid)
{
	const uint8_t yes = 1;

	return bpf_map_update_elem(bpf_map__fd(skel->maps.targets), &pid, &yes, BPF_ANY);
}

int targets__fill(const struct targets *targets, const struct lprof_bpf *skel)
{
	int err = 0;

	for (size_t i = 0; !err && skel->rodata->use_targets && i < targets->n; i++)
		err = admit(skel, targets->pids[i]);
	return err;
}

int targets__add(struct targets *targets, pid_t pid, uint32_t *group)
{
	uint32_t batch = 1 + targets->n_adopted / BATCH;

	if (targets->n >= MANY)
		return -ENOSPC;
	targets->n_adopted++;
	targets->pids[targets->n] = pid;
	targets->batches[targets->n++] = batch;
	*group = BATCH_GROUP(batch);
	return 0;
}

int targets__admit(const struct targets *targets, const struct lprof_bpf *skel)
{
	return admit(skel, targets->pids[targets->n - 1]);
}

static bool has_batch(const struct targets *targets, uint32_t batch)
{
	for (size_t i = 0; i < targets->n; i++)
		if (targets->batches[i] == batch)
			return true;
	return false;
}

/* Forgets the process with index I. Its links go with the last of its batch, if that is complete. */
static void drop(struct targets *targets, size_t i, const struct lprof_bpf *skel, struct keeper *keeper)
{
	uint32_t batch = targets->batches[i];

	if (targets->growing)
		(void)bpf_map_delete_elem(bpf_map__fd(skel->maps.targets), &targets->pids[i]);
	targets->n--;
	memmove(targets->pids + i, targets->pids + i + 1, (targets->n - i) * sizeof(*targets->pids));
	memmove(targets->batches + i, targets->batches + i + 1, (targets->n - i) * sizeof(*targets->batches));
	if (batch && batch <= targets->n_adopted / BATCH && !has_batch(targets, batch))
		(void)keeper__detach_group(keeper, BATCH_GROUP(batch));
}

void targets__drop_last(struct targets *targets, const struct lprof_bpf *skel, struct keeper *keeper)
{
	drop(targets, targets->n - 1, skel, keeper);
}

void targets__forget_ended(struct targets *targets, const struct lprof_bpf *skel, struct keeper *keeper)
{
	for (size_t i = targets->n; i > 0; i--)
		if (process_stat__has_ended(targets->pids[i - 1]))
			drop(targets, i - 1, skel, keeper);
}
