// SPDX-License-Identifier: GPL-2.0-or-later
/* threads FILE [UNITS]: eight threads, each of which sorts the same words again and again, which is a unit. */
#include <pthread.h>
#include <string.h>

#include "load.h"

#define THREADS 8
#define WORDS	200

static uint64_t limit;

__attribute__((noipa)) static uint32_t mix(const unsigned char *word)
{
	uint32_t hash = 2166136261u;

	for (; *word; word++)
		hash = (hash ^ *word) * 16777619u;
	return hash;
}

__attribute__((noipa)) static uint32_t sort_words(char words[][12])
{
	uint32_t all = 0;

	for (int i = 1; i < WORDS; i++) {
		char word[12];
		int k = i;

		memcpy(word, words[i], sizeof(word));
		while (k > 0 && strcmp(words[k - 1], word) > 0) {
			memcpy(words[k], words[k - 1], sizeof(word));
			k--;
		}
		memcpy(words[k], word, sizeof(word));
	}
	for (int i = 0; i < WORDS; i++)
		all = all * 31 + mix((unsigned char *)words[i]);
	return all;
}

static void fill(char words[][12])
{
	uint32_t state = 1;

	for (int i = 0; i < WORDS; i++) {
		memset(words[i], 0, sizeof(words[i]));
		for (int k = 0; k < 8; k++) {
			state = state * 1103515245 + 12345;
			words[i][k] = (char)('a' + (state >> 20) % 26);
		}
	}
}

static void *work(void *arg)
{
	struct load *load = arg;
	char words[WORDS][12];
	uint32_t right;

	fill(words);
	right = sort_words(words);
	while (load->units < limit) {
		struct load_time begin = load__now();

		fill(words);
		load__done(load, begin, sort_words(words) == right);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct load *loads = load__open(argv[1], THREADS);
	pthread_t threads[THREADS];

	limit = load__limit(argc, argv);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, &loads[i]))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
