// SPDX-License-Identifier: GPL-2.0-or-later
/* A function that never returns: after COUNT turns the program prints "blocked" and waits for a signal for ever. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common.h"

NOINLINE static unsigned turn(unsigned n) /* calls: 500 */
{
	return n + 1; /* hits: 500 */
}

NOINLINE static void wait_for_ever(unsigned n) /* calls: 1 */
{
	for (unsigned i = 0; i < n; i++)
		turn(i); /* hits: 500 */
	puts("blocked"); /* hits: 1 */
	fflush(stdout);	 /* hits: 1 */
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	wait_for_ever(argc > 1 ? (unsigned)atoi(argv[1]) : 500);
	return 0;
}
