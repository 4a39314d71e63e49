/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printable: text that others wrote (source lines, names, arguments), made safe to print. Valid UTF-8
 * passes; what could steer a terminal or break a reader is shown as \xNN, byte by byte.
 */
#ifndef LPROF_PRINTABLE_H
#define LPROF_PRINTABLE_H

#include <stddef.h>
#include <stdio.h>

enum printable_keep {
	PRINTABLE_KEEP_TAB, /* of the controls below U+0020, only the tab passes */
	PRINTABLE_KEEP_C0,  /* all of them pass: for an output that quotes them itself */
};

/* Writes LEN bytes of TEXT; errors are left in OUT's error indicator. */
void printable__write(const char *text, size_t len, enum printable_keep keep, FILE *out);

/* The same of a NUL-terminated string as a new string, owned by the caller, or NULL when out of memory. */
char *printable__string(const char *text, enum printable_keep keep);

#endif
