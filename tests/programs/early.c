// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Code that runs before and after main(), and an exit status or signal given as an argument: early STATUS or -SIGNAL.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common.h"

static int value;

NOINLINE static int bump(int n) /* calls: 3 */
{
	return n + 1; /* hits: 3 */
}

__attribute__((constructor)) static void construct(void) /* calls: 1 */
{
	value = bump(value); /* hits: 1 */
}

__attribute__((destructor)) static void destruct(void) /* calls: 1 */
{
	value = bump(value);	      /* hits: 1 */
	printf("result %d\n", value); /* hits: 1 */
}

int main(int argc, char **argv) /* calls: 1 */
{
	int status = argc > 1 ? atoi(argv[1]) : 0; /* hits: 1 */

	value = bump(value); /* hits: 1 */
	if (status < 0)
		raise(-status);
	return status;
}
