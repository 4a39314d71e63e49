// SPDX-License-Identifier: GPL-2.0-or-later
#include "push/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/grow.h"

#define SUFFIX	  ".push"
#define TEMPORARY ".part"
/* Room for KEY-TIME-PID-NUMBER.push, with 16 + 20 + 10 + 8 digits, and the suffix of a file being written. */
#define NAME_SIZE 72
/* after adding this fraction of the limit, the directory is read again for files of other processes */
#define FRESH_SHARE 64
#define STALE	    3600 /* seconds after which a partly written file is taken for abandoned */

struct spool_file {
	char name[NAME_SIZE];
	uint64_t size;
};

struct spool {
	char *directory;
	uint64_t key, limit;
	uint64_t last_ns; /* time in the name of the file added last */
	unsigned n_added;
	int dir;  /* -1: not opened yet */
	int lock; /* -1: not held */
	/* The files found when the directory was last read. Those from index AT on have not been taken out. */
	struct spool_file *files;
	size_t n_files, capacity, at;
	uint64_t bytes; /* size of all files then, and of those added since */
	uint64_t fresh; /* size of those added since */
	bool scanned;
};

struct spool *spool__new(const char *directory, uint64_t key, uint64_t limit)
{
	struct spool *spool = calloc(1, sizeof(*spool));
	char *copy = strdup(directory);

	if (!spool || !copy) {
		free(spool);
		free(copy);
		return NULL;
	}
	/* A trailing slash would make open(2) follow a symbolic link. */
	for (size_t n = strlen(copy); n > 1 && copy[n - 1] == '/'; n--)
		copy[n - 1] = '\0';
	*spool = (struct spool){.directory = copy, .key = key, .limit = limit, .dir = -1, .lock = -1};
	return spool;
}

static void unlock(struct spool *spool)
{
	if (spool->lock >= 0)
		close(spool->lock);
	spool->lock = -1;
}

void spool__free(struct spool *spool)
{
	if (!spool)
		return;
	unlock(spool);
	if (spool->dir >= 0)
		close(spool->dir);
	free(spool->files);
	free(spool->directory);
	free(spool);
}

/* Whether only root and the current user can have changed the file or directory. */
static bool is_trusted(const struct stat *st)
{
	return (!st->st_uid || st->st_uid == geteuid()) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int make_with_parents(const char *directory)
{
	char path[PATH_MAX];
	size_t length = strlen(directory);

	if (length >= sizeof(path))
		return -ENAMETOOLONG;
	memcpy(path, directory, length + 1);
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0700) && errno != EEXIST ? -errno : 0;
}

static int open_directory(struct spool *spool, bool make)
{
	struct stat st;
	int err = 0;

	if (spool->dir >= 0)
		return 0;
	if (make)
		err = make_with_parents(spool->directory);
	if (err)
		return err;
	spool->dir = open(spool->directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (spool->dir < 0)
		return -errno;
	if (fstat(spool->dir, &st))
		err = -errno;
	else if (!is_trusted(&st))
		err = -EPERM;
	if (err) {
		close(spool->dir);
		spool->dir = -1;
	}
	return err;
}

static bool ends_in(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length >= n && !strcmp(text + length - n, end);
}

/*
 * Adds the file NAME to the list, if it belongs to this destination. Removes it if it is an abandoned temporary file.
 */
static int note_file(struct spool *spool, const char *prefix, const char *name)
{
	size_t length = strlen(name);
	struct stat st;
	int err;

	if (strncmp(name, prefix, strlen(prefix)) != 0 || length >= NAME_SIZE)
		return 0;
	if (fstatat(spool->dir, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) || !is_trusted(&st))
		return 0;
	if (ends_in(name, TEMPORARY) && st.st_mtime + STALE < time(NULL))
		unlinkat(spool->dir, name, 0);
	if (!ends_in(name, SUFFIX))
		return 0;
	err = grow__one(&spool->files, &spool->capacity, spool->n_files, sizeof(*spool->files));
	if (err)
		return err;
	spool->bytes += (uint64_t)st.st_size;
	memcpy(spool->files[spool->n_files].name, name, length + 1);
	spool->files[spool->n_files++].size = (uint64_t)st.st_size;
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct spool_file *)a)->name, ((const struct spool_file *)b)->name);
}

