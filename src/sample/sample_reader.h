/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sample_reader: the operations by which the front-end of an interpreter reads sampled stacks. To the sampler, a frame
 * of interpreted code is a number that only the front-end can name.
 */
#ifndef LPROF_SAMPLE_READER_H
#define LPROF_SAMPLE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lprof_sample.h"
#include "profile/stacks.h"
#include "sample/address_space.h"
#include "sample/sample_tree.h"

struct lprof_bpf;

/* Most frames of interpreted code that a reader adds to a stack. */
#define SAMPLE_READER_FRAMES 128

/* What is known of a thread's interpreted frames, as in struct lprof_sample. */
struct sample_words {
	const uint64_t *items;
	size_t n;
	bool cut;	  /* there were more */
	bool natives_cut; /* of the native frames, outermost ones are missing */
};

struct sample_reader_ops {
	/*
	 * NATIVES: the interpreter's own functions matter to the user, so they stay in the stacks. Returns what the
	 * other operations get as READER, or NULL when out of memory.
	 */
	void *(*new)(bool natives);
	void (*free)(void *reader);

	/*
	 * The mappings of process PID were read; SPACE and OBJECTS are borrowed during the call. Tells the BPF programs
	 * of SKEL, if need be, how to walk the process's interpreted frames. 0 or -ENOMEM.
	 */
	int (*look)(void *reader, const struct lprof_bpf *skel, pid_t pid, const struct address_space *space,
		    const struct sampled_objects *objects);

	/*
	 * Walks the frames of a thread of PID that waits, whose segment fs begins at THREAD_POINTER. Writes at most
	 * 2 * SAMPLE_READER_FRAMES words to ITEMS and their number to *N; sets *cut. They are none when the process
	 * does not run this interpreter.
	 */
	void (*walk)(void *reader, pid_t pid, uint64_t thread_pointer, uint64_t *items, size_t *n, bool *cut);

	/*
	 * Puts the interpreted frames that WORDS tell of among the *N native FRAMES of a stack of PID, the innermost
	 * first; there is room for SAMPLE_READER_FRAMES more. The object of these frames is SAMPLE_INTERPRETED, their
	 * addr is what name() gets. 0 or -ENOMEM.
	 */
	int (*read)(void *reader, pid_t pid, const struct sample_words *words, struct sample_frame *frames, size_t *n);

	/* The function and the line of the frame ADDR. Strings live as long as READER. */
	void (*name)(void *reader, uint64_t addr, struct stack_function *function, uint32_t *line);
};

/* A reader and what it knows. Without OPS there is none. */
struct sample_reader {
	const struct sample_reader_ops *ops;
	void *state;
};

#endif
