/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sample_maps: the maps through which the BPF program learns how to walk stacks, and sends samples. */
#ifndef LPROF_SAMPLE_MAPS_H
#define LPROF_SAMPLE_MAPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lprof_sample.h"
#include "sample/address_space.h"
#include "sample/sampled_objects.h"

struct lprof_bpf;
struct sample_maps;

/* Gets each message of the BPF program; SAMPLE is borrowed. */
typedef void (*sample_maps_fn)(const struct lprof_sample *sample, void *ctx);

/* For the loaded SKEL, which must outlive the result. 0 or -errno. */
int sample_maps__new(const struct lprof_bpf *skel, sample_maps_fn fn, void *ctx, struct sample_maps **out);
void sample_maps__free(struct sample_maps *maps); /* NULL is allowed */

/*
 * Tells the program of the mappings of process TGID, and of the rules of the objects that it maps. Mappings for which
 * there is no room are left out. 0 or -errno: -ENOSPC when there are too many processes.
 */
int sample_maps__set_space(struct sample_maps *maps, pid_t tgid, const struct address_space *space,
			   const struct sampled_objects *objects);

/* The program is not to sample process TGID. 0 or -errno. */
int sample_maps__ignore(struct sample_maps *maps, pid_t tgid);

/* Nothing is known any more of process TGID, which has ended. */
void sample_maps__forget(struct sample_maps *maps, pid_t tgid);

const struct lprof_bpf *sample_maps__skeleton(const struct sample_maps *maps); /* as given to sample_maps__new() */

/* A descriptor that is readable when there are messages that should be taken soon. */
int sample_maps__fd(const struct sample_maps *maps);

/* Takes all messages. */
void sample_maps__take(struct sample_maps *maps);

#endif
