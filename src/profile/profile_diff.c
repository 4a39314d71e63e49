// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/profile_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/key_map.h"
#include "profile/align.h"
#include "profile/rough_count.h"

/*
 * How alike two functions of the same name are: a sum of these bits. Each criterion weighs more than all smaller ones
 * together.
 */
enum {
	ALIKE_LINE = 1,
	ALIKE_OBJECT = 2,
	ALIKE_LINKAGE = 4,
	ALIKE_FILE_NAME = 8, /* required: functions in files of other names are not paired */
	ALIKE_FILE = 16,
	ALIKE_MOST = 31,
};

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int likeness(const struct profile_function *a, const struct profile_function *b)
{
	int alike = 0;

	alike |= a->line == b->line ? ALIKE_LINE : 0;
	alike |= strcmp(base_name(a->object), base_name(b->object)) ? 0 : ALIKE_OBJECT;
	alike |= strcmp(a->linkage_name, b->linkage_name) ? 0 : ALIKE_LINKAGE;
	alike |= strcmp(base_name(a->file), base_name(b->file)) ? 0 : ALIKE_FILE_NAME;
	alike |= strcmp(a->file, b->file) ? 0 : ALIKE_FILE;
	return alike;
}

static int64_t difference(uint64_t before, uint64_t after)
{
	uint64_t size = after > before ? after - before : before - after;
	int64_t change = size > INT64_MAX ? INT64_MAX : (int64_t)size;

	return after > before ? change : -change;
}

static int compare_functions(const void *x, const void *y)
{
	const struct profile_function *a = *(const struct profile_function *const *)x;
	const struct profile_function *b = *(const struct profile_function *const *)y;
	int order = strcmp(a->name, b->name);

	if (!order)
		order = strcmp(a->file, b->file);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/*
 * Pointers to the functions, sorted by name, with a NULL at the end. The array is owned by the caller; NULL when out
 * of memory.
 */
static const struct profile_function **sort_functions(const struct profile *profile)
{
	const struct profile_function **sorted = calloc(profile->n_functions + 1, sizeof(struct profile_function *));

	for (size_t i = 0; sorted && i < profile->n_functions; i++)
		sorted[i] = &profile->functions[i];
	if (sorted && profile->n_functions)
		qsort(sorted, profile->n_functions, sizeof(struct profile_function *), compare_functions);
	return sorted;
}

static size_t count_name(const struct profile_function *const *functions, const char *name)
{
	size_t n = 0;

	while (functions[n] && !strcmp(functions[n]->name, name))
		n++;
	return n;
}

static void add_pair(struct profile_diff *diff, const struct profile_function *before,
		     const struct profile_function *after)
{
	diff->functions[diff->n_functions++] = (struct profile_diff_function){
		.before = before,
		.after = after,
		.change_ns = difference(before ? before->time_ns : 0, after ? after->time_ns : 0),
	};
}

/* Pairs functions that all have the same name, the most alike first. Paired functions become NULL in the arrays. */
static void pair_alike(struct profile_diff *diff, const struct profile_function **before, size_t n_before,
		       const struct profile_function **after, size_t n_after)
{
	for (int alike = ALIKE_MOST; alike >= ALIKE_FILE_NAME; alike--) {
		for (size_t i = 0; i < n_after; i++) {
			for (size_t k = 0; after[i] && k < n_before; k++) {
				if (!before[k] || likeness(before[k], after[i]) != alike)
					continue;
				add_pair(diff, before[k], after[i]);
				before[k] = after[i] = NULL;
			}
		}
	}
}

static void pair_functions(struct profile_diff *diff, const struct profile_function **before,
			   const struct profile_function **after)
{
	while (*before || *after) {
		int order = !*before ? 1 : !*after ? -1 : strcmp((*before)->name, (*after)->name);
		size_t n_before = order <= 0 ? count_name(before, (*before)->name) : 0;
		size_t n_after = order >= 0 ? count_name(after, (*after)->name) : 0;

		pair_alike(diff, before, n_before, after, n_after);
		for (size_t i = 0; i < n_before; i++)
			if (before[i])
				add_pair(diff, before[i], NULL);
		for (size_t i = 0; i < n_after; i++)
			if (after[i])
				add_pair(diff, NULL, after[i]);
		before += n_before;
		after += n_after;
	}
}

/* Returns TEXT without the blanks before it; *len is its length without the blanks after it. */
static const char *strip(const char *text, size_t *len)
{
	static const char blanks[] = " \t\r";

	text += strspn(text, blanks);
	*len = strlen(text);
	while (*len && strchr(blanks, text[*len - 1]))
		--*len;
	return text;
}

static bool same_text(const char *a, const char *b)
{
	size_t n, m;

	a = strip(a, &n);
	b = strip(b, &m);
	return n == m && !memcmp(a, b, n);
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	size_t len;

	text = strip(text, &len);
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
	return hash ? hash : 1;
}

static bool has_texts(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_lines; i++)
		if (function->lines[i].text)
			return true;
	return false;
}

