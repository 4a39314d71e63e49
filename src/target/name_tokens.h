/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * name_tokens: the words and symbols that a function's name consists of. Pure.
 */
#ifndef LPROF_NAME_TOKENS_H
#define LPROF_NAME_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

#include "target/name_style.h"

struct name_token {
	const char *text; /* not terminated */
	size_t length;
};

struct name_tokens {
	struct name_token *tokens; /* with room for one more after each "!" */
	size_t n;
	char *source;  /* what the tokens point into */
	bool is_clone; /* it had a suffix that C's compilers append: in other languages that is a name */
};

/*
 * Cuts NAME into tokens; "::" is one, whatever separates the parts of names in STYLE. False when out of memory.
 * name_tokens__release() in either case.
 */
bool name_tokens__make(const char *name, const struct name_style *style, struct name_tokens *form);
void name_tokens__release(struct name_tokens *form);

/* The tokens as one text, with blanks only where words would merge. Owned by the caller; NULL when out of memory. */
char *name_tokens__join(const struct name_tokens *form);

/* Whether there is a token I, and it is TEXT, one of N TEXTS, a word, or a number. */
bool name_tokens__is(const struct name_tokens *form, size_t i, const char *text);
bool name_tokens__is_one_of(const struct name_tokens *form, size_t i, const char *const *texts, size_t n);
bool name_tokens__is_word_at(const struct name_tokens *form, size_t i);
bool name_tokens__is_number_at(const struct name_tokens *form, size_t i);

#define IS_ONE_OF(form, i, texts) name_tokens__is_one_of(form, i, texts, sizeof(texts) / sizeof((texts)[0]))

/* The index behind the bracketed group that begins at token I, or I if none does. */
size_t name_tokens__group_end(const struct name_tokens *form, size_t i);

/* Makes token I TEXT, which must outlive the tokens. */
void name_tokens__set(struct name_tokens *form, size_t i, const char *text);

/* Drops N tokens from I on. */
void name_tokens__drop(struct name_tokens *form, size_t i, size_t n);

/* Moves the token at FROM to TO, which is behind it. */
void name_tokens__move_back(struct name_tokens *form, size_t from, size_t to);

/* Cuts what compilers append to the names of parts and copies of a function: ".cold", ".isra.0", " [clone .part.1]". */
void name_tokens__cut_clone(char *name);

/* Takes out the blanks between the word "operator" and its symbol: "operator<<" for "operator <<". */
void name_tokens__close_operators(char *name);

/* Whether C can be part of a word. */
bool name_tokens__is_word(char c);

/* The length of the word "operator" and its symbol, if NAME begins with them; else 0. */
size_t name_tokens__operator(const char *name);

/* The length of the bracketed group at the start of TEXT, or 0 if it is not closed. */
size_t name_tokens__group(const char *text);

/* The length of the operator or the bracketed group at P in TEXT, or 0: what looks like a symbol in it is none. */
size_t name_tokens__closed(const char *text, const char *p);

/* The length of the template argument or the parameter at TEXT, in a list that ends at END at the latest. */
size_t name_tokens__argument(const char *text, const char *end);

#endif
