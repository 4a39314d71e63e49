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
	const struct name_reading *reading;
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

static bool read_parts(const char *name, const struct name_reading *reading, struct parts *parts)
{
	parts->n = 0;
	parts->reading = reading;
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

/* Behind the name of the type at P, with its arguments but without what makes it a pointer or a reference. */
static const char *type_end(const char *p, const char *end)
{
	while (p < end && (name_tokens__is_word(*p) || *p == ':' || *p == '<' ||
			   (*p == ' ' && name_tokens__is_word(p[1]) && strncmp(p + 1, "const", 5) != 0))) {
		size_t length = *p == '<' ? name_tokens__group(p) : 0;

		p += length ? length : 1;
	}
	return p < end ? p : end;
}

static size_t count_words(const char *p, const char *end)
{
	size_t length = 0;

	while (p + length < end && name_tokens__is_word(p[length]))
		length++;
	return length;
}

static const struct name_generic *find_generic(const struct name_reading *reading, const char *word, size_t length)
{
	for (const struct name_generic *g = reading->generics; g && g->name; g++)
		if (strlen(g->name) == length && memcmp(g->name, word, length) == 0)
			return g;
	return NULL;
}

/* Whether a lone capital letter stands at P: a parameter of a generic function of Rust or Go. */
static bool is_letter(const char *p, const char *end)
{
	return isupper((unsigned char)*p) && p + 1 < end && !name_tokens__is_word(p[1]) && p[1] != ':';
}

/*
 * The length of what stands at W for any argument: the name that the source gives a parameter of the template, "_" or
 * "...". 0 if something else does. *PACK: it stands for all arguments that follow.
 */
static size_t placeholder_length(const char *w, const char *end, const struct name_reading *reading, bool *pack)
{
	size_t length = count_words(w, end);
	size_t name = length;

	while (name && w[name - 1] == '.')
		name--;
	*pack = length == name + 3;
	if ((w[length] == ':' && length) || (length != name && !*pack))
		return 0;
	if ((!name && *pack) || (name == 1 && *w == '_' && (reading->style->generics || reading->style->packages)) ||
	    ((reading->style->packages || reading->style->generics) && is_letter(w, end)) ||
	    find_generic(reading, w, name))
		return length;
	return 0;
}

/* Whether P is in a list of parameters that begins at BEGIN, and not in template arguments within. */
static bool is_parameter(const char *begin, const char *p)
{
	size_t depth = 0;

	while (p > begin) {
		p--;
		if (strchr(">)]}", *p) && !(*p == '>' && p > begin && p[-1] == '-'))
			depth++;
		else if (strchr("<([{", *p) && depth-- == 0)
			return *p == '(';
	}
	return false;
}

static bool same_list(struct text want, struct text have, const struct name_reading *reading);

/*
 * Compares the argument at *W with the parameter of a generic function that stands at *H, as names of Rust have it, and
 * moves both behind it. It is anything, unless it is known what it is.
 */
static bool same_generic(const char **w, const char *w_end, const char **h, const char *h_end,
			 const struct name_reading *reading)
{
	const struct name_generic *generic = find_generic(reading, *h, count_words(*h, h_end));
	struct text want = {*w, name_tokens__argument(*w, w_end)};
	struct text value = {generic ? generic->value : NULL, generic && generic->value ? strlen(generic->value) : 0};

	*w += want.length;
	*h += count_words(*h, h_end);
	return !value.begin || same_list(want, value, reading);
}

/* Leaves out of HAVE the namespaces of the type at *H that WANT, at W, leaves out. */
static void skip_namespaces(const char *w, const char *w_end, const char **h, const char *h_end)
{
	size_t extra = path_words(*h, h_end);
	size_t words = path_words(w, w_end);

	for (; extra > words; extra--) {
		while (**h != ':')
			++*h;
		*h += 2;
	}
}

/*
 * Whether the lists of arguments or parameters are the same; WANT may leave out the namespaces of types, and the
 * arguments of templates among the types of parameters.
 */
static bool same_list(struct text want, struct text have, const struct name_reading *reading)
{
	const char *w = want.begin;
	const char *h = have.begin;
	const char *w_end = w + want.length;
	const char *h_end = h + have.length;

	while (w < w_end && h < h_end) {
		bool pack;
		size_t any = begins_path(&want, w) ? placeholder_length(w, w_end, reading, &pack) : 0;

		if (any) {
			w += any;
			h = is_parameter(want.begin, w) ? type_end(h, h_end) : h + name_tokens__argument(h, h_end);
			if (pack)
				h = h_end - 1;
			continue;
		}
		if (begins_path(&want, w) && begins_path(&have, h)) {
			if (reading->style->generics && is_letter(h, h_end)) {
				if (!same_generic(&w, w_end, &h, h_end, reading))
					return false;
				continue;
			}
			skip_namespaces(w, w_end, &h, h_end);
		}
		if (*h == '<' && *w != '<' && is_parameter(want.begin, w) && name_tokens__group(h)) {
			h += name_tokens__group(h);
			continue;
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
	const struct name_reading reading = {.style = &name_style_c};
	struct parts parts;

	if (!read_parts(name, &reading, &parts))
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

/* "operator string" is "operator std::string". */
static bool same_conversion(struct text want, struct text have, const struct name_reading *reading)
{
	static const char word[] = "operator ";
	size_t length = strlen(word);

	return starts(want, word) && starts(have, word) &&
	       same_list((struct text){want.begin + length, want.length - length},
			 (struct text){have.begin + length, have.length - length}, reading);
}

/* NEXT: the part after HAVE, or NULL. */
static bool same_word(const struct part *want, const struct part *have, const struct part *next,
		      const struct name_reading *reading)
{
	/* "(anonymous)" is a class or a namespace. */
	if (equals(want->word, have->word) || (starts(want->word, "(anonymous)") && starts(have->word, "{anonymous}")))
		return true;
	return is_same_closure(want->word, have->word) || is_same_lambda(want->word, have, next) ||
	       same_conversion(want->word, have->word, reading) || (!next && is_outlined(want->word, have->word));
}

/*
 * Whether the arguments of part HAVE are WANT. In debug information of Rust, a method has those of its type (BEFORE, or
 * NULL) before its own, which alone the source and demanglers have there.
 */
static bool same_arguments(struct text want, const struct part *have, const struct part *before,
			   const struct name_reading *reading)
{
	size_t length = before ? before->arguments.length : 0;

	if (same_list(want, have->arguments, reading))
		return true;
	if (!reading->style->generics || length < 3 || have->arguments.length <= length ||
	    memcmp(before->arguments.begin, have->arguments.begin, length - 1) != 0 ||
	    have->arguments.begin[length - 1] != ',')
		return false;
	return same_list((struct text){want.begin + 1, want.length - 1},
			 (struct text){have->arguments.begin + length, have->arguments.length - length}, reading);
}

/* Whether WANT means the N-th part of PARTS. */
static bool same_part(const struct part *want, const struct parts *parts, size_t n)
{
	const struct part *have = &parts->items[n], *next = n + 1 < parts->n ? have + 1 : NULL;
	const struct name_reading *reading = parts->reading;

	if (!same_word(want, have, next, reading) || (want->pointer && !have->pointer))
		return false;
	if (want->arguments.length && !same_arguments(want->arguments, have, n ? have - 1 : NULL, reading))
		return false;
	if (!want->parameters.length || !have->parameters.length)
		return true;
	/* "f()::{lambda()#1}" is written for every f. */
	if (next && want->parameters.length == 2)
		return true;
	return same_list(want->parameters, have->parameters, reading) && (!want->constant || have->constant);
}

/* Whether names mostly leave out PART: an anonymous namespace; Go: the version of a package, "yaml.v3" and "y/v2". */
static bool is_left_out(const struct part *part, const struct name_style *style)
{
	bool version = style->packages && part->word.length > 1 && *part->word.begin == 'v';

	for (size_t i = 1; i < part->word.length && version; i++)
		version = isdigit((unsigned char)part->word.begin[i]);
	return version || starts(part->word, "{anonymous}");
}

/* Whether WANT is what the first N parts of HAVE end in. */
static bool is_tail(const struct parts *want, const struct parts *have, size_t n)
{
	for (size_t w = want->n; w > 0; w--) {
		const struct part *part = &want->items[w - 1];

		for (;; n--) {
			if (!n)
				return false;
			if (same_part(part, have, n - 1))
				break;
			if (w == want->n || !is_left_out(&have->items[n - 1], have->reading->style))
				return false;
		}
		n--;
	}
	while (have->reading->global && n && starts(have->items[n - 1].word, "{anonymous}"))
		n--;
	return !have->reading->global || !n;
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
			found = same_part(&want->items[w - 1], have, n - 1);
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
static char *in_type(const char *type, const char *end, const char *group)
{
	char *result;

	if (asprintf(&result, "%.*s%s", (int)(end - type), type, group + name_tokens__group(group)) < 0)
		return NULL;
	return result;
}

static bool matches_type(const char *want, const char *type, const char *end, const char *group,
			 const struct name_reading *reading)
{
	char *have = in_type(type, end, group);
	bool found = have && name_match__is(want, have, reading);

	free(have);
	return found;
}

/* HAVE begins with "<TYPE as TRAIT>" or, in old manglings, contains "<impl TRAIT for TYPE>". */
static bool matches_trait(const char *want, const char *have, const struct name_reading *reading)
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
		return matches_type(want, type, middle, group, reading) ||
		       matches_type(want, middle + (impl ? 5 : 4), end, group, reading);
	/* Both halves of "<Square as Shape>::area" must match. */
	{
		const char *want_end = want + name_tokens__group(want) - 1;
		bool any = strncmp(want, "<_ ", 3) == 0; /* type */
		char *first = in_type(want + 1, wanted, want);
		char *second = in_type(wanted + 4, want_end, want);

		found = first && second &&
			((!impl && any) || matches_type(impl ? second : first, type, middle, group, reading)) &&
			((impl && any) ||
			 matches_type(impl ? first : second, middle + (impl ? 5 : 4), end, group, reading));
		free(first);
		free(second);
	}
	return found;
}

bool name_match__is(const char *want, const char *have, const struct name_reading *reading)
{
	struct parts wanted;
	struct parts parts;

	if (strcmp(want, have) == 0 || matches_trait(want, have, reading))
		return true;
	if (!read_parts(want, reading, &wanted) || !read_parts(have, reading, &parts))
		return false;
	if (is_tail(&wanted, &parts, parts.n) || (reading->style->generics && is_shown_as(&wanted, &parts)))
		return true;
	return parts.n > 1 && is_body(&wanted.items[wanted.n - 1], &parts.items[parts.n - 1]) &&
	       is_tail(&wanted, &parts, parts.n - 1);
}
