/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_calls: calls of a function that does not fit into the budget, timed as wholes now and then. Its lines are not
 * counted meanwhile, so hardly anything disturbs these times, and the difference tells what events of lines
 * cost. Whoever calls holds the interpreter's lock.
 */
#ifndef LPROF_SHIM_CALLS_H
#define LPROF_SHIM_CALLS_H

#include "shim/shim_gate.h"

/* The lines of GATE's functions have been counted, and are not any more: some of the next calls are to be timed. */
void shim_calls__want(struct shim_gate *gate);

/* They are counted again, or the process is a new one: a call that is being timed is lost. */
void shim_calls__cancel(struct shim_gate *gate);

/* Functions of GATE are generators, and a call of one ends before its work does: none is timed any more. */
void shim_calls__give_up(struct shim_gate *gate);

/* The thread that executes has called a function of gate NUMBER, and the event of that has been counted. */
void shim_calls__enter(struct shim_gates *gates, uint32_t number);

/*
 * It leaves function ID of gate NUMBER, at tick NOW; the event costs COST, which the caller charges. Returns whether
 * events of its end are wanted further on.
 */
bool shim_calls__leave(struct shim_gates *gates, uint32_t number, uint32_t id, uint64_t now, uint64_t cost);

#endif
