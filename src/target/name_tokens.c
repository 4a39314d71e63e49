// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Angle brackets and parentheses also occur in names of operators; therefore "operator" and its symbol are one token.
 */
#include "target/name_tokens.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool name_tokens__is_word(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("_$#@~.\"", c)) || (unsigned char)c >= 0x80;
}

size_t name_tokens__operator(const char *name)
{
	static const char *const symbols[] = {"()", "[]", "<=>", "<<=", ">>=", "->*", "<<", ">>", "<=", ">=", "->",
					      "<",  ">",  "*=",	 "*",	"&&",  "&",   ",",  "~",  "!=", "!"};
	const size_t word = strlen("operator");

	if (strncmp(name, "operator", word) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (strncmp(name + word, symbols[i], strlen(symbols[i])) == 0)
			return word + strlen(symbols[i]);
	return 0;
}

void name_tokens__close_operators(char *name)
{
	const size_t word = strlen("operator");

	for (char *p = name; (p = strstr(p, "operator")) != NULL; p += word) {
		size_t blanks = strspn(p + word, " \t");
		const char *symbol = p + word + blanks;

		if ((p > name && name_tokens__is_word(p[-1])) || !blanks || !*symbol ||
		    isalnum((unsigned char)*symbol) || *symbol == '_' || *symbol == ':' ||
		    (*symbol == '(' && symbol[1] != ')'))
			continue;
		memmove(p + word, symbol, strlen(symbol) + 1);
	}
}

size_t name_tokens__group(const char *text)
{
	size_t depth = 0;

	for (size_t i = 0; text[i];) {
		size_t symbol = i && !name_tokens__is_word(text[i - 1]) ? name_tokens__operator(text + i) : 0;

		if (!symbol && strchr("<([{", text[i])) {
			depth++;
		} else if (!symbol && strchr(">)]}", text[i]) && !(text[i] == '>' && i && text[i - 1] == '-')) {
			if (--depth == 0)
				return i + 1;
		}
		i += symbol ? symbol : 1;
	}
	return 0;
}

size_t name_tokens__closed(const char *text, const char *p)
{
	size_t length = p == text || !name_tokens__is_word(p[-1]) ? name_tokens__operator(p) : 0;

	return length || !strchr("<([{", *p) ? length : name_tokens__group(p);
}

size_t name_tokens__argument(const char *text, const char *end)
{
	const char *p = text;

	while (p < end && *p != ',' && *p != ')' && (*p != '>' || p[-1] == '-')) {
		size_t length = strchr("<([{", *p) ? name_tokens__group(p) : 0;

		p += length ? length : 1;
	}
	return (size_t)((p < end ? p : end) - text);
}

/* The length of the clone's suffix that begins at the dot TEXT ("." word, then perhaps "." digits), or 0. */
static size_t clone_length(const char *text)
{
	static const char *const words[] = {".cold",	 ".part",	".isra",  ".constprop",
					    ".lto_priv", ".localalias", ".clone", ".llvm"};
	size_t length = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]) && !length; i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			length = strlen(words[i]);
	if (length && text[length] == '.' && isdigit((unsigned char)text[length + 1])) {
		length++;
		length += strspn(text + length, "0123456789");
	}
	return length && (!text[length] || text[length] == '.') ? length : 0;
}

void name_tokens__cut_clone(char *name)
{
	char *bracket = strstr(name, " [clone ");

	if (bracket)
		*bracket = '\0';
	for (char *dot = *name ? strchr(name + 1, '.') : NULL; dot; dot = strchr(dot + 1, '.')) {
		const char *end = dot;

		while (clone_length(end))
			end += clone_length(end);
		if (!*end)
			*dot = '\0';
	}
}

bool name_tokens__is(const struct name_tokens *form, size_t i, const char *text)
{
	return i < form->n && form->tokens[i].length == strlen(text) &&
	       memcmp(form->tokens[i].text, text, form->tokens[i].length) == 0;
}

bool name_tokens__is_one_of(const struct name_tokens *form, size_t i, const char *const *texts, size_t n)
{
	for (size_t k = 0; k < n; k++)
		if (name_tokens__is(form, i, texts[k]))
			return true;
	return false;
}

bool name_tokens__is_word_at(const struct name_tokens *form, size_t i)
{
	return i < form->n && name_tokens__is_word(form->tokens[i].text[0]);
}

bool name_tokens__is_number_at(const struct name_tokens *form, size_t i)
{
	return i < form->n && isdigit((unsigned char)form->tokens[i].text[0]);
}

void name_tokens__set(struct name_tokens *form, size_t i, const char *text)
{
	form->tokens[i] = (struct name_token){text, strlen(text)};
}

void name_tokens__drop(struct name_tokens *form, size_t i, size_t n)
{
	memmove(&form->tokens[i], &form->tokens[i + n], (form->n - i - n) * sizeof(*form->tokens));
	form->n -= n;
}

