// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The file that is checked must be the file that is written to, although others may exchange files at any moment. So
 * each component of the path is opened with O_PATH, which does nothing to it, and without following links. Owner and
 * kind are taken from that descriptor, a link is read through it, and the last file is opened for writing through it.
 */
#include "run/output_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/descriptor.h"

#define NEW_MODE    0644
#define MAX_DETOURS 40 /* links in one path, as many as the kernel follows */

struct walk {
	const struct diag *diag;
	const char *path; /* as it was given */
	bool by_sudo;
	uid_t uid; /* the caller's; root's if not BY_SUDO */
	gid_t gid;
	int dir;	     /* the directory in which REST begins */
	char rest[PATH_MAX]; /* the part not walked yet: empty, or begins with '/' or, at the start, with a name */
	int n_detours;
	int file;		 /* the file, open for writing; -1: not yet */
	char made[NAME_MAX + 1]; /* its name in the directory; "": it was there already */
	char why[160];		 /* the rule that forbids it; "": none does */
};

/* Reads an ID that sudo sets in the environment. False if it is not set, or no ID. */
static bool read_id(const char *name, unsigned *id)
{
	const char *text = getenv(name);
	char *end;
	unsigned long value;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	*id = (unsigned)value;
	return !*end && !errno && value < UINT_MAX; /* the highest means "no ID" */
}

static void find_caller(struct walk *walk)
{
	walk->by_sudo = read_id("SUDO_UID", &walk->uid) && read_id("SUDO_GID", &walk->gid);
	if (!walk->by_sudo)
		walk->uid = 0;
}

static bool is_ours(const struct walk *walk, uid_t owner)
{
	return !owner || owner == walk->uid;
}

static void enter(struct walk *walk, int fd)
{
	if (walk->dir >= 0)
		close(walk->dir);
	walk->dir = fd;
}

