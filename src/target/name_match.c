// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Names in their normal form are cut at each "::" into parts, and each part into a word, template arguments and
 * parameters. The parts of both names are compared from the last one to the first. What the wanted name does not have
 * is not compared.
 *
 * Names of Rust begin with a type and a trait, "<Circle as Shape>::area", which people call Circle::area as well as
 * Shape::area; so these two are tried, too. Some functions are known by the name of the one around them: the body of an
 * asynchronous function of Rust, of a lambda of C++, and of a parallel region of OpenMP.
 */
#include "target/name_match.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/name_tokens.h"

enum { MAX_PARTS = 64 };

struct text {
	const char *begin;
	size_t length;
};

struct part {
	struct text word;
	struct text arguments, parameters; /* with their brackets; length 0: none */
	bool constant;			   /* a method that is const */
	bool pointer;			   /* Go: "(*Tree)" */
};

struct parts {
	struct part items[MAX_PARTS];
	size_t n;
	const struct name_style *style;
};

static bool starts(struct text text, const char *with)
{
	return text.length >= strlen(with) && memcmp(text.begin, with, strlen(with)) == 0;
}

static bool equals(struct text a, struct text b)
{
	return a.length == b.length && memcmp(a.begin, b.begin, a.length) == 0;
}

/* The length of the word at P, the beginning of a part. */
static size_t word_length(const char *p)
{
	size_t length = name_tokens__operator(p);

	if (length)
		return length;
	/* "operator std::vector<int>" converts to a type. */
	if (strncmp(p, "operator ", strlen("operator ")) == 0)
		return strcspn(p, "(");
	if (strchr("<([{", *p))
		length = name_tokens__group(p);
	while (p[length] && !strchr("<([{", p[length]) && strncmp(p + length, "::", 2) != 0 &&
	       !(p[length] == ' ' && strchr(p, '(')))
		length++;
	return length;
}

/* Takes the bracketed group at *P, if it begins with OPEN. */
static void take_group(const char **p, char open, struct text *group)
{
	size_t length = **p == open ? name_tokens__group(*p) : 0;

	*group = (struct text){*p, length};
	*p += length;
}

/* Reads the part at P. Returns what follows it: "::" or the end. */
static const char *read_part(const char *p, struct part *part)
{
	struct text tag;

	*part = (struct part){.pointer = strncmp(p, "(*", 2) == 0};
	if (part->pointer)
		p += 2;
	part->word = (struct text){p, part->pointer ? strcspn(p, "<)") : word_length(p)};
	p += part->word.length;
	if (strncmp(p, "[abi:", 5) == 0)
		take_group(&p, '[', &tag);
	if (strncmp(p, " <", 2) == 0)
		p++;
	take_group(&p, '<', &part->arguments);
	if (part->pointer && *p == ')')
		p++;
	take_group(&p, '(', &part->parameters);
	/* What precedes a blank is not the name but the type that the function returns. */
	if (!part->parameters.length && *p == ' ' && strchr(p, '('))
		return read_part(p + 1, part);
	part->constant = strncmp(p + (*p == ' '), "const", strlen("const")) == 0;
	while (*p && strncmp(p, "::", 2) != 0)
		p++;
	return p;
}

static bool read_parts(const char *name, const struct name_style *style, struct parts *parts)
{
	parts->n = 0;
	parts->style = style;
	for (const char *p = name;;) {
		if (parts->n == MAX_PARTS)
			return false;
		p = read_part(p, &parts->items[parts->n++]);
		if (!*p)
			return true;
		p += 2;
	}
}

/* The number of words in the path ("a::b::c") that begins at P. */
static size_t path_words(const char *p, const char *end)
{
	size_t n = 1;

	for (; p < end; p++) {
		if (end - p > 2 && p[0] == ':' && p[1] == ':') {
			n++;
			p++;
		} else if (!name_tokens__is_word(*p)) {
			break;
		}
	}
	return n;
}

static bool begins_path(const struct text *text, const char *p)
{
	bool inside = p > text->begin && (name_tokens__is_word(p[-1]) || p[-1] == ':');

	return p < text->begin + text->length && name_tokens__is_word(*p) && !inside;
}

/* Behind the template argument that P is in. */
static const char *argument_end(const char *p, const char *end)
{
	while (p < end && *p != ',' && *p != '>') {
		size_t length = strchr("<([{", *p) ? name_tokens__group(p) : 0;

		p += length ? length : 1;
	}
	return p;
}

/* Whether a lone capital letter stands at P: a parameter of a generic function of Rust. */
static bool is_generic(const char *p, const char *end)
{
	return isupper((unsigned char)*p) && p + 1 < end && !name_tokens__is_word(p[1]) && p[1] != ':';
}

