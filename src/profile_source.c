// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile_source.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"

/* Lines that are longer were written by programs; so much of them tells them apart. */
#define MAX_LENGTH 400

static bool is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

int profile_source__text(const struct source *source, uint32_t line, struct profile_source_text *out)
{
	size_t len = 0;
	const char *text = source__line(source, line, &len);
	FILE *stream;
	bool failed;

	if (!text)
		return -ENOENT;
	if (len > MAX_LENGTH) {
		/* Not within a character. */
		for (len = MAX_LENGTH; len > MAX_LENGTH - 4 && is_continuation(text[len]);)
			len--;
	}
	out->text = NULL;
	stream = open_memstream(&out->text, &out->len);
	if (!stream)
		return -ENOMEM;
	printable__write(text, len, PRINTABLE_KEEP_TAB, stream);
	failed = ferror(stream);
	if (!fclose(stream) && !failed)
		return 0;
	free(out->text);
	return -ENOMEM;
}

uint32_t profile_source__first_change(const struct profile_function *function, const struct source *source)
{
	for (size_t i = 0; i < function->n_lines; i++) {
		const char *text = profile_function__text(function, &function->lines[i]);
		struct profile_source_text now;
		bool same;
		int err;

		if (!text)
			continue;
		err = profile_source__text(source, function->lines[i].line, &now);
		if (err == -ENOMEM)
			return 0;
		same = !err && !strcmp(text, now.text);
		if (!err)
			free(now.text);
		if (!same)
			return function->lines[i].line;
	}
	return 0;
}

static int record_lines(struct profile_function *function, const struct source *source)
{
	int err = 0;

	for (size_t i = 0; !err && i < function->n_lines; i++) {
		struct profile_line *line = &function->lines[i];
		struct profile_source_text kept;

		if (profile_function__text(function, line))
			continue;
		err = profile_source__text(source, line->line, &kept);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (!err) {
			err = profile_function__set_text(function, line, kept.text, kept.len);
			free(kept.text);
		}
	}
	return err;
}

int profile_source__record(struct profile *profile)
{
	const struct profile_function *last = NULL;
	struct source *source = NULL;
	int err = 0;

	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *function = &profile->functions[i];

		/* Functions of a file come together. */
		if (!last || strcmp(last->file, function->file) != 0 || strcmp(last->root, function->root) != 0) {
			source__close(source);
			source = NULL;
			if (source__open(function->root, function->file, &source))
				source = NULL;
			last = function;
		}
		if (source)
			err = record_lines(function, source);
	}
	source__close(source);
	return err;
}
