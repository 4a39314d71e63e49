// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel removes the breakpoint of a place when the last probe there is taken out. So a breakpoint that has stayed
 * is removed by putting a probe in its place once more, in all processes, and taking that out.
 */
#include "probe/leftover.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <unistd.h>

#include "base/maps.h"
#include "base/process_memory.h"
#include "files/run_directory.h"
#include "probe/attach.h"
#include "probe/keeper.h"
#include "probe/probe_notes.h"

#define BREAKPOINT 0xcc

/*
 * Searches the places of one object that were noted for those where a process has a breakpoint that the file has not.
 */
struct search {
	const struct probe_note *note;
	bool *stays; /* for each of the note's offsets: whether a breakpoint was found there */
	size_t n_stays;
	pid_t pid;
	char link[MAPS_LINK_SIZE]; /* a path that opens the object; "": no breakpoint was found yet */
};

struct cleaning {
	const struct diag *diag;
	size_t found, left;
};

static bool is_breakpoint(pid_t pid, uintptr_t address)
{
	uint8_t code = 0;

	return process_memory__read(pid, address, &code, 1) == 1 && code == BREAKPOINT;
}

static int search_mapping(struct mapping *mapping, void *ctx)
{
	struct search *search = ctx;
	const struct probe_note *note = search->note;
	char link[MAPS_LINK_SIZE];
	struct stat st;
	int fd;

	if (!mapping->exec || mapping->ino != note->ino)
		return 0;
	maps__link(search->pid, mapping, link);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	for (size_t i = 0; !fstat(fd, &st) && st.st_dev == note->dev && i < note->n; i++) {
		uint64_t offset = note->offsets[i];
		uint8_t code = BREAKPOINT;

		if (offset < mapping->offset || offset - mapping->offset >= mapping->hi - mapping->lo)
			continue;
		if (!is_breakpoint(search->pid, mapping->lo + (offset - mapping->offset)) ||
		    pread(fd, &code, 1, (off_t)offset) != 1 || code == BREAKPOINT)
			continue;
		search->stays[i] = true;
		search->n_stays++;
		memcpy(search->link, link, sizeof(link));
	}
	close(fd);
	return 0;
}

static int search_processes(struct search *search)
{
	const struct dirent *entry;
	DIR *proc = opendir("/proc");
	int err = 0;

	if (!proc)
		return -errno;
	search->n_stays = 0;
	while (err != -ENOMEM && (entry = readdir(proc))) {
		search->pid = isdigit((unsigned char)*entry->d_name) ? (pid_t)strtol(entry->d_name, NULL, 10) : 0;
		/*
		 * A process that has ended meanwhile, or that may not be read, is skipped: its error is no error here.
		 */
		if (search->pid)
			err = maps__each(search->pid, search_mapping, search);
	}
	closedir(proc);
	return err == -ENOMEM ? err : 0;
}

static int put_in_and_take_out(const struct search *search)
{
	struct attach_request request = {.way = attach__best_way(), .path = search->link};
	uint64_t *offsets = calloc(search->note->n, sizeof(*offsets));
	struct keeper *keeper = NULL;
	int err = -ENOMEM;

	for (size_t i = 0; offsets && i < search->note->n; i++)
		if (search->stays[i])
			offsets[request.n++] = search->note->offsets[i];
	request.offsets = request.cookies = offsets;
	request.prog_fd = attach__empty_program();
	if (offsets)
		err = request.prog_fd < 0 ? request.prog_fd : keeper__start(NULL, &keeper);
	if (!err)
		err = keeper__attach(keeper, &request, 0);
	keeper__stop(keeper);
	if (request.prog_fd >= 0)
		close(request.prog_fd);
	free(offsets);
	return err;
}

static int clean_object(const struct probe_note *note, void *ctx)
{
	struct cleaning *cleaning = ctx;
	struct search search = {.note = note, .stays = calloc(note->n + 1, sizeof(*search.stays))};
	int err = search.stays ? search_processes(&search) : -ENOMEM;

	cleaning->found += search.n_stays;
	if (!err && search.n_stays) {
		err = put_in_and_take_out(&search);
		if (!err)
			err = search_processes(&search);
		cleaning->left += search.n_stays;
	}
	free(search.stays);
	return err;
}

int leftover__clean(const char *directory, const struct diag *diag, size_t *found, size_t *left)
{
	struct cleaning cleaning = {.diag = diag};
	int err = probe_notes__each_orphan(directory, clean_object, &cleaning);

	*found = cleaning.found;
	*left = cleaning.left;
	if (cleaning.found > cleaning.left)
		diag__note(diag,
			   "%zu probes of an earlier run that was killed were still in place, and cost their programs "
			   "time; "
			   "they are out now",
			   cleaning.found - cleaning.left);
	if (err)
		diag__error(diag, "cannot take out the probes that an earlier run left when it was killed: %s",
			    strerror(-err));
	return err;
}

void leftover__clean_detached(void)
{
	const struct diag silent = {.stream = stderr, .verbosity = -1};
	char directory[RUN_DIRECTORY_SIZE];
	size_t found, left;

	(void)leftover__clean(run_directory__path(directory), &silent, &found, &left);
}
