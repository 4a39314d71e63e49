// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A uprobe changes memory in one of these ways:
 *
 *   - an int3 replaces the first byte of the instruction;
 *   - from Linux 6.18 on, once the probe was hit, a call of the kernel's trampoline replaces a five-byte nop. While
 *     the kernel writes that call, there is an int3 in front of its last four bytes.
 */
#include "target/mapped.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/grow.h"
#include "base/maps.h"
#include "base/process_memory.h"

#define BREAKPOINT 0xcc
#define CALL	   0xe8

static const uint8_t nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};

struct segment {
	uintptr_t addr;
	uint64_t offset, size; /* range in the file */
};

struct mapped {
	pid_t pid;
	unsigned long long dev, ino;
	struct segment *segments;
	size_t n, capacity;
};

static int add_segment(struct mapping *mapping, void *ctx)
{
	struct mapped *mapped = ctx;
	char link[MAPS_LINK_SIZE];
	struct stat st;

	if (!mapping->exec || !mapping->ino)
		return 0;
	maps__link(mapped->pid, mapping, link);
	if (stat(link, &st) || (mapped->dev && st.st_dev != mapped->dev) || st.st_ino != mapped->ino)
		return 0;
	if (grow__one(&mapped->segments, &mapped->capacity, mapped->n, sizeof(*mapped->segments)))
		return -ENOMEM;
	mapped->segments[mapped->n++] = (struct segment){mapping->lo, mapping->offset, mapping->hi - mapping->lo};
	return 0;
}

int mapped__open(pid_t pid, unsigned long long dev, unsigned long long ino, struct mapped **out)
{
	struct mapped *mapped = calloc(1, sizeof(*mapped));
	int err;

	if (!mapped)
		return -ENOMEM;
	mapped->pid = pid;
	mapped->dev = dev;
	mapped->ino = ino;
	err = maps__each(pid, add_segment, mapped);
	if (err) {
		mapped__close(mapped);
		return err;
	}
	*out = mapped;
	return 0;
}

/* A piece of code whose bytes in the file and in memory are to be compared. */
struct code {
	uintptr_t addr;
	uint64_t offset;
	const uint8_t *bytes; /* its bytes in the file */
	uint8_t *found;	      /* its bytes in memory */
	size_t len;
	mapped_insn_fn insn;
	void *ctx;
};

static int is_trampoline(struct mapping *mapping, void *ctx)
{
	uintptr_t addr = *(const uintptr_t *)ctx;

	return addr >= mapping->lo && addr < mapping->hi && !strcmp(mapping->name, "[uprobes-trampoline]");
}

/*
 * Whether the instruction at I is a nop that the kernel has rewritten, or is rewriting, into a call of its
 * trampoline.
 */
static bool calls_trampoline(const struct mapped *mapped, const struct code *code, size_t i)
{
	int32_t displacement;
	uintptr_t target;

	if (code->len - i < sizeof(nop5) || memcmp(code->bytes + i, nop5, sizeof(nop5)) != 0 ||
	    (code->found[i] != CALL && code->found[i] != BREAKPOINT))
		return false;
	memcpy(&displacement, code->found + i + 1, sizeof(displacement));
	target = code->addr + i + sizeof(nop5) + (uintptr_t)displacement;
	return maps__each(mapped->pid, is_trampoline, &target) == 1;
}

static bool is_thread_traced(pid_t pid, const char *thread)
{
	char path[300], line[256];
	unsigned tracer = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/status", pid, thread);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "TracerPid: %u", &tracer) == 1)
			break;
	fclose(file);
	return tracer != 0;
}

/* Whether somebody uses ptrace(2) on one of the threads of PID. */
static bool is_traced(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	bool traced = false;
	DIR *threads;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	threads = opendir(path);
	if (!threads)
		return false;
	while (!traced && (entry = readdir(threads)))
		traced = entry->d_name[0] != '.' && is_thread_traced(pid, entry->d_name);
	closedir(threads);
	return traced;
}

static enum mapped_state judge(const struct mapped *mapped, const struct code *code)
{
	bool breakpoint = false;

	for (size_t i = 0; i < code->len; i++) {
		if (code->found[i] == code->bytes[i])
			continue;
		if (!code->insn(code->offset + i, code->ctx))
			return MAPPED_CHANGED;
		if (calls_trampoline(mapped, code, i))
			i += sizeof(nop5) - 1;
		else if (code->found[i] == BREAKPOINT)
			breakpoint = true;
		else
			return MAPPED_CHANGED;
	}
	return breakpoint && is_traced(mapped->pid) ? MAPPED_BREAKPOINT : MAPPED_SAME;
}

static enum mapped_state compare(const struct mapped *mapped, struct code *code)
{
	enum mapped_state state = MAPPED_CHANGED;
	ssize_t n;

	code->found = malloc(code->len);
	if (!code->found)
		return MAPPED_UNKNOWN;
	n = process_memory__read(mapped->pid, code->addr, code->found, code->len);
	if (n == -ESRCH)
		state = MAPPED_GONE;
	else if (n == (ssize_t)code->len)
		state = judge(mapped, code);
	free(code->found);
	return state;
}

enum mapped_state mapped__compare(const struct mapped *mapped, uint64_t offset, const uint8_t *bytes, size_t len,
				  mapped_insn_fn insn, void *ctx)
{
	enum mapped_state state = MAPPED_SAME;

	for (size_t i = 0; state == MAPPED_SAME && i < mapped->n; i++) {
		const struct segment *segment = &mapped->segments[i];
		struct code code = {.insn = insn, .ctx = ctx};
		uint64_t hi = segment->offset + segment->size;

		code.offset = offset > segment->offset ? offset : segment->offset;
		if (offset + len < hi)
			hi = offset + len;
		/* mprotect(2) splits a mapping, so a range may lie in several segments. */
		if (code.offset >= hi)
			continue;
		code.addr = segment->addr + (code.offset - segment->offset);
		code.bytes = bytes + (code.offset - offset);
		code.len = hi - code.offset;
		state = compare(mapped, &code);
	}
	return state;
}

void mapped__close(struct mapped *mapped)
{
	if (!mapped)
		return;
	free(mapped->segments);
	free(mapped);
}
