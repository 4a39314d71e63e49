/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sampled_lines: the time of the lines of functions, told from sampled stacks. Pure. */
#ifndef LPROF_SAMPLED_LINES_H
#define LPROF_SAMPLED_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/profile.h"
#include "profile/stacks.h"

/*
 * A line of a function, for one owner. A sample that goes through several activations of the function counts in the
 * line of the innermost one alone, as probes time calls of a function by itself: so the times of the lines add up to
 * the function's own.
 */
struct sampled_line {
	uint32_t function, owner; /* indexes */
	uint32_t file, line;	  /* as in struct stack_node; a line of 0 is not known */
	struct stack_times times;
};

struct sampled_lines {
	struct sampled_line *items; /* sorted by function, owner, file and line */
	size_t n;
};

/* Finds the lines of all functions in STACKS. To be released with sampled_lines__release(). 0 or -ENOMEM. */
int sampled_lines__make(const struct stacks *stacks, struct sampled_lines *lines);
void sampled_lines__release(struct sampled_lines *lines);

/* The first line of FUNCTION for OWNER, with their number in *n; NULL and 0 when there is none. */
const struct sampled_line *sampled_lines__of(const struct sampled_lines *lines, uint32_t function, uint32_t owner,
					     size_t *n);

/*
 * Adds the lines of FUNCTION for OWNER to PROFILED, which becomes uncounted: the time of what went through them, by
 * CLOCK, and how far that may be off the truth once in twenty times for want of samples. Samples whose line is not
 * known are on the line that declares the function; where that is not known either, they are left out. 0 or -ENOMEM.
 */
int sampled_lines__fill(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function,
			uint32_t owner, enum profile_clock clock, struct profile_function *profiled);

/*
 * Gives the lines of the counted function PROFILED the times that samples of FUNCTION for OWNER tell, multiplied by
 * FACTOR, instead of those that it has. PROFILED then has sampled_times. 0 or -ENOMEM.
 */
int sampled_lines__set(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function,
		       uint32_t owner, enum profile_clock clock, double factor, struct profile_function *profiled);

/* Finds the counted function and its owner among those that were sampled. Returns whether both were. */
bool sampled_lines__find(const struct stacks *stacks, const struct profile_function *profiled, uint32_t *function,
			 uint32_t *owner);

/*
 * By what the time on a processor that was sampled is to be multiplied to be that in which hits were counted, and how
 * far that may be off the truth once in twenty times. With WEIGHT 0, it is not known.
 */
struct sampled_scale {
	double factor, uncertainty;
	double weight;
};

/*
 * Finds the scale at which samples of FUNCTION for OWNER tell the time that was measured of the counted function
 * PROFILED. Returns false when there are too few samples to share out its time by them.
 */
bool sampled_lines__scale(const struct sampled_lines *lines, uint32_t function, uint32_t owner,
			  const struct profile_function *profiled, struct sampled_scale *scale);

/* Makes SUM, zeros at first, the mean of all the scales that were added to it, weighted by their certainty. */
void sampled_scale__add(struct sampled_scale *sum, const struct sampled_scale *scale);

/* Whether two scales may be the same, as far as they are certain. */
bool sampled_scale__agree(const struct sampled_scale *a, const struct sampled_scale *b);

/*
 * Gives the lines of the counted function PROFILED the times on a processor that samples of FUNCTION for OWNER tell,
 * which were taken while no probe was in, at SCALE. What its lines waited stays as it was measured. PROFILED then has
 * sampled_times. 0 or -ENOMEM.
 */
int sampled_lines__retime(const struct sampled_lines *lines, const struct stacks *stacks, uint32_t function,
			  uint32_t owner, const struct sampled_scale *scale, struct profile_function *profiled);

#endif
