/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * profile_merge: merges several profiles into one. Pure.
 *
 * Functions of two profiles are the same if they have the same object (the same build ID, or the same path if there is
 * none), file, name, linkage name and first line. The figures of their lines are added. Uncertainties are added too,
 * instead of being combined as independent errors would be, because an error in the calibration may be the same in
 * each run. Those of estimated hits and calls are combined as independent errors, since each run chose its windows at
 * random.
 */
#ifndef LPROF_PROFILE_MERGE_H
#define LPROF_PROFILE_MERGE_H

#include "profile/profile.h"

struct profile_merge;

/*
 * Creates an empty merge. With PROFILE_BY_NOTHING, the result has one table for each function. Otherwise each added
 * profile keeps its own tables: one for each process, or for each thread where the profile tells threads apart. Owned
 * by the caller; NULL when out of memory.
 */
struct profile_merge *profile_merge__new(enum profile_by by);
void profile_merge__free(struct profile_merge *merge); /* NULL is allowed */

/*
 * Adds a profile. NAME, such as the name of its file, stands for its process in a note where the profile does not tell
 * processes apart. Returns 0, -EINVAL when its clock differs from that of the profiles before it, or -ENOMEM. After an
 * error only profile_merge__free() may be called.
 */
int profile_merge__add(struct profile_merge *merge, const struct profile *profile, const char *name);

/*
 * Returns the merged profile, owned by the caller, and leaves MERGE empty; NULL when out of memory. Its duration is
 * the longest of all. It has each process ID and each note once. Different commands are joined, with the word ";"
 * between them. Its budget is the largest of all; if one had no limit, there is none.
 */
struct profile *profile_merge__finish(struct profile_merge *merge);

#endif
