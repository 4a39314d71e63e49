// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is selected by name is decided by name_form and name_match, for each of the names that a function has. Here an
 * argument of -f is taken apart: the file, and whether the rest is a name, a pattern, or lines.
 *
 * Asterisks and square brackets also occur in names: "operator*", "f(char *)", "(*Tree).Insert", "Sum[int]". What may
 * be both a name and a glob is taken for both.
 */
#include "target/selector.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <regex.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clean_path.h"
#include "elf/demangle.h"
#include "target/name_declaration.h"
#include "target/name_form.h"
#include "target/name_generics.h"
#include "target/name_glob.h"
#include "target/name_match.h"
#include "target/name_tokens.h"

enum selector_kind { SELECTOR_NAME, SELECTOR_GLOB, SELECTOR_REGEX, SELECTOR_LINES };

struct selector {
	enum selector_kind kind;
	char *text;
	char *file;	/* or NULL */
	char *what;	/* the name, glob or regular expression, as written */
	char *linkage;	/* of a name: without what compilers append to the names of copies */
	char *exact;	/* SELECTOR_NAME: a word that the function's name has in it, or NULL */
	bool also_name; /* SELECTOR_GLOB: may be a name, too */
	bool global;	/* written with a leading "::" */
	bool specific;	/* of a name: gives parameters, or is of a lambda */
	unsigned first, last;
	regex_t regex;
};

