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
 * Reads the profile in the SIZE bytes at TEXT. Returns 0 and a profile owned by the caller; or -EINVAL with the reason
 * in ERROR, if the text is not a profile, has an unknown version, is damaged, or would need more than half a gigabyte
 * of memory; or -ENOMEM, also with the reason in ERROR. Pure.
 */
int profile_json__parse(const char *text, size_t size, struct profile **out, struct profile_json_error *error);

/*
 * Reads the profile in the file PATH. Returns 0 and a profile owned by the caller, or -errno after reporting the
 * failure to DIAG.
 */
int profile_json__read(const char *path, const struct diag *diag, struct profile **out);

#endif
