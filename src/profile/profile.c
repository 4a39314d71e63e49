// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/profile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "profile/rough_count.h"
#include "profile/stacks.h"

static void free_strings(char **strings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(strings[i]);
	free(strings);
}

static void release_function(struct profile_function *function)
{
	free(function->name);
	free(function->linkage_name);
	free(function->file);
	free(function->object);
	free(function->build_id);
	for (size_t i = 0; i < function->n_others; i++)
		free(function->others[i].name);
	free(function->others);
	free(function->lines);
	free(function->between);
	free(function->texts);
	free_strings(function->notes, function->n_notes);
}

struct profile *profile__new(void)
{
	return calloc(1, sizeof(struct profile));
}

void profile__free(struct profile *profile)
{
	if (!profile)
		return;
	for (size_t i = 0; i < profile->n_functions; i++)
		release_function(&profile->functions[i]);
	free(profile->functions);
	free_strings(profile->command, profile->n_command);
	free(profile->pids);
	profile_processes__release(&profile->processes);
	free_strings(profile->notes, profile->n_notes);
	stacks__free(profile->stacks);
	free(profile);
}

struct profile_function *profile__add_function(struct profile *profile, const char *name, const char *linkage_name,
					       const char *file, uint32_t line)
{
	struct profile_function function = {.line = line};

	if (grow__counted(&profile->functions, profile->n_functions, 1, sizeof(function)))
		return NULL;
	function.name = strdup(name);
	function.linkage_name = strdup(linkage_name);
	function.file = strdup(file);
	function.object = strdup("");
	function.build_id = strdup("");
	if (!function.name || !function.linkage_name || !function.file || !function.object || !function.build_id) {
		release_function(&function);
		return NULL;
	}
	profile->functions[profile->n_functions] = function;
	return &profile->functions[profile->n_functions++];
}

int profile_function__set_place(struct profile_function *function, const char *object, const char *build_id,
				const struct target_files *files)
{
	char *new_object = strdup(object), *new_build_id = strdup(build_id);

	if (!new_object || !new_build_id) {
		free(new_object);
		free(new_build_id);
		return -ENOMEM;
	}
	free(function->object);
	free(function->build_id);
	function->object = new_object;
	function->build_id = new_build_id;
	function->files = files;
	return 0;
}

int profile_function__add_file(struct profile_function *function, const char *name, uint32_t *file)
{
	struct profile_other other = {.name = NULL};
	uint32_t at = 0;

	*file = 0;
	if (!strcmp(name, function->file))
		return 0;
	while (at < function->n_others && strcmp(function->others[at].name, name) < 0)
		at++;
	*file = at + 1;
	if (at < function->n_others && !strcmp(function->others[at].name, name))
		return 0;
	if (grow__counted(&function->others, function->n_others, 1, sizeof(other)))
		return -ENOMEM;
	other.name = strdup(name);
	if (!other.name)
		return -ENOMEM;
	memmove(&function->others[at + 1], &function->others[at], (function->n_others - at) * sizeof(other));
	function->others[at] = other;
	function->n_others++;
	for (size_t i = 0; i < function->n_lines; i++)
		function->lines[i].file += function->lines[i].file > at;
	for (size_t i = 0; i < function->n_between; i++)
		function->between[i].file += function->between[i].file > at;
	return 0;
}

const char *profile_function__file(const struct profile_function *function, uint32_t file)
{
	return file ? function->others[file - 1].name : function->file;
}

