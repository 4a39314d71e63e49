// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be preloaded into the profiler: takes from it what it needs to sample stacks. In the environment:
 *
 *	FAILING=walk	the kernel does not let BPF programs of perf events call bpf_loop, as before Linux 5.17
 *	FAILING=events	the kernel refuses the timers, as in a container that does not allow perf_event_open
 *
 * What the program executes is left in peace: it does not inherit LD_PRELOAD.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

int libbpf_probe_bpf_helper(int type, int helper, const void *options);
long syscall(long number, ...);

static bool no_walk, no_events;

static void __attribute__((constructor)) begin(void)
{
	const char *failing = getenv("FAILING");

	no_walk = failing && !strcmp(failing, "walk");
	no_events = failing && !strcmp(failing, "events");
	unsetenv("LD_PRELOAD");
}

/* The function NAME of the library that the program would call otherwise. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

int libbpf_probe_bpf_helper(int type, int helper, const void *options)
{
	return no_walk && helper == BPF_FUNC_loop ? 0 : NEXT(libbpf_probe_bpf_helper)(type, helper, options);
}

long syscall(long number, ...)
{
	long args[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (no_events && number == SYS_perf_event_open &&
	    ((const struct perf_event_attr *)args[0])->type == PERF_TYPE_SOFTWARE) {
		errno = EACCES;
		return -1;
	}
	return NEXT(syscall)(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}
