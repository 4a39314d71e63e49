/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_windows: the windows of time in which functions are counted of which no reference tells. Whoever calls holds the
 * interpreter's lock.
 */
#ifndef LPROF_SHIM_WINDOWS_H
#define LPROF_SHIM_WINDOWS_H

#include "shim/shim_gate.h"

#define SHIM_WINDOWS_MOST_NS 2e6 /* a window lasts as long at most */

/*
 * A window is opened in two steps. Those gates are chosen whose functions are counted in it: they are IN_WINDOW then,
 * and their events are to be set. When that is done, at tick NOW, and was charged, the window begins. Returns false if
 * no function needs one.
 */
bool shim_windows__choose(struct shim_gates *gates);
void shim_windows__opened(struct shim_gates *gates, uint64_t now);

/* Whether line LINE, a number, of gate NUMBER's functions is counted in the window of hits that is open. */
bool shim_windows__is_counted(const struct shim_gates *gates, uint32_t number, uint32_t line, uint32_t n_lines);

/* Ends the window, if there is one. */
void shim_windows__end(struct shim_gates *gates, uint64_t now);

#endif
