/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html: text and numbers as HTML. Errors are left in OUT's error indicator.
 */
#ifndef LPROF_HTML_H
#define LPROF_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * LEN bytes that others wrote, made printable (printable.h) and escaped: they are text and nothing else,
 * between tags and within a quoted attribute.
 */
void html__bytes(FILE *out, const char *text, size_t len);
/* The same of a NUL-terminated string. */
void html__text(FILE *out, const char *text);

/* A number with DECIMALS digits after the point and commas between thousands, into CELL; returns its length. */
int html__number(char *cell, size_t size, double value, int decimals);
int html__count(char *cell, size_t size, uint64_t value);
/* A duration with four digits in the unit that suits it, such as "48.31 ms". */
int html__duration(char *cell, size_t size, uint64_t ns);

#endif