/* Index of the first line at PLACE or behind it. */
static size_t lower_bound(const struct profile_function *function, uint64_t place)
{
	size_t lo = 0, hi = function->n_lines;

	if (hi && profile_line__place(&function->lines[hi - 1]) < place) /* lines are mostly added in ascending order */
		return hi;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (profile_line__place(&function->lines[mid]) < place)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t profile_function__n_own(const struct profile_function *function)
{
	return lower_bound(function, profile_place(1, 0));
}

static void add(uint64_t *sum, uint64_t more)
{
	if (__builtin_add_overflow(*sum, more, sum))
		*sum = UINT64_MAX;
}

static void add_figures(struct profile_function *function, struct profile_line *to, const struct profile_line *line)
{
	add(&to->hits, line->hits);
	to->hits_inexact |= line->hits_inexact;
	to->hits_uncertainty = rough_count__doubt_of_sum(to->hits_uncertainty, line->hits_uncertainty);
	add(&to->time_ns, line->time_ns);
	add(&to->uncertainty_ns, line->uncertainty_ns);
	add(&to->blocked_ns, line->blocked_ns);
	add(&to->waiting_ns, line->waiting_ns);
	add(&function->time_ns, line->time_ns);
	add(&function->blocked_ns, line->blocked_ns);
	add(&function->waiting_ns, line->waiting_ns);
}

int profile_function__add_line(struct profile_function *function, const struct profile_line *line)
{
	uint64_t place = profile_line__place(line);
	size_t at = lower_bound(function, place);
	struct profile_line *lines = function->lines;

	if (at == function->n_lines || profile_line__place(&lines[at]) != place) {
		if (grow__counted(&function->lines, function->n_lines, 1, sizeof(*lines)))
			return -ENOMEM;
		lines = function->lines;
		memmove(&lines[at + 1], &lines[at], (function->n_lines - at) * sizeof(*lines));
		lines[at] = (struct profile_line){.line = line->line, .file = line->file};
		function->n_lines++;
	}
	add_figures(function, &lines[at], line);
	return 0;
}

int profile_function__add_line_of(struct profile_function *function, const struct profile_function *other,
				  const struct profile_line *line)
{
	struct profile_line added = *line;
	int err = 0;

	if (line->file)
		err = profile_function__add_file(function, profile_function__file(other, line->file), &added.file);
	return err ? err : profile_function__add_line(function, &added);
}

const struct profile_line *profile_function__find(const struct profile_function *function,
						  const struct profile_function *other, const struct profile_line *line)
{
	uint32_t file = 0;
	size_t at;

	if (line->file) {
		const char *name = profile_function__file(other, line->file);

		while (file < function->n_others && strcmp(function->others[file].name, name) != 0)
			file++;
		if (file++ == function->n_others)
			return NULL;
	}
	at = lower_bound(function, profile_place(file, line->line));
	if (at == function->n_lines || function->lines[at].file != file || function->lines[at].line != line->line)
		return NULL;
	return &function->lines[at];
}

const char *profile_function__text(const struct profile_function *function, const struct profile_line *line)
{
	return line->text ? function->texts + line->text - 1 : NULL;
}

/*
 * Appends a copy of TEXT to the function's texts. *out is its place there plus one, so that 0 can mean "no text".
 * Returns 0 or -ENOMEM.
 */
static int keep_text(struct profile_function *function, const char *text, size_t len, uint32_t *out)
{
	size_t used = function->n_texts;

	if (len >= UINT32_MAX - used) /* gigabytes of source: more than the 32 bits in a line can refer to */
		return -ENOMEM;
	if (grow__counted(&function->texts, used, len + 1, 1))
		return -ENOMEM;
	memcpy(function->texts + used, text, len);
	function->texts[used + len] = '\0';
	function->n_texts = used + len + 1;
	*out = (uint32_t)used + 1;
	return 0;
}

int profile_function__set_text(struct profile_function *function, struct profile_line *line, const char *text,
			       size_t len)
{
	return keep_text(function, text, len, &line->text);
}

bool profile_function__has_text_of(const struct profile_function *function, uint32_t file)
{
	for (size_t i = 0; i < function->n_lines; i++)
		if (function->lines[i].file == file && profile_function__text(function, &function->lines[i]))
			return true;
	for (size_t i = 0; i < function->n_between; i++)
		if (function->between[i].file == file)
			return true;
	return false;
}

const char *profile_function__text_between(const struct profile_function *function, const struct profile_text *between)
{
	return function->texts + between->text - 1;
}

static int append_between(struct profile_function *function, const struct profile_text *between)
{
	if (grow__counted(&function->between, function->n_between, 1, sizeof(struct profile_text)))
		return -ENOMEM;
	function->between[function->n_between++] = *between;
	return 0;
}

int profile_function__add_between(struct profile_function *function, uint32_t file, uint32_t line, const char *text,
				  size_t len)
{
	struct profile_text between = {.line = line, .file = file};
	size_t n = function->n_between;
	int err;

	if (n && profile_text__place(&function->between[n - 1]) >= profile_text__place(&between))
		return -EINVAL;
	err = keep_text(function, text, len, &between.text);
	return err ? err : append_between(function, &between);
}

bool profile_function__has_text(const struct profile_function *function)
{
	return function->n_texts;
}

/*
 * The numbers that the files of another function have in this one, by number there, owned by the caller. They grow with
 * the numbers there, because both functions have their files sorted, so the order of lines stays the same.
 */
static int map_files(struct profile_function *function, const struct profile_function *other, uint32_t **out)
{
	uint32_t *files = calloc(other->n_others + 1, sizeof(*files));
	int err = files ? 0 : -ENOMEM;

	*out = files;
	for (size_t k = 0; !err && k < other->n_others; k++)
		err = profile_function__add_file(function, other->others[k].name, &files[k + 1]);
	return err;
}

/* The place in this function of a line of the function whose files were mapped to FILES. */
static uint64_t mapped(const uint32_t *files, const struct profile_line *line)
{
	return profile_place(files[line->file], line->line);
}

/*
 * Index of the first line at PLACE or behind it. The search starts at AT, because it mostly is there or soon after.
 */
static size_t find_from(const struct profile_function *function, size_t at, uint64_t place)
{
	while (at < function->n_lines && profile_line__place(&function->lines[at]) < place)
		at++;
	return at;
}

/* Creates in FUNCTION all lines of OTHER that it lacks, without figures. Returns 0 or -ENOMEM. */
static int make_lines(struct profile_function *function, const struct profile_function *other, const uint32_t *files)
{
	size_t n_missing = 0, total, from, to;
	struct profile_line *lines;

	for (size_t i = 0, at = 0; i < other->n_lines; i++) {
		uint64_t place = mapped(files, &other->lines[i]);

		at = find_from(function, at, place);
		n_missing += at == function->n_lines || profile_line__place(&function->lines[at]) != place;
	}
	if (!n_missing)
		return 0;
	total = function->n_lines + n_missing;
	if (grow__counted(&function->lines, function->n_lines, n_missing, sizeof(*lines)))
		return -ENOMEM;
	lines = function->lines;
	/* Merged from the back, where there is room. */
	from = function->n_lines;
	to = total;
	for (size_t i = other->n_lines; i-- > 0;) {
		const struct profile_line *line = &other->lines[i];
		uint64_t place = mapped(files, line);

		while (from && profile_line__place(&lines[from - 1]) > place)
			lines[--to] = lines[--from];
		if (from && profile_line__place(&lines[from - 1]) == place)
			continue;
		lines[--to] = (struct profile_line){.line = line->line, .file = files[line->file]};
	}
	function->n_lines = total;
	return 0;
}

/* Merges the texts of OTHER's lines without code into those of FUNCTION. Returns 0 or -ENOMEM. */
static int add_between(struct profile_function *function, const struct profile_function *other, const uint32_t *files)
{
	struct profile_function merged = {.texts = function->texts, .n_texts = function->n_texts};
	const struct profile_text *mine = function->between, *theirs = other->between;
	const struct profile_text *my_end = mine + function->n_between, *their_end = theirs + other->n_between;
	int err = 0;

	if (!other->n_between)
		return 0;
	while (!err && (mine != my_end || theirs != their_end)) {
		uint64_t my_place = mine == my_end ? UINT64_MAX : profile_text__place(mine), their_place = UINT64_MAX;

		if (theirs != their_end)
			their_place = profile_place(files[theirs->file], theirs->line);
		if (my_place <= their_place) {
			err = append_between(&merged, mine++);
		} else {
			const char *text = profile_function__text_between(other, theirs);

			err = profile_function__add_between(&merged, files[theirs->file], theirs->line, text,
							    strlen(text));
		}
		if (their_place <= my_place)
			theirs++;
	}
	free(function->between);
	function->between = merged.between;
	function->n_between = merged.n_between;
	function->texts = merged.texts;
	function->n_texts = merged.n_texts;
	return err;
}

static int add_lines(struct profile_function *function, const struct profile_function *other, const uint32_t *files)
{
	int err = make_lines(function, other, files);

	for (size_t i = 0, at = 0; !err && i < other->n_lines; i++) {
		const char *text = profile_function__text(other, &other->lines[i]);

		at = find_from(function, at, mapped(files, &other->lines[i]));
		add_figures(function, &function->lines[at], &other->lines[i]);
		if (text && !function->lines[at].text)
			err = profile_function__set_text(function, &function->lines[at], text, strlen(text));
	}
	return err ? err : add_between(function, other, files);
}

int profile_function__add(struct profile_function *function, const struct profile_function *other)
{
	uint32_t *files;
	int err = map_files(function, other, &files);

	if (!err)
		err = add_lines(function, other, files);
	free(files);
	for (size_t i = 0; !err && i < other->n_notes; i++)
		err = profile_function__add_note(function, "%s", other->notes[i]);
	add(&function->calls, other->calls);
	function->calls_uncertainty = rough_count__doubt_of_sum(function->calls_uncertainty, other->calls_uncertainty);
	function->estimated |= other->estimated;
	if (function->last < other->last)
		function->last = other->last;
	return err;
}

bool profile_line__may_be_hit(const struct profile_line *line)
{
	return line->hits || line->hits_inexact || line->hits_uncertainty;
}

bool profile_function__shows(const struct profile_function *function, const struct profile_line *line)
{
	if ((function->uncounted || function->estimated) && line->time_ns)
		return true;
	return !function->uncounted && profile_line__may_be_hit(line);
}

bool profile_function__knows_hits(const struct profile_function *function, const struct profile_line *line)
{
	return !function->uncounted && (!function->estimated || !line->time_ns || profile_line__may_be_hit(line));
}

bool profile_function__knows_time(const struct profile_function *function, const struct profile_line *line)
{
	return !(function->uncounted || function->sampled_times || function->estimated) || line->time_ns;
}

bool profile_function__may_be_hit(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_lines; i++)
		if (profile_function__shows(function, &function->lines[i]))
			return true;
	return false;
}

