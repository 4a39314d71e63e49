// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/target_clock.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>

#include "base/clock.h"

#define LOOK_NS	  CLOCK_SECOND_NS
#define LOOK_COST 200 /* looking for processes may take this part of the time */

struct target_clock {
	const struct probed *probed;
	int map_fd;
	uint64_t look_ns; /* when processes are to be looked for again */
};

struct target_clock *target_clock__new(const struct probed *probed, int map_fd)
{
	struct target_clock *clock = calloc(1, sizeof(*clock));

	if (!clock)
		return NULL;
	clock->probed = probed;
	clock->map_fd = map_fd;
	return clock;
}

void target_clock__free(struct target_clock *clock)
{
	free(clock);
}

/* A process that was found before stays known: that its ID is used again, by another program, is rare. */
static void look_at(const struct target_clock *clock, pid_t pid)
{
	uint32_t id = (uint32_t)pid;
	uint8_t known;

	if (!bpf_map_lookup_elem(clock->map_fd, &id, &known) || !probed__is_mapped(clock->probed, pid, NULL))
		return;
	known = 1;
	(void)bpf_map_update_elem(clock->map_fd, &id, &known, BPF_ANY);
}

void target_clock__look(struct target_clock *clock)
{
	uint64_t start_ns = clock__monotonic_ns(), took_ns;
	const struct dirent *entry;
	DIR *proc;

	if (start_ns < clock->look_ns)
		return;
	proc = opendir("/proc");
	while (proc && (entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (pid > 0)
			look_at(clock, pid);
	}
	if (proc)
		closedir(proc);
	took_ns = LOOK_COST * (clock__monotonic_ns() - start_ns);
	clock->look_ns = start_ns + (took_ns > LOOK_NS ? took_ns : LOOK_NS);
}
