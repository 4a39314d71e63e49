/* SPDX-License-Identifier: GPL-2.0-or-later */
/* descriptor: file descriptors. */
#ifndef LPROF_DESCRIPTOR_H
#define LPROF_DESCRIPTOR_H

#include <stddef.h>

/* Writes all of DATA, however often write(2) takes only a part. 0 or -errno; a part may have been written then. */
int descriptor__write_all(int fd, const void *data, size_t size);

#endif