bool profile_line__below_resolution(const struct profile_line *line)
{
	return line->uncertainty_ns && line->time_ns <= line->uncertainty_ns;
}

bool profile__is_uncertain(const struct profile *profile, size_t first)
{
	for (size_t f = first; f < profile->n_functions; f++)
		for (size_t i = 0; i < profile->functions[f].n_lines; i++)
			if (!profile->functions[f].estimated &&
			    profile_function__shows(&profile->functions[f], &profile->functions[f].lines[i]) &&
			    profile_line__below_resolution(&profile->functions[f].lines[i]))
				return true;
	return false;
}

static int add_note(char ***notes, size_t *n, const char *format, va_list args)
{
	char *note;

	if (vasprintf(&note, format, args) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++) {
		if (!strcmp((*notes)[i], note)) {
			free(note);
			return 0;
		}
	}
	if (grow__counted(notes, *n, 1, sizeof(**notes))) {
		free(note);
		return -ENOMEM;
	}
	(*notes)[(*n)++] = note;
	return 0;
}

int profile_function__add_note(struct profile_function *function, const char *format, ...)
{
	va_list args;
	int err;

	va_start(args, format);
	err = add_note(&function->notes, &function->n_notes, format, args);
	va_end(args);
	return err;
}

int profile__add_note(struct profile *profile, const char *format, ...)
{
	va_list args;
	int err;

	va_start(args, format);
	err = add_note(&profile->notes, &profile->n_notes, format, args);
	va_end(args);
	return err;
}

int profile__set_command(struct profile *profile, char *const *argv)
{
	char **copy;
	size_t n = 0;

	while (argv[n])
		n++;
	copy = calloc(n + 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		copy[i] = strdup(argv[i]);
		if (!copy[i]) {
			free_strings(copy, i);
			return -ENOMEM;
		}
	}
	free_strings(profile->command, profile->n_command);
	profile->command = copy;
	profile->n_command = n;
	return 0;
}

int profile__add_pid(struct profile *profile, int pid)
{
	if (grow__counted(&profile->pids, profile->n_pids, 1, sizeof(*profile->pids)))
		return -ENOMEM;
	profile->pids[profile->n_pids++] = pid;
	return 0;
}
