/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof: a profile in pprof's format, which `go tool pprof` and servers for continuous profiling read.
 * Pure.
 */
#ifndef LPROF_PPROF_H
#define LPROF_PPROF_H

#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

/*
 * Encodes PROFILE as a gzip'd protocol buffer: *data, owned by the caller (free()), of *size bytes.
 * Returns 0, -ENOMEM or -EFBIG (the message would be larger than 2 GiB, the most a protocol buffer can
 * be).
 */
int pprof__encode(const struct profile *profile, uint8_t **data, size_t *size);

#endif
