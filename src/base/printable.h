/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printable: text that others wrote (source lines, names, arguments), made safe to print. Valid UTF-8
 * passes; what could steer a terminal, break a line or turn the direction of writing is shown as \xNN, byte by byte.
 */
#ifndef LPROF_PRINTABLE_H
#define LPROF_PRINTABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

enum printable_keep {
	PRINTABLE_KEEP_TAB, /* of the controls below U+0020, only the tab passes */
	PRINTABLE_KEEP_C0,  /* all of them pass: for an output that quotes them itself */
};

/* Writes LEN bytes of TEXT; errors are left in OUT's error indicator. */
void printable__write(const char *text, size_t len, enum printable_keep keep, FILE *out);

/*
 * Writes a NUL-terminated TEXT as PRINTABLE_KEEP_TAB does, and as \xNN also each of the characters of
 * REFUSED (ASCII), which the output uses itself.
 */
void printable__write_except(const char *text, const char *refused, FILE *out);

/*
 * Writes a printf-style text to OUT as PRINTABLE_KEEP_TAB does, all of it, so that no argument needs a thought about
 * where it came from; a newline is written by the caller. Without memory a long text is cut.
 */
void printable__print(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void printable__vprint(FILE *out, const char *format, va_list args);

/* What printable__write() makes of a NUL-terminated string, owned by the caller, or NULL when out of memory. */
char *printable__string(const char *text, enum printable_keep keep);

#endif
