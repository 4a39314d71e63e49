/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pprof: encodes a profile in pprof's format, which `go tool pprof` and servers for continuous profiling read. Pure.
 */
#ifndef LPROF_PPROF_H
#define LPROF_PPROF_H

#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"

/*
 * Encodes PROFILE as a gzip-compressed protocol buffer in *data, of *size bytes; the caller owns it and releases it
 * with free(). Returns 0, -ENOMEM, or -EFBIG when the message would exceed 2 GiB, the limit of protocol buffers.
 */
int pprof__encode(const struct profile *profile, uint8_t **data, size_t *size);

#endif
