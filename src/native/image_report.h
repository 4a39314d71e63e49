/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_report: what an image's counters mean, and what is planned for it.
 */
#ifndef LPROF_IMAGE_REPORT_H
#define LPROF_IMAGE_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "flow/edge.h"
#include "native/image.h"
#include "profile/profile.h"

/* Per edge of the image, 2 * n_sites of them: what one passage takes as attribute__static_cost() says. */
void image__static_costs(const struct image *image, double *costs);

/* Adds the image's functions to PROFILE; EDGES are the 2 * n_sites of the image, OWNER's. 0 or -ENOMEM. */
int image__report(const struct image *image, const struct attribute_edge *edges, const struct profile_owner *owner,
		  struct profile *profile);

/* Writes "object<TAB>address<TAB>executions" for each instruction in scope. 0 or -errno. */
int image__dump(const struct image *image, const struct attribute_edge *edges, FILE *out);

/*
 * Writes each function with its lines, the sites on each, and what they would cost, in nanoseconds, by
 * PRICES, if each ran once. 0 or -errno.
 */
int image__list(const struct image *image, const uint32_t *prices, FILE *out);

#endif
