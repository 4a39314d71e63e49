/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probe_notes: a process notes in a file which probes it has put in or is about to. The file outlives the process, so
 * the probes that it leaves behind if it is killed can be found. The file is locked for as long as the process lives.
 */
#ifndef LPROF_PROBE_NOTES_H
#define LPROF_PROBE_NOTES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct probe_notes;

/*
 * Makes the file of this process in DIRECTORY, which is made as well if its parent exists. 0 and notes owned by the
 * caller, or -errno. The functions below accept NULL as notes, and then do nothing.
 */
int probe_notes__begin(const char *directory, struct probe_notes **out);

/* Notes N probes at OFFSETS in the file that OBJECT_FD is open on. 0 or -errno. */
int probe_notes__add(struct probe_notes *notes, int object_fd, const uint64_t *offsets, size_t n);

/*
 * The same for probes that come and go at the same places for as long as the process lives: only those are noted that
 * were not yet, by this function, since the file was emptied. 0 or -errno.
 */
int probe_notes__add_once(struct probe_notes *notes, int object_fd, const uint64_t *offsets, size_t n);

/* Empties the file, when all probes have been taken out. */
void probe_notes__clear(struct probe_notes *notes);

/* How large the file is, and forgetting what was noted since it was SIZE: for probes that are in for a short time. */
off_t probe_notes__size(const struct probe_notes *notes);
void probe_notes__cut(struct probe_notes *notes, off_t size);

/* Removes the file and frees the notes. */
void probe_notes__end(struct probe_notes *notes);

/* What was noted about one object. */
struct probe_note {
	dev_t dev;
	ino_t ino;
	uint64_t *offsets; /* valid during the call */
	size_t n;
};

/*
 * Calls FN with each object that dead processes have noted in DIRECTORY, and removes their files unless FN fails.
 * Returns 0, also when there is nothing, or the first -errno of FN, or another -errno.
 */
int probe_notes__each_orphan(const char *directory, int (*fn)(const struct probe_note *note, void *ctx), void *ctx);

#endif
