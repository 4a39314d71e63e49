// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The main program of a harness that is built without libFuzzer: replay [-ROUNDS] FILE... gives it the contents of each
 * file and then, ROUNDS times, those with a few bytes changed, always the same ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/common/fuzz.h"

static uint32_t below(uint32_t n)
{
	static uint64_t seed = 0x9e3779b97f4a7c15u;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 33) % n;
}

/* The contents of a file, owned by the caller. */
static uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t room = 0;

	*size = 0;
	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	do {
		room = 2 * room + 4096;
		data = realloc(data, room);
		fuzz__assert(data);
		*size += fread(data + *size, 1, room - *size, file);
	} while (*size == room);
	fclose(file);
	return data;
}

/* Runs a copy of exactly that size, so that reading beyond its end is noticed. */
static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	fuzz__assert(copy);
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void run_changed(const uint8_t *data, size_t size)
{
	static const uint8_t bytes[] = {0, 1, 0x7f, 0x80, 0xff};
	uint8_t *changed = malloc(size);

	fuzz__assert(changed);
	memcpy(changed, data, size);
	for (uint32_t n = 1 + below(8); n > 0; n--) {
		uint8_t *at = &changed[below((uint32_t)size)];
		uint32_t kind = below(2 + sizeof(bytes));

		*at = kind < sizeof(bytes) ? bytes[kind] : (uint8_t)(*at ^ 1u << below(8));
	}
	run(changed, size);
	free(changed);
}

int main(int argc, char **argv)
{
	long rounds = 0;

	for (int i = 1; i < argc; i++) {
		uint8_t *data;
		size_t size;

		if (argv[i][0] == '-') {
			rounds = strtol(argv[i] + 1, NULL, 10);
			continue;
		}
		data = read_file(argv[i], &size);
		run(data, size);
		for (long k = 0; size && k < rounds; k++)
			run_changed(data, size);
		free(data);
	}
	return EXIT_SUCCESS;
}
