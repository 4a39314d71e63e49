/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_gates: keeps what counting takes of a process within a budget. All functions that are the same code have a gate.
 * At first it is open, and they are counted all the time. When that takes too much, the gates of the dearest are shut:
 * from then on, only those of their lines are counted all the time that are hit seldom, and the others in cycles or
 * windows. Without anything of Python. Whoever calls holds the interpreter's lock.
 */
#ifndef LPROF_SHIM_GATES_H
#define LPROF_SHIM_GATES_H

#include <stdbool.h>

#include "shim/shim_gate.h"

/*
 * COUNTS has the run's page and a table. Without a budget there, nothing is bounded. A hit of a single line costs
 * LINE_COST. To be released.
 */
void shim_gates__begin(struct shim_gates *gates, struct shim_counts *counts, uint64_t line_cost);
void shim_gates__release(struct shim_gates *gates);

/* The process is a new one after a fork, with a table of its own. */
void shim_gates__fork(struct shim_gates *gates);

/* The number, from 1, of the gate of this code; 0: out of memory. */
uint32_t shim_gates__find(struct shim_gates *gates, const struct shim_identity *identity);

/* Function ID, which may be new, belongs to gate NUMBER. */
void shim_gates__add(struct shim_gates *gates, uint32_t id, uint32_t number);

/*
 * An event of gate NUMBER at tick NOW costs COST. Returns whether it is to be counted; if not, the place of the code
 * has to have no more events.
 */
bool shim_gates__take(struct shim_gates *gates, uint32_t number, uint64_t now, uint64_t cost);

/*
 * To be called for each hit of LINE, a number, of function ID of gate NUMBER, at tick NOW, before it is counted.
 * Returns whether cycles of the function are to be counted: then its events are to be set.
 */
bool shim_gates__hit(struct shim_gates *gates, uint32_t number, uint32_t id, uint32_t line, uint64_t now);

/* How the events of gate NUMBER are counted: what shim_gates__take() returns, as of now. */
bool shim_gates__passes(const struct shim_gates *gates, uint32_t number);

/* An exception has cost COST. Returns false if they are so frequent that they must not be followed any more. */
bool shim_gates__take_exception(struct shim_gates *gates, uint64_t cost);

#endif