/* The length of the next piece of a name: an operator, a bracketed group, "::" or a single character. */
static size_t piece_length(const char *name, bool component_start)
{
	size_t length = component_start ? name_tokens__operator(name) : 0;

	if (!length && strchr("<([{", *name))
		length = name_tokens__group(name);
	if (!length && strncmp(name, "::", 2) == 0)
		length = 2;
	return length ? length : 1;
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

enum wildness { NAME_ONLY, NAME_OR_GLOB, GLOB_ONLY };

/* Whether the asterisk at P, in a group (or a type) that begins at GROUP, is of a pointer: "char *", "*const T". */
static bool is_pointer(const char *group, const char *p)
{
	const char *before = p;

	if (strncmp(p, "*const ", 7) == 0 || strncmp(p, "*mut ", 5) == 0)
		return true;
	while (before > group && isspace((unsigned char)before[-1]))
		before--;
	/* "int (*)(int)", "int S::*" */
	if (before > group + 1 && (before[-1] == '(' || before[-1] == ':'))
		return true;
	return before > group && (name_tokens__is_word(before[-1]) || strchr("*&>])", before[-1]));
}

/* What the wildcards among template arguments or parameters, the LENGTH bytes at GROUP, mean. */
static enum wildness wildness_within(const char *group, size_t length)
{
	enum wildness result = NAME_ONLY;

	for (const char *p = group + 1; p < group + length; p++) {
		if (*p == '?' || (*p == '*' && !is_pointer(group, p)))
			return GLOB_ONLY;
		if (*p == '[' || (*p == '*' && *group == '<'))
			result = NAME_OR_GLOB;
	}
	return result;
}

/* Whether what begins at P may be "*Tree.Insert", a method of Go without the brackets of its receiver. */
static bool is_bare_receiver(const char *p)
{
	return *p == '*' && (isalpha((unsigned char)p[1]) || p[1] == '_') && strchr(p, '.');
}

static enum wildness wildness_of(const char *text)
{
	enum wildness result = NAME_ONLY;
	const char *converts = NULL; /* the type that an operator converts to */
	bool start = true;

	for (const char *p = text; *p;) {
		size_t length = piece_length(p, start);
		enum wildness piece = NAME_ONLY;

		if (start && strncmp(p, "operator ", strlen("operator ")) == 0)
			converts = p;
		if (strncmp(p, "(*", 2) == 0 && length > 2 && start && name_tokens__is_word(p[2]))
			piece = NAME_ONLY; /* a receiver of Go */
		else if (*p == '[' && length > 1 && !start)
			piece = length == 2 || strncmp(p, "[...]", length) == 0 ? NAME_ONLY : NAME_OR_GLOB;
		else if (strchr("<({", *p) && length > 1)
			piece = wildness_within(p, length);
		else if ((converts && *p == '*' && is_pointer(converts, p)) || (start && is_bare_receiver(p)))
			piece = NAME_OR_GLOB;
		else if (length == 1 || *p == '[')
			piece = strchr("*?[", *p) ? GLOB_ONLY : NAME_ONLY;
		if (piece > result)
			result = piece;
		start = strchr(":./", *p);
		p += length;
	}
	return result;
}

/* Whether NAME is one that an interpreter gives to code without a name: "<module>", "<lambda>". */
static bool is_bracketed(const char *name)
{
	return *name == '<' && name_tokens__group(name) == strlen(name);
}

static int parse_name(struct selector *selector, const char *text)
{
	size_t length = strlen(text);
	enum wildness wildness;
	char *form;

	if (length == 0)
		return -EINVAL;
	if (length > 2 && text[0] == '/' && text[length - 1] == '/')
		return parse_regex(selector, text, length);
	selector->what = name_declaration__name(text);
	if (!selector->what)
		return -ENOMEM;
	name_tokens__close_operators(selector->what);
	text = selector->what;
	length = strlen(text);
	if (length == 0)
		return -EINVAL;
	wildness = wildness_of(text);
	selector->kind = wildness == NAME_ONLY ? SELECTOR_NAME : SELECTOR_GLOB;
	selector->also_name = wildness == NAME_OR_GLOB;
	selector->global = strncmp(text, "::", 2) == 0;
	selector->linkage = strdup(text);
	if (!selector->linkage)
		return -ENOMEM;
	form = name_form__make(text, &name_style_dots, NULL);
	if (!form)
		return -ENOMEM;
	name_tokens__cut_clone(selector->linkage);
	selector->specific = name_match__is_specific(form);
	free(form);
	if (selector->kind == SELECTOR_GLOB)
		return 0;
	if (length >= 2 && strcmp(text + length - 2, "::") == 0)
		return -EINVAL;
	selector->exact = is_bracketed(text) ? strdup(text) : name_form__key(text);
	if (!selector->exact)
		return -ENOMEM;
	if (!*selector->exact) {
		free(selector->exact);
		selector->exact = NULL;
	}
	return 0;
}

size_t selector__first_of(const char *text)
{
	size_t length = strlen(text);
	const char *p = text;

	if (length >= 2 && text[0] == '/' && text[length - 1] == '/')
		return length;
	while (*p && *p != ',')
		p += piece_length(p, p == text || !name_tokens__is_word(p[-1]));
	return (size_t)(p - text);
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
	selector->file = strndup(text, (size_t)(colon - text));
	if (!selector->file)
		return -ENOMEM;
	clean_path__make(selector->file);
	/* A path from some directory's point of view is found by what follows. */
	while (strncmp(selector->file, "../", 3) == 0)
		memmove(selector->file, selector->file + 3, strlen(selector->file + 3) + 1);
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

/* What looks like a pattern in a name is part of the name. */
static int require_name(struct selector *selector, const char *name)
{
	int err = parse_name(selector, name);

	if (err || selector->kind == SELECTOR_NAME)
		return err;
	if (selector->kind == SELECTOR_REGEX)
		return -EINVAL;
	selector->kind = SELECTOR_NAME;
	return 0;
}

int selector__of_function(const char *name, const char *linkage, const char *file, struct selector **out)
{
	struct selector *selector = calloc(1, sizeof(*selector));
	int err = -ENOMEM;

	if (!selector)
		return -ENOMEM;
	selector->text = strdup(name);
	selector->file = *file ? strdup(file) : NULL;
	if (selector->text && (selector->file || !*file))
		err = require_name(selector, *linkage ? linkage : name);
	if (err) {
		selector__free(selector);
		return err;
	}
	if (selector->file)
		clean_path__make(selector->file);
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
	free(selector->linkage);
	free(selector->exact);
	free(selector);
}

void selector__put(struct wire *wire, const struct selector *selector)
{
	const uint64_t numbers[] = {
		selector->kind,	    selector->also_name, selector->global,
		selector->specific, selector->first,	 selector->last,
	};

	wire__put(wire, numbers, sizeof(numbers));
	wire__put_text(wire, selector->text);
	wire__put_text(wire, selector->file);
	wire__put_text(wire, selector->what);
	wire__put_text(wire, selector->linkage);
	wire__put_text(wire, selector->exact);
}

static void get_fields(struct wire_reader *reader, struct selector *selector, enum selector_kind *kind)
{
	*kind = (enum selector_kind)wire__get_below(reader, SELECTOR_LINES + 1);
	selector->also_name = wire__get_below(reader, 2);
	selector->global = wire__get_below(reader, 2);
	selector->specific = wire__get_below(reader, 2);
	selector->first = (unsigned)wire__get_number(reader);
	selector->last = (unsigned)wire__get_number(reader);
	selector->text = wire__get_text(reader);
	selector->file = wire__get_text(reader);
	selector->what = wire__get_text(reader);
	selector->linkage = wire__get_text(reader);
	selector->exact = wire__get_text(reader);
}

int selector__get(struct wire_reader *reader, struct selector **out)
{
	struct selector *selector = calloc(1, sizeof(*selector));
	enum selector_kind kind;
	int err = 0;

	if (!selector)
		return -ENOMEM;
	get_fields(reader, selector, &kind);
	if (reader->failed)
		err = reader->full ? -ENOMEM : -EBADMSG;
	else if (kind == SELECTOR_REGEX && regcomp(&selector->regex, selector->what, REG_EXTENDED | REG_NOSUB))
		err = -ENOMEM;
	else
		selector->kind = kind;
	if (err)
		selector__free(selector);
	else
		*out = selector;
	return err;
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

bool selector__names_types(const struct selector *selector)
{
	return selector->what && strpbrk(selector->what, "<(");
}

bool selector__may_match(const struct selector *selector, const char *bare, const char *linkage)
{
	/* Rust's closures, constructors of D and parallel regions go by names that are not in their bare names. */
	static const char *const others[] = {"{", "__ctor", "__dtor", ".omp_outlined"};
	const char *exact = selector->exact;
	size_t length = exact ? strlen(exact) : 0;

	if (!exact || (linkage && strcmp(linkage, selector->linkage) == 0))
		return true;
	for (size_t i = 0; bare && i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(bare, others[i], strlen(others[i])) == 0)
			return true;
	if (bare && strstr(bare, "._omp_fn."))
		return true;
	for (const char *p = bare; p && *p; p++)
		if (tolower((unsigned char)*p) == tolower((unsigned char)*exact) &&
		    (p == bare || !isalnum((unsigned char)p[-1])) && strncasecmp(p, exact, length) == 0)
			return true;
	return false;
}

static bool pattern_matches(const struct selector *selector, const char *name, const struct name_style *style,
			    const char *const *inlines)
{
	if (!name)
		return false;
	if (selector->kind == SELECTOR_REGEX)
		return regexec(&selector->regex, name, 0, NULL, 0) == 0;
	return name_glob__is(selector->what, name, style, inlines);
}

static bool is_linkage(const struct selector *selector, const char *name)
{
	return name && strcmp(name, selector->linkage) == 0;
}

/* Whether the selector's name means NAME, when both are written without the inline namespaces INLINES. */
static bool form_matches(const struct selector *selector, const char *name, const struct name_reading *reading,
			 const char *const *inlines)
{
	char *want = name_form__make(selector->what + (selector->global ? 2 : 0), reading->style, inlines);
	char *have = name_form__make(name, reading->style, inlines);
	bool found = want && have && name_match__is(want, have, reading);

	free(want);
	free(have);
	return found;
}

static bool spelling_matches(const struct selector *selector, const char *name, const struct name_reading *reading,
			     const char *const *inlines)
{
	return name && (form_matches(selector, name, reading, NULL) ||
			(inlines && form_matches(selector, name, reading, inlines)));
}

static bool matches_unmangled(const struct selector *selector, const struct function_names *names,
			      const struct name_reading *reading)
{
	/*
	 * A bare name cannot show whether the function is global, so the qualified name decides if the user wrote
	 * "::name".
	 */
	return spelling_matches(selector, names->qualified, reading, names->inlines) ||
	       (!(selector->global && names->qualified) &&
		spelling_matches(selector, names->bare, reading, names->inlines)) ||
	       spelling_matches(selector, names->respelled, reading, names->inlines);
}

/*
 * The name with enumerators among its template arguments, where DEMANGLED has numbers ("paint<(Color)5>(int)"), and
 * with the parameters of that. Owned by the caller; NULL when there are none, or out of memory.
 */
static char *spell_enumerators(const struct function_names *names, const char *demangled)
{
	const char *name = names->respelled ? names->respelled : names->qualified;
	const char *parameters = NULL;
	bool casts = false;
	char *result;

	for (const char *p = demangled; *p;) {
		size_t length = name_tokens__closed(demangled, p);

		parameters = length && *p == '(' ? p : parameters;
		p += length ? length : 1;
	}
	for (const char *p = strchr(demangled, ')'); p && p < parameters; p = strchr(p + 1, ')'))
		casts |= isdigit((unsigned char)p[1]) || p[1] == '-';
	if (!name || !casts || asprintf(&result, "%s%s", name, parameters) < 0)
		return NULL;
	return result;
}

static bool specific_name_matches(const struct selector *selector, const struct function_names *names,
				  const char *demangled, const struct name_reading *reading)
{
	char *spelled = spell_enumerators(names, demangled);
	bool found = spelled && spelling_matches(selector, spelled, reading, names->inlines);

	free(spelled);
	return found;
}

static bool source_name_matches(const struct selector *selector, const struct function_names *names,
				const struct name_reading *reading)
{
	char *demangled;
	bool found;

	if (!selector->specific && matches_unmangled(selector, names, reading))
		return true;
	demangled = names->linkage ? demangle__name(names->linkage) : NULL;
	found = demangled && spelling_matches(selector, demangled, reading, names->inlines);
	if (!found && demangled && selector->specific && reading->style == &name_style_c)
		found = specific_name_matches(selector, names, demangled, reading);
	/* Where overloads cannot be told apart, all are selected. */
	if (!found && selector->specific && !(demangled && name_match__is_specific(demangled)))
		found = matches_unmangled(selector, names, reading);
	free(demangled);
	return found;
}

static bool name_matches(const struct selector *selector, const struct function_names *names)
{
	const struct name_style *style = names->style ? names->style : &name_style_c;
	struct name_generic *generics;
	bool found;

	if (is_linkage(selector, names->linkage) || is_linkage(selector, names->body_linkage))
		return true;
	generics = name_generics__make(names->generics, names->bare, style);
	found = source_name_matches(
		selector, names,
		&(struct name_reading){.style = style, .generics = generics, .global = selector->global});
	name_generics__free(generics);
	return found;
}

/* A pattern is not looked for in names with the types of parameters, where it would find too much. */
static bool pattern_matches_demangled(const struct selector *selector, const struct function_names *names,
				      const struct name_style *style)
{
	char *demangled = names->linkage && style != &name_style_c ? demangle__name(names->linkage) : NULL;
	bool found =
		demangled && !name_match__is_specific(demangled) && pattern_matches(selector, demangled, style, NULL);

	free(demangled);
	return found;
}

bool selector__matches_name(const struct selector *selector, const struct function_names *names)
{
	const struct name_style *style = names->style ? names->style : &name_style_c;

	if (selector->kind == SELECTOR_LINES)
		return false;
	if (selector->kind == SELECTOR_NAME)
		return name_matches(selector, names);
	return pattern_matches(selector, names->bare, style, NULL) ||
	       pattern_matches(selector, names->qualified, style, names->inlines) ||
	       pattern_matches(selector, names->linkage, style, NULL) ||
	       pattern_matches(selector, names->body_linkage, style, NULL) ||
	       pattern_matches(selector, names->respelled, style, NULL) ||
	       pattern_matches_demangled(selector, names, style) ||
	       (selector->also_name && name_matches(selector, names));
}

bool selector__matches_file(const struct selector *selector, const char *path)
{
	const char *file = selector->file;
	bool found = false;
	char *clean;

	if (!file)
		return true;
	clean = path ? strdup(path) : NULL;
	if (!clean)
		return false;
	clean_path__make(clean);
	for (const char *tail = clean; tail && !found; tail = strchr(tail, '/'), tail = tail ? tail + 1 : NULL)
		found = strcmp(tail, file) == 0 || (strpbrk(file, "*?[") && fnmatch(file, tail, 0) == 0);
	free(clean);
	return found;
}
