// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problem: the same C++ function has many names. Compilers and people place blanks differently ("vector<int, A >" and
 * "vector<int,A>"), and users leave out namespaces, classes, template arguments and parameters.
 *
 * Method: both names are brought into a normal form without needless blanks. Of the function's name, up to four
 * variants are tried: as written, without the template arguments of the last component, without any template
 * arguments, and without anonymous namespaces too. The user's name matches if it equals one of the variants, or the
 * part of one after any "::".
 *
 * Angle brackets and parentheses also occur in names of operators, lambdas ("<lambda(int)>") and unnamed namespaces.
 * Therefore the code always walks over a name piece by piece (piece_length()) and never searches for a character.
 */
#include "target/selector.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <regex.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum selector_kind { SELECTOR_NAME, SELECTOR_GLOB, SELECTOR_REGEX, SELECTOR_LINES };

struct selector {
	enum selector_kind kind;
	char *text;
	char *file;  /* or NULL */
	char *what;  /* the name, glob or regular expression, as written */
	char *name;  /* SELECTOR_NAME: normal form without a parameter list */
	char *exact; /* SELECTOR_NAME: last component without template arguments */
	bool global; /* written with a leading "::" */
	bool has_parameters;
	unsigned first, last;
	regex_t regex;
};

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* The length of the word "operator" and its symbol, if NAME begins with them; else 0. */
static size_t operator_length(const char *name)
{
	static const char *const symbols[] = {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=",
					      "->", "<",  ">",	 "*=",	"*",   "&&",  "&",  ",",  "~"};
	const size_t word = strlen("operator");

	if (strncmp(name, "operator", word) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (strncmp(name + word, symbols[i], strlen(symbols[i])) == 0)
			return word + strlen(symbols[i]);
	return 0;
}

/* The length of the bracketed group at the start of TEXT, or 0 if it is not closed. */
static size_t group_length(const char *text)
{
	size_t depth = 0;

	for (size_t i = 0; text[i]; i++) {
		if (strchr("<([{", text[i])) {
			depth++;
		} else if (strchr(">)]}", text[i]) && !(text[i] == '>' && i && text[i - 1] == '-')) {
			if (--depth == 0)
				return i + 1;
		}
	}
	return 0;
}

/* Returns a copy of NAME without blanks, except where two words or two symbols would merge. */
static char *normal_form(const char *name)
{
	char *copy = calloc(1, strlen(name) + 1);
	size_t n = 0;

	if (!copy)
		return NULL;
	for (const char *p = name; *p; p++) {
		if (isspace((unsigned char)*p)) {
			const char *next = p + strspn(p, " \t\n");

			/* Keep a blank between two words, and the one in "operator< <int>". */
			if (!n || !((is_word(copy[n - 1]) && is_word(*next)) || (copy[n - 1] == '<' && *next == '<')))
				continue;
			p = next - 1;
			copy[n++] = ' ';
			continue;
		}
		copy[n++] = *p;
	}
	return copy;
}

/* The length of the next piece of a name: an operator, a bracketed group, "::" or a single character. */
static size_t piece_length(const char *name, bool component_start)
{
	size_t length = component_start ? operator_length(name) : 0;

	if (!length && strchr("<([{", *name))
		length = group_length(name);
	if (!length && strncmp(name, "::", 2) == 0)
		length = 2;
	return length ? length : 1;
}

/* The last component of NAME. */
static const char *last_component(const char *name)
{
	const char *last = name;

	for (const char *p = name; *p;) {
		size_t length = piece_length(p, p == last);

		if (length == 2 && *p == ':')
			last = p + length;
		p += length;
	}
	return last;
}

/* Cuts a parameter list, and what follows it, from the last component of NAME. Returns whether there was one. */
static bool cut_parameters(char *name)
{
	char *last = name + (last_component(name) - name);
	char *p = last;

	while (*p) {
		if (*p == '(' && p != last && group_length(p)) {
			*p = '\0';
			return true;
		}
		p += piece_length(p, p == last);
	}
	return false;
}

/*
 * Removes template arguments from the part of NAME that begins at FROM. A bracketed group that is a whole component,
 * such as "<lambda(int)>", is a name and stays.
 */
static void cut_templates(char *name, const char *from)
{
	const char *start = name;
	char *out = name;

	for (const char *p = name; *p;) {
		size_t length = piece_length(p, p == start);
		bool arguments = *p == '<' && length > 1 && p != start && p >= from;

		if (length == 2 && *p == ':')
			start = p + 2;
		if (!arguments) {
			memmove(out, p, length);
			out += length;
		} else if (out[-1] == ' ') {
			out--;
		}
		p += length;
	}
	*out = '\0';
}

static void cut_anonymous(char *name)
{
	static const char unnamed[] = "(anonymous namespace)::";
	char *p = name;

	while ((p = strstr(p, unnamed)))
		memmove(p, p + strlen(unnamed), strlen(p + strlen(unnamed)) + 1);
}

/* Whether HAVE is WANT or, unless GLOBAL, ends in it after a "::". */
static bool is_tail(const char *want, const char *have, bool global)
{
	size_t n = strlen(want);
	size_t m = strlen(have);

	if (m < n || strcmp(have + m - n, want) != 0)
		return false;
	if (m == n)
		return true;
	return !global && m >= n + 2 && have[m - n - 1] == ':' && have[m - n - 2] == ':';
}

static bool name_matches(const struct selector *selector, const char *name)
{
	char *have = normal_form(name);
	char *whole = selector->has_parameters ? normal_form(selector->what) : NULL;
	bool found = false;

	if (!have)
		goto out;
	if (whole && is_tail(whole + (selector->global ? 2 : 0), have, selector->global))
		found = true;
	/*
	 * If the user gave parameters, they must match when the function's name has parameters. If it has none,
	 * overloads cannot be told apart, and all of them are selected.
	 */
	if (cut_parameters(have) && selector->has_parameters)
		goto out;
	found = found || is_tail(selector->name, have, selector->global);
	if (!found) {
		cut_templates(have, last_component(have));
		found = is_tail(selector->name, have, selector->global);
	}
	if (!found) {
		cut_templates(have, have);
		found = is_tail(selector->name, have, selector->global);
	}
	if (!found) {
		cut_anonymous(have);
		found = is_tail(selector->name, have, selector->global);
	}
out:
	free(whole);
	free(have);
	return found;
}

static int parse_number(const char *text, const char **end, unsigned *value)
{
	char *stop;
	unsigned long number;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoul(text, &stop, 10);
	if (errno || number == 0 || number > UINT_MAX)
		return -EINVAL;
	*value = (unsigned)number;
	*end = stop;
	return 0;
}

static int parse_lines(struct selector *selector, const char *text)
{
	int err = parse_number(text, &text, &selector->first);

	selector->kind = SELECTOR_LINES;
	selector->last = selector->first;
	if (!err && *text == '-')
		err = parse_number(text + 1, &text, &selector->last);
	if (err || *text || selector->last < selector->first)
		return -EINVAL;
	return 0;
}

static int parse_regex(struct selector *selector, const char *text, size_t length)
{
	int err;

	selector->what = strndup(text + 1, length - 2);
	if (!selector->what)
		return -ENOMEM;
	err = regcomp(&selector->regex, selector->what, REG_EXTENDED | REG_NOSUB);
	if (err)
		return err == REG_ESPACE ? -ENOMEM : -EINVAL;
	selector->kind = SELECTOR_REGEX;
	return 0;
}

/* Whether TEXT is a glob. The names operator* and operator[] are not, although they contain wildcards. */
static bool is_glob(const char *text)
{
	const char *last = last_component(text);
	const char *wild = strpbrk(text, "*?[");
	size_t length = operator_length(last);

	return wild && !(wild >= last && length && !strpbrk(last + length, "*?["));
}

/* Whether NAME is one that an interpreter gives to code without a name: "<module>", "<lambda>". */
static bool is_bracketed(const char *name)
{
	return *name == '<' && name[strlen(name) - 1] == '>';
}

static int parse_name(struct selector *selector, const char *text)
{
	size_t length = strlen(text);

	if (length == 0)
		return -EINVAL;
	if (length > 2 && text[0] == '/' && text[length - 1] == '/')
		return parse_regex(selector, text, length);
	selector->what = strdup(text);
	if (!selector->what)
		return -ENOMEM;
	if (is_glob(text)) {
		selector->kind = SELECTOR_GLOB;
		return 0;
	}
	selector->kind = SELECTOR_NAME;
	selector->global = strncmp(text, "::", 2) == 0;
	selector->name = normal_form(text + (selector->global ? 2 : 0));
	if (!selector->name)
		return -ENOMEM;
	selector->has_parameters = cut_parameters(selector->name);
	selector->exact = strdup(last_component(selector->name));
	if (!selector->exact)
		return -ENOMEM;
	if (!is_bracketed(selector->exact))
		cut_templates(selector->exact, selector->exact);
	return *selector->exact ? 0 : -EINVAL;
}

/* Returns the colon that separates a file from a function or lines, or NULL. */
static const char *find_split(const char *text)
{
	for (const char *p = text; *p;) {
		size_t length = piece_length(p, false);

		if (*p == ':' && length == 1)
			return p;
		p += length;
	}
	return NULL;
}

static int parse(struct selector *selector, const char *text)
{
	size_t length = strlen(text);
	const char *colon;

	if (length >= 2 && text[0] == '/' && text[length - 1] == '/')
		return length > 2 ? parse_regex(selector, text, length) : -EINVAL;
	colon = find_split(text);
	if (!colon)
		return parse_name(selector, text);
	if (colon == text)
		return -EINVAL;
	if (strncmp(text, "./", 2) == 0)
		text += 2;
	selector->file = strndup(text, (size_t)(colon - text));
	if (!selector->file)
		return -ENOMEM;
	if (isdigit((unsigned char)colon[1]))
		return parse_lines(selector, colon + 1);
	return parse_name(selector, colon + 1);
}

int selector__parse(const char *text, struct selector **out)
{
	struct selector *selector = calloc(1, sizeof(*selector));
	int err = -ENOMEM;

	if (!selector)
		return -ENOMEM;
	selector->text = strdup(text);
	if (selector->text)
		err = parse(selector, text);
	if (err) {
		selector__free(selector);
		return err;
	}
	*out = selector;
	return 0;
}

void selector__free(struct selector *selector)
{
	if (!selector)
		return;
	if (selector->kind == SELECTOR_REGEX)
		regfree(&selector->regex);
	free(selector->text);
	free(selector->file);
	free(selector->what);
	free(selector->name);
	free(selector->exact);
	free(selector);
}

const char *selector__text(const struct selector *selector)
{
	return selector->text;
}

const char *selector__exact_name(const struct selector *selector)
{
	return selector->exact;
}

const char *selector__name(const struct selector *selector)
{
	return selector->kind == SELECTOR_NAME ? selector->what : NULL;
}

bool selector__lines(const struct selector *selector, unsigned *first, unsigned *last)
{
	if (selector->kind != SELECTOR_LINES)
		return false;
	*first = selector->first;
	*last = selector->last;
	return true;
}

const char *selector__file(const struct selector *selector)
{
	return selector->file;
}

static bool pattern_matches(const struct selector *selector, const char *name)
{
	if (selector->kind == SELECTOR_REGEX)
		return regexec(&selector->regex, name, 0, NULL, 0) == 0;
	return fnmatch(selector->what, name, 0) == 0 || strcmp(selector->what, name) == 0;
}

bool selector__matches_name(const struct selector *selector, const char *bare, const char *qualified,
			    const char *linkage)
{
	if (selector->kind == SELECTOR_LINES)
		return false;
	if (selector->kind == SELECTOR_NAME) {
		if (linkage && strcmp(linkage, selector->what) == 0)
			return true;
		if (qualified && name_matches(selector, qualified))
			return true;
		/*
		 * A bare name cannot show whether the function is global, so the qualified name decides if the user
		 * wrote "::name".
		 */
		return bare && !(selector->global && qualified) && name_matches(selector, bare);
	}
	return (bare && pattern_matches(selector, bare)) || (qualified && pattern_matches(selector, qualified)) ||
	       (linkage && pattern_matches(selector, linkage));
}

bool selector__matches_file(const struct selector *selector, const char *path)
{
	const char *file = selector->file;

	if (!file)
		return true;
	if (!path)
		return false;
	for (const char *tail = path; tail; tail = strchr(tail, '/'), tail = tail ? tail + 1 : NULL) {
		if (strcmp(tail, file) == 0 || (strpbrk(file, "*?[") && fnmatch(file, tail, 0) == 0))
			return true;
	}
	return false;
}
