// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problem: given the lines of a function in two profiles, as numbers, find which lines correspond. The answer is a
 * longest common subsequence: the most elements that can be paired, in the same order on both sides.
 *
 * Method, in three steps:
 *
 *   1. Equal elements at the beginning and the end of both sequences are paired first. Two versions of a source file
 *      usually leave little after that.
 *   2. If the rest is small enough, it is solved exactly by dynamic programming with a table.
 *   3. If it is too large for a table, it is cut into pieces at anchors: elements that occur exactly once on either
 *      side. Of these, a longest sequence that ascends on both sides is paired (Bram Cohen's "patience diff"), and
 *      each piece between two anchors is treated like the whole. A piece that is too large and has no anchor stays
 *      unmatched.
 *
 * The table of step 2: let L(i, j) be the length of a longest common subsequence of a[i...] and b[j...]. Then
 *
 *	L(i, j) = 1 + L(i + 1, j + 1)              if a[i] = b[j],
 *	          max(L(i + 1, j), L(i, j + 1))    otherwise.
 *
 * The rows are computed from the last to the first. Only one row of lengths is kept, and for each cell one bit, which
 * says whether L(i + 1, j) was the larger one. With these bits and the elements themselves, the subsequence is then
 * read off from the beginning.
 */
#include "profile/align.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#define MAX_CELLS (UINT64_C(1) << 26) /* 8 MiB of bits, which take a tenth of a second to compute */

struct sequences {
	const uint32_t *a, *b;
	size_t *match;
};

/* The elements a[a0] to a[a1 - 1] and b[b0] to b[b1 - 1], which remain to be paired. */
struct piece {
	size_t a0, a1, b0, b1;
};

/*
 * An element that occurs exactly once on either side, at indices A and B. PREVIOUS is the index of the anchor before
 * it in the ascending sequence that keep_ascending() builds, or ALIGN_NONE.
 */
struct anchor {
	size_t a, b, previous;
};

struct element {
	uint32_t value;
	size_t at;
};

static void trim(const struct sequences *s, struct piece *piece)
{
	while (piece->a0 < piece->a1 && piece->b0 < piece->b1 && s->a[piece->a0] == s->b[piece->b0])
		s->match[piece->a0++] = piece->b0++;
	while (piece->a0 < piece->a1 && piece->b0 < piece->b1 && s->a[piece->a1 - 1] == s->b[piece->b1 - 1])
		s->match[--piece->a1] = --piece->b1;
}

static void fill_table(const uint32_t *a, size_t n, const uint32_t *b, size_t m, uint32_t *lengths, uint64_t *skips_a)
{
	for (size_t i = n; i-- > 0;) {
		uint32_t diagonal = 0;

		for (size_t j = m; j-- > 0;) {
			uint32_t below = lengths[j];
			size_t cell = i * m + j;

			if (a[i] == b[j]) {
				lengths[j] = diagonal + 1;
			} else if (below >= lengths[j + 1]) {
				skips_a[cell / 64] |= UINT64_C(1) << cell % 64;
			} else {
				lengths[j] = lengths[j + 1];
			}
			diagonal = below;
		}
	}
}

static int align_by_table(const struct sequences *s, const struct piece *piece)
{
	const uint32_t *a = s->a + piece->a0, *b = s->b + piece->b0;
	size_t n = piece->a1 - piece->a0, m = piece->b1 - piece->b0;
	uint32_t *lengths = calloc(m + 1, sizeof(*lengths));
	uint64_t *skips_a = calloc(n * m / 64 + 1, sizeof(*skips_a));

	if (!lengths || !skips_a) {
		free(lengths);
		free(skips_a);
		return -ENOMEM;
	}
	fill_table(a, n, b, m, lengths, skips_a);
	for (size_t i = 0, j = 0; i < n && j < m;) {
		size_t cell = i * m + j;

		if (a[i] == b[j])
			s->match[piece->a0 + i++] = piece->b0 + j++;
		else if (skips_a[cell / 64] >> cell % 64 & 1)
			i++;
		else
			j++;
	}
	free(lengths);
	free(skips_a);
	return 0;
}

static int compare_elements(const void *x, const void *y)
{
	const struct element *a = x, *b = y;

	if (a->value != b->value)
		return a->value > b->value ? 1 : -1;
	return (a->at > b->at) - (a->at < b->at);
}

/*
 * Returns the elements that occur exactly once in values[from] to values[to - 1], sorted by value, and their number in
 * *n. Owned by the caller; NULL when out of memory.
 */
static struct element *find_unique(const uint32_t *values, size_t from, size_t to, size_t *n)
{
	struct element *elements = calloc(to - from, sizeof(*elements));
	size_t kept = 0, count = to - from;

	if (!elements)
		return NULL;
	for (size_t i = 0; i < count; i++)
		elements[i] = (struct element){values[from + i], from + i};
	qsort(elements, count, sizeof(*elements), compare_elements);
	for (size_t i = 0; i < count; i++) {
		bool as_before = i && elements[i - 1].value == elements[i].value;
		bool as_next = i + 1 < count && elements[i + 1].value == elements[i].value;

		/*
		 * The kept elements are written at or before index i, so elements[i - 1] can only have been
		 * overwritten by itself.
		 */
		if (!as_before && !as_next)
			elements[kept++] = elements[i];
	}
	*n = kept;
	return elements;
}

static int compare_anchors(const void *x, const void *y)
{
	const struct anchor *a = x, *b = y;

	return (a->a > b->a) - (a->a < b->a);
}

static int find_anchors(const struct sequences *s, const struct piece *piece, struct anchor **out, size_t *n)
{
	size_t n_a = 0, n_b = 0, j = 0;
	struct element *a = find_unique(s->a, piece->a0, piece->a1, &n_a);
	struct element *b = find_unique(s->b, piece->b0, piece->b1, &n_b);
	struct anchor *anchors = calloc(n_a + 1, sizeof(*anchors));
	int err = a && b && anchors ? 0 : -ENOMEM;

	*n = 0;
	for (size_t i = 0; !err && i < n_a; i++) {
		while (j < n_b && b[j].value < a[i].value)
			j++;
		if (j < n_b && b[j].value == a[i].value)
			anchors[(*n)++] = (struct anchor){.a = a[i].at, .b = b[j].at};
	}
	free(a);
	free(b);
	if (err) {
		free(anchors);
		return err;
	}
	if (*n)
		qsort(anchors, *n, sizeof(*anchors), compare_anchors);
	*out = anchors;
	return 0;
}

/*
 * Reduces the N anchors, which ascend in A, to a longest sequence that also ascends in B, and returns its length. ENDS
 * has room for N indices: among the ascending sequences of k + 1 anchors found so far, ends[k] is the last anchor of
 * the one that ends at the smallest B.
 */
static size_t keep_ascending(struct anchor *anchors, size_t n, size_t *ends)
{
	size_t length = 0, at;

	for (size_t i = 0; i < n; i++) {
		size_t lo = 0, hi = length;

		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (anchors[ends[mid]].b < anchors[i].b)
				lo = mid + 1;
			else
				hi = mid;
		}
		anchors[i].previous = lo ? ends[lo - 1] : ALIGN_NONE;
		ends[lo] = i;
		length += lo == length;
	}
	if (!length)
		return 0;
	at = ends[length - 1];
	for (size_t k = length; k-- > 0; at = anchors[at].previous)
		ends[k] = at;
	for (size_t k = 0; k < length; k++)
		anchors[k] = anchors[ends[k]];
	return length;
}