/* Whether the lists of arguments or parameters are the same; WANT may leave out the namespaces of types. */
static bool same_list(struct text want, struct text have, const struct name_style *style)
{
	const char *w = want.begin;
	const char *h = have.begin;
	const char *w_end = w + want.length;
	const char *h_end = h + have.length;

	while (w < w_end && h < h_end) {
		if (begins_path(&want, w) && begins_path(&have, h)) {
			size_t extra = path_words(h, h_end);
			size_t words = path_words(w, w_end);

			if (style->generics && is_generic(h, h_end)) {
				w = argument_end(w, w_end);
				h++;
				continue;
			}
			for (; extra > words; extra--) {
				while (*h != ':')
					h++;
				h += 2;
			}
		}
		if (*w++ != *h++)
			return false;
	}
	return w == w_end && h == h_end;
}

/* "{closure_env#0}" is the type of what "{closure#0}" runs on. */
static bool is_same_closure(struct text want, struct text have)
{
	static const char environment[] = "_env";
	const char *found = memmem(want.begin, want.length, environment, strlen(environment));
	size_t before = found ? (size_t)(found - want.begin) : 0;

	if (starts(want, "{{closure}}") || starts(want, "{closure}"))
		return starts(have, "{closure") || starts(have, "{async_") || starts(have, "{coroutine");
	return found && *want.begin == '{' && have.length == want.length - strlen(environment) &&
	       memcmp(have.begin, want.begin, before) == 0 &&
	       memcmp(have.begin + before, found + strlen(environment), have.length - before) == 0;
}

static bool is_lambda(struct text word)
{
	return starts(word, "{lambda") || starts(word, "$_");
}

bool name_match__is_specific(const char *name)
{
	struct parts parts;

	if (!read_parts(name, &name_style_c, &parts))
		return false;
	for (size_t i = 0; i < parts.n; i++)
		if (is_lambda(parts.items[i].word))
			return true;
	return parts.items[parts.n - 1].parameters.length;
}

/* "{lambda}" is any lambda, "{lambda(int)}" one with these parameters, "{lambda(int)#1}" the first of them. */
static bool is_same_lambda(struct text want, const struct part *have, const struct part *call)
{
	const char *list = memchr(want.begin, '(', want.length);
	struct text parameters = {list, list ? name_tokens__group(list) : 0};

	if (!starts(want, "{lambda"))
		return false;
	/* GCC gives the class of a lambda no name, nor always its function a linkage name. */
	if (starts(have->word, "(anonymous)"))
		return call && starts(call->word, "operator()");
	if (starts(have->word, "{lambda"))
		return have->word.length >= want.length && memcmp(have->word.begin, want.begin, want.length - 1) == 0 &&
		       (!list || strchr("#}", have->word.begin[want.length - 1]));
	/* Clang numbers the lambdas of a file, whatever their parameters. */
	return starts(have->word, "$_") && call && (!list || equals(parameters, call->parameters));
}

/* Whether HAVE is the body of a parallel region of OpenMP in WANT: "par._omp_fn.0", "par.omp_outlined". */
static bool is_outlined(struct text want, struct text have)
{
	struct text rest = {have.begin + want.length, have.length - want.length};

	return have.length > want.length && memcmp(have.begin, want.begin, want.length) == 0 &&
	       (starts(rest, "._omp_fn.") || starts(rest, ".omp_outlined"));
}

/* Whether HAVE, within the function WANT, is that function's body: of a coroutine, a lambda, or a parallel region. */
static bool is_body(const struct part *want, const struct part *have)
{
	static const char region[] = "._omp_fn.";

	return starts(have->word, "{async_fn") || (is_lambda(want->word) && starts(have->word, "operator()")) ||
	       (starts(have->word, "_") && memmem(have->word.begin, have->word.length, region, strlen(region)));
}

/* NEXT: the part after HAVE, or NULL. */
static bool same_word(const struct part *want, const struct part *have, const struct part *next)
{
	/* "(anonymous)" is a class or a namespace. */
	if (equals(want->word, have->word) || (starts(want->word, "(anonymous)") && starts(have->word, "{anonymous}")))
		return true;
	return is_same_closure(want->word, have->word) || is_same_lambda(want->word, have, next) ||
	       (!next && is_outlined(want->word, have->word));
}

static bool same_part(const struct part *want, const struct part *have, const struct part *next,
		      const struct name_style *style)
{
	if (!same_word(want, have, next) || (want->pointer && !have->pointer))
		return false;
	if (want->arguments.length && !same_list(want->arguments, have->arguments, style))
		return false;
	if (!want->parameters.length || !have->parameters.length)
		return true;
	/* "f()::{lambda()#1}" is written for every f. */
	if (next && want->parameters.length == 2)
		return true;
	return same_list(want->parameters, have->parameters, style) && (!want->constant || have->constant);
}