/* The lines of a function in one of its files. */
struct part {
	uint32_t file; /* as in struct profile_line */
	const struct profile_line *lines;
	size_t n;
};

/* The numbers by which lines are compared. */
struct numbering {
	struct key_map known; /* by what lines have in common */
	uint32_t spare;	      /* the next number for a line that has nothing in common with others */
};

/*
 * Gives each line a number by which lines are compared: lines with the same text (BY_TEXT) or the same distance from
 * the function's first line (in another file: the same line number) get the same number. Should two texts have the
 * same hash, the lines are paired but shown as edited, which does little harm. A line without a text in a function that
 * has texts must match no other line, so it gets a number of its own, counting down from `spare`.
 */
static int number_lines(const struct profile_function *function, const struct part *part, bool by_text,
			struct numbering *numbering, uint32_t *out)
{
	uint32_t first = part->file ? 0 : function->line;
	int err = 0;

	for (size_t i = 0; !err && i < part->n; i++) {
		const struct profile_line *line = &part->lines[i];
		const char *text = profile_function__text(function, line);
		uint64_t key = UINT64_C(1) << 32 | (uint32_t)(line->line - first);
		size_t number;

		if (by_text && !text) {
			out[i] = numbering->spare--;
			continue;
		}
		if (by_text)
			key = hash_text(text);
		if (!key_map__get(&numbering->known, key, &number)) {
			number = numbering->known.n;
			err = key_map__set(&numbering->known, key, number);
		}
		out[i] = (uint32_t)number;
	}
	return err;
}

/* Whether hits were estimated, and BEFORE and AFTER have the same as far as that tells. */
static bool hits_are_alike(const struct profile_line *before, const struct profile_line *after)
{
	return before && after && (before->hits_uncertainty || after->hits_uncertainty) &&
	       !rough_count__differ(before->hits, before->hits_uncertainty, after->hits, after->hits_uncertainty);
}

static void add_line(struct profile_diff_function *function, const char *file, const struct profile_line *before,
		     const struct profile_line *after)
{
	struct profile_diff_line *line = &function->lines[function->n_lines++];
	const char *was = before ? profile_function__text(function->before, before) : NULL;
	const char *is = after ? profile_function__text(function->after, after) : NULL;
	uint64_t doubt = (before ? before->uncertainty_ns : 0) + (after ? after->uncertainty_ns : 0);

	*line = (struct profile_diff_line){
		.before = before,
		.after = after,
		.file = file,
		.text = is ? is : was,
		.edited = was && is && !same_text(was, is),
		.hits_alike = hits_are_alike(before, after),
		.change_ns = difference(before ? before->time_ns : 0, after ? after->time_ns : 0),
	};
	line->uncertain = doubt && (uint64_t)llabs(line->change_ns) <= doubt;
	if (before && after && before->hits && after->hits)
		line->per_hit_change_ns =
			(double)after->time_ns / (double)after->hits - (double)before->time_ns / (double)before->hits;
}

/* Lines that are compared with each other: those of two files that are taken for the same. One may be missing. */
struct part_pair {
	struct part before, after;
	const char *file; /* as in struct profile_diff_line */
	bool by_text;
};

/*
 * Adds the lines up to A_END and B_END, where the next pair of equal lines is or the functions end. None of the lines
 * in between have an equal one on the other side.
 */
static void add_gap(struct profile_diff_function *function, size_t *a, size_t a_end, size_t *b, size_t b_end,
		    const struct part_pair *pair)
{
	const struct profile_line *before = pair->before.lines, *after = pair->after.lines;

	if (pair->by_text && a_end - *a == b_end - *b) {
		while (*a < a_end)
			add_line(function, pair->file, &before[(*a)++], &after[(*b)++]);
		return;
	}
	while (*a < a_end)
		add_line(function, pair->file, &before[(*a)++], NULL);
	while (*b < b_end)
		add_line(function, pair->file, NULL, &after[(*b)++]);
}

static void add_lines(struct profile_diff_function *function, const struct part_pair *pair, const size_t *match)
{
	size_t n = pair->before.n, m = pair->after.n, a = 0, b = 0;

	for (size_t i = 0; i < n; i++) {
		if (match[i] == ALIGN_NONE)
			continue;
		add_gap(function, &a, i, &b, match[i], pair);
		add_line(function, pair->file, &pair->before.lines[a++], &pair->after.lines[b++]);
	}
	add_gap(function, &a, n, &b, m, pair);
}

