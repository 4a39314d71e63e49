// SPDX-License-Identifier: GPL-2.0-or-later
/* collatz FILE [UNITS]: the loop of tests/programs/collatz.c, from a hundred starts a unit. */
#include "load.h"

__attribute__((noipa)) static int collatz(long n)
{
	int steps = 0;

	while (n != 1) {
		if (n & 1)
			n = 3 * n + 1;
		else
			n /= 2;
		steps++;
	}
	return steps;
}

int main(int argc, char **argv)
{
	uint64_t limit = load__limit(argc, argv);
	struct load *load = load__open(argv[1], 1);

	while (load->units < limit) {
		struct load_time begin = load__now();
		int turns = 0;

		for (long n = 1; n <= 100; n++)
			turns += collatz(n);
		load__done(load, begin, turns == 3142);
	}
	return 0;
}
