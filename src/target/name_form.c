// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Problem: the same function has many names. Compilers, demanglers and people write "long int" or "long", "2u" or "2",
 * "const char *" or "char const*", place blanks differently, and leave out inline namespaces and template arguments
 * that are the default.
 *
 * Method: a name is cut into words and symbols (tokens). A few small passes over them each replace one kind of spelling
 * by another, always the same one. What is left is written out again with blanks only where two words would merge.
 */
#include "target/name_form.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/name_declaration.h"
#include "target/name_tokens.h"

/* What is done here, and with the result, may take time that grows with the square of the length. */
#define MOST_LENGTH 4096

/*
 * The tokens at I that stand for a namespace without a name, or 0: "(anonymous namespace)" of C++, "{anonymous}",
 * "<unnamed>" and "<anonymous>" of compilers' messages, "`anonymous namespace'" of others.
 */
static size_t unnamed_length(const struct name_tokens *form, size_t i)
{
	static const char *const names[] = {"anonymous", "unnamed"};
	static const char *const begins[] = {"(", "<", "{", "`", "'"};
	static const char *const ends[] = {")", ">", "}", "'"};
	size_t length = 2;

	if (name_tokens__is(form, i, "_GLOBAL__N_1"))
		return 1;
	if (!IS_ONE_OF(form, i, begins) || !IS_ONE_OF(form, i + 1, names))
		return 0;
	if (name_tokens__is(form, i + length, "namespace"))
		length++;
	else if (name_tokens__is(form, i, "("))
		return 0; /* a class */
	return IS_ONE_OF(form, i + length, ends) ? length + 1 : 0;
}

/* Names of what has no name: "{anonymous}" for a namespace, "{lambda(int)#1}" for a lambda. */
static void rename_unnamed(struct name_tokens *form)
{
	for (size_t i = 0; i < form->n; i++) {
		size_t end = name_tokens__group_end(form, i);
		size_t unnamed = unnamed_length(form, i);

		if (unnamed) {
			name_tokens__set(form, i, "{anonymous}");
			name_tokens__drop(form, i + 1, unnamed - 1);
		} else if (name_tokens__is(form, i, "(") && name_tokens__is(form, i + 1, "anonymous") && end == i + 4) {
			/* "(anonymous class)" */
			name_tokens__drop(form, i + 2, 1);
		} else if (name_tokens__is(form, i, "<") && name_tokens__is(form, i + 1, "lambda") && end > i) {
			name_tokens__set(form, i, "{");
			name_tokens__set(form, end - 1, "}");
		} else if (name_tokens__is(form, i, "'") && i + 2 < form->n && name_tokens__is(form, i + 2, "'") &&
			   strncmp(form->tokens[i + 1].text, "lambda", 6) == 0) {
			end = name_tokens__group_end(form, i + 3);
			name_tokens__set(form, i, "{");
			name_tokens__set(form, i + 1, "lambda");
			name_tokens__set(form, i + 2, "}");
			name_tokens__move_back(form, i + 2, end > i + 3 ? end - 1 : i + 2);
		}
	}
}

/* Types in lists of arguments and parameters are named without the anonymous namespaces that they are in. */
static void drop_unnamed_within(struct name_tokens *form)
{
	size_t depth = 0;

	for (size_t i = 0; i < form->n; i++) {
		if (name_tokens__is(form, i, "<") || name_tokens__is(form, i, "("))
			depth++;
		else if ((name_tokens__is(form, i, ">") || name_tokens__is(form, i, ")")) && depth)
			depth--;
		while (depth && name_tokens__is(form, i, "{anonymous}") && name_tokens__is(form, i + 1, "::"))
			name_tokens__drop(form, i, 2);
	}
}

/* The number of tokens at I that spell PATH ("a::b") and are followed by "::", or 0. */
static size_t path_length(const struct name_tokens *form, size_t i, const char *path)
{
	size_t n = 0;

	for (; *path; n++) {
		size_t length = strncmp(path, "::", 2) == 0 ? 2 : strcspn(path, ":");

		if (!length || i + n >= form->n || form->tokens[i + n].length != length ||
		    memcmp(form->tokens[i + n].text, path, length) != 0)
			return 0;
		path += length;
	}
	return name_tokens__is(form, i + n, "::") ? n : 0;
}

