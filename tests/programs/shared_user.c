// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls the library shared.c twenty times. With an argument it waits for a line on its input first. */
#include <stdio.h>

#include "shared.h"

int main(int argc, char **argv)
{
	unsigned long sum = 0;

	(void)argv;
	if (argc > 1 && getchar() == EOF)
		return 1;
	for (unsigned n = 0; n < 20; n++)
		sum += shared_sum(n);
	printf("result %lu\n", sum);
	return 0;
}
