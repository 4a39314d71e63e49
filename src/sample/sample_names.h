/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sample_names: what the addresses of a sample_tree mean: functions and lines, inlined calls included. */
#ifndef LPROF_SAMPLE_NAMES_H
#define LPROF_SAMPLE_NAMES_H

#include "profile/stacks.h"
#include "sample/sample_reader.h"
#include "sample/sample_tree.h"
#include "sample/sampled_objects.h"

struct sample_names;

/* OBJECTS and READER are borrowed; more objects may be added. NULL when out of memory. */
struct sample_names *sample_names__new(const struct sampled_objects *objects, const struct sample_reader *reader);
void sample_names__free(struct sample_names *names); /* NULL is allowed */

/*
 * Adds the samples of TREE to STACKS. Its owner K is owners[k] of STACKS. What has been looked up once is remembered.
 * 0 or -ENOMEM.
 */
int sample_names__add(struct sample_names *names, const struct sample_tree *tree, const uint32_t *owners,
		      struct stacks *stacks);

/*
 * Calls FN with the file and line of all code of the function WHAT in the bodies that samples of TREE were in, some of
 * them more than once; stops at its first value that is not zero, and returns it. 0 or -ENOMEM.
 */
int sample_names__each_line(struct sample_names *names, const struct sample_tree *tree,
			    const struct stack_function *what, int (*fn)(const char *file, uint32_t line, void *ctx),
			    void *ctx);

#endif
