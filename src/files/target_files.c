// SPDX-License-Identifier: GPL-2.0-or-later
#include "files/target_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/regular_file.h"

struct target_files {
	unsigned n_refs;
	/* set by target_files__of_both(): the view that both have in common; the fields below are then unused */
	struct target_files *one, *other;
	int root;      /* descriptor of the root directory */
	int namespace; /* descriptor of the mount namespace, which keeps it alive; -1: our own */
	bool our_root;
	struct file_rights rights;
	const struct debug_dirs *debug_dirs; /* borrowed, or NULL */
};

static struct target_files *new_files(void)
{
	struct target_files *files = calloc(1, sizeof(*files));

	if (!files)
		return NULL;
	files->n_refs = 1;
	files->root = files->namespace = -1;
	return files;
}

void target_files__set_debug_dirs(struct target_files *files, const struct debug_dirs *dirs)
{
	files->debug_dirs = dirs;
}

const struct debug_dirs *target_files__debug_dirs(const struct target_files *files)
{
	return files->debug_dirs;
}

struct target_files *target_files__ref(struct target_files *files)
{
	files->n_refs++;
	return files;
}

void target_files__unref(struct target_files *files)
{
	if (!files || --files->n_refs)
		return;
	target_files__unref(files->one);
	target_files__unref(files->other);
	if (files->root >= 0)
		close(files->root);
	if (files->namespace >= 0)
		close(files->namespace);
	file_rights__release(&files->rights);
	free(files);
}

static bool same_inode(int fd, const char *path)
{
	struct stat a, b;

	return !fstat(fd, &a) && !stat(path, &b) && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int open_our_root(struct target_files *files)
{
	files->our_root = true;
	files->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return files->root < 0 ? -errno : 0;
}

static int open_root_of(struct target_files *files, pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	files->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (files->root < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	files->namespace = open(path, O_RDONLY | O_CLOEXEC);
	if (files->namespace < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	files->our_root = same_inode(files->root, "/") && same_inode(files->namespace, "/proc/self/ns/mnt");
	return 0;
}

/* Ends the construction of FILES: hands them over in *out if ERR is 0, and releases them otherwise. Returns ERR. */
static int finish(struct target_files *files, int err, struct target_files **out)
{
	if (err)
		target_files__unref(files);
	else
		*out = files;
	return err;
}

int target_files__of_process(pid_t pid, struct target_files **out)
{
	struct target_files *files = new_files();
	int err;

	if (!files)
		return -ENOMEM;
	err = file_rights__of_process(pid, &files->rights);
	if (!err)
		err = open_root_of(files, pid);
	return finish(files, err, out);
}

int target_files__of_command(const char *user, struct target_files **out)
{
	struct target_files *files = new_files();
	int err;

	if (!files)
		return -ENOMEM;
	err = user ? file_rights__of_user(user, &files->rights) : file_rights__of_self(&files->rights);
	if (!err)
		err = open_our_root(files);
	return finish(files, err, out);
}

int target_files__of_owner(int fd, struct target_files **out)
{
	struct target_files *files = new_files();
	struct stat st;
	int err;

	if (!files)
		return -ENOMEM;
	if (fstat(fd, &st))
		err = -errno;
	else
		err = geteuid() ? file_rights__of_self(&files->rights) : file_rights__of_uid(st.st_uid, &files->rights);
	if (!err)
		err = open_our_root(files);
	return finish(files, err, out);
}

int target_files__of_anybody(struct target_files **out)
{
	struct target_files *files = new_files();

	if (!files)
		return -ENOMEM;
	file_rights__of_anybody(&files->rights);
	return finish(files, open_our_root(files), out);
}

int target_files__at_root_of(const struct target_files *files, pid_t pid, struct target_files **out)
{
	struct target_files *there = new_files();
	int err;

	if (!there)
		return -ENOMEM;
	err = file_rights__copy(&files->rights, &there->rights);
	if (!err)
		err = open_root_of(there, pid);
	return finish(there, err, out);
}

static bool same_file(int a, int b)
{
	struct stat x, y;

	return !fstat(a, &x) && !fstat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool target_files__equal(const struct target_files *a, const struct target_files *b)
{
	if (a == b)
		return true;
	if (a->one || b->one)
		return a->one && b->one && target_files__equal(a->one, b->one) &&
		       target_files__equal(a->other, b->other);
	return a->our_root == b->our_root && same_file(a->root, b->root) &&
	       (a->namespace < 0 || b->namespace < 0 ? a->our_root : same_file(a->namespace, b->namespace)) &&
	       file_rights__equal(&a->rights, &b->rights);
}

/* Whether A is at most as permissive as B: it is the same view, or a combination of views that contains B. */
static bool includes(const struct target_files *a, const struct target_files *b)
{
	return target_files__equal(a, b) || (a->one && (includes(a->one, b) || includes(a->other, b)));
}

int target_files__of_both(struct target_files *a, struct target_files *b, struct target_files **out)
{
	struct target_files *files;

	if (includes(a, b) || includes(b, a)) {
		*out = target_files__ref(includes(a, b) ? a : b);
		return 0;
	}
	files = new_files();
	if (!files)
		return -ENOMEM;
	files->one = target_files__ref(a);
	files->other = target_files__ref(b);
	*out = files;
	return 0;
}

bool target_files__have_our_root(const struct target_files *files)
{
	if (files->one)
		return target_files__have_our_root(files->one) && target_files__have_our_root(files->other);
	return files->our_root;
}

static int open_for_both(const struct target_files *files, const char *name)
{
	int one = target_files__open(files->one, name), other;

	if (one < 0)
		return one;
	other = target_files__open(files->other, name);
	if (other >= 0 && same_file(one, other)) {
		close(other);
		return one;
	}
	close(one);
	if (other < 0)
		return other;
	close(other);
	return -EXDEV;
}

int target_files__assume(const struct target_files *files, struct file_rights_before *before)
{
	return files->one ? target_files__assume(files->one, before) : file_rights__assume(&files->rights, before);
}

int target_files__open(const struct target_files *files, const char *name)
{
	struct file_rights_before before;
	int fd;

	if (*name != '/')
		return -ENOENT;
	if (files->one)
		return open_for_both(files, name);
	fd = file_rights__assume(&files->rights, &before);
	if (fd)
		return fd;
	fd = regular_file__open_below(files->root, name);
	file_rights__resume(&before);
	return fd;
}
