// SPDX-License-Identifier: GPL-2.0-or-later
/* bzip2 FILE [UNITS]: compresses the same 30 000 bytes with libbz2, once a unit. */
#include <bzlib.h>
#include <string.h>

#include "load.h"

#define SIZE 30000

static void fill(char *text)
{
	static const char *const words[] = {"profile ", "line ", "of ", "text\n", "and ", "numbers ", "again "};
	unsigned state = 12345;

	for (size_t n = 0; n < SIZE;) {
		const char *word;

		state = state * 1103515245 + 12345;
		word = words[(state >> 16) % 7];
		while (*word && n < SIZE)
			text[n++] = *word++;
		if (n < SIZE && state >> 28 == 3)
			text[n++] = (char)('0' + (state >> 20) % 10);
	}
}

static int packs(char *text, char *packed, unsigned *size)
{
	*size = SIZE + SIZE / 50 + 1000;
	return BZ2_bzBuffToBuffCompress(packed, size, text, SIZE, 9, 0, 30) == BZ_OK;
}

int main(int argc, char **argv)
{
	static char text[SIZE], right[2 * SIZE], packed[2 * SIZE];
	uint64_t limit = load__limit(argc, argv);
	struct load *load = load__open(argv[1], 1);
	unsigned right_size, size;

	fill(text);
	if (!packs(text, right, &right_size))
		return 1;
	while (load->units < limit) {
		struct load_time begin = load__now();
		int done = packs(text, packed, &size);

		load__done(load, begin, done && size == right_size && !memcmp(packed, right, size));
	}
	return 0;
}
