/* SPDX-License-Identifier: GPL-2.0-or-later */
/* body_samples: how long threads were interrupted in the code of a body. Pure. */
#ifndef LPROF_BODY_SAMPLES_H
#define LPROF_BODY_SAMPLES_H

#include <stdint.h>

#include "flow/plan.h"
#include "sample/own_samples.h"

struct body_samples {
	uint64_t samples;
	double cpu_ns; /* the processor time that these stand for */
};

/* Those of the body that PLAN is of; OWN are those of its object. */
struct body_samples body_samples__sum(const struct plan *plan, const struct own_samples *own);

#endif
