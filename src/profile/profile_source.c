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

/* The lines of a function that are in one of its files. */
struct part {
	struct profile_function *function;
	uint32_t file; /* as in struct profile_line */
	const struct source *source;
	struct profile_line *lines;
	size_t n_lines;
};

static struct part make_part(const struct profile_function *function, uint32_t file, const struct source *source)
{
	struct part part = {.file = file, .source = source};
	size_t first = 0;

	while (first < function->n_lines && function->lines[first].file < file)
		first++;
	part.lines = function->lines + first;
	while (first + part.n_lines < function->n_lines && part.lines[part.n_lines].file == file)
		part.n_lines++;
	return part;
}

static uint32_t first_change(const struct profile_function *function, const struct part *part)
{
	for (size_t i = 0; i < part->n_lines; i++) {
		const char *text = profile_function__text(function, &part->lines[i]);
		struct profile_source_text now;
		bool same;
		int err;

		if (!text)
			continue;
		err = profile_source__text(part->source, part->lines[i].line, &now);
		if (err == -ENOMEM)
			return 0;
		same = !err && !strcmp(text, now.text);
		if (!err)
			free(now.text);
		if (!same)
			return part->lines[i].line;
	}
	return 0;
}

uint32_t profile_source__first_change(const struct profile_function *function, uint32_t file,
				      const struct source *source)
{
	const struct part part = make_part(function, file, source);

	return first_change(function, &part);
}

static int record_lines(const struct part *part)
{
	int err = 0;

	for (size_t i = 0; !err && i < part->n_lines; i++) {
		struct profile_line *line = &part->lines[i];
		struct profile_source_text kept;

		if (profile_function__text(part->function, line))
			continue;
		err = profile_source__text(part->source, line->line, &kept);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (!err) {
			err = profile_function__set_text(part->function, line, kept.text, kept.len);
			free(kept.text);
		}
	}
	return err;
}

static uint32_t first_line(const struct part *part)
{
	uint32_t line = part->file ? 0 : part->function->line;

	if (part->n_lines && (!line || part->lines[0].line < line))
		line = part->lines[0].line;
	return line ? line : 1;
}

static uint32_t last_line(const struct part *part)
{
	uint32_t code = part->n_lines ? part->lines[part->n_lines - 1].line : 0;
	uint32_t last = part->file ? 0 : part->function->last;

	return code > last ? code : last;
}

/* Records the lines without code. Subtracts the bytes that they take from *room, and stops when it is used up. */
static int record_between(const struct part *part, size_t *room)
{
	uint32_t last = last_line(part);
	size_t code = 0;
	int err = 0;

	if (last > source__n_lines(part->source))
		last = source__n_lines(part->source);
	for (uint32_t line = first_line(part); !err && line <= last; line++) {
		struct profile_source_text kept;

		while (code < part->n_lines && part->lines[code].line < line)
			code++;
		if (code < part->n_lines && part->lines[code].line == line)
			continue;
		err = profile_source__text(part->source, line, &kept);
		if (err)
			break;
		if (kept.len + PRICE_OF_LINE > *room) {
			free(kept.text);
			break;
		}
		*room -= kept.len + PRICE_OF_LINE;
		err = profile_function__add_between(part->function, part->file, line, kept.text, kept.len);
		free(kept.text);
	}
	return err;
}

/* For a note: " of FILE" if it is not the function's. */
static const char *of_file(const struct part *part, const char **name)
{
	*name = part->file ? profile_function__file(part->function, part->file) : "";
	return part->file ? " of " : "";
}

static int note_length(const struct part *part)
{
	uint32_t last = part->n_lines ? part->lines[part->n_lines - 1].line : 0;
	const char *name, *of = of_file(part, &name);

	if (last <= source__n_lines(part->source))
		return 0;
	return profile_function__add_note(
		part->function,
		"the program has code on line %" PRIu32 "%s%s but the file has %" PRIu32
		" lines: it is not the file the program was built from, and the source shown may be wrong",
		last, of, name, source__n_lines(part->source));
}

/* What the file says now may be something else than what was built, or loaded by an interpreter. */
static int note_modified(const struct part *part)
{
	const char *file = profile_function__file(part->function, part->file);

	if (!source__is_newer(part->source, part->function->made_ns))
		return 0;
	return profile_function__add_note(part->function,
					  "%s was changed after the program was built or started: the source shown "
					  "may not be what ran",
					  file);
}

static int note_change(const struct part *part, uint32_t changed)
{
	const char *name, *of = of_file(part, &name);

	return profile_function__add_note(part->function,
					  "line %" PRIu32 "%s%s read differently when it was profiled: the source file "
					  "has changed since, so nothing of it is shown",
					  changed, of, name);
}

/* BETWEEN: lines without code are recorded too. */
static int record(const struct part *part, bool between, size_t *room)
{
	uint32_t changed = first_change(part->function, part);
	int err;

	if (changed)
		return note_change(part, changed);
	err = record_lines(part);
	if (!err && between)
		err = record_between(part, room);
	if (!err)
		err = note_modified(part);
	return err ? err : note_length(part);
}

/* The file that was opened last. Functions of the same file come one after the other, so it is kept open. */
struct opened {
	const struct source_dirs *dirs;
	const struct diag *servers; /* NULL: they are not asked */
	const struct target_files *files;
	const char *name, *build_id; /* NULL: none yet */
	struct source *source;
	int err; /* of source__open() or source__fetch() */
};

/* Opens file number FILE of FUNCTION, unless it is the one that is open. */
static void open_file(struct opened *opened, const struct profile_function *function, uint32_t file)
{
	const char *name = profile_function__file(function, file);

	if (opened->name && !strcmp(opened->name, name) && opened->files == function->files &&
	    !strcmp(opened->build_id, function->build_id))
		return;
	source__close(opened->source);
	opened->source = NULL;
	opened->name = name;
	opened->build_id = function->build_id;
	opened->files = function->files;
	opened->err = source__open(opened->dirs, function->files, name, &opened->source);
	if (opened->err == -ENOENT && opened->servers && !profile_function__has_text_of(function, file))
		opened->err = source__fetch(function->build_id, name, opened->servers, &opened->source);
	if (opened->err)
		opened->source = NULL;
}

static int record_function(struct profile_function *function, struct opened *opened, size_t *room)
{
	bool between = !function->n_between;
	int err = 0;

	for (uint32_t file = 0; !err && file <= function->n_others; file++) {
		struct part part;

		open_file(opened, function, file);
		*(file ? &function->others[file - 1].source_error : &function->source_error) = opened->err;
		if (!opened->source)
			continue;
		part = make_part(function, file, opened->source);
		part.function = function;
		err = record(&part, between, room);
	}
	return err;
}

int profile_source__record(struct profile *profile, const struct source_dirs *dirs, const struct diag *servers)
{
	struct opened opened = {.dirs = dirs, .servers = servers};
	size_t room = MOST_BETWEEN;
	int err = 0;

	for (size_t i = 0; !err && i < profile->n_functions; i++) {
		struct profile_function *function = &profile->functions[i];

		if (function->files || dirs->n || servers)
			err = record_function(function, &opened, &room);
	}
	source__close(opened.source);
	return err;
}