static int align(const struct sequences *s, struct piece piece);

static int align_by_anchors(const struct sequences *s, const struct piece *piece)
{
	struct piece rest = *piece;
	struct anchor *anchors;
	size_t n, *ends;
	int err = find_anchors(s, piece, &anchors, &n);

	if (err)
		return err;
	ends = calloc(n + 1, sizeof(*ends));
	if (!ends)
		err = -ENOMEM;
	else
		n = keep_ascending(anchors, n, ends);
	for (size_t i = 0; !err && i < n; i++) {
		const struct piece before = {rest.a0, anchors[i].a, rest.b0, anchors[i].b};

		s->match[anchors[i].a] = anchors[i].b;
		rest.a0 = anchors[i].a + 1;
		rest.b0 = anchors[i].b + 1;
		err = align(s, before);
	}
	if (!err && n)
		err = align(s, rest);
	free(ends);
	free(anchors);
	return err;
}

static int align(const struct sequences *s, struct piece piece)
{
	trim(s, &piece);
	if (piece.a0 == piece.a1 || piece.b0 == piece.b1)
		return 0;
	if ((uint64_t)(piece.a1 - piece.a0) * (piece.b1 - piece.b0) <= MAX_CELLS)
		return align_by_table(s, &piece);
	return align_by_anchors(s, &piece);
}

int align__sequences(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t *match)
{
	const struct sequences sequences = {a, b, match};

	for (size_t i = 0; i < n; i++)
		match[i] = ALIGN_NONE;
	return align(&sequences, (struct piece){0, n, 0, m});
}
