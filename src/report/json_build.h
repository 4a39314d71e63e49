/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_build: helpers for building a JSON tree with Jansson, shared by all JSON reports. The functions that add a
 * value take ownership of it and fail when it is NULL. So a report can add many values and check once at the end, with
 * json_build__unless().
 */
#ifndef LPROF_JSON_BUILD_H
#define LPROF_JSON_BUILD_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "profile/profile_owner.h"

/* A JSON integer. Most readers take these as signed 64-bit numbers, so values above INT64_MAX become INT64_MAX. */
json_t *json_build__u64(uint64_t value);

/*
 * A JSON string of TEXT made printable; control characters are kept, because Jansson escapes them. NULL when out of
 * memory.
 */
json_t *json_build__text(const char *text);

/* Add VALUE, which they take ownership of. Return 0, or non-zero when VALUE is NULL or there is not enough memory. */
int json_build__append(json_t *array, json_t *value);
int json_build__set(json_t *object, const char *key, json_t *value);

/* Sets the keys of OWNER that are known. Returns 0, or non-zero when there is not enough memory. */
int json_build__set_owner(json_t *object, const struct profile_owner *owner);

/* Returns OBJECT when FAILED is 0. Otherwise releases OBJECT and returns NULL. */
json_t *json_build__unless(int failed, json_t *object);

/*
 * Writes ROOT as one line and releases it. ROOT is NULL when building it failed. Returns 0, -ENOMEM (ROOT is NULL) or
 * -EIO.
 */
int json_build__write(json_t *root, FILE *out);

#endif
