/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_account: what counting has cost, against what it may cost. Costs are in thousandths of a tick. Without anything
 * of Python. Whoever calls holds the interpreter's lock but where it says otherwise.
 */
#ifndef LPROF_SHIM_ACCOUNT_H
#define LPROF_SHIM_ACCOUNT_H

#include "shim/shim_gate.h"

#define SHIM_ACCOUNT_SLICE_NS	 1e5 /* when so much was spent, it is looked at what is left */
#define SHIM_ACCOUNT_DISTURBANCE 0.3 /* so much more than by calibration events cost in windows, with cold caches */

/* Begins it anew: nothing was earned yet. */
void shim_account__open(struct shim_gates *gates);

/* Brings it up to date. Returns the process's time on a processor. */
double shim_account__update(struct shim_gates *gates);

/* The process's own time, as of the last update. */
double shim_account__own_ns(const struct shim_gates *gates);

/* The process's time on a processor since the account was opened. Needs no lock. */
double shim_account__cpu_ns(const struct shim_gates *gates);

/* What all events have cost. */
uint64_t shim_account__table_cost(const struct shim_gates *gates);

double shim_account__to_ns(const struct shim_gates *gates, uint64_t cost);
uint64_t shim_account__to_cost(const struct shim_gates *gates, double ns);

/* What this thread has executed since it had been on a processor for BEGAN_NS was none of the program. */
void shim_account__charge(struct shim_gates *gates, struct shim_thread *thread, uint64_t began_ns);

#endif
