/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printable: makes text that others wrote (source lines, names, arguments) safe to print. Valid UTF-8 passes
 * unchanged. Everything that could control a terminal, break a line or turn the direction of writing is shown as \xNN,
 * byte by byte.
 */
#ifndef LPROF_PRINTABLE_H
#define LPROF_PRINTABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum printable_keep {
	PRINTABLE_KEEP_TAB, /* escapes all control characters below U+0020 except the tab */
	PRINTABLE_KEEP_C0,  /* passes all of them, for output formats that quote them themselves */
};

/* Writes LEN bytes of TEXT to OUT. Write errors are left in OUT's error indicator. */
void printable__write(const char *text, size_t len, enum printable_keep keep, FILE *out);

/*
 * Writes a NUL-terminated TEXT as PRINTABLE_KEEP_TAB does. The ASCII characters in REFUSED are also written as \xNN:
 * these are characters with a meaning of their own in the output format, such as a separator.
 */
void printable__write_except(const char *text, const char *refused, FILE *out);

/*
 * Formats like printf(3) and writes the whole result as PRINTABLE_KEEP_TAB does, so that arguments are safe wherever
 * they came from. A newline in FORMAT would be escaped too; the caller writes it separately. When there is no memory
 * to format a long text, it is cut off.
 */
void printable__print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void printable__vprint(FILE *out, const char *format, va_list args);

/* A copy of TEXT as printable__write() would write it, owned by the caller; NULL when out of memory. */
char *printable__string(const char *text, enum printable_keep keep);

#endif
