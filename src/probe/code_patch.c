// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * When a breakpoint is hit, the kernel asks whether it has a probe at that place of that file, and if it has, runs its
 * programs and then the instruction that was there. Who has written the breakpoint into memory does not matter to it.
 * So, once the kernel has its probes in place, their breakpoints may be taken out of memory and written back at any
 * time, and a thread that has hit one a moment before it went is handled as ever. When the probes go, in whatever way,
 * also when this process is killed, the kernel looks at each place, and puts the instruction back if it finds a
 * breakpoint. Debuggers write breakpoints into running programs in the same way; and one byte is always either the old
 * one or the new one to whatever processor runs the code.
 *
 * Measured on Linux 6.18 with two processors, for all sites of one page: 1 to 3 us to write them, and 1 us to take them
 * out. The kernel takes 2 to 3 us for each site, and a grace period or two, which are milliseconds, for all of them.
 *
 * Invariants, on which the life of the target depends:
 * - A breakpoint is written only where the kernel has a probe of ours: the target would be killed by another one. The
 *   kernel has put one in there itself before (code_patch__are_in), so the mapping is one that it handles.
 * - Bytes that are not ours are never changed. All sites of a page are written at once, with the code between them as
 *   it is. So what is there is read and compared first, and where it is not what it was, nothing is written. The
 *   breakpoint of another tracer is left out.
 * - A process that executes another program, or ends, has another memory then. The descriptor stays with the old one.
 */
#include "probe/code_patch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "probe/breakpoint.h"

#define BREAKPOINT 0xcc
#define PAGE	   4096u
#define MARGIN	   8 /* so many bytes around the sites are compared as well */

/* A page of the object that holds sites. */
struct page {
	uint64_t offset, address; /* of its first byte, in the object and in the process */
	uint8_t code[PAGE];	  /* as it is without our breakpoints */
	bool sites[PAGE];	  /* which bytes were learnt */
};

struct code_patch {
	pid_t pid;
	int memory;
	struct page **pages; /* by offset */
	size_t n, capacity;
};

int code_patch__open(pid_t pid, struct code_patch **out)
{
	struct code_patch *patch = calloc(1, sizeof(*patch));
	char path[32];
	int err;

	if (!patch)
		return -ENOMEM;
	patch->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	patch->memory = open(path, O_RDWR | O_CLOEXEC);
	if (patch->memory < 0) {
		err = -errno;
		free(patch);
		return err;
	}
	*out = patch;
	return 0;
}

void code_patch__close(struct code_patch *patch)
{
	if (!patch)
		return;
	close(patch->memory);
	for (size_t i = 0; i < patch->n; i++)
		free(patch->pages[i]);
	free(patch->pages);
	free(patch);
}

/* 0 or -errno: what is read is all or nothing. */
static int read_code(const struct code_patch *patch, uint64_t address, uint8_t *to, size_t n)
{
	ssize_t got = pread(patch->memory, to, n, (off_t)address);

	if (got < 0)
		return -errno;
	return (size_t)got == n ? 0 : -ESRCH;
}

static int write_code(const struct code_patch *patch, uint64_t address, const uint8_t *from, size_t n)
{
	ssize_t done = pwrite(patch->memory, from, n, (off_t)address);

	if (done < 0)
		return -errno;
	return (size_t)done == n ? 0 : -ESRCH;
}

static struct page *find_page(const struct code_patch *patch, uint64_t offset)
{
	size_t lo = 0, hi = patch->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (patch->pages[mid]->offset + PAGE <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < patch->n && patch->pages[lo]->offset <= offset ? patch->pages[lo] : NULL;
}

/* Adds the page of the object that begins at OFFSET. 0 or -errno. */
static int add_page(struct code_patch *patch, int object_fd, uint64_t offset)
{
	uint64_t address = breakpoint__only_address(patch->pid, object_fd, offset);
	struct page *page;
	size_t at = patch->n;
	int err;

	if (!address)
		return -ENXIO;
	if (grow__one(&patch->pages, &patch->capacity, patch->n, sizeof(struct page *)))
		return -ENOMEM;
	page = calloc(1, sizeof(*page));
	if (!page)
		return -ENOMEM;
	page->offset = offset;
	page->address = address;
	err = read_code(patch, page->address, page->code, PAGE);
	if (err) {
		free(page);
		return err;
	}
	for (; at && patch->pages[at - 1]->offset > offset; at--)
		patch->pages[at] = patch->pages[at - 1];
	patch->pages[at] = page;
	patch->n++;
	return 0;
}

static int learn_site(struct code_patch *patch, int object_fd, uint64_t offset)
{
	struct page *page = find_page(patch, offset);
	uint64_t at = offset % PAGE;
	int err = page ? 0 : add_page(patch, object_fd, offset - at);

	if (!err && !page)
		page = find_page(patch, offset);
	/* What was there when the page was added may have been a breakpoint that was going away. */
	if (!err && !page->sites[at])
		err = read_code(patch, page->address + at, &page->code[at], 1);
	if (!err && page->code[at] == BREAKPOINT)
		err = -EBUSY;
	if (!err)
		page->sites[at] = true;
	return err;
}

int code_patch__learn(struct code_patch *patch, int object_fd, const uint64_t *offsets, size_t n)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < n; i++)
		err = learn_site(patch, object_fd, offsets[i]);
	if (err)
		code_patch__forget(patch, offsets, i - 1);
	return err;
}