static void drop_inline_namespaces(struct name_tokens *form, const char *const *inlines)
{
	/* Those of the standard libraries, whose debug information may be elsewhere. */
	static const char *const versions[] = {"__cxx11", "__1", "__ndk1", "_V2"};

	for (size_t i = 0; i < form->n;) {
		bool begins = i == 0 || !name_tokens__is(form, i - 1, "::");
		size_t n = 0;

		if (!begins && IS_ONE_OF(form, i, versions) && name_tokens__is(form, i + 1, "::")) {
			name_tokens__drop(form, i, 2);
			continue;
		}
		/* A path may hold several inline namespaces; the innermost goes first. */
		for (size_t k = 0; inlines && inlines[k] && begins; k++)
			if (path_length(form, i, inlines[k]) > n)
				n = path_length(form, i, inlines[k]);
		if (n)
			name_tokens__drop(form, i + n - 1, 2);
		else
			i++;
	}
}

/* "unsigned long" for "long unsigned int", and so on. */
static void order_integers(struct name_tokens *form)
{
	static const char *const words[] = {"unsigned", "signed", "long", "short", "int", "char", "double", "__int128"};
	enum { UNSIGNED, SIGNED, LONG, SHORT, INT, CHAR, DOUBLE, INT128, N };

	for (size_t i = 0; i < form->n; i++) {
		size_t count[N] = {0};
		size_t end = i;
		size_t out = i;

		for (; IS_ONE_OF(form, end, words); end++)
			for (size_t k = 0; k < N; k++)
				count[k] += name_tokens__is(form, end, words[k]);
		if (end == i)
			continue;
		if (count[UNSIGNED])
			name_tokens__set(form, out++, "unsigned");
		if (count[SIGNED] && count[CHAR])
			name_tokens__set(form, out++, "signed");
		if (count[SHORT])
			name_tokens__set(form, out++, "short");
		for (size_t k = 0; k < count[LONG] && out < end; k++)
			name_tokens__set(form, out++, "long");
		for (size_t k = CHAR; k < N && out < end; k++)
			if (count[k])
				name_tokens__set(form, out++, words[k]);
		if (out == i)
			name_tokens__set(form, out++, "int");
		name_tokens__drop(form, out, end - out);
	}
}

/* "unsigned long" for "size_t" and "std::uint64_t": what these names mean on the only machine that is profiled. */
static void resolve_integer_names(struct name_tokens *form)
{
	static const struct {
		const char *name, *type;
	} names[] = {{"int8_t", "signed char"}, {"int16_t", "short"},		{"int32_t", "int"},
		     {"int64_t", "long"},	{"uint8_t", "unsigned char"},	{"uint16_t", "unsigned short"},
		     {"uint32_t", "unsigned"},	{"uint64_t", "unsigned long"},	{"size_t", "unsigned long"},
		     {"ssize_t", "long"},	{"ptrdiff_t", "long"},		{"intptr_t", "long"},
		     {"intmax_t", "long"},	{"uintmax_t", "unsigned long"}, {"uintptr_t", "unsigned long"}};

	for (size_t i = 0; i < form->n; i++) {
		bool is_std = i > 1 && name_tokens__is(form, i - 1, "::") && name_tokens__is(form, i - 2, "std");

		if ((i && name_tokens__is(form, i - 1, "::") && !is_std) || name_tokens__is(form, i + 1, "::"))
			continue;
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (!name_tokens__is(form, i, names[k].name))
				continue;
			name_tokens__set(form, i, names[k].type);
			if (is_std) {
				name_tokens__drop(form, i - 2, 2);
				i -= 2;
			}
			break;
		}
	}
}

/* "B" for "struct B", "f" for "&f" as an argument of a template, "std::nullptr_t" for "decltype(nullptr)". */
static void drop_elaborations(struct name_tokens *form)
{
	static const char *const kinds[] = {"struct", "class", "union", "enum"};

	for (size_t i = 0; i < form->n; i++) {
		if (i && IS_ONE_OF(form, i, kinds) && name_tokens__is_word_at(form, i + 1))
			name_tokens__drop(form, i, 1);
		if (i && name_tokens__is(form, i, "&") &&
		    (name_tokens__is(form, i - 1, "<") || name_tokens__is(form, i - 1, ",")))
			name_tokens__drop(form, i, 1);
		if (name_tokens__is(form, i, "decltype") && name_tokens__is(form, i + 2, "nullptr") &&
		    name_tokens__is(form, i + 3, ")")) {
			name_tokens__set(form, i, "std");
			name_tokens__set(form, i + 1, "::");
			name_tokens__set(form, i + 2, "nullptr_t");
			name_tokens__drop(form, i + 3, 1);
		}
	}
}

