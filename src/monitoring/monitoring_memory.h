/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_memory: the memory that is shared with Python programs (shim/lprof_shim.h), on the profiler's side, and
 * the files that a command is given with it. It is never mapped here, but read and written like a file: so the
 * programs cannot change what was read.
 */
#ifndef LPROF_MONITORING_MEMORY_H
#define LPROF_MONITORING_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "profile/profile.h"
#include "shim/lprof_shim.h"
#include "target/selector.h"
#include "target/target_equipment.h"

struct monitoring_memory;

struct monitoring_wish {
	const struct selector *const *selectors;
	size_t n_selectors;
	enum profile_clock clock;
	bool by_thread;
	double share;	   /* of a program's processor time that counting may take; 0: there is no limit */
	uint64_t pause_ns; /* that it may take of a thread in one piece */
};

/* Owned by the caller. 0, or -errno that was reported to DIAG (except -ENOMEM). */
int monitoring_memory__open(const struct monitoring_wish *wish, const struct diag *diag,
			    struct monitoring_memory **out);
void monitoring_memory__close(struct monitoring_memory *memory); /* NULL is allowed */

/* The library that is preloaded: a descriptor, borrowed. */
int monitoring_memory__library(const struct monitoring_memory *memory);

/* Fills EQUIPMENT, whose descriptors live as long as MEMORY. */
void monitoring_memory__equip(const struct monitoring_memory *memory, struct target_equipment *equipment);

/* The descriptor of the memory, for programs that run already; borrowed. */
int monitoring_memory__fd(const struct monitoring_memory *memory);

/* Lets the programs count for some time more; to be called before they begin and a few times a second. */
void monitoring_memory__renew(const struct monitoring_memory *memory);

/* SHARE is what counting may take of a program's processor time from now on; only if there is a limit. */
void monitoring_memory__allow(const struct monitoring_memory *memory, double share);

/* Ends counting. */
void monitoring_memory__stop(struct monitoring_memory *memory);

/* The tick now or, when counting has ended, then. */
uint64_t monitoring_memory__now(const struct monitoring_memory *memory);

/* How many nanoseconds a tick takes, by what has passed since the memory was made. */
double monitoring_memory__tick_ns(const struct monitoring_memory *memory);

/* Which clock ticks are of. */
enum lprof_shim_clock monitoring_memory__clock(const struct monitoring_memory *memory);

/* How many tables are in use, and how many programs have none although they count nothing without. 0 or -errno. */
int monitoring_memory__tables(const struct monitoring_memory *memory, uint32_t *n, uint32_t *n_lost);

/* Reads the head of table NUMBER. Returns 0; -ENOENT: it is not valid, perhaps not yet; or another -errno. */
int monitoring_memory__head(const struct monitoring_memory *memory, uint32_t number, struct lprof_shim_table *head);

/* Reads as much of table NUMBER as is in use into *bytes, owned by the caller; *size may be 0. 0 or -errno. */
int monitoring_memory__read(const struct monitoring_memory *memory, uint32_t number, void **bytes, size_t *size);

/* Says in table NUMBER that the function at byte AT is not wanted. */
void monitoring_memory__reject(const struct monitoring_memory *memory, uint32_t number, size_t at);

#endif
