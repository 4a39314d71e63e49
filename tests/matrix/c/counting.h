/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a program counts of its own lines. */
#ifndef COUNTING_H
#define COUNTING_H

#include <stdio.h>

__attribute__((noinline)) static void bump(long *counter)
{
	__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED);
}

#define SAY(marker) fprintf(stderr, "@%s %ld\n", #marker, n_##marker)
#define SAY_CALLS(marker) fprintf(stderr, "@%s() %ld\n", #marker, n_##marker)

#endif
