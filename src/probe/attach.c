// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/attach.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/many_files.h"

/* From Linux 6.6's uapi; a build machine's headers and libbpf may be older. */
#define UPROBE_MULTI_ATTACH_TYPE 48
struct link_create_uprobe_multi {
	uint32_t prog_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr_offsets;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t multi_flags;
	uint32_t pid;
	uint32_t pad;
};

/* The kernel's PERF_UPROBE_REF_CTR_OFFSET_SHIFT. */
#define SEMAPHORE_SHIFT 32

struct attachment {
	int *fds; /* closed from the last to the first, so that each link is closed before its perf event */
	size_t n;
};

static int create_multi_link(const struct attach_request *request)
{
	struct link_create_uprobe_multi attr = {
		.prog_fd = request->prog_fd,
		.attach_type = UPROBE_MULTI_ATTACH_TYPE,
		.path = (uintptr_t)request->path,
		.offsets = (uintptr_t)request->offsets,
		.ref_ctr_offsets = (uintptr_t)request->semaphores,
		.cookies = (uintptr_t)request->cookies,
		.cnt = request->n,
		.pid = request->pid,
	};
	long fd = syscall(__NR_bpf, BPF_LINK_CREATE, &attr, sizeof(attr));

	return fd < 0 ? -errno : (int)fd;
}

static int load_empty_program(int expected_type)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = (enum bpf_attach_type)expected_type);

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "lprof_probe", "GPL", insns, 2, &opts);
}

enum attach_way attach__best_way(void)
{
	const uint64_t zero = 0;
	struct attach_request request = {.path = "/", .offsets = &zero, .cookies = &zero, .n = 1};
	bool known, by_process;

	request.prog_fd = load_empty_program(UPROBE_MULTI_ATTACH_TYPE);
	if (request.prog_fd < 0)
		return ATTACH_PERF_EVENTS;
	/* A kernel that knows the attach type gets as far as to refuse the path, which is no regular file. */
	known = create_multi_link(&request) == -EBADF;
	/*
	 * Before 6.10 (and its stable updates) the link's process was taken for a thread: the hits of all other threads
	 * were lost. A corrected kernel can be told by this: it refuses a negative process before it looks at the path.
	 */
	request.pid = -1;
	by_process = create_multi_link(&request) == -EINVAL;
	close(request.prog_fd);
	return known && by_process ? ATTACH_UPROBE_MULTI : ATTACH_PERF_EVENTS;
}

int attach__expected_type(enum attach_way way)
{
	return way == ATTACH_UPROBE_MULTI ? UPROBE_MULTI_ATTACH_TYPE : 0;
}

int attach__empty_program(void)
{
	return load_empty_program(attach__expected_type(attach__best_way()));
}

static int uprobe_pmu_type(void)
{
	FILE *file = fopen("/sys/bus/event_source/devices/uprobe/type", "re");
	char line[32];
	long type = -ENOENT;

	if (!file)
		return -errno;
	if (fgets(line, sizeof(line), file))
		type = strtol(line, NULL, 10);
	fclose(file);
	return (int)type;
}

static int open_perf_event(int type, const struct attach_request *request, size_t i)
{
	struct perf_event_attr attr = {
		.type = type,
		.size = sizeof(attr),
		.config = request->semaphores ? request->semaphores[i] << SEMAPHORE_SHIFT : 0,
		.config1 = (uintptr_t)request->path,
		.config2 = request->offsets[i],
	};
	pid_t pid = request->pid ? request->pid : -1;
	/* The BPF program of an event for all processes runs on all CPUs, whichever one is named. */
	long fd = syscall(__NR_perf_event_open, &attr, pid, pid == -1 ? 0 : -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int attach_perf_events(const struct attach_request *request, struct attachment *attachment)
{
	int type = uprobe_pmu_type();

	if (type < 0)
		return type;
	many_files__allow();
	for (size_t i = 0; i < request->n; i++) {
		LIBBPF_OPTS(bpf_link_create_opts, opts, .perf_event.bpf_cookie = request->cookies[i]);
		int event = open_perf_event(type, request, i), link;

		if (event < 0)
			return event;
		attachment->fds[attachment->n++] = event;
		link = bpf_link_create(request->prog_fd, event, BPF_PERF_EVENT, &opts);
		if (link < 0)
			return link;
		attachment->fds[attachment->n++] = link;
	}
	return 0;
}

static int attach_multi(const struct attach_request *request, struct attachment *attachment)
{
	int fd = create_multi_link(request);

	if (fd < 0)
		return fd;
	attachment->fds[attachment->n++] = fd;
	return 0;
}

int attach__probes(const struct attach_request *request, struct attachment **out)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));
	int err = -ENOMEM;

	if (!attachment)
		return -ENOMEM;
	attachment->fds = calloc(2 * request->n + 1, sizeof(*attachment->fds));
	if (attachment->fds)
		err = request->way == ATTACH_UPROBE_MULTI ? attach_multi(request, attachment)
							  : attach_perf_events(request, attachment);
	if (err) {
		attachment__detach(attachment);
		return err;
	}
	*out = attachment;
	return 0;
}

void attachment__detach(struct attachment *attachment)
{
	if (!attachment)
		return;
	while (attachment->n)
		close(attachment->fds[--attachment->n]);
	free(attachment->fds);
	free(attachment);
}
