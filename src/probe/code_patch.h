/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code_patch: breakpoints of one object in the code of one process, which this process writes there and takes out
 * itself, while the kernel goes on having probes at these places. See code_patch.c for why that is allowed.
 */
#ifndef LPROF_CODE_PATCH_H
#define LPROF_CODE_PATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct code_patch;

/*
 * For code of one object in process PID. 0 and a patch owned by the caller, or -errno: the memory of the process may
 * not be written, for example.
 */
int code_patch__open(pid_t pid, struct code_patch **out);

/* Frees the patch. Breakpoints stay as they are. NULL is allowed. */
void code_patch__close(struct code_patch *patch);

/*
 * Learns what the code at the N OFFSETS of the object that OBJECT_FD is open on is, which ascend and are not known yet.
 * To be called before the kernel has probes there. 0; -ENXIO: it is not mapped, or is mapped writable; -EBUSY: somebody
 * else has a breakpoint there; or another -errno. After a failure the patch knows what it knew before.
 */
int code_patch__learn(struct code_patch *patch, int object_fd, const uint64_t *offsets, size_t n);

/* Forgets them again. To be called before the kernel takes its probes away. */
void code_patch__forget(struct code_patch *patch, const uint64_t *offsets, size_t n);

/* Whether the kernel has breakpoints in at all N OFFSETS. */
bool code_patch__are_in(const struct code_patch *patch, const uint64_t *offsets, size_t n);

/* Whether there is none at any offset that was learnt. */
bool code_patch__is_clean(const struct code_patch *patch);

/*
 * Puts breakpoints at the N OFFSETS, which ascend and were learnt, or takes them out. Only while the kernel has its
 * probes there. 0; -EBUSY: somebody else has put a breakpoint at one of them, or the kernel has; -ESTALE: the code has
 * changed; or another -errno. Some may have been written then.
 */
int code_patch__put_in(struct code_patch *patch, const uint64_t *offsets, size_t n);
int code_patch__take_out(struct code_patch *patch, const uint64_t *offsets, size_t n);

/* On how many pages the N OFFSETS are. */
size_t code_patch__n_pages(const uint64_t *offsets, size_t n);

#endif
