// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/target_time.h"

#include <bpf/libbpf.h>

#define TRIES 10

/* A context switch changes both words. It may come between the readings, but seldom several times. */
static uint64_t read_one(const volatile struct lprof_target_time *time, uint64_t at_ns)
{
	uint64_t total_ns = 0, since_ns = 0;

	for (int i = 0; i < TRIES; i++) {
		total_ns = time->total_ns;
		since_ns = time->since_ns;
		if (since_ns == time->since_ns && total_ns == time->total_ns)
			break;
	}
	return since_ns && at_ns > since_ns ? total_ns + at_ns - since_ns : total_ns;
}

uint64_t target_time__ns(const volatile struct lprof_gate *gate, uint64_t at_ns)
{
	int n = libbpf_num_possible_cpus();
	uint64_t sum = 0;

	for (int cpu = 0; cpu < n && cpu < LPROF_TARGET_TIMES; cpu++)
		sum += read_one(&gate->times[cpu], at_ns);
	return sum;
}

uint64_t target_time__after_ns(const volatile struct lprof_gate *gate)
{
	int n = libbpf_num_possible_cpus();
	uint64_t sum = 0;

	for (int cpu = 0; cpu < n && cpu < LPROF_TARGET_TIMES; cpu++)
		sum += gate->times[cpu].after_ns;
	return sum;
}
