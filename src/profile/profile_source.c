// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/profile_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"

/* Longer lines are mostly written by programs. Their first MAX_LENGTH bytes are enough to recognize them. */
#define MAX_LENGTH 400

/*
 * A limit for the texts of all lines without code in a profile. Without it, a program whose debug information names a
 * large file for each of many functions would fill the memory.
 */
#define MOST_BETWEEN  (64ul << 20)
#define PRICE_OF_LINE 8 /* bytes that a line takes in addition to its text */

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
		for (len = MAX_LENGTH; len > MAX_LENGTH - 4 && utf8__continues(text[len]);)
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

static uint32_t first_line(const struct profile_function *function)
{
	uint32_t line = function->line;

	if (function->n_lines && (!line || function->lines[0].line < line))
		line = function->lines[0].line;
	return line ? line : 1;
}

static uint32_t last_line(const struct profile_function *function)
{
	uint32_t code = function->n_lines ? function->lines[function->n_lines - 1].line : 0;

	return code > function->last ? code : function->last;
}

/* Records the lines without code. Subtracts the bytes that they take from *room, and stops when it is used up. */
static int record_between(struct profile_function *function, const struct source *source, size_t *room)
{
	uint32_t last = last_line(function);
	size_t code = 0;
	int err = 0;

	if (function->n_between)
		return 0;
	if (last > source__n_lines(source))
		last = source__n_lines(source);
	for (uint32_t line = first_line(function); !err && line <= last; line++) {
		struct profile_source_text kept;

		while (code < function->n_lines && function->lines[code].line < line)
			code++;
		if (code < function->n_lines && function->lines[code].line == line)
			continue;
		err = profile_source__text(source, line, &kept);
		if (err)
			break;
		if (kept.len + PRICE_OF_LINE > *room) {
			free(kept.text);
			break;
		}
		*room -= kept.len + PRICE_OF_LINE;
		err = profile_function__add_between(function, line, kept.text, kept.len);
		free(kept.text);
	}
	return err;
}

static int note_length(struct profile_function *function, const struct source *source)
{
	uint32_t last = function->n_lines ? function->lines[function->n_lines - 1].line : 0;

	if (last <= source__n_lines(source))
		return 0;
	return profile_function__add_note(
		function,
		"the program has code on line %" PRIu32 " but the file has %" PRIu32
		" lines: it is not the file the program was built from, and the source shown may be wrong",
		last, source__n_lines(source));
}

static int record(struct profile_function *function, const struct source *source, size_t *room)
{
	uint32_t changed = profile_source__first_change(function, source);
	int err;

	if (changed)
		return profile_function__add_note(function,
						  "line %" PRIu32
						  " read differently when it was profiled: the source file has "
						  "changed since, so nothing of it is shown",
						  changed);
	err = record_lines(function, source);
	if (!err)
		err = record_between(function, source, room);
	return err ? err : note_length(function, source);
}

int profile_source__record(struct profile *profile, const struct source_dirs *dirs)
{
	const struct profile_function *last = NULL;
	struct source *source = NULL;
	size_t room = MOST_BETWEEN;
	int err = 0;

	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *function = &profile->functions[i];

		if (!function->files && !dirs->n)
			continue;
		/* Functions of the same file come one after the other, so the last file is kept open. */
		if (!last || strcmp(last->file, function->file) != 0 || last->files != function->files) {
			source__close(source);
			source = NULL;
			function->source_error = source__open(dirs, function->files, function->file, &source);
			if (function->source_error)
				source = NULL;
		} else {
			function->source_error = last->source_error;
		}
		last = function;
		if (source)
			err = record(function, source, &room);
	}
	source__close(source);
	return err;
}
