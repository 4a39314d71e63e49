// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/name_declaration.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The length of the operator, the bracketed group or the character at P in TEXT. */
static size_t piece_length(const char *text, const char *p)
{
	size_t length = name_tokens__closed(text, p);

	return length ? length : 1;
}

static bool begins_word(const char *text, const char *p, const char *word)
{
	size_t length = strlen(word);

	return (p == text || isspace((unsigned char)p[-1]) || p[-1] == ')') && strncasecmp(p, word, length) == 0 &&
	       !name_tokens__is_word(p[length]) && p[length] != ':';
}

/* What follows the word after which a declaration or a call has the name, or NULL if there is no such word. */
static char *behind_keyword(char *text)
{
	static const char *const words[] = {"fn",      "func", "function", "subroutine", "procedure",
					    "program", "def",  "proc",	   "call"};
	char *found = NULL;

	for (char *p = text; *p; p += piece_length(text, p)) {
		for (size_t i = 0; i < COUNT(words); i++) {
			char *next = p + strlen(words[i]);

			if (begins_word(text, p, words[i]) && isspace((unsigned char)*next) &&
			    next[strspn(next, " \t")])
				found = next + strspn(next, " \t");
		}
	}
	return found;
}

/*
 * Go: "(*Tree).Insert" for "(t *Tree[K]) Insert", "Tree.Insert" for "(t Tree) Insert". Owned by the caller; NULL when
 * out of memory.
 */
static char *with_receiver(const char *text)
{
	const char *behind = text + name_tokens__group(text);
	const char *end = text + 1 + strcspn(text + 1, "[)");
	const char *type = end;
	char *name;

	while (type > text + 1 && name_tokens__is_word(type[-1]))
		type--;
	if (asprintf(&name, type[-1] == '*' ? "(*%.*s).%s" : "%.*s.%s", (int)(end - type), type,
		     behind + strspn(behind, " \t")) < 0)
		return NULL;
	return name;
}

/* Cuts what follows the name in a declaration of a language without overloaded functions. */
static void cut_declared(char *name)
{
	char *p = name;

	if (*p == '(')
		p += name_tokens__group(p);
	/* Behind "::" there are arguments of a type, and not what the function declares. */
	for (; *p && !isspace((unsigned char)*p) && *p != '(' && *p != ';'; p += piece_length(name, p)) {
		char behind = *p == '<' || *p == '[' ? p[name_tokens__group(p)] : '.';

		if (p > name && name_tokens__is_word(p[-1]) && behind != '.' && behind != ':')
			break;
	}
	*p = '\0';
}

/* Cuts what C++ has behind a list of parameters and is not in demangled names. */
static void cut_qualifiers(char *text)
{
	static const char *const words[] = {"noexcept", "override", "final", "result", "where", "requires"};
	bool listed = false;

	for (char *p = text; *p; p += piece_length(text, p)) {
		bool cut = listed && (*p == ';' || strncmp(p, "->", 2) == 0 || *p == '=');

		for (size_t i = 0; i < COUNT(words) && listed; i++)
			cut = cut || begins_word(text, p, words[i]);
		if (cut) {
			*p = '\0';
			return;
		}
		listed = (listed || *p == '(') && strncmp(p, "::", 2) != 0;
	}
}

/* Cuts the offset that stacks have, "+0x12/0x40", and the hash of Rust, "::h0123456789abcdef". */
static void cut_place(char *text)
{
	static const char hex[] = "0123456789abcdef";
	char *plus = strrchr(text, '+');
	char *hash = strstr(text, "::h");
	size_t length = plus && strncmp(plus, "+0x", 3) == 0 ? 3 + strspn(plus + 3, hex) : 0;

	if (length && strncmp(plus + length, "/0x", 3) == 0)
		length += 3 + strspn(plus + length + 3, hex);
	if (length && !plus[length])
		*plus = '\0';
	while (hash && strstr(hash + 3, "::h"))
		hash = strstr(hash + 3, "::h");
	if (hash && strspn(hash + 3, hex) == 16 && !hash[3 + 16])
		*hash = '\0';
}

