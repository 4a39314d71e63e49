// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * People mistype the last word of a name, or know it and not what is around it. So the last words are compared first,
 * without regard to capital letters, and the scopes decide among names whose last words are equally near.
 */
#include "target/name_distance.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "target/name_tokens.h"

#define LONGEST	     127
#define SCOPE_WEIGHT 64 /* one changed letter of the last word counts for as many changes of the scopes */

/* A name without template arguments and parameters, cut into its last word and the scopes before it. */
struct plain_name {
	char scopes[LONGEST + 1], word[LONGEST + 1];
};

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

unsigned name_distance__edits(const char *a, const char *b, unsigned limit)
{
	/* The algorithm is optimal string alignment. It looks back two rows only, so three rows are enough. */
	unsigned rows[3][LONGEST + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > LONGEST || m > LONGEST)
		return limit;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[n % 3][m] < limit ? rows[n % 3][m] : limit;
}

/* False: NAME is too long, or has no word. */
static bool make_plain(const char *name, struct plain_name *plain)
{
	char text[LONGEST + 1];
	size_t n = 0, word = 0;

	for (const char *p = name; *p;) {
		size_t symbol = n == word ? name_tokens__operator(p) : 0;
		/* Groups are what templates and parameters are, but for "{impl#1}" and Go's "(*Tree)". */
		size_t group = !symbol && strchr("<([", *p) && strncmp(p, "(*", 2) != 0 ? name_tokens__group(p) : 0;
		bool ends = !symbol && ((p[0] == ':' && p[1] == ':' && p[2] != '<') ||
					(*p == '.' && isalpha((unsigned char)p[1])));
		size_t length = symbol ? symbol : 1;

		if (group && n > word) {
			p += group;
			continue;
		}
		/* Rust's "gen::<u8>" */
		if (strncmp(p, "::<", 3) == 0 && n > word) {
			p += 2;
			continue;
		}
		if (n + length > LONGEST)
			return false;
		if (ends)
			word = n + 1;
		memcpy(text + n, ends ? "." : p, length);
		n += length;
		p += ends && *p == ':' ? 2 : length;
	}
	memcpy(plain->scopes, text, word);
	plain->scopes[word] = '\0';
	memcpy(plain->word, text + word, n - word);
	plain->word[n - word] = '\0';
	return n > word;
}

static void lower(char *text)
{
	for (; *text; text++)
		*text = (char)tolower((unsigned char)*text);
}

/* The distance of the scopes, which WANT may leave out from the beginning on. */
static unsigned scope_distance(const char *want, const char *have)
{
	size_t w = strlen(want), h = strlen(have);

	if (w <= h && strcmp(want, have + h - w) == 0 && (w == h || !w || have[h - w - 1] == '.'))
		return 0;
	return name_distance__edits(want, have, SCOPE_WEIGHT - 2) + 1;
}

unsigned name_distance__between(const char *want, const char *have, unsigned most)
{
	struct plain_name wanted = {.scopes = ""}, found = {.scopes = ""};
	unsigned limit, edits;
	bool same_case;

	if (!make_plain(want, &wanted) || !make_plain(have, &found))
		return NAME_DISTANCE_FAR;
	limit = (unsigned)(strlen(wanted.word) + 2) / 3;
	if (limit > most)
		limit = most;
	same_case = strcmp(wanted.word, found.word) == 0;
	lower(wanted.word);
	lower(found.word);
	edits = name_distance__edits(wanted.word, found.word, limit + 1);
	if (edits > limit)
		return NAME_DISTANCE_FAR;
	return edits * SCOPE_WEIGHT + scope_distance(wanted.scopes, found.scopes) + (!edits && !same_case);
}