/* "2" for "2ul" and for "(unsigned long)2", "97" for 'a'. */
static void simplify_literals(struct name_tokens *form)
{
	for (size_t i = 0; i < form->n; i++) {
		struct name_token *token = &form->tokens[i];
		size_t end = name_tokens__is(form, i, "(") ? name_tokens__group_end(form, i) : i;

		if (name_tokens__is(form, i, "'") && name_tokens__is(form, i + 2, "'") &&
		    form->tokens[i + 1].length == 1) {
			/* The three characters in the source make room for three digits. */
			char *text = form->source + (token->text - form->source);
			char digits[4];

			snprintf(digits, sizeof(digits), "%u", (unsigned)text[1] & 0xff);
			for (size_t k = 0; digits[k]; k++)
				text[k] = digits[k];
			*token = (struct name_token){text, strlen(digits)};
			name_tokens__drop(form, i + 1, 2);
		} else if (end > i && i && (name_tokens__is(form, i - 1, "<") || name_tokens__is(form, i - 1, ",")) &&
			   (name_tokens__is_number_at(form, end) ||
			    (name_tokens__is(form, end, "-") && name_tokens__is_number_at(form, end + 1)))) {
			name_tokens__drop(form, i, end - i);
		}
		token = &form->tokens[i];
		while (name_tokens__is_number_at(form, i) && token->length > 1 &&
		       strchr("uUlL", token->text[token->length - 1]))
			token->length--;
	}
}

/* "char const*" for "const char*". */
static void move_const(struct name_tokens *form)
{
	for (size_t i = 1; i < form->n; i++) {
		size_t end = i + 1;

		if (!name_tokens__is(form, i, "const") ||
		    !(name_tokens__is(form, i - 1, "<") || name_tokens__is(form, i - 1, "(") ||
		      name_tokens__is(form, i - 1, ",") || name_tokens__is(form, i - 1, "operator")))
			continue;
		/* Two of them would go round each other for ever. */
		while (!name_tokens__is(form, end, "const") &&
		       (name_tokens__is_word_at(form, end) || name_tokens__is(form, end, "::") ||
			name_tokens__is(form, end, "<")))
			end = name_tokens__is(form, end, "<") && name_tokens__group_end(form, end) > end
				      ? name_tokens__group_end(form, end)
				      : end + 1;
		if (end > i + 1 && end <= form->n) {
			name_tokens__move_back(form, i, end - 1);
			i--;
		}
	}
}

/* Drops arguments that the standard library's templates have by default, and names basic_string<char> string. */
static void drop_defaults(struct name_tokens *form)
{
	static const char *const defaults[] = {"allocator", "char_traits",    "less",
					       "hash",	    "default_delete", "equal_to"};
	static const char basic[] = "basic_";

	for (size_t i = 0; i < form->n;) {
		size_t end = name_tokens__is(form, i, ",") && name_tokens__is(form, i + 1, "std") &&
					     IS_ONE_OF(form, i + 3, defaults)
				     ? name_tokens__group_end(form, i + 4)
				     : i;

		if (end > i + 4)
			name_tokens__drop(form, i, end - i);
		else
			i++;
	}
	for (size_t i = 2; i + 3 < form->n; i++) {
		struct name_token *token = &form->tokens[i];

		if (name_tokens__is(form, i - 2, "std") && name_tokens__is(form, i + 1, "<") &&
		    name_tokens__is(form, i + 2, "char") && name_tokens__is(form, i + 3, ">") &&
		    token->length > strlen(basic) && strncmp(token->text, basic, strlen(basic)) == 0) {
			token->text += strlen(basic);
			token->length -= strlen(basic);
			name_tokens__drop(form, i + 1, 3);
		}
	}
}

