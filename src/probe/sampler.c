// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/sampler.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct sampler {
	int *fds; /* one perf event for each processor that is online */
	int n;
};

bool sampler__can_walk(void)
{
	return libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_loop, NULL) == 1;
}

void sampler__explain(int err, char *text, size_t size)
{
	switch (-err) {
	case EOPNOTSUPP:
		snprintf(text, size, "the kernel does not let BPF programs walk stacks; Linux 5.17 and later do");
		break;
	case EACCES:
	case EPERM:
		snprintf(text, size,
			 "the kernel refuses perf events (%s); in a container, have its seccomp profile allow "
			 "perf_event_open",
			 strerror(-err));
		break;
	default:
		snprintf(text, size, "the kernel refuses perf events (%s)", strerror(-err));
	}
}

/* Uses the software clock, because hardware counters are missing in most virtual machines. */
static int open_event(int cpu, uint64_t period_ns)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = period_ns,
		.exclude_idle = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int attach(struct sampler *sampler, int cpu, int prog_fd, uint64_t period_ns)
{
	int fd = open_event(cpu, period_ns);

	if (fd < 0)
		return fd;
	sampler->fds[sampler->n++] = fd;
	return ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog_fd) ? -errno : 0;
}

int sampler__open(int prog_fd, uint64_t period_ns, struct sampler **out)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));
	long n_cpus = sysconf(_SC_NPROCESSORS_CONF);
	int err = -ENOMEM;

	if (!sampler)
		return -ENOMEM;
	sampler->fds = calloc(n_cpus > 0 ? (size_t)n_cpus : 1, sizeof(*sampler->fds));
	if (sampler->fds) {
		err = 0;
		for (int cpu = 0; !err && cpu < n_cpus; cpu++) {
			err = attach(sampler, cpu, prog_fd, period_ns);
			if (err == -ENODEV) /* this processor is offline */
				err = 0;
		}
	}
	if (err) {
		sampler__close(sampler);
		return err;
	}
	*out = sampler;
	return 0;
}

void sampler__set_period(struct sampler *sampler, uint64_t period_ns)
{
	for (int i = 0; i < sampler->n; i++)
		(void)ioctl(sampler->fds[i], PERF_EVENT_IOC_PERIOD, &period_ns);
}

void sampler__close(struct sampler *sampler)
{
	if (!sampler)
		return;
	for (int i = 0; i < sampler->n; i++)
		close(sampler->fds[i]);
	free(sampler->fds);
	free(sampler);
}
