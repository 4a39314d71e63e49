/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_total: how often a line was hit in a whole run, told from what was counted of it now and then. */
#ifndef LPROF_PYTHON_TOTAL_H
#define LPROF_PYTHON_TOTAL_H

#include <stdbool.h>

/* How often something was hit, and the half width of the 95 % interval of that. */
struct python_total {
	double hits, uncertainty;
	bool estimated;	      /* false: it was counted all the time, and there is nothing to add */
	double time_doubt_ns; /* half the width of the interval of its time, but for what that itself tells */
	double unseen; /* so often a line of the same function may well have been hit that was never seen to be */
};

#endif
