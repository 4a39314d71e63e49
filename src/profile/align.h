/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * align: which elements of two sequences are the same ones. Pure.
 */
#ifndef LPROF_ALIGN_H
#define LPROF_ALIGN_H

#include <stddef.h>
#include <stdint.h>

#define ALIGN_NONE SIZE_MAX

/*
 * Finds a common subsequence of the N elements of A and the M of B: match[i] becomes the index in B of what a[i] is,
 * or ALIGN_NONE; the indices ascend. It is a longest one unless what differs is too large for that (see align.c).
 * 0 or -ENOMEM.
 */
int align__sequences(const uint32_t *a, size_t n, const uint32_t *b, size_t m, size_t *match);

#endif
