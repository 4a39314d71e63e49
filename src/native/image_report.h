/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_report: makes functions of a profile from an image's counters.
 */
#ifndef LPROF_IMAGE_REPORT_H
#define LPROF_IMAGE_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "flow/edge.h"
#include "native/image.h"
#include "profile/profile.h"

/* Writes for each of the image's 2 * n_sites edges the time of one passage, as attribute__static_cost() tells it. */
void image__static_costs(const struct image *image, double *costs);

/* Adds the image's functions to PROFILE. EDGES are OWNER's 2 * n_sites edges of the image. 0 or -ENOMEM. */
int image__report(const struct image *image, const struct attribute_edge *edges, const struct profile_owner *owner,
		  struct profile *profile);

/* Writes "object<TAB>address<TAB>executions" for each instruction in scope. 0 or -errno. */
int image__dump(const struct image *image, const struct attribute_edge *edges, FILE *out);

#endif