/* "f()" for "f(void)"; Rust's "f<T>" for "f::<T>" and "T::f" for "<T>::f". */
static void drop_needless(struct name_tokens *form)
{
	size_t end = name_tokens__is(form, 0, "<") ? name_tokens__group_end(form, 0) : 0;
	bool is_type = end > 0 && name_tokens__is(form, end, "::");

	for (size_t i = 0; i < form->n; i++) {
		if (name_tokens__is(form, i, "(") && name_tokens__is(form, i + 1, "void") &&
		    name_tokens__is(form, i + 2, ")"))
			name_tokens__drop(form, i + 1, 1);
		if (i && name_tokens__is(form, i, "::") && name_tokens__is(form, i + 1, "<") &&
		    !name_tokens__is(form, i + 2, "impl"))
			name_tokens__drop(form, i, 1);
	}
	for (size_t i = 1; is_type && i + 1 < end;) {
		size_t next = name_tokens__group_end(form, i);

		if (name_tokens__is(form, i, "as") || name_tokens__is(form, i, "impl"))
			is_type = false;
		i = next > i ? next : i + 1;
	}
	if (is_type) {
		name_tokens__drop(form, end - 1, 1);
		name_tokens__drop(form, 0, 1);
	}
}

/* "f" for "&f", and "mod::f" for the "mod%f" of Fortran. */
static void drop_address(struct name_tokens *form)
{
	if (name_tokens__is(form, 0, "&") && form->n > 1)
		name_tokens__drop(form, 0, 1);
	for (size_t i = 1; i + 1 < form->n; i++)
		if (name_tokens__is(form, i, "%") && name_tokens__is_word_at(form, i - 1) &&
		    name_tokens__is_word_at(form, i + 1))
			name_tokens__set(form, i, "::");
}

/* Rust: "<T as Trait>::f" for "a::b::<impl Trait for T>::f", which demanglers make of an `impl` in another module. */
static void turn_impls(struct name_tokens *form)
{
	size_t at = 0, behind, in;

	while (at < form->n && !(name_tokens__is(form, at, "<") && name_tokens__is(form, at + 1, "impl")))
		at++;
	behind = at < form->n ? name_tokens__group_end(form, at) : at;
	for (in = at + 2; in < behind && !name_tokens__is(form, in, "for");) {
		size_t next = name_tokens__group_end(form, in);

		in = next > in ? next : in + 1;
	}
	if (at == form->n || in >= behind)
		return;
	name_tokens__set(form, in, "as");
	for (size_t k = at + 2; k < in; k++)
		name_tokens__move_back(form, at + 2, behind - 2);
	name_tokens__move_back(form, at + 2, behind - 2 - (in - at - 2));
	name_tokens__drop(form, at + 1, 1);
	if (at)
		name_tokens__drop(form, 0, at);
}

/* D: "main" for "D main", which is what its compilers call that function. */
static void rename_main(struct name_tokens *form)
{
	for (size_t i = 0; i < form->n; i++)
		if (name_tokens__is(form, i, "D") && name_tokens__is(form, i + 1, "main"))
			name_tokens__drop(form, i, 1);
}

/* D: "largest<int>" for "largest!int", "largest!(int)" and the demangled "largest!(int).largest". */
static void bracket_instances(struct name_tokens *form)
{
	for (size_t i = 1; i + 1 < form->n; i++) {
		size_t end = name_tokens__group_end(form, i + 1);

		if (!name_tokens__is(form, i, "!"))
			continue;
		if (name_tokens__is(form, i + 1, "(") && end > i + 1) {
			name_tokens__drop(form, i, 1);
			name_tokens__set(form, i, "<");
			name_tokens__set(form, end - 2, ">");
			end--;
		} else {
			name_tokens__set(form, i, "<");
			memmove(&form->tokens[i + 3], &form->tokens[i + 2], (form->n - i - 2) * sizeof(*form->tokens));
			form->n++;
			name_tokens__set(form, i + 2, ">");
			end = i + 3;
		}
		if (name_tokens__is(form, end, "::") && end + 1 < form->n &&
		    form->tokens[end + 1].length == form->tokens[i - 1].length &&
		    memcmp(form->tokens[end + 1].text, form->tokens[i - 1].text, form->tokens[i - 1].length) == 0)
			name_tokens__drop(form, end, 2);
	}
}

