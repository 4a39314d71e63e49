// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "cpython/python_code.h"
#include "monitoring/monitoring_files.h"
#include "shim/shim_clock.h"

/* Descriptors have high numbers, which programs that pass them on do not use themselves. */
#define FIRST_DESCRIPTOR 700

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010u
#endif

enum { LIBRARY, EXTENSION, MEMORY, HOLDER, FILES };

_Static_assert(HOLDER == EQUIPMENT_DESCRIPTORS, "each file has a descriptor, and the holder is a program");

_Static_assert(LPROF_SHIM_HELD == EQUIPMENT_HELD, "the holder has them by these numbers");

struct monitoring_memory {
	int fds[FILES];
	enum lprof_shim_clock clock;
	uint64_t made_ticks, made_ns; /* when it was made */
	uint64_t over_ticks;	      /* when counting has ended; 0: it has not */
};

void monitoring_memory__close(struct monitoring_memory *memory)
{
	if (!memory)
		return;
	for (int i = 0; i < FILES; i++)
		if (memory->fds[i] >= 0)
			close(memory->fds[i]);
	free(memory);
}

/* Gives FD, which is consumed, a high number. Returns that or -errno. */
static int raise_number(int fd)
{
	int raised = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR);

	if (raised < 0)
		raised = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (raised < 0)
		raised = -errno;
	close(fd);
	return raised;
}

/* A new unnamed file. Kernels before 6.3 know no other files than those that can be executed. Returns it or -errno. */
static int make_file(const char *name, unsigned flags)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | flags);

	if (fd < 0 && errno == EINVAL && flags)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : raise_number(fd);
}

/* A file with these contents that nobody can change. Returns it or -errno. */
static int make_library(const char *name, const unsigned char *bytes, size_t size)
{
	int fd = make_file(name, MFD_EXEC);

	if (fd < 0)
		return fd;
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, bytes + done, size - done);

		if (n <= 0) {
			int err = n < 0 ? -errno : -EIO;

			close(fd);
			return err;
		}
		done += (size_t)n;
	}
	(void)fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	return fd;
}

/* Appends TEXT to the texts, of which *USED bytes are in use. Returns where it begins, or 0, which is "". */
static uint32_t add_text(struct lprof_shim_run *run, size_t *used, const char *text, size_t length)
{
	uint32_t at = (uint32_t)*used;

	if (length >= sizeof(run->text) - *used)
		return 0;
	memcpy(run->text + at, text, length);
	*used += length + 1;
	return at;
}

/* A selector's pattern: what it says, without the file. */
static void select_by_pattern(const struct selector *selector, struct lprof_shim_run *run, size_t *used,
			      struct lprof_shim_selector *out)
{
	const char *text = selector__text(selector), *file = selector__file(selector);
	size_t length;

	if (file)
		text += strlen(file) + 1;
	length = strlen(text);
	out->kind = LPROF_SHIM_GLOB;
	if (length > 1 && text[0] == '/' && text[length - 1] == '/') {
		out->kind = LPROF_SHIM_REGEX;
		text++;
		length -= 2;
	}
	out->name = add_text(run, used, text, length);
	if (!out->name)
		out->kind = LPROF_SHIM_ALL;
}

/* Says what SELECTOR selects, or more than that. */
static void add_selector(const struct selector *selector, struct lprof_shim_run *run, size_t *used)
{
	struct lprof_shim_selector *out = &run->selectors[run->n_selectors++];
	const char *name = python_code__bare_name(selector), *file = selector__file(selector), *base;

	if (file) {
		base = strrchr(file, '/');
		base = base ? base + 1 : file;
		out->file = add_text(run, used, base, strlen(base));
	}
	if (selector__lines(selector, &out->first, &out->last)) {
		out->kind = LPROF_SHIM_ALL;
	} else if (name) {
		out->kind = LPROF_SHIM_NAME;
		out->name = add_text(run, used, name, strlen(name));
		if (!out->name)
			out->kind = LPROF_SHIM_ALL;
	} else {
		select_by_pattern(selector, run, used, out);
	}
}

static void fill_run(const struct monitoring_memory *memory, const struct monitoring_wish *wish,
		     struct lprof_shim_run *run)
{
	size_t used = 1;

