// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compresses SIZE bytes (default 30000) of generated text with libbz2, linked statically, REPEAT times (default once),
 * and prints how long that took.
 */
#include <bzlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void fill(char *text, size_t size)
{
	static const char *const words[] = {"profile ", "line ", "of ", "text\n", "and ", "numbers ", "again "};
	unsigned state = 12345;

	for (size_t n = 0; n < size;) {
		const char *word;

		state = state * 1103515245 + 12345;
		word = words[(state >> 16) % 7];
		while (*word && n < size)
			text[n++] = *word++;
		if (n < size && state >> 28 == 3)
			text[n++] = (char)('0' + (state >> 20) % 10);
	}
}

int main(int argc, char **argv)
{
	size_t size = argc > 1 ? strtoul(argv[1], NULL, 0) : 30000;
	int repeat = argc > 2 ? atoi(argv[2]) : 1, result = BZ_OK;
	unsigned room = (unsigned)(size + size / 50 + 1000), packed_size = room;
	char *text = malloc(size), *packed = malloc(room);
	struct timespec begin, end;

	if (!text || !packed)
		return 1;
	fill(text, size);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	for (int i = 0; i < repeat && result == BZ_OK; i++) {
		packed_size = room;
		result = BZ2_bzBuffToBuffCompress(packed, &packed_size, text, (unsigned)size, 9, 0, 30);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("result %d %u\n", result, packed_size);
	fprintf(stderr, "ns %ld\n", (end.tv_sec - begin.tv_sec) * 1000000000 + end.tv_nsec - begin.tv_nsec);
	free(text);
	free(packed);
	return result != BZ_OK;
}
