/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html: writes text and numbers as HTML. Write errors are left in OUT's error indicator. */
#ifndef LPROF_HTML_H
#define LPROF_HTML_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/profile.h"

/*
 * Writes LEN bytes that others wrote, made printable (printable.h) and escaped, so that a browser takes them for text
 * and nothing else. May be used between tags and inside a quoted attribute.
 */
void html__bytes(FILE *out, const char *text, size_t len);
/* Like html__bytes(), for a NUL-terminated string. */
void html__text(FILE *out, const char *text);

/*
 * Write to CELL a number with DECIMALS digits after the point, or a whole number, with commas between thousands.
 * Return its length.
 */
int html__number(char *cell, size_t size, double value, int decimals);
int html__count(char *cell, size_t size, uint64_t value);
/* Writes to CELL a duration with four digits in a suitable unit, such as "48.31 ms". Returns its length. */
int html__duration(char *cell, size_t size, uint64_t ns);

#define HTML_ESTIMATE_MARK "&asymp;"

/* Write html__count() and html__duration() to OUT. */
void html__put_count(FILE *out, uint64_t value);
void html__put_duration(FILE *out, uint64_t ns);

/* Writes a count that may be an estimate: then rounded, with a mark, and with its interval as a title. */
void html__put_estimate(FILE *out, uint64_t value, uint64_t uncertainty);
/* Writes the attribute "title" with the uncertainty of an estimate, and WHY before it, which may be "". */
void html__put_interval(FILE *out, const char *why, uint64_t uncertainty);

/* The part of PATH behind its last slash; borrowed from PATH. */
const char *html__base_name(const char *path);

void html__put_owner(FILE *out, const struct profile_owner *owner);

/* One of several ways to look at the page. */
struct html_choice {
	const char *id, *value, *text; /* ID is NULL at the end of a list */
};

/* Writes radio buttons with the name NAME. The first of CHOICES is chosen. */
void html__put_switch(FILE *out, const char *legend, const char *name, const struct html_choice *choices);

#endif