	run->magic = LPROF_SHIM_MAGIC;
	run->clock = memory->clock;
	run->by_thread = wish->by_thread;
	run->share_ppm = (uint32_t)(1e6 * wish->share);
	run->pause_ns = wish->pause_ns;
	for (size_t i = 0; i < wish->n_selectors && i < LPROF_SHIM_SELECTORS; i++)
		add_selector(wish->selectors[i], run, &used);
	if (wish->n_selectors > LPROF_SHIM_SELECTORS) {
		run->selectors[0] = (struct lprof_shim_selector){.kind = LPROF_SHIM_ALL};
		run->n_selectors = 1;
	}
}

/* Whether the kernel takes the time from the processor's counter, which then is the same on all processors. */
static bool has_steady_counter(void)
{
	char name[16] = "";
	FILE *file = fopen("/sys/devices/system/clocksource/clocksource0/current_clocksource", "re");
	bool steady = file && fgets(name, sizeof(name), file) && !strcmp(name, "tsc\n");

	if (file)
		fclose(file);
	return steady;
}

static int write_run(const struct monitoring_memory *memory, const struct monitoring_wish *wish)
{
	struct lprof_shim_run *run = calloc(1, sizeof(*run));
	ssize_t n;

	if (!run)
		return -ENOMEM;
	fill_run(memory, wish, run);
	n = pwrite(memory->fds[MEMORY], run, sizeof(*run), 0);
	free(run);
	if (n < 0)
		return -errno;
	return n == sizeof(*run) ? 0 : -EIO;
}

/* The programs may write into it, but not make it shorter, which would end whoever reads it. */
static int make_memory(struct monitoring_memory *memory, const struct monitoring_wish *wish)
{
	int fd = make_file("lprof-bpf", 0);

	if (fd < 0)
		return fd;
	memory->fds[MEMORY] = fd;
	if (ftruncate(fd, (off_t)LPROF_SHIM_SIZE) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		return -errno;
	return write_run(memory, wish);
}

static int make(struct monitoring_memory *memory, const struct monitoring_wish *wish)
{
	memory->fds[LIBRARY] =
		make_library(LPROF_SHIM_LIBRARY, monitoring_files__preload, monitoring_files__preload_size);
	if (memory->fds[LIBRARY] < 0)
		return memory->fds[LIBRARY];
	memory->fds[EXTENSION] =
		make_library(LPROF_SHIM_EXTENSION, monitoring_files__extension, monitoring_files__extension_size);
	if (memory->fds[EXTENSION] < 0)
		return memory->fds[EXTENSION];
	memory->fds[HOLDER] = make_library("lprof-bpf-holder", monitoring_files__holder, monitoring_files__holder_size);
	if (memory->fds[HOLDER] < 0)
		return memory->fds[HOLDER];
	return make_memory(memory, wish);
}

int monitoring_memory__open(const struct monitoring_wish *wish, const struct diag *diag, struct monitoring_memory **out)
{
	struct monitoring_memory *memory = calloc(1, sizeof(*memory));
	int err;

	if (!memory)
		return -ENOMEM;
	for (int i = 0; i < FILES; i++)
		memory->fds[i] = -1;
	memory->clock = wish->clock == PROFILE_CLOCK_CPU ? LPROF_SHIM_THREAD_CPU
			: has_steady_counter()		 ? LPROF_SHIM_TSC
							 : LPROF_SHIM_MONOTONIC;
	err = make(memory, wish);
	if (err) {
		if (err != -ENOMEM)
			diag__failure(diag, err, "cannot make the files by which lines of Python are counted");
		monitoring_memory__close(memory);
		return err;
	}
	memory->made_ns = clock__monotonic_ns();
	memory->made_ticks = shim_clock__ticks(memory->clock);
	monitoring_memory__renew(memory);
	*out = memory;
	return 0;
}

int monitoring_memory__library(const struct monitoring_memory *memory)
{
	return memory->fds[LIBRARY];
}

void monitoring_memory__equip(const struct monitoring_memory *memory, struct target_equipment *equipment)
{
	snprintf(equipment->preload, sizeof(equipment->preload), "/proc/self/fd/%d", memory->fds[LIBRARY]);
	equipment->variable = LPROF_SHIM_VARIABLE;
	snprintf(equipment->value, sizeof(equipment->value), "%d,%d,%d", memory->fds[LIBRARY], memory->fds[EXTENSION],
		 memory->fds[MEMORY]);
	memcpy(equipment->fds, memory->fds, sizeof(equipment->fds));
	equipment->n_fds = EQUIPMENT_DESCRIPTORS;
	equipment->holder = memory->fds[HOLDER];
}

int monitoring_memory__fd(const struct monitoring_memory *memory)
{
	return memory->fds[MEMORY];
}

void monitoring_memory__renew(const struct monitoring_memory *memory)
{
	uint64_t lease_ns = clock__monotonic_ns() + LPROF_SHIM_LEASE_NS;

	if (!memory->over_ticks)
		(void)!pwrite(memory->fds[MEMORY], &lease_ns, sizeof(lease_ns),
			      offsetof(struct lprof_shim_run, lease_ns));
}

void monitoring_memory__allow(const struct monitoring_memory *memory, double share)
{
	uint32_t ppm = (uint32_t)(1e6 * share);

	(void)!pwrite(memory->fds[MEMORY], &ppm, sizeof(ppm), offsetof(struct lprof_shim_run, share_ppm));
}

void monitoring_memory__stop(struct monitoring_memory *memory)
{
	const uint32_t over = 1;

	if (memory->over_ticks)
		return;
	(void)!pwrite(memory->fds[MEMORY], &over, sizeof(over), offsetof(struct lprof_shim_run, over));
	memory->over_ticks = shim_clock__ticks(memory->clock);
}

uint64_t monitoring_memory__now(const struct monitoring_memory *memory)
{
	return memory->over_ticks ? memory->over_ticks : shim_clock__ticks(memory->clock);
}

double monitoring_memory__tick_ns(const struct monitoring_memory *memory)
{
	uint64_t ns = clock__monotonic_ns() - memory->made_ns;
	uint64_t ticks = shim_clock__ticks(memory->clock) - memory->made_ticks;

	return memory->clock == LPROF_SHIM_TSC && ticks ? (double)ns / (double)ticks : 1;
}

enum lprof_shim_clock monitoring_memory__clock(const struct monitoring_memory *memory)
{
	return memory->clock;
}

/* Reads N bytes at AT into BYTES. 0 or -errno. */
static int read_at(const struct monitoring_memory *memory, uint64_t at, void *bytes, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(memory->fds[MEMORY], (char *)bytes + done, n - done, (off_t)(at + done));

		if (got <= 0)
			return got < 0 ? -errno : -EIO;
		done += (size_t)got;
	}
	return 0;
}

