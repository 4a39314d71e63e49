/* SPDX-License-Identifier: GPL-2.0-or-later */
/* held: the processes in the BPF map `held`, which have stopped themselves and wait for somebody to let them go on. */
#ifndef LPROF_HELD_H
#define LPROF_HELD_H

#include <stdbool.h>
#include <stdint.h>

/* MAP_FD is the map. Lets process PID go on. Whether it was held. */
bool held__let_go_one(int map_fd, uint32_t pid);

/* The same for all that have been held since BEFORE_NS of the monotonic clock or longer; 0: for all. */
void held__let_go(int map_fd, uint64_t before_ns);

#endif
