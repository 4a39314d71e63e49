/* SPDX-License-Identifier: GPL-2.0-or-later */
/* align: finds which elements of two sequences correspond, as diff(1) does for the lines of two files. Pure. */
#ifndef LPROF_ALIGN_H
#define LPROF_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#define ALIGN_NONE SIZE_MAX

/*
 * Finds a common subsequence of the N elements of A and the M elements of B. match[i] becomes the index in B of the
 * element that corresponds to a[i], or ALIGN_NONE; the indices ascend. The subsequence is a longest one, unless the
 * differing parts are too large for the exact method (see align.c). Returns 0 or -ENOMEM.
 */
int align__sequences(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t *match);

#endif