void name_tokens__move_back(struct name_tokens *form, size_t from, size_t to)
{
	struct name_token moved = form->tokens[from];

	memmove(&form->tokens[from], &form->tokens[from + 1], (to - from) * sizeof(*form->tokens));
	form->tokens[to] = moved;
}

size_t name_tokens__group_end(const struct name_tokens *form, size_t i)
{
	size_t depth = 0;

	for (size_t k = i; k < form->n; k++) {
		char c = form->tokens[k].length == 1 ? form->tokens[k].text[0] : 'x';

		if (strchr("<([{", c))
			depth++;
		else if (strchr(">)]}", c) && !(c == '>' && k && name_tokens__is(form, k - 1, "-")) && depth &&
			 --depth == 0)
			return k + 1;
		if (!depth)
			return i;
	}
	return i;
}

/* The dots before the last slash belong to the path of a Go package. */
static const char *first_separator(const char *name, const struct name_style *style)
{
	const char *first = name;

	for (const char *p = name; style->packages && *p;) {
		size_t length = strchr("<([{", *p) ? name_tokens__group(p) : 0;

		if (*p == '/')
			first = p;
		p += length ? length : 1;
	}
	return first;
}

static bool is_separator(const char *p, const struct name_style *style, const char *separators, size_t depth)
{
	/* A compiler's number, and its name for what it moved out of a function, belong to the part before. */
	bool dot = *p == '.' && !isdigit((unsigned char)p[1]) && strncmp(p, "._omp_fn.", 9) != 0 &&
		   strncmp(p, ".omp_outlined", 13) != 0;

	return !depth && ((style->dots && dot && p >= separators) || (style->packages && *p == '/'));
}

static void tokenize(struct name_tokens *form, const struct name_style *style)
{
	const char *separators = first_separator(form->source, style);
	size_t depth = 0;

	for (const char *p = form->source; *p;) {
		bool apart = p == form->source || !name_tokens__is_word(p[-1]);
		size_t length = apart ? name_tokens__operator(p) : 0;

		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		if (is_separator(p, style, separators, depth)) {
			name_tokens__set(form, form->n++, "::");
			p++;
			continue;
		}
		if (!length && strncmp(p, "::", 2) == 0)
			length = 2;
		if (!length)
			while (name_tokens__is_word(p[length]) && !is_separator(p + length, style, separators, depth))
				length++;
		if (!length) {
			length = 1;
			if (strchr("<([{", *p))
				depth++;
			else if (strchr(">)]}", *p) && depth && !(*p == '>' && p[-1] == '-'))
				depth--;
		}
		form->tokens[form->n++] = (struct name_token){p, length};
		p += length;
	}
}

/* Go writes a dot in the last part of a package's path as "%2e": "gopkg.in/yaml%2ev3.Unmarshal". */
static void decode_dots(char *name)
{
	static const char code[] = "%2e";

	for (char *p = strstr(name, code); p; p = strstr(p, code)) {
		*p = '.';
		memmove(p + 1, p + strlen(code), strlen(p + strlen(code)) + 1);
	}
}

bool name_tokens__make(const char *name, const struct name_style *style, struct name_tokens *form)
{
	*form = (struct name_tokens){.source = strdup(name),
				     .tokens = calloc(2 * strlen(name) + 2, sizeof(struct name_token))};
	if (!form->source || !form->tokens)
		return false;
	name_tokens__cut_clone(form->source);
	form->is_clone = strlen(form->source) < strlen(name);
	if (style->dots)
		memcpy(form->source, name, strlen(name));
	if (style->packages)
		decode_dots(form->source);
	for (char *p = form->source; style->any_case && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	tokenize(form, style);
	return true;
}

char *name_tokens__join(const struct name_tokens *form)
{
	size_t size = 1;
	char *result;
	size_t n = 0;

	for (size_t i = 0; i < form->n; i++)
		size += form->tokens[i].length + 1;
	result = malloc(size);
	for (size_t i = 0; result && i < form->n; i++) {
		const struct name_token *token = &form->tokens[i];
		char last = n ? result[n - 1] : '\0';

		/*
		 * Keep a blank between two words, as in "f() const", in "operator< <int>", and behind the type that a
		 * function returns: "void {anonymous}::f<int>()".
		 */
		if (n && ((name_tokens__is_word(last) && last != '"' &&
			   (name_tokens__is_word(token->text[0]) || strncmp(token->text, "{anonymous}", 11) == 0)) ||
			  (strchr(">)]", last) && (isalpha((unsigned char)token->text[0]) || token->text[0] == '_')) ||
			  (last == '<' && token->text[0] == '<')))
			result[n++] = ' ';
		memcpy(result + n, token->text, token->length);
		n += token->length;
	}
	if (result)
		result[n] = '\0';
	return result;
}

void name_tokens__release(struct name_tokens *form)
{
	free(form->tokens);
	free(form->source);
}
