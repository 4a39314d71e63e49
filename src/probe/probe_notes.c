// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A file is called "probes." and the process's ID. It is an array of 64-bit numbers: for each object its device, its
 * inode, the number of offsets, and the offsets.
 *
 * A process holds a lock on its file for as long as it lives. So another process that can lock the file knows that the
 * first one is dead. A process makes and locks its file while it holds a lock on the directory, and others try to lock
 * the file under the same lock; otherwise they might see a file that is not locked yet. Nothing that may take long is
 * done under the directory's lock.
 */
#include "probe/probe_notes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/key_map.h"
#include "files/run_directory.h"

#define PREFIX "probes."

enum { HEAD_DEV, HEAD_INO, HEAD_N, N_HEAD };

struct probe_notes {
	int directory;
	int fd;
	char name[32];
	struct key_map once; /* by hash of the object and the offset: what probe_notes__add_once() has noted */
};

static int make_file(struct probe_notes *notes)
{
	int err = 0;

	if (flock(notes->directory, LOCK_EX))
		return -errno;
	unlinkat(notes->directory, notes->name, 0); /* an earlier process with our ID may have left one */
	notes->fd = openat(notes->directory, notes->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (notes->fd < 0 || flock(notes->fd, LOCK_EX | LOCK_NB))
		err = -errno;
	flock(notes->directory, LOCK_UN);
	return err;
}

int probe_notes__begin(const char *directory, struct probe_notes **out)
{
	struct probe_notes *notes = calloc(1, sizeof(*notes));
	int err;

	if (!notes)
		return -ENOMEM;
	snprintf(notes->name, sizeof(notes->name), PREFIX "%ld", (long)getpid());
	notes->fd = -1;
	notes->directory = run_directory__open(directory, true);
	err = notes->directory < 0 ? notes->directory : make_file(notes);
	if (err) {
		probe_notes__end(notes);
		return err;
	}
	*out = notes;
	return 0;
}

static int write_note(struct probe_notes *notes, const struct stat *st, const uint64_t *offsets, size_t n)
{
	uint64_t head[N_HEAD] = {[HEAD_DEV] = st->st_dev, [HEAD_INO] = st->st_ino, [HEAD_N] = n};
	size_t size = n * sizeof(*offsets);

	if (write(notes->fd, head, sizeof(head)) != sizeof(head) || write(notes->fd, offsets, size) != (ssize_t)size)
		return -EIO;
	return 0;
}

int probe_notes__add(struct probe_notes *notes, int object_fd, const uint64_t *offsets, size_t n)
{
	struct stat st;

	if (!notes)
		return 0;
	return fstat(object_fd, &st) ? -errno : write_note(notes, &st, offsets, n);
}

int probe_notes__add_once(struct probe_notes *notes, int object_fd, const uint64_t *offsets, size_t n)
{
	uint64_t *fresh, object;
	struct stat st;
	size_t n_fresh = 0;
	int err = 0;

	if (!notes)
		return 0;
	if (fstat(object_fd, &st))
		return -errno;
	fresh = calloc(n + 1, sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	object = hash__number(hash__number(HASH_START, st.st_dev), st.st_ino);
	for (size_t i = 0; !err && i < n; i++) {
		uint64_t key = hash__number(object, offsets[i]) | 1;

		if (key_map__get(&notes->once, key, NULL))
			continue;
		err = key_map__set(&notes->once, key, 0);
		fresh[n_fresh++] = offsets[i];
	}
	if (n_fresh)
		err = write_note(notes, &st, fresh, n_fresh);
	free(fresh);
	return err;
}

off_t probe_notes__size(const struct probe_notes *notes)
{
	off_t size = notes ? lseek(notes->fd, 0, SEEK_CUR) : 0;

	return size < 0 ? 0 : size;
}

void probe_notes__cut(struct probe_notes *notes, off_t size)
{
	if (!notes)
		return;
	if (!ftruncate(notes->fd, size))
		lseek(notes->fd, size, SEEK_SET);
	if (!size)
		key_map__clear(&notes->once);
}

void probe_notes__clear(struct probe_notes *notes)
{
	probe_notes__cut(notes, 0);
}

void probe_notes__end(struct probe_notes *notes)
{
	if (!notes)
		return;
	if (notes->fd >= 0) {
		unlinkat(notes->directory, notes->name, 0);
		close(notes->fd);
	}
	if (notes->directory >= 0)
		close(notes->directory);
	key_map__clear(&notes->once);
	free(notes);
}

/* Calls FN for each object of FILE. If the file was cut off, that is for the objects that are complete. */
static int read_objects(FILE *file, off_t size, int (*fn)(const struct probe_note *note, void *ctx), void *ctx)
{
	uint64_t head[N_HEAD];
	int err = 0;

	while (!err && fread(head, sizeof(head), 1, file) == 1) {
		struct probe_note note = {.dev = head[HEAD_DEV], .ino = head[HEAD_INO], .n = head[HEAD_N]};

		if (note.n > (size_t)size / sizeof(*note.offsets))
			break;
		note.offsets = calloc(note.n + 1, sizeof(*note.offsets));
		if (!note.offsets)
			return -ENOMEM;
		if (fread(note.offsets, sizeof(*note.offsets), note.n, file) == note.n)
			err = fn(&note, ctx);
		free(note.offsets);
	}
	return err;
}

/* As read_objects(). Closes FD. */
static int read_file(int fd, int (*fn)(const struct probe_note *note, void *ctx), void *ctx)
{
	struct stat st;
	FILE *file;
	int err;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !run_directory__is_trusted(&st)) {
		close(fd);
		return -EPERM;
	}
	file = fdopen(fd, "r");
	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	err = read_objects(file, st.st_size, fn, ctx);
	fclose(file);
	return err;
}

/* Opens and locks the file NAME. Returns a descriptor, or -errno, also when the process that made the file lives. */
static int open_orphan(int directory, const char *name)
{
	int fd, err = 0;

	if (flock(directory, LOCK_EX))
		return -errno;
	fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		err = -errno;
	flock(directory, LOCK_UN);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static int read_orphan(int directory, const char *name, int (*fn)(const struct probe_note *note, void *ctx), void *ctx)
{
	int fd = open_orphan(directory, name), err;

	if (fd < 0)
		return 0;
	err = read_file(fd, fn, ctx);
	if (!err)
		unlinkat(directory, name, 0);
	return err;
}

int probe_notes__each_orphan(const char *directory, int (*fn)(const struct probe_note *note, void *ctx), void *ctx)
{
	int fd = run_directory__open(directory, false), err = 0;
	const struct dirent *entry;
	DIR *dir;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, PREFIX, strlen(PREFIX)))
			err = read_orphan(fd, entry->d_name, fn, ctx);
	closedir(dir);
	return err;
}