static void mark_largest(struct profile_diff_function *function)
{
	struct profile_diff_line *largest = NULL;

	for (size_t i = 0; i < function->n_lines; i++) {
		struct profile_diff_line *line = &function->lines[i];

		if (line->change_ns && !line->uncertain &&
		    (!largest || llabs(line->change_ns) > llabs(largest->change_ns)))
			largest = line;
	}
	if (largest)
		largest->largest = true;
}

static int compare_parts(struct profile_diff_function *function, const struct part_pair *pair)
{
	size_t n = pair->before.n, m = pair->after.n;
	uint32_t *numbers = calloc(n + m + 1, sizeof(*numbers));
	size_t *match = calloc(n + 1, sizeof(*match));
	struct numbering numbering = {.spare = UINT32_MAX};
	int err = -ENOMEM;

	if (numbers && match)
		err = number_lines(function->before, &pair->before, pair->by_text, &numbering, numbers);
	if (!err)
		err = number_lines(function->after, &pair->after, pair->by_text, &numbering, numbers + n);
	if (!err)
		err = align__sequences(numbers, n, numbers + n, m, match);
	if (!err)
		add_lines(function, pair, match);
	key_map__clear(&numbering.known);
	free(numbers);
	free(match);
	return err;
}

static struct part part_of(const struct profile_function *function, uint32_t file)
{
	struct part part = {.file = file, .lines = function->lines};
	const struct profile_line *end = function->lines + function->n_lines;

	while (part.lines != end && part.lines->file < file)
		part.lines++;
	while (part.lines + part.n != end && part.lines[part.n].file == file)
		part.n++;
	return part;
}

/*
 * The number in OTHER of the file that has the name of file number FILE of FUNCTION, apart from directories; 0: none.
 * Of several files of that name, the first one belongs to the first one, and so on.
 */
static uint32_t same_file(const struct profile_function *function, uint32_t file, const struct profile_function *other)
{
	const char *name = base_name(profile_function__file(function, file));
	uint32_t rank = 0;

	for (uint32_t k = 1; k <= file; k++)
		rank += !strcmp(base_name(profile_function__file(function, k)), name);
	for (uint32_t k = 1; k <= other->n_others; k++)
		if (!strcmp(base_name(profile_function__file(other, k)), name) && !--rank)
			return k;
	return 0;
}

/* Compares the lines in the own files, then those in each other file that is in AFTER, then those only in BEFORE. */
static int compare_lines(struct profile_diff_function *function)
{
	const struct profile_function *before = function->before, *after = function->after;
	struct part_pair pair = {.by_text = has_texts(before) && has_texts(after)};
	int err = 0;

	function->lines = calloc(before->n_lines + after->n_lines + 1, sizeof(*function->lines));
	if (!function->lines)
		return -ENOMEM;
	for (uint32_t file = 0; !err && file <= after->n_others; file++) {
		uint32_t was = file ? same_file(after, file, before) : 0;

		pair.before = file && !was ? (struct part){.n = 0} : part_of(before, was);
		pair.after = part_of(after, file);
		pair.file = file ? profile_function__file(after, file) : NULL;
		err = compare_parts(function, &pair);
	}
	for (uint32_t file = 1; !err && file <= before->n_others; file++) {
		if (same_file(before, file, after))
			continue;
		pair.before = part_of(before, file);
		pair.file = profile_function__file(before, file);
		pair.after = (struct part){.n = 0};
		err = compare_parts(function, &pair);
	}
	if (!err)
		mark_largest(function);
	return err;
}

int profile_diff__compute(const struct profile *before, const struct profile *after, struct profile_diff *out)
{
	const struct profile_function **all_before = sort_functions(before), **all_after = sort_functions(after);
	int err = -ENOMEM;

	*out = (struct profile_diff){.before = before, .after = after};
	out->functions = calloc(before->n_functions + after->n_functions + 1, sizeof(*out->functions));
	if (all_before && all_after && out->functions) {
		pair_functions(out, all_before, all_after);
		err = 0;
	}
	free(all_before);
	free(all_after);
	for (size_t i = 0; !err && i < out->n_functions; i++)
		if (out->functions[i].before && out->functions[i].after)
			err = compare_lines(&out->functions[i]);
	return err;
}

void profile_diff__release(struct profile_diff *diff)
{
	for (size_t i = 0; i < diff->n_functions; i++)
		free(diff->functions[i].lines);
	free(diff->functions);
	*diff = (struct profile_diff){0};
}
