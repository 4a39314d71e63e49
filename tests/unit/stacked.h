/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stacked: sampled stacks for tests, written as text. A failure in these functions fails the test. */
#ifndef LPROF_TESTS_STACKED_H
#define LPROF_TESTS_STACKED_H

#include <stdint.h>

#include "profile/stacks.h"

/*
 * Adds samples that end in the innermost of FRAMES, and the time that they stand for. Frames are separated by ";", the
 * outermost is first: "main:3;f:10;g". The number is the line of a function that is declared on line 1 of its file and
 * belongs to /a/program; "f:10@b.h" is line 10 of another file. A function without a line has neither file nor object.
 * The file of "f" is "f.c". Returns the index of the innermost node.
 */
uint32_t stacked__add(struct stacks *stacks, const struct profile_owner *owner, const char *frames, uint64_t samples,
		      uint64_t cpu_ns, uint64_t blocked_ns);

/* The same for an owner of zeros and so many samples of a millisecond on a processor. */
uint32_t stacked__sample(struct stacks *stacks, const char *frames, uint64_t samples);

/* The first function of this name. */
uint32_t stacked__function(const struct stacks *stacks, const char *name);

/*
 * All nodes as text, which the caller owns: a line for each in the order of their indexes, its frames as above and
 * behind them samples, cpu_ns and blocked_ns. Before the outermost frame is the process with the thread, if it is
 * known: "[5/6]main:3".
 */
char *stacked__text(const struct stacks *stacks);

#endif
