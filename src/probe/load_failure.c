// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/load_failure.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "lprof.h"
#include "lprof.skel.h"

#define LOG_LINES     20
#define HASH_OVERHEAD 80 /* bytes for an element beside its key and value, and for its place in the table */

/* Shows the last lines of the verifier's log, which tell what it refused, each as a message. */
static void show_log(const char *log, const struct diag *diag)
{
	const char *start = log + strlen(log);

	for (int lines = 0; start > log && lines <= LOG_LINES; start--)
		lines += start[-1] == '\n';
	for (size_t length; *start; start += length + (start[length] == '\n')) {
		length = strcspn(start, "\n");
		diag__debug(diag, "the verifier: %.*s", (int)length, start);
	}
}

static void explain_verdict(int err, const char *log, const struct diag *diag)
{
	diag__error(diag, "the kernel refused the BPF program (%s); run `lprof-bpf doctor` to see what it lacks%s",
		    strerror(-err), diag->verbosity >= 1 ? "" : ", or add -v for the verifier's words");
	show_log(log, diag);
}

static double round_up(double size)
{
	return 8 * ceil(size / 8);
}

/* Roughly how much memory the kernel takes for an element of MAP. */
static double element_size(const struct bpf_map *map)
{
	double key = round_up(bpf_map__key_size(map)), value = round_up(bpf_map__value_size(map));
	int n_cpus = libbpf_num_possible_cpus();

	switch (bpf_map__type(map)) {
	case BPF_MAP_TYPE_RINGBUF:
		return 1; /* its size is its number of elements */
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
		return key + value + HASH_OVERHEAD;
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return value * (n_cpus > 0 ? n_cpus : 1);
	case BPF_MAP_TYPE_TASK_STORAGE:
		return 0; /* taken when there are tasks */
	default:
		return value;
	}
}

static double maps_mebibytes(const struct lprof_bpf *skel)
{
	const struct bpf_map *map;
	double bytes = 0;

	for (map = bpf_object__next_map(skel->obj, NULL); map; map = bpf_object__next_map(skel->obj, map))
		bytes += element_size(map) * bpf_map__max_entries(map);
	return bytes / (1 << 20);
}

void load_failure__explain(int err, const struct lprof_bpf *skel, const char *log, const struct diag *diag)
{
	if (err == -EMFILE)
		diag__error(diag, "out of file descriptors; raise the limit (ulimit -n)");
	else if (err == -ENOMEM)
		diag__error(diag,
			    "there is not enough memory for the BPF program's maps, about %.0f MiB; raise the limit of "
			    "the memory cgroup that this runs in (memory.max), or choose fewer functions",
			    maps_mebibytes(skel));
	else if (err == -ESRCH && access("/sys/kernel/btf/vmlinux", R_OK))
		diag__error(diag, "the kernel's type information is missing: mount /sys (mount -t sysfs sysfs /sys) if "
				  "/sys/kernel/btf/vmlinux is not there, else run a kernel that was built with "
				  "CONFIG_DEBUG_INFO_BTF");
	else
		explain_verdict(err, log, diag);
}
