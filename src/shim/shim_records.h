/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_records: the records, in the memory that is shared with the profiler, of what functions were hit while they were
 * not counted all the time. Whoever calls holds the interpreter's lock.
 */
#ifndef LPROF_SHIM_RECORDS_H
#define LPROF_SHIM_RECORDS_H

#include "shim/shim_gate.h"

/* That of function ID, which is made if there is none, as of SINCE_NS of own time; NULL: there is no room. */
struct lprof_shim_windows *shim_records__of(struct shim_gates *gates, uint32_t id, double since_ns);

/* Notes what was counted of FUNCTION until now, so that it can be told from what is counted later. */
void shim_records__remember(struct lprof_shim_windows *windows, const struct lprof_shim_function *function);

/* Calls FN with each function's ID and its gate, as far as functions have a place for a record. */
void shim_records__each(struct shim_gates *gates,
			void (*fn)(struct shim_gates *gates, uint32_t id, const struct shim_gate *gate, void *ctx),
			void *ctx);

/*
 * Whether frames of the function are on no stack any more: it was counted until now, and is not from now on. CTX is the
 * struct shim_gates; for shim_counts__drop().
 */
bool shim_records__is_left(const struct lprof_shim_function *function, void *ctx);

#endif