static void trim(char *text)
{
	size_t length = strlen(text);

	while (length && (isspace((unsigned char)text[length - 1]) || text[length - 1] == ';'))
		text[--length] = '\0';
}

char *name_declaration__name(const char *text)
{
	static const char word[] = "template";
	char *result, *name;

	while (strncmp(text, word, strlen(word)) == 0 && strchr(" <", text[strlen(word)])) {
		const char *list = text + strlen(word) + strspn(text + strlen(word), " ");
		size_t length = *list == '<' ? name_tokens__group(list) : 0;

		if (!length)
			break;
		text = list + length + strspn(list + length, " \t");
	}
	result = strdup(text);
	if (!result)
		return NULL;
	cut_place(result);
	name = behind_keyword(result);
	if (name) {
		bool received = *name == '(' && name_tokens__group(name) > 2 && name[name_tokens__group(name)];
		char *declared = received ? with_receiver(name) : strdup(name);

		free(result);
		if (!declared)
			return NULL;
		result = declared;
		cut_declared(result);
	} else {
		cut_qualifiers(result);
	}
	trim(result);
	return result;
}

/* Whether token I is a word that can name a parameter. */
static bool is_identifier(const struct name_tokens *form, size_t i)
{
	static const char *const types[] = {"unsigned", "signed", "long", "short",    "int",   "char",
					    "double",	"float",  "bool", "__int128", "const", "volatile"};

	return name_tokens__is_word_at(form, i) && !name_tokens__is_number_at(form, i) && !IS_ONE_OF(form, i, types) &&
	       *form->tokens[i].text != '"';
}

/* Whether what stands before token I, in a parameter that begins at BEGIN, is a type. */
static bool is_behind_type(const struct name_tokens *form, size_t begin, size_t i)
{
	static const char *const symbols[] = {"*", "&", ">"};
	static const char *const qualifiers[] = {"const", "volatile"};

	if (i == begin)
		return false;
	if (IS_ONE_OF(form, i - 1, symbols))
		return true;
	return name_tokens__is_word_at(form, i - 1) && (i - 1 > begin || !IS_ONE_OF(form, i - 1, qualifiers));
}

/* Takes the name out of the parameter in the tokens from BEGIN up to END. Returns where it ends then. */
static size_t drop_name(struct name_tokens *form, size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++) {
		if (name_tokens__is(form, i, "=")) {
			name_tokens__drop(form, i, end - i);
			end = i;
		}
	}
	/* An array is passed as a pointer. */
	if (end > begin + 2 && name_tokens__is(form, end - 1, "]")) {
		size_t open = end - 1;

		while (open > begin && !name_tokens__is(form, open, "["))
			open--;
		if (open > begin && is_identifier(form, open - 1) && is_behind_type(form, begin, open - 1)) {
			name_tokens__set(form, open, "*");
			name_tokens__drop(form, open + 1, end - open - 1);
			name_tokens__drop(form, open - 1, 1);
			return open;
		}
	}
	if (end > begin && is_identifier(form, end - 1) && is_behind_type(form, begin, end - 1)) {
		name_tokens__drop(form, end - 1, 1);
		end--;
	}
	return end;
}

void name_declaration__drop_parameters(struct name_tokens *form)
{
	for (size_t i = 1; i < form->n; i++) {
		size_t begin = i + 1;
		size_t end;

		if (!name_tokens__is(form, i, "(") || name_tokens__group_end(form, i) == i)
			continue;
		for (size_t k = begin; k < form->n; k = end) {
			end = name_tokens__group_end(form, k);
			if (end > k)
				continue;
			end = k + 1;
			if (name_tokens__is(form, k, ",") || name_tokens__is(form, k, ")")) {
				bool last = name_tokens__is(form, k, ")");

				begin = drop_name(form, begin, k) + 1;
				end = begin;
				if (last)
					break;
			}
		}
	}
}