/* Whether WANT is what the first N parts of HAVE end in. */
static bool is_tail(const struct parts *want, const struct parts *have, size_t n, bool global)
{
	for (size_t w = want->n; w > 0; w--) {
		const struct part *part = &want->items[w - 1];

		for (;; n--) {
			if (!n)
				return false;
			if (same_part(part, &have->items[n - 1], n < have->n ? &have->items[n] : NULL, have->style))
				break;
			if (w == want->n || !starts(have->items[n - 1].word, "{anonymous}"))
				return false;
		}
		n--;
	}
	while (global && n && starts(have->items[n - 1].word, "{anonymous}"))
		n--;
	return !global || !n;
}

static bool is_standard(const struct part *part)
{
	static const char *const crates[] = {"std", "core", "alloc"};

	for (size_t i = 0; i < sizeof(crates) / sizeof(crates[0]); i++)
		if (part->word.length == strlen(crates[i]) && starts(part->word, crates[i]))
			return true;
	return false;
}

/*
 * Rust's library shows most of what it has in other places than where it is written: std::fmt::Display is
 * core::fmt::Display, core::ops::Add is core::ops::arith::Add. What HAVE has between the parts of WANT is skipped.
 */
static bool is_shown_as(const struct parts *want, const struct parts *have)
{
	size_t n = have->n;

	if (want->n < 2 || !is_standard(&want->items[0]) || !is_standard(&have->items[0]))
		return false;
	for (size_t w = want->n; w > 1; w--) {
		bool found = false;

		for (; n > 1 && !found; n--) {
			found = same_part(&want->items[w - 1], &have->items[n - 1],
					  n < have->n ? &have->items[n] : NULL, have->style);
			/* The function and what it belongs to are not moved apart. */
			if (!found && w + 1 >= want->n)
				return false;
		}
		if (!found)
			return false;
	}
	return true;
}

/* The blank-separated WORD in the group at the start of NAME, not within inner groups; NULL if it is not there. */
static const char *find_in_group(const char *name, const char *word)
{
	const char *end = name + (*name == '<' ? name_tokens__group(name) : 0);

	for (const char *p = name + 1; p < end;) {
		size_t length = strchr("<([{", *p) ? name_tokens__group(p) : 0;

		if (strncmp(p, word, strlen(word)) == 0)
			return p;
		p += length ? length : 1;
	}
	return NULL;
}

/* "TYPE::rest", from "<...TYPE...>::rest". Owned by the caller. */
static char *in_type(const char *type, const char *type_end, const char *group)
{
	char *result;

	if (asprintf(&result, "%.*s%s", (int)(type_end - type), type, group + name_tokens__group(group)) < 0)
		return NULL;
	return result;
}

static bool matches_type(const char *want, const char *type, const char *type_end, const char *group,
			 const struct name_style *style, bool global)
{
	char *have = in_type(type, type_end, group);
	bool found = have && name_match__is(want, have, style, global);

	free(have);
	return found;
}

/* HAVE begins with "<TYPE as TRAIT>" or, in old manglings, contains "<impl TRAIT for TYPE>". */
static bool matches_trait(const char *want, const char *have, const struct name_style *style, bool global)
{
	const char *impl = strstr(have, "<impl ");
	const char *group = impl ? impl : have;
	const char *middle = find_in_group(group, impl ? " for " : " as ");
	const char *type = group + (impl ? strlen("<impl ") : 1);
	const char *wanted = find_in_group(want, " as ");
	const char *end;
	bool found;

	if (!middle)
		return false;
	end = group + name_tokens__group(group) - 1;
	if (!wanted)
		return matches_type(want, type, middle, group, style, global) ||
		       matches_type(want, middle + (impl ? 5 : 4), end, group, style, global);
	/* Both halves of "<Square as Shape>::area" must match. */
	{
		const char *want_end = want + name_tokens__group(want) - 1;
		char *first = in_type(want + 1, wanted, want);
		char *second = in_type(wanted + 4, want_end, want);

		found = first && second && matches_type(impl ? second : first, type, middle, group, style, global) &&
			matches_type(impl ? first : second, middle + (impl ? 5 : 4), end, group, style, global);
		free(first);
		free(second);
	}
	return found;
}

bool name_match__is(const char *want, const char *have, const struct name_style *style, bool global)
{
	struct parts wanted;
	struct parts parts;

	if (strcmp(want, have) == 0 || matches_trait(want, have, style, global))
		return true;
	if (!read_parts(want, style, &wanted) || !read_parts(have, style, &parts))
		return false;
	if (is_tail(&wanted, &parts, parts.n, global) || (style->generics && is_shown_as(&wanted, &parts)))
		return true;
	return parts.n > 1 && is_body(&wanted.items[wanted.n - 1], &parts.items[parts.n - 1]) &&
	       is_tail(&wanted, &parts, parts.n - 1, global);
}
