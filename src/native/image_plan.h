/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image_plan: shows what is planned for an image. */
#ifndef LPROF_IMAGE_PLAN_H
#define LPROF_IMAGE_PLAN_H

#include <stdint.h>
#include <stdio.h>

#include "native/image.h"

/*
 * Writes each function with its lines, the sites on each line, and what these would cost (in nanoseconds, by PRICES) if
 * each were hit once; and of each loop whether it needs a probe, and why. 0 or -errno.
 */
int image_plan__list(const struct image *image, const uint32_t *prices, FILE *out);

#endif