/* Makes TEXT followed by AFTER the part that is to be walked, from the root, or from the directory that was reached. */
static int set_out(struct walk *walk, const char *text, const char *after)
{
	char rest[PATH_MAX];
	int fd;

	if (!*text)
		return -ENOENT;
	if (snprintf(rest, sizeof(rest), "%s%s", text, after) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, sizeof(rest));
	if (*text != '/' && walk->dir >= 0)
		return 0;
	fd = open(*text == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	enter(walk, fd);
	return 0;
}

/* Cuts the first name off REST. If only slashes are left, the name is ".": the path ends with the directory itself. */
static int take_name(struct walk *walk, char name[NAME_MAX + 1])
{
	const char *start = walk->rest + strspn(walk->rest, "/");
	size_t length = strcspn(start, "/");

	if (length > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, length ? start : ".", length ? length : 2);
	if (length)
		name[length] = '\0';
	memmove(walk->rest, start + length, strlen(start + length) + 1);
	return 0;
}

static bool is_of_proc(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

static int open_for_writing(struct walk *walk, int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	walk->file = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return walk->file < 0 ? -errno : 0;
}

/*
 * A link of /proc may lead to something that has no path, such as a pipe. So the kernel must follow it; that is safe,
 * because nobody else can make such links.
 */
static int follow_of_proc(struct walk *walk, const char *name)
{
	int fd = openat(walk->dir, name, O_PATH | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	if (*walk->rest) {
		enter(walk, fd);
		return 0;
	}
	err = open_for_writing(walk, fd);
	close(fd);
	return err;
}

static int follow(struct walk *walk, int link, const struct stat *st, const char *name)
{
	char target[PATH_MAX];
	ssize_t length;

	if (!is_ours(walk, st->st_uid)) {
		snprintf(walk->why, sizeof(walk->why),
			 "\"%.60s\" is a symbolic link of another user (ID %u), who can have it lead anywhere", name,
			 st->st_uid);
		return -EPERM;
	}
	if (++walk->n_detours > MAX_DETOURS)
		return -ELOOP;
	if (is_of_proc(link))
		return follow_of_proc(walk, name);
	length = readlinkat(link, "", target, sizeof(target) - 1);
	if (length < 0)
		return -errno;
	target[length] = '\0';
	return set_out(walk, target, walk->rest);
}

static int check_file(struct walk *walk, const struct stat *file)
{
	struct stat dir;
	bool for_all;

	if (fstat(walk->dir, &dir))
		return -errno;
	for_all = dir.st_mode & S_IWOTH;
	if (for_all && dir.st_mode & S_ISVTX && !is_ours(walk, file->st_uid) && file->st_uid != dir.st_uid)
		snprintf(walk->why, sizeof(walk->why),
			 "it belongs to another user (ID %u) in a directory that everybody may write to", file->st_uid);
	else if (S_ISREG(file->st_mode) && file->st_nlink > 1 && (for_all || !is_ours(walk, dir.st_uid)))
		snprintf(walk->why, sizeof(walk->why),
			 "it has several names (hard links) and is in a directory where others could have made them");
	return *walk->why ? -EPERM : 0;
}

/* Opens the file when it exists already. */
static int open_file(struct walk *walk, int fd, const struct stat *st)
{
	int err = S_ISDIR(st->st_mode) ? -EISDIR : check_file(walk, st);

	return err ? err : open_for_writing(walk, fd);
}

/*
 * Makes the new file the caller's, as if the caller had made it. In a directory with the set-group-ID bit it keeps the
 * directory's group.
 */
static void give_to_caller(const struct walk *walk)
{
	struct stat dir;
	bool inherits = !fstat(walk->dir, &dir) && dir.st_mode & S_ISGID;

	if (fchown(walk->file, walk->uid, inherits ? (gid_t)-1 : walk->gid))
		diag__note(walk->diag, "%s cannot be given to the user who called sudo and stays root's: %s",
			   walk->path, strerror(errno));
}

/*
 * Makes the file. If somebody else has just made NAME, goes back one step to check that like any file that was found.
 */
static int make_file(struct walk *walk, const char *name)
{
	walk->file = openat(walk->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, NEW_MODE);
	if (walk->file >= 0) {
		memcpy(walk->made, name, strlen(name) + 1);
		if (walk->by_sudo)
			give_to_caller(walk);
		return 0;
	}
	if (errno != EEXIST)
		return -errno;
	return ++walk->n_detours > MAX_DETOURS ? -ELOOP : set_out(walk, name, "");
}

/* Goes one name further. After the last step the file is open, or an error is returned. */
static int step(struct walk *walk)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int err = take_name(walk, name), fd;

	if (err)
		return err;
	fd = openat(walk->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT && !*walk->rest ? make_file(walk, name) : -errno;
	if (fstat(fd, &st)) {
		err = -errno;
	} else if (S_ISLNK(st.st_mode)) {
		err = follow(walk, fd, &st, name);
	} else if (!*walk->rest) {
		err = open_file(walk, fd, &st);
	} else if (S_ISDIR(st.st_mode)) {
		enter(walk, fd);
		return 0;
	} else {
		err = -ENOTDIR;
	}
	close(fd);
	return err;
}

static int open_as_root(const char *path, struct walk *walk, struct output_file *out)
{
	int err;

	find_caller(walk);
	err = set_out(walk, path, "");
	while (!err && walk->file < 0)
		err = step(walk);
	if (!err && *walk->made) {
		out->dir = walk->dir;
		snprintf(out->made, sizeof(out->made), "%s", walk->made);
	} else if (walk->dir >= 0) {
		close(walk->dir);
	}
	out->fd = walk->file;
	return err;
}

static int open_as_user(const char *path, struct output_file *out)
{
	const int flags = O_WRONLY | O_CREAT | O_NOCTTY | O_CLOEXEC;

	out->fd = open(path, flags | O_EXCL, NEW_MODE);
	if (out->fd >= 0)
		snprintf(out->made, sizeof(out->made), "%s", path);
	else
		out->fd = open(path, flags, NEW_MODE);
	return out->fd < 0 ? -errno : 0;
}

int output_file__open(const char *path, const struct diag *diag, struct output_file *out)
{
	struct walk walk = {.diag = diag, .path = path, .dir = -1, .file = -1};
	int err;

	*out = (struct output_file){.fd = -1, .dir = AT_FDCWD};
	err = geteuid() ? open_as_user(path, out) : open_as_root(path, &walk, out);
	if (err)
		diag__error(diag, "cannot write to %s: %s; choose another file with -o", path,
			    *walk.why ? walk.why : strerror(-err));
	return err;
}

/*
 * What needs more room than the file has is written first, because only that can fail for want of room: then the file
 * is cut to its earlier length, and its earlier contents are whole.
 */
static int replace_contents(int fd, size_t earlier, const char *text, size_t size)
{
	size_t within = size < earlier ? size : earlier;
	int err = lseek(fd, (off_t)within, SEEK_SET) < 0 ? -errno : 0;

	if (!err)
		err = descriptor__write_all(fd, text + within, size - within);
	if (err) {
		(void)!ftruncate(fd, (off_t)earlier);
		return err;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	err = descriptor__write_all(fd, text, within);
	return !err && ftruncate(fd, (off_t)size) ? -errno : err;
}

int output_file__write(struct output_file *file, const char *text, size_t size)
{
	struct stat st;
	int err;

	if (fstat(file->fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode))
		err = replace_contents(file->fd, (size_t)st.st_size, text, size);
	else
		err = descriptor__write_all(file->fd, text, size);
	if (!err)
		*file->made = '\0';
	return err;
}

/* Removes the file, unless its name is another file's by now. */
static void remove_made(const struct output_file *file)
{
	struct stat ours, named;

	if (!fstat(file->fd, &ours) && !fstatat(file->dir, file->made, &named, AT_SYMLINK_NOFOLLOW) &&
	    ours.st_dev == named.st_dev && ours.st_ino == named.st_ino)
		unlinkat(file->dir, file->made, 0);
}

void output_file__close(struct output_file *file)
{
	if (*file->made)
		remove_made(file);
	close(file->fd);
	if (file->dir >= 0)
		close(file->dir);
}