/* Go: "Sum<int>" for "Sum[int]" and "Sum[go.shape.int_0]", "Sum" for "Sum[...]". */
static void bracket_shapes(struct name_tokens *form)
{
	static const char shape[] = "go.shape.";

	for (size_t i = 1; i < form->n; i++) {
		struct name_token *token = &form->tokens[i];
		size_t end = name_tokens__is(form, i, "[") && name_tokens__is_word_at(form, i - 1)
				     ? name_tokens__group_end(form, i)
				     : i;

		if (end == i + 3 && name_tokens__is(form, i + 1, "...")) {
			name_tokens__drop(form, i, 3);
		} else if (end > i) {
			name_tokens__set(form, i, "<");
			name_tokens__set(form, end - 1, ">");
		} else if (token->length > strlen(shape) && strncmp(token->text, shape, strlen(shape)) == 0) {
			size_t length;

			token->text += strlen(shape);
			token->length -= strlen(shape);
			length = token->length;
			while (length && isdigit((unsigned char)token->text[length - 1]))
				length--;
			if (length > 1 && length < token->length && token->text[length - 1] == '_')
				token->length = length - 1;
		}
	}
}

/* Go: "Tree.Depth" for "(Tree).Depth". */
static void drop_receiver_brackets(struct name_tokens *form)
{
	for (size_t i = 0; i + 3 < form->n; i++) {
		if (name_tokens__is(form, i, "(") && name_tokens__is_word_at(form, i + 1) &&
		    name_tokens__is(form, i + 2, ")") && name_tokens__is(form, i + 3, "::")) {
			name_tokens__drop(form, i + 2, 1);
			name_tokens__drop(form, i, 1);
		}
	}
}

/* Rust: "f" for "f<'a>": debug information has no lifetimes. */
static void drop_lifetimes(struct name_tokens *form)
{
	for (size_t i = 1; i + 1 < form->n; i++) {
		if (!name_tokens__is(form, i, "'") || !name_tokens__is_word_at(form, i + 1) ||
		    name_tokens__is(form, i + 2, "'"))
			continue;
		name_tokens__drop(form, i, name_tokens__is(form, i + 2, ",") ? 3 : 2);
		if (name_tokens__is(form, i - 1, "<") && name_tokens__is(form, i, ">"))
			name_tokens__drop(form, i - 1, 2);
		i--;
	}
}

/*
 * Rust: "f" for "crate::f", "match" for "r#match", and "std" for the libraries that it consists of, which the source
 * does not name.
 */
static void spell_as_source(struct name_tokens *form)
{
	static const char *const libraries[] = {"core", "alloc"};
	static const char raw[] = "r#";

	for (size_t i = 0; i < form->n; i++) {
		struct name_token *token = &form->tokens[i];
		bool begins_path =
			(i == 0 || !name_tokens__is(form, i - 1, "::")) && name_tokens__is(form, i + 1, "::");

		if (begins_path && name_tokens__is(form, i, "crate"))
			name_tokens__drop(form, i, 2);
		else if (begins_path && IS_ONE_OF(form, i, libraries))
			name_tokens__set(form, i, "std");
		if (i < form->n && token->length > strlen(raw) && strncmp(token->text, raw, strlen(raw)) == 0) {
			token->text += strlen(raw);
			token->length -= strlen(raw);
		}
	}
}

/* Free Pascal: "TList" for the "TList$1$crc9F312717" that it makes of a generic type. */
static void drop_checksums(struct name_tokens *form)
{
	static const char mark[] = "$crc";

	for (size_t i = 0; i < form->n; i++) {
		struct name_token *token = &form->tokens[i];
		const char *found = memmem(token->text, token->length, mark, strlen(mark));
		size_t length = found ? (size_t)(found - token->text) : 0;

		while (length && isdigit((unsigned char)token->text[length - 1]))
			length--;
		if (length > 1 && token->text[length - 1] == '$')
			token->length = length - 1;
	}
}

static bool make(struct name_tokens *form, const char *name, const struct name_style *style, const char *const *inlines)
{
	if (!name_tokens__make(name, style, form))
		return false;
	rename_unnamed(form);
	drop_unnamed_within(form);
	drop_inline_namespaces(form, inlines);
	order_integers(form);
	resolve_integer_names(form);
	if (!style->generics)
		drop_elaborations(form);
	simplify_literals(form);
	if (!style->generics && !style->dots)
		name_declaration__drop_parameters(form);
	move_const(form);
	drop_defaults(form);
	drop_address(form);
	drop_needless(form);
	if (style->generics) {
		drop_lifetimes(form);
		turn_impls(form);
	}
	bracket_instances(form);
	if (style->dots)
		rename_main(form);
	if (style->packages) {
		bracket_shapes(form);
		drop_receiver_brackets(form);
	}
	if (style->generics)
		spell_as_source(form);
	if (style->any_case)
		drop_checksums(form);
	return true;
}

