/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kept: the keeper's process itself; see keeper.h. */
#ifndef LPROF_KEPT_H
#define LPROF_KEPT_H

/*
 * Serves the profiler at the other end of SOCKET until that is gone, then takes all probes out. To be called after
 * fork().
 */
void kept__run(int socket, void (*clean)(void)) __attribute__((noreturn));

#endif
