/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hottest: which functions a run without -f is about. Samples tell which ones use the processor most. For those, lines
 * are then counted by probes, as if the user had named them; or, where no probes are used, they get tables of what was
 * sampled.
 */
#ifndef LPROF_HOTTEST_H
#define LPROF_HOTTEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/options.h"
#include "profile/profile.h"
#include "sample/stack_sampler.h"

struct hottest;

/* OPTIONS are borrowed. NULL when out of memory. */
struct hottest *hottest__new(const struct options *options);
void hottest__free(struct hottest *hottest); /* NULL is allowed */

/* Whether enough was sampled, ELAPSED_NS after the beginning of the run, to tell which functions matter. */
bool hottest__is_time(const struct hottest *hottest, const struct stack_sampler *sampler, uint64_t elapsed_ns);

/* Chooses among the functions that were sampled and have debug information. 0 or -ENOMEM. */
int hottest__choose(struct hottest *hottest, struct stack_sampler *sampler);

/* What selects the chosen functions, borrowed as long as HOTTEST; *N is 0 when nothing could be chosen. */
const struct selector *const *hottest__selectors(const struct hottest *hottest, size_t *n);

/* Lines of the chosen functions were counted for LASTED_NS, from BEGAN_NS after the beginning of the run on. */
void hottest__counted(struct hottest *hottest, uint64_t began_ns, uint64_t lasted_ns);

/*
 * Completes PROFILE, which has the sampled stacks: adds tables of samples for the hottest functions that were not
 * counted, and notes that say what was counted for how long. It then borrows from SAMPLER. 0 or -ENOMEM.
 */
int hottest__report(const struct hottest *hottest, const struct stack_sampler *sampler, struct profile *profile);

#endif
