/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_build: what building a tree with Jansson takes in every report. Its setters consume the value and refuse NULL,
 * so that one check at the end of a chain of them is enough: json_build__unless().
 */
#ifndef LPROF_JSON_BUILD_H
#define LPROF_JSON_BUILD_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* A number; JSON's integers are signed in most readers, and what is larger than fits is the largest. */
json_t *json_build__u64(uint64_t value);

/* A text made printable, its control characters kept for Jansson to quote. NULL when out of memory. */
json_t *json_build__text(const char *text);

/* Both consume VALUE, which may be NULL. 0, or non-zero when it was or there is no memory. */
int json_build__append(json_t *array, json_t *value);
int json_build__set(json_t *object, const char *key, json_t *value);

/* OBJECT when nothing FAILED; otherwise releases it and returns NULL. */
json_t *json_build__unless(int failed, json_t *object);

/* Consumes ROOT, NULL when there was no memory for it, and writes it as one line. 0, -ENOMEM or -EIO. */
int json_build__write(json_t *root, FILE *out);

#endif
