// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* Reads FILE to its end, and a NUL behind it. NULL when out of memory. */
static char *read_all(FILE *file, size_t *size)
{
	char *text = NULL;
	size_t n = 0, capacity = 0, got;

	do {
		if (grow__to(&text, &capacity, n + BUFSIZ, 1)) {
			free(text);
			return NULL;
		}
		got = fread(text + n, 1, capacity - n - 1, file);
		n += got;
	} while (got);
	text[n] = '\0';
	*size = n;
	return text;
}

static size_t count_words(const char *text, size_t size)
{
	size_t n = 0;

	for (size_t at = 0; at < size; at += strlen(text + at) + 1)
		n++;
	return n;
}

/* The pointers to the words, and behind them the words: so they are one allocation. */
static char **split(const char *text, size_t size)
{
	size_t n = count_words(text, size);
	char **words = malloc((n + 1) * sizeof(*words) + size + 1), *copy;

	if (!words)
		return NULL;
	copy = memcpy(words + n + 1, text, size + 1);
	for (size_t i = 0; i < n; i++, copy += strlen(copy) + 1)
		words[i] = copy;
	words[n] = NULL;
	return words;
}

char **process_words__read(pid_t pid, const char *what)
{
	char path[48], *text, **words = NULL;
	size_t size;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	text = read_all(file, &size);
	if (text)
		words = split(text, size);
	fclose(file);
	free(text);
	return words;
}
