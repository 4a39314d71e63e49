// SPDX-License-Identifier: GPL-2.0-or-later
/* tight FILE [UNITS]: a loop whose turns take about 3 ns; 300 000 turns are a unit. */
#include "load.h"

#define TURNS 300000

__attribute__((noipa)) static uint64_t turn_around(uint64_t x, long turns)
{
	uint64_t rare = 0;

	for (long i = 0; i < turns; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		x ^= x >> 29;
		if (x >> 60 == 7)
			rare += i & 1 ? x : x >> 1;
	}
	return x + rare;
}

int main(int argc, char **argv)
{
	uint64_t limit = load__limit(argc, argv), right = turn_around(1, TURNS);
	struct load *load = load__open(argv[1], 1);

	while (load->units < limit) {
		struct load_time begin = load__now();

		load__done(load, begin, turn_around(1, TURNS) == right);
	}
	return 0;
}
