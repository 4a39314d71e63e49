/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_report: what an image's counters mean, and what is planned for it.
 */
#ifndef LPROF_IMAGE_REPORT_H
#define LPROF_IMAGE_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "attribute.h"
#include "image.h"
#include "overhead.h"
#include "profile.h"

/*
 * What the image's edges without long operations say of the cost of probes: appends at most 2 * n_sites
 * samples to SAMPLES and returns how many.
 */
size_t image__samples(const struct image *image, const struct lprof_edge *edges, struct overhead_sample *samples);

/*
 * Adds the image's functions to PROFILE; EDGES are the 2 * n_sites of the image, DOUBT the share of the
 * probes' cost by which that may be wrong. 0 or -ENOMEM.
 */
int image__report(const struct image *image, const struct attribute_edge *edges, double doubt, struct profile *profile);

/* Writes "object<TAB>address<TAB>executions" for each instruction in scope. 0 or -errno. */
int image__dump(const struct image *image, const struct attribute_edge *edges, FILE *out);

/*
 * Writes each function with its lines, the sites on each, and what they would cost, in nanoseconds, by
 * PRICES, if each ran once. 0 or -errno.
 */
int image__list(const struct image *image, const uint32_t *prices, FILE *out);

#endif
