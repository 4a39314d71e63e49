/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_references: the lines of shut gates by whose hits the others are counted: which line that is, and the cycles
 * from one hit of it to another. Whoever calls holds the interpreter's lock.
 */
#ifndef LPROF_SHIM_REFERENCES_H
#define LPROF_SHIM_REFERENCES_H

#include "shim/shim_gate.h"

/*
 * To be called for each hit of LINE, a number, of function ID, whose gate NUMBER is shut, at tick NOW. Returns whether
 * cycles of the function are to be counted: then its events are to be set.
 */
bool shim_references__hit(struct shim_gates *gates, uint32_t number, uint32_t id, uint32_t line, uint64_t now);

/* Whether the events of gate NUMBER are to be set when cycles of gate ASKED are to be counted. */
bool shim_references__joins(const struct shim_gates *gates, uint32_t number, uint32_t asked);

/* All those events are set, at a hit of the reference, a line of function ID. */
void shim_references__begin_cycles(struct shim_gates *gates, uint32_t asked, uint32_t id);

/* Ends the counting of the gate's cycles; ENDED: with their end, and otherwise because they cost too much. */
void shim_references__end_cycles(struct shim_gates *gates, struct shim_gate *gate, bool ended, uint64_t now);

/* The gate's reference is none any more, neither for itself nor for others. */
void shim_references__end(struct shim_gates *gates, struct shim_gate *gate);

#endif
