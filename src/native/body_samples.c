// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/body_samples.h"

struct body_samples body_samples__sum(const struct plan *plan, const struct own_samples *own)
{
	struct body_samples sum = {0};

	for (uint32_t i = 0; i < plan->cfg->n_insns; i++) {
		const struct own_sample *sample =
			plan->scope[i] ? own_samples__at(own, plan->cfg->insns[i].insn.addr) : NULL;

		if (!sample)
			continue;
		sum.cpu_ns += (double)sample->cpu_ns;
		sum.samples += sample->samples;
	}
	return sum;
}
