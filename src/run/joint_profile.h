/* SPDX-License-Identifier: GPL-2.0-or-later */
/* joint_profile: one profile of all programs of a run. */
#ifndef LPROF_RUN_JOINT_PROFILE_H
#define LPROF_RUN_JOINT_PROFILE_H

#include <stddef.h>

#include "profile/profile.h"

struct program;

/*
 * Adds what has been counted and sampled of the N programs, those without phases apart, to *PROFILE, whose clock,
 * duration, command and process IDs are set. With several, *PROFILE is replaced. BY as for profile_merge__new(). 0 or
 * -errno.
 */
int joint_profile__collect(struct program *const *programs, size_t n, enum profile_by by, struct profile **profile);

#endif
