/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf8: where characters begin and end. Pure, and whatever the locale.
 */
#ifndef LPROF_UTF8_H
#define LPROF_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Length of the well-formed UTF-8 sequence of several bytes at the start of the LEN bytes at TEXT (one at least), or 0
 * when there is none: ASCII, or what the Unicode standard's table of well-formed sequences does not have (overlong
 * forms, surrogates, anything above U+10FFFF).
 */
size_t utf8__sequence(const char *text, size_t len);

/* How many characters the well-formed TEXT has. */
int utf8__length(const char *text);

/* Whether C is not the first byte of its character. */
static inline bool utf8__continues(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

#endif
