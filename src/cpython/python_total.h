/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_total: how often a line was hit in a whole run, told from what was counted of it now and then. */
#ifndef LPROF_PYTHON_TOTAL_H
#define LPROF_PYTHON_TOTAL_H

/* How often something was hit, and the half width of the 95 % interval of that. */
struct python_total {
	double hits, uncertainty;
	double unseen; /* so often a line of the same function may well have been hit that was never seen to be */
};

#endif