/*
 * Go: "main.(*Tree).Insert" for "main.*Tree.Insert", "*main.Tree.Insert" and "(*main.Tree).Insert". Owned by the
 * caller; NULL when NAME has no receiver in such a place, or out of memory.
 */
static char *spell_receiver(const char *name)
{
	const char *begin = name + strcspn(name, "(*");
	bool bracket = *begin == '(', pointer = *begin && begin[bracket] == '*';
	const char *type = begin + bracket + pointer, *word = type, *end;
	size_t length = bracket ? name_tokens__group(begin) : 0;
	char *result;

	end = length ? begin + length - 1 : strrchr(begin, '.');
	if (!*begin || !end || end <= type || bracket != (length > 0) || (begin > name && !strchr("./", begin[-1])))
		return NULL;
	for (const char *p = type; p < end && !strchr("[<{ ", *p); p++)
		if (strchr("./", *p))
			word = p + 1;
	if (asprintf(&result, "%.*s%.*s(%s%.*s)%s", (int)(begin - name), name, (int)(word - type), type,
		     pointer ? "*" : "", (int)(end - word), word, end + bracket) < 0)
		return NULL;
	return result;
}

char *name_form__make(const char *name, const struct name_style *style, const char *const *inlines)
{
	struct name_tokens form = {.n = 0};
	char *receiver = style->packages ? spell_receiver(name) : NULL;
	char *begin = strndup(receiver ? receiver : name, MOST_LENGTH);
	char *result = begin && make(&form, begin, style, inlines) ? name_tokens__join(&form) : NULL;

	name_tokens__release(&form);
	free(begin);
	free(receiver);
	return result;
}

/* The last run of letters, digits and underscores in TOKEN that does not begin with a digit, with a "~" before it. */
static struct name_token last_word(const struct name_token *token)
{
	struct name_token found = {NULL, 0};

	for (size_t i = 0; i < token->length;) {
		size_t length = 0;

		while (i + length < token->length && !strchr("#@~.\"", token->text[i + length]))
			length++;
		if (length && !isdigit((unsigned char)token->text[i]))
			found = (struct name_token){token->text + i, length};
		i += length ? length : 1;
	}
	if (found.text && found.text > token->text && found.text[-1] == '~')
		found = (struct name_token){found.text - 1, found.length + 1};
	return found;
}

char *name_form__key(const char *name)
{
	static const char call[] = "operator()", word[] = "operator";
	struct name_token key = {"", 0};
	struct name_tokens form;
	char *result = NULL;

	if (!make(&form, name, &name_style_dots, NULL))
		goto out;
	if (form.is_clone) {
		result = strdup("");
		goto out;
	}
	for (size_t i = 0; i < form.n; i++) {
		const struct name_token *token = &form.tokens[i];
		size_t end = name_tokens__group_end(&form, i);

		if (end > i) {
			/* The body of a lambda is its operator(). */
			if (name_tokens__is(&form, i, "{") && name_tokens__is(&form, i + 1, "lambda"))
				key = (struct name_token){call, strlen(call)};
			/* What follows a list of parameters belongs to it, as in "get() const". */
			if (name_tokens__is(&form, i, "(") && name_tokens__is_word_at(&form, end))
				break;
			i = end - 1;
		} else if (token->length >= strlen(word) && strncmp(token->text, word, strlen(word)) == 0 &&
			   !name_tokens__is_word(token->text[strlen(word)])) {
			/* The type that it converts to has many spellings. */
			key = *token;
			if (token->length == strlen(word))
				break;
		} else if (name_tokens__is_word_at(&form, i) && strncmp(token->text, "$_", 2) == 0) {
			key = (struct name_token){call, strlen(call)};
		} else if (*token->text == '"') {
			/* Ada's operators ("and") have other names for the compiler. */
			continue;
		} else if (name_tokens__is_word_at(&form, i) && last_word(token).text) {
			key = last_word(token);
		}
	}
	result = strndup(key.text, key.length);
out:
	name_tokens__release(&form);
	return result;
}
