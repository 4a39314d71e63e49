/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * estimated_report: makes functions of a profile from an image's counters and from windows of counting. Figures that
 * windows told get their uncertainty.
 */
#ifndef LPROF_ESTIMATED_REPORT_H
#define LPROF_ESTIMATED_REPORT_H

#include <stdint.h>

#include "budget/window_log.h"
#include "flow/edge.h"
#include "native/image.h"
#include "profile/profile.h"
#include "sample/own_samples.h"

struct estimated_report {
	const struct image *image;
	/* 2 * image->n_sites edges of the owner: what was counted while sites were in to stay. Zeros are allowed. */
	const struct attribute_edge *exact;
	/*
	 * For each body, the owner's own time on a processor while it was counted in windows only, in nanoseconds. 0:
	 * it was counted all the time, so that EXACT is all there is.
	 */
	const double *own_ns;
	/* NULL: windows do not tell of this owner alone. Functions that were in windows are uncounted then. */
	const struct window_log *log;
	uint32_t first_site;		   /* number in the run of the image's first site */
	const struct own_samples *samples; /* of the image's object; NULL: nothing was sampled */
};

/*
 * As image__report(), but what EXACT lacks is estimated from the windows, and added. Functions with code that was
 * counted in windows are marked as estimated. Adds the same functions as image__report(), in the same order. 0 or
 * -ENOMEM.
 */
int estimated_report__add(const struct estimated_report *report, const struct profile_owner *owner,
			  struct profile *profile);

#endif
