/* SPDX-License-Identifier: GPL-2.0-or-later */
/* loaded_part: a few programs of the BPF object, loaded with no more maps than these need. */
#ifndef LPROF_LOADED_PART_H
#define LPROF_LOADED_PART_H

struct lprof_bpf;

/*
 * Opens the programs and maps whose names PROGRAMS and MAPS list, each list ended by NULL; the caller may set read-only
 * data, and then loads the object by bpf_object__load(). 0 and an object that is owned by the caller, to be freed by
 * lprof_bpf__destroy(); or -errno.
 */
int loaded_part__open(const char *const *programs, const char *const *maps, struct lprof_bpf **out);

#endif
