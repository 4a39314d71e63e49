/* SPDX-License-Identifier: GPL-2.0-or-later */
/* profile_json: reads a saved profile, as report_json.c writes it, with everything that is in it. */
#ifndef LPROF_PROFILE_JSON_H
#define LPROF_PROFILE_JSON_H

#include <stddef.h>

#include "base/diag.h"
#include "profile/profile.h"

struct profile_json_error {
	char text[256]; /* what is wrong with the text: "it ends too early (byte 12)" */
};

/*
 * Reads SIZE bytes at TEXT. Returns 0 and a profile owned by the caller, -EINVAL when it is not a profile of a
 * version that is known, is damaged or would take more than half a gigabyte of memory (ERROR says how), or -ENOMEM.
 * Pure.
 */
int profile_json__parse(const char *text, size_t size, struct profile **out, struct profile_json_error *error);

/* The same of the file PATH. What fails is said in DIAG, but for -ENOMEM; -errno. */
int profile_json__read(const char *path, const struct diag *diag, struct profile **out);

#endif
