// SPDX-License-Identifier: GPL-2.0-or-later
/* A shared library; shared_user.c calls it. */
#include "shared.h"

unsigned long shared_sum(unsigned n) /* calls: 20 * MAIN */
{
	unsigned long sum = 0; /* hits: 20 * MAIN */

	for (unsigned i = 0; i < n; i++)
		sum += shared_weight(i); /* hits: 190 * MAIN */
	return sum;			 /* hits: 20 * MAIN */
}

unsigned shared_weight(unsigned n) /* calls: 190 * MAIN */
{
	if (n % 5 == 0)
		return 9; /* hits: 46 * MAIN */
	return n * n + 1; /* hits: 144 * MAIN */
}
