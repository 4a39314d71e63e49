/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_time: converts estimated times, which are in floating point and have standard deviations, to the times of a
 * profile; and how a note says that these are more than passed.
 */
#ifndef LPROF_PROFILE_TIME_H
#define LPROF_PROFILE_TIME_H

#include <stdbool.h>
#include <string.h>

#include "flow/edge.h"
#include "profile/profile.h"

/* An uncertainty is this many standard deviations, so that one error in twenty exceeds it. */
#define PROFILE_TIME_DOUBTS 2

static inline struct profile_line profile_time__line(uint32_t line, uint64_t hits, const struct attribute_time *time)
{
	return (struct profile_line){
		.line = line,
		.hits = hits,
		.time_ns = (uint64_t)(time->ns + 0.5),
		.uncertainty_ns = (uint64_t)(PROFILE_TIME_DOUBTS * time->doubt_ns + 0.5),
		.blocked_ns = (uint64_t)(time->blocked_ns + 0.5),
		.waiting_ns = (uint64_t)(time->waiting_ns + 0.5),
	};
}

/* The end of a note of a function whose times are those of calls that contain each other. */
#define TIMES_OVERLAP "add up to more than passed"

/* Whether the function has such a note. */
static inline bool profile_time__overlaps(const struct profile_function *function)
{
	for (size_t i = 0; i < function->n_notes; i++)
		if (strstr(function->notes[i], TIMES_OVERLAP))
			return true;
	return false;
}

#endif
