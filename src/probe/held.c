// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/held.h"

#include <bpf/bpf.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

bool held__let_go_one(int map_fd, uint32_t pid)
{
	/* Whoever deletes it continues it, so that nobody who was stopped by somebody else later is continued. */
	if (bpf_map_delete_elem(map_fd, &pid))
		return false;
	(void)kill((int)pid, SIGCONT);
	return true;
}

void held__let_go(int map_fd, uint64_t before_ns)
{
	uint32_t pid, next;
	bool more = !bpf_map_get_next_key(map_fd, NULL, &next);
	uint64_t since_ns;

	while (more) {
		pid = next;
		more = !bpf_map_get_next_key(map_fd, &pid, &next);
		if (bpf_map_lookup_elem(map_fd, &pid, &since_ns) || (before_ns && since_ns > before_ns))
			continue;
		(void)held__let_go_one(map_fd, pid);
	}
}
