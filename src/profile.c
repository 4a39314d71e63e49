// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Room for one more item after N. Arrays here only grow, one by one, so that their capacity follows
 * from N: the next power of two. Returns ITEMS or its successor; NULL when out of memory, ITEMS is
 * then as it was.
 */
static void *grow(void *items, size_t n, size_t item_size)
{
	if (n & (n - 1))
		return items;
	return reallocarray(items, n ? 2 * n : 1, item_size);
}

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
	free(function->root);
	free(function->object);
	free(function->build_id);
	free(function->lines);
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
	free_strings(profile->notes, profile->n_notes);
	free(profile);
}

struct profile_function *profile__add_function(struct profile *profile, const char *name, const char *linkage_name,
					       const char *file, uint32_t line)
{
	struct profile_function *functions, function = {.line = line};

	functions = grow(profile->functions, profile->n_functions, sizeof(*functions));
	if (!functions)
		return NULL;
	profile->functions = functions;

	function.name = strdup(name);
	function.linkage_name = strdup(linkage_name);
	function.file = strdup(file);
	function.root = strdup("");
	function.object = strdup("");
	function.build_id = strdup("");
	if (!function.name || !function.linkage_name || !function.file || !function.root || !function.object ||
	    !function.build_id) {
		release_function(&function);
		return NULL;
	}
	functions[profile->n_functions] = function;
	return &functions[profile->n_functions++];
}

int profile_function__set_place(struct profile_function *function, const char *object, const char *build_id,
				const char *root)
{
	char *new_object = strdup(object), *new_build_id = strdup(build_id), *new_root = strdup(root);

	if (!new_object || !new_build_id || !new_root) {
		free(new_object);
		free(new_build_id);
		free(new_root);
		return -ENOMEM;
	}
	free(function->object);
	free(function->build_id);
	free(function->root);
	function->object = new_object;
	function->build_id = new_build_id;
	function->root = new_root;
	return 0;
}

/* Index of the first line that is not below LINE. */
static size_t lower_bound(const struct profile_function *function, uint32_t line)
{
	size_t lo = 0, hi = function->n_lines;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (function->lines[mid].line < line)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int profile_function__add_line(struct profile_function *function, const struct profile_line *line)
{
	size_t at = lower_bound(function, line->line);
	struct profile_line *lines = function->lines;

	if (at == function->n_lines || lines[at].line != line->line) {
		lines = grow(lines, function->n_lines, sizeof(*lines));
		if (!lines)
			return -ENOMEM;
		memmove(&lines[at + 1], &lines[at], (function->n_lines - at) * sizeof(*lines));
		lines[at] = (struct profile_line){.line = line->line};
		function->lines = lines;
		function->n_lines++;
	}
	lines[at].hits += line->hits;
	lines[at].time_ns += line->time_ns;
	lines[at].uncertainty_ns += line->uncertainty_ns;
	lines[at].blocked_ns += line->blocked_ns;
	lines[at].waiting_ns += line->waiting_ns;
	function->time_ns += line->time_ns;
	function->blocked_ns += line->blocked_ns;
	function->waiting_ns += line->waiting_ns;
	return 0;
}

bool profile_line__below_resolution(const struct profile_line *line)
{
	return line->uncertainty_ns && line->time_ns <= line->uncertainty_ns;
}

bool profile__is_uncertain(const struct profile *profile, size_t first)
{
	for (size_t f = first; f < profile->n_functions; f++)
		for (size_t i = 0; i < profile->functions[f].n_lines; i++)
			if (profile->functions[f].lines[i].hits &&
			    profile_line__below_resolution(&profile->functions[f].lines[i]))
				return true;
	return false;
}

static int add_note(char ***notes, size_t *n, const char *format, va_list args)
{
	char *note, **grown;

	if (vasprintf(&note, format, args) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++) {
		if (!strcmp((*notes)[i], note)) {
			free(note);
			return 0;
		}
	}
	grown = grow(*notes, *n, sizeof(**notes));
	if (!grown) {
		free(note);
		return -ENOMEM;
	}
	grown[(*n)++] = note;
	*notes = grown;
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
	int *pids = grow(profile->pids, profile->n_pids, sizeof(*pids));

	if (!pids)
		return -ENOMEM;
	pids[profile->n_pids++] = pid;
	profile->pids = pids;
	return 0;
}