int monitoring_memory__tables(const struct monitoring_memory *memory, uint32_t *n, uint32_t *n_lost)
{
	int err = read_at(memory, offsetof(struct lprof_shim_run, n_taken), n, sizeof(*n));

	if (!err)
		err = read_at(memory, offsetof(struct lprof_shim_run, n_lost), n_lost, sizeof(*n_lost));
	if (*n > LPROF_SHIM_TABLES)
		*n = LPROF_SHIM_TABLES;
	return err;
}

static uint64_t place_of(uint32_t number)
{
	return LPROF_SHIM_RUN_SIZE + (uint64_t)number * LPROF_SHIM_TABLE_SIZE;
}

int monitoring_memory__head(const struct monitoring_memory *memory, uint32_t number, struct lprof_shim_table *head)
{
	int err = read_at(memory, place_of(number), head, sizeof(*head));

	if (err)
		return err;
	return head->magic == LPROF_SHIM_MAGIC && head->used >= LPROF_SHIM_HEAD_SIZE &&
			       head->used <= LPROF_SHIM_TABLE_SIZE
		       ? 0
		       : -ENOENT;
}

int monitoring_memory__read(const struct monitoring_memory *memory, uint32_t number, void **bytes, size_t *size)
{
	struct lprof_shim_table head;
	int err = monitoring_memory__head(memory, number, &head);

	*bytes = NULL;
	*size = 0;
	if (err)
		return err == -ENOENT ? 0 : err;
	*bytes = malloc(head.used);
	if (!*bytes)
		return -ENOMEM;
	*size = head.used;
	err = read_at(memory, place_of(number), *bytes, *size);
	if (err) {
		free(*bytes);
		*bytes = NULL;
	}
	return err;
}

void monitoring_memory__reject(const struct monitoring_memory *memory, uint32_t number, size_t at)
{
	const uint32_t unwanted = 1;

	(void)!pwrite(memory->fds[MEMORY], &unwanted, sizeof(unwanted),
		      (off_t)(place_of(number) + at + offsetof(struct lprof_shim_function, unwanted)));
}
