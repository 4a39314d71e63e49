/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sampler: a timer on each processor that runs a BPF program. The timers are perf events.
 */
#ifndef LPROF_SAMPLER_H
#define LPROF_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sampler;

/*
 * Runs the program PROG_FD (of type perf_event) on each processor every PERIOD_NS of time. Returns 0 and a
 * sampler owned by the caller, or -errno: -EACCES or -EPERM (not permitted), -ENOMEM, ...
 */
int sampler__open(int prog_fd, uint64_t period_ns, struct sampler **out);

/* Whether the kernel lets such a program walk stacks. */
bool sampler__can_walk(void);

/*
 * Writes to TEXT why there are no samples of stacks, as the end of a sentence, with the way out where there is one. ERR
 * is what sampler__open() returned, or -EOPNOTSUPP when sampler__can_walk() is false.
 */
void sampler__explain(int err, char *text, size_t size);

/* Changes the period from now on. Where the kernel refuses that for a processor, it keeps the old one. */
void sampler__set_period(struct sampler *sampler, uint64_t period_ns);

void sampler__close(struct sampler *sampler); /* NULL is allowed */

#endif