/* Reads the list of files again. A directory that does not exist contains none. */
static int scan(struct spool *spool)
{
	int fd, err = open_directory(spool, false);
	struct dirent *entry;
	char prefix[32];
	DIR *dir;

	spool->n_files = spool->at = 0;
	spool->bytes = spool->fresh = 0;
	spool->scanned = false;
	if (err)
		return err == -ENOENT ? 0 : err;
	fd = openat(spool->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (!dir) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	snprintf(prefix, sizeof(prefix), "%016" PRIx64 "-", spool->key);
	while (!err && (entry = readdir(dir)))
		err = note_file(spool, prefix, entry->d_name);
	closedir(dir);
	if (spool->n_files)
		qsort(spool->files, spool->n_files, sizeof(*spool->files), compare_names);
	spool->scanned = !err;
	return err;
}

/*
 * Whether the known size of the queue is current enough. Reading the directory for each file added would take
 * quadratic time, but other processes may have added files, too.
 */
static bool is_current(const struct spool *spool)
{
	return spool->scanned && spool->fresh <= spool->limit / FRESH_SHARE;
}

static int make_room(struct spool *spool, uint64_t size, size_t *n_dropped)
{
	int err = 0;

	if (size > spool->limit)
		return -EMSGSIZE;
	if (!is_current(spool) || spool->bytes + size > spool->limit)
		err = scan(spool);
	for (; !err && spool->at < spool->n_files && spool->bytes + size > spool->limit; spool->at++) {
		spool->bytes -= spool->files[spool->at].size;
		if (!unlinkat(spool->dir, spool->files[spool->at].name, 0))
			++*n_dropped;
	}
	return err;
}

static int write_file(struct spool *spool, const char *name, const void *data, size_t size)
{
	char temporary[NAME_SIZE + sizeof(TEMPORARY)];
	int fd, err;

	snprintf(temporary, sizeof(temporary), "%s%s", name, TEMPORARY);
	fd = openat(spool->dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	err = descriptor__write_all(fd, data, size);
	if (close(fd) && !err)
		err = -errno;
	if (!err && renameat(spool->dir, temporary, spool->dir, name))
		err = -errno;
	if (err)
		unlinkat(spool->dir, temporary, 0);
	return err;
}

int spool__add(struct spool *spool, uint64_t time_ns, const void *data, size_t size, size_t *n_dropped)
{
	char name[NAME_SIZE];
	int err = open_directory(spool, true);

	if (!err)
		err = make_room(spool, size, n_dropped);
	if (err)
		return err;
	if (time_ns <= spool->last_ns)
		time_ns = spool->last_ns + 1;
	do
		snprintf(name, sizeof(name), "%016" PRIx64 "-%020" PRIu64 "-%010ld-%08u" SUFFIX, spool->key, time_ns,
			 (long)getpid(), spool->n_added++);
	/* a name may be taken by an earlier process with our process ID */
	while (!faccessat(spool->dir, name, F_OK, AT_SYMLINK_NOFOLLOW));
	err = write_file(spool, name, data, size);
	if (err)
		return err;
	spool->last_ns = time_ns;
	spool->bytes += size;
	spool->fresh += size;
	return 0;
}

static int lock(struct spool *spool)
{
	char name[32];
	int err = 0;

	if (spool->lock >= 0)
		return 0;
	snprintf(name, sizeof(name), "%016" PRIx64 ".lock", spool->key);
	spool->lock = openat(spool->dir, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (spool->lock < 0)
		return -errno;
	if (flock(spool->lock, LOCK_EX | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (err)
		unlock(spool);
	return err;
}

static int read_all(int fd, uint64_t limit, uint8_t **data, size_t *size)
{
	struct stat st;
	size_t n = 0;
	uint8_t *buffer;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || !is_trusted(&st) || (uint64_t)st.st_size > limit)
		return -EPERM;
	buffer = malloc((size_t)st.st_size + 1);
	if (!buffer)
		return -ENOMEM;
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, buffer + n, (size_t)st.st_size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			free(buffer);
			return got ? -errno : -EIO;
		}
		n += (size_t)got;
	}
	*data = buffer;
	*size = n;
	return 0;
}

static int read_file(struct spool *spool, const char *name, uint8_t **data, size_t *size)
{
	int fd = openat(spool->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = read_all(fd, spool->limit, data, size);
	close(fd);
	return err;
}

/*
 * Finds the oldest file and takes the lock if it is not held yet. The directory is read again after that, because
 * before it another process may have taken files out.
 */
static int find_oldest(struct spool *spool)
{
	int err = 0;

	if (spool->lock >= 0 && spool->at < spool->n_files)
		return 0;
	err = scan(spool);
	if (!err && spool->n_files && spool->lock < 0) {
		err = lock(spool);
		if (!err)
			err = scan(spool);
	}
	if (!err && !spool->n_files) {
		unlock(spool);
		err = -ENOENT;
	}
	return err;
}

int spool__oldest(struct spool *spool, uint8_t **data, size_t *size)
{
	int err;

	for (;;) {
		err = find_oldest(spool);
		if (err)
			return err;
		err = read_file(spool, spool->files[spool->at].name, data, size);
		if (err != -ENOENT)
			return err && err != -ENOMEM ? -EBADMSG : err;
		spool->at++; /* another process has removed this file to stay within the limit */
	}
}

void spool__remove_oldest(struct spool *spool)
{
	if (spool->at >= spool->n_files)
		return;
	spool->bytes -= spool->files[spool->at].size;
	unlinkat(spool->dir, spool->files[spool->at++].name, 0);
}

bool spool__is_empty(struct spool *spool)
{
	return spool->at >= spool->n_files && !spool__count(spool);
}

size_t spool__count(struct spool *spool)
{
	return scan(spool) ? 0 : spool->n_files;
}
