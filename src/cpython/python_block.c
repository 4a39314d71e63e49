// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * This file knows as much of Python's lexical rules as is needed to find the end of a block. Lines are joined inside
 * brackets, inside strings in triple quotes and after a backslash. The indentation of a line that begins a statement
 * tells whether the block goes on. A decorator is not the end of a definition, nor is a header that ends in a colon.
 */
#include "cpython/python_block.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define TAB 8

struct scanner {
	unsigned depth; /* of brackets */
	char quote;	/* quote of the string that we are in; 0: none */
	bool triple;	/* that string is in triple quotes */
	bool continued; /* the line ended in a backslash */
	char last;	/* the line's last character that is neither blank nor comment; 0: none */
};

static bool is_joined(const struct scanner *scanner)
{
	return scanner->depth || scanner->quote || scanner->continued;
}

static bool is_tripled(const char *text, size_t len)
{
	return len >= 3 && text[1] == text[0] && text[2] == text[0];
}

/* Scans TEXT inside a string. Returns how many characters to advance. */
static size_t scan_string(struct scanner *scanner, const char *text, size_t len)
{
	if (*text == '\\')
		return len > 1 ? 2 : 1;
	if (*text != scanner->quote)
		return 1;
	if (!scanner->triple) {
		scanner->quote = 0;
		return 1;
	}
	if (!is_tripled(text, len))
		return 1;
	scanner->quote = 0;
	return 3;
}

/* Scans TEXT outside of strings. Returns how many characters to advance. */
static size_t scan_code(struct scanner *scanner, const char *text, size_t len)
{
	switch (*text) {
	case '#':
		return len;
	case '\'':
	case '"':
		scanner->quote = *text;
		scanner->triple = is_tripled(text, len);
		scanner->last = *text;
		return scanner->triple ? 3 : 1;
	case '(':
	case '[':
	case '{':
		scanner->depth++;
		break;
	case ')':
	case ']':
	case '}':
		scanner->depth -= scanner->depth > 0;
		break;
	default:
		break;
	}
	if (!strchr(" \t\f\r", *text))
		scanner->last = *text;
	return 1;
}

static void scan_line(struct scanner *scanner, const char *text, size_t len)
{
	scanner->last = 0;
	scanner->continued = false;
	for (size_t i = 0; i < len;)
		i += scanner->quote ? scan_string(scanner, text + i, len - i) : scan_code(scanner, text + i, len - i);
	if (len && text[len - 1] == '\\' && (scanner->quote ? !scanner->triple : scanner->last == '\\'))
		scanner->continued = true;
	if (!scanner->triple && !scanner->continued)
		scanner->quote = 0; /* a string that does not end on its line is an error of the source */
	if (!scanner->quote)
		scanner->triple = false;
}

enum content { CONTENT_NONE, CONTENT_COMMENT, CONTENT_CODE };

/* What the line holds. Sets *COLUMNS to the width of its indentation. */
static enum content find_indentation(const char *text, size_t len, unsigned *columns)
{
	*columns = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\t')
			*columns += TAB - *columns % TAB;
		else if (text[i] == ' ')
			++*columns;
		else if (text[i] == '\f')
			*columns = 0;
		else
			return text[i] == '#' ? CONTENT_COMMENT : text[i] == '\r' ? CONTENT_NONE : CONTENT_CODE;
	}
	return CONTENT_NONE;
}

/* What is known of the definition so far. */
struct block {
	unsigned base; /* indentation of the definition, in columns */
	unsigned body; /* indentation of its first inner statement; 0: there was none yet */
	bool header;   /* the line that ends in a colon is still to come, or has not ended yet */
	uint32_t last; /* last line of the definition so far */
};

/* Takes a line that begins a statement or is a comment. Returns whether the block goes on. */
static bool take_line(struct block *block, enum content content, unsigned columns, bool first, bool decorator)
{
	if (content == CONTENT_COMMENT)
		return true;
	if (first) {
		block->base = columns;
	} else if (columns < block->base || (columns == block->base && !block->header)) {
		return false;
	} else if (columns > block->base && !block->body) {
		block->body = columns;
		block->header = false;
	}
	if (columns == block->base && !decorator)
		block->header = false;
	return true;
}

uint32_t python_block__last(const struct source *source, uint32_t first)
{
	struct block block = {.header = true, .last = first};
	struct scanner scanner = {0};
	uint32_t n = source__n_lines(source);

	for (uint32_t line = first; line <= n; line++) {
		bool joined = is_joined(&scanner);
		enum content content = CONTENT_CODE;
		unsigned columns = 0;
		size_t len;
		const char *text = source__line(source, line, &len);

		if (!joined) {
			content = find_indentation(text, len, &columns);
			if (content == CONTENT_NONE)
				continue;
			if (!take_line(&block, content, columns, line == first, text[strspn(text, " \t\f")] == '@'))
				break;
		}
		/*
		 * A comment at the block's end belongs to it if it is indented as far; Python's inspect does the same.
		 */
		if (content == CONTENT_COMMENT && (!block.body || columns < block.body))
			continue;
		scan_line(&scanner, text, len);
		block.last = line;
	}
	return block.last;
}