void code_patch__forget(struct code_patch *patch, const uint64_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct page *page = find_page(patch, offsets[i]);

		if (page)
			page->sites[offsets[i] % PAGE] = false;
	}
}

bool code_patch__are_in(const struct code_patch *patch, const uint64_t *offsets, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct page *page = find_page(patch, offsets[i]);
		uint8_t byte;

		if (!page || read_code(patch, page->address + offsets[i] % PAGE, &byte, 1) || byte != BREAKPOINT)
			return false;
	}
	return true;
}

static bool is_page_clean(const struct code_patch *patch, const struct page *page)
{
	uint8_t found[PAGE];

	if (read_code(patch, page->address, found, PAGE))
		return true; /* the process is gone, or has nothing there any more */
	for (size_t i = 0; i < PAGE; i++)
		if (page->sites[i] && found[i] == BREAKPOINT)
			return false;
	return true;
}

bool code_patch__is_clean(const struct code_patch *patch)
{
	for (size_t i = 0; i < patch->n; i++)
		if (!is_page_clean(patch, patch->pages[i]))
			return false;
	return true;
}

/* How many of the N OFFSETS are on the same page as the first one. */
static size_t count_on_page(const uint64_t *offsets, size_t n)
{
	size_t i = 1;

	while (i < n && offsets[i] / PAGE == offsets[0] / PAGE)
		i++;
	return i;
}

size_t code_patch__n_pages(const uint64_t *offsets, size_t n)
{
	size_t pages = 0;

	for (size_t i = 0; i < n; i += count_on_page(offsets + i, n - i))
		pages++;
	return pages;
}

/* What is to be written on one page. */
struct job {
	const struct page *page;
	size_t first, end;   /* from the first site up to behind the last one, as bytes of the page */
	bool in;	     /* breakpoints, or what was there before */
	bool ours[PAGE];     /* the sites */
	uint8_t found[PAGE]; /* what is there now; only the part that was read */
};

/*
 * Whether bytes LO to HI are found as they were. Somebody else's breakpoint may be anywhere but at a site that is not
 * in yet. 0, -EBUSY or -ESTALE.
 */
static int compare(const struct job *job, size_t lo, size_t hi)
{
	for (size_t i = lo; i < hi; i++) {
		uint8_t before = job->page->code[i], found = job->found[i];

		if (found == before)
			continue;
		if (found != BREAKPOINT && before != BREAKPOINT)
			return -ESTALE;
		if (job->page->sites[i] && job->in)
			return -EBUSY;
	}
	return 0;
}

/* Whether byte I may be written: it is ours, or what is written is what is there, and no breakpoint. */
static bool is_writable(const struct job *job, size_t i)
{
	return job->ours[i] || (job->found[i] == job->page->code[i] && job->found[i] != BREAKPOINT);
}

/* Writes everything but what belongs to others, in as many pieces as that takes. */
static int write_pieces(const struct code_patch *patch, const struct job *job)
{
	uint8_t wanted[PAGE];
	size_t lo = job->first;
	int err = 0;

	for (size_t i = job->first; i < job->end; i++)
		wanted[i] = job->ours[i] && job->in ? BREAKPOINT : job->page->code[i];
	while (!err && lo < job->end) {
		size_t end = lo;

		while (end < job->end && is_writable(job, end))
			end++;
		if (end > lo)
			err = write_code(patch, job->page->address + lo, wanted + lo, end - lo);
		lo = end + 1;
	}
	return err;
}

/* Writes the N OFFSETS, all of which are on one page. */
static int write_page(const struct code_patch *patch, const uint64_t *offsets, size_t n, bool in)
{
	struct job job = {
		.page = find_page(patch, offsets[0]),
		.first = offsets[0] % PAGE,
		.end = offsets[n - 1] % PAGE + 1,
		.in = in,
	};
	size_t lo = job.first < MARGIN ? 0 : job.first - MARGIN, hi = job.end + MARGIN > PAGE ? PAGE : job.end + MARGIN;
	int err;

	if (!job.page)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		job.ours[offsets[i] % PAGE] = true;
	err = read_code(patch, job.page->address + lo, job.found + lo, hi - lo);
	if (!err)
		err = compare(&job, lo, hi);
	return err ? err : write_pieces(patch, &job);
}

static int write_all(struct code_patch *patch, const uint64_t *offsets, size_t n, bool in)
{
	int err = 0;

	for (size_t i = 0; !err && i < n;) {
		size_t m = count_on_page(offsets + i, n - i);

		err = write_page(patch, offsets + i, m, in);
		i += m;
	}
	return err;
}

int code_patch__put_in(struct code_patch *patch, const uint64_t *offsets, size_t n)
{
	return write_all(patch, offsets, n, true);
}

int code_patch__take_out(struct code_patch *patch, const uint64_t *offsets, size_t n)
{
	return write_all(patch, offsets, n, false);
}
