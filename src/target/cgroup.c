// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <mntent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/clean_path.h"
#include "base/grow.h"

struct cgroup {
	char *directory; /* where it is, or was; no slash at its end */
	size_t root_len; /* of that, the directory of the root */
};

/* The directories that are still to be read. */
struct directories {
	char **paths;
	size_t n;
};

void cgroup__close(struct cgroup *cgroup)
{
	if (!cgroup)
		return;
	free(cgroup->directory);
	free(cgroup);
}

/* Whether PATH is ROOT, or below it. */
static bool is_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	return !strncmp(path, root, len) && (path[len] == '/' || !path[len]);
}

/*
 * Sets ROOT to where the kernel's cgroups are mounted; of several places, to the one where PATH is, or else to the
 * first. Whether they are.
 */
static bool find_root(const char *path, char root[PATH_MAX])
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	char line[2 * PATH_MAX];
	struct mntent entry;
	bool found = false, below = false;

	while (mounts && !below && getmntent_r(mounts, &entry, line, sizeof(line))) {
		if (strcmp(entry.mnt_type, "cgroup2") != 0)
			continue;
		below = is_below(path, entry.mnt_dir);
		if (below || !found)
			snprintf(root, PATH_MAX, "%s", entry.mnt_dir);
		found = true;
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Whether DIRECTORY is in a file system of the kind MAGIC. */
static bool is_of(const char *directory, long magic)
{
	struct statfs fs;

	return !statfs(directory, &fs) && (long)fs.f_type == magic;
}

static int explain(const char *path, const char *root, const struct diag *diag)
{
	const char *advice = "`systemctl show -p ControlGroup UNIT` says the path of a unit's that runs, and "
			     "/proc/PID/cgroup that of a process";

	if (!*root)
		diag__error(diag,
			    "no cgroup2 file system is mounted here, so the processes of %s cannot be found; mount one "
			    "with `mount -t cgroup2 none DIRECTORY`, or name the processes with -p",
			    path);
	else if (is_of(path, CGROUP_SUPER_MAGIC))
		diag__error(diag,
			    "%s is a cgroup of version 1, and only those of version 2 can be profiled, which are below "
			    "%s; name the processes of this one with -p",
			    path, root);
	else
		diag__error(diag, "there is no cgroup %s below %s; %s", path, root, advice);
	return -ENOENT;
}

int cgroup__open(const char *path, const struct diag *diag, struct cgroup **out)
{
	struct cgroup *cgroup = calloc(1, sizeof(*cgroup));
	char root[PATH_MAX] = "";
	int len;

	if (!cgroup)
		return -ENOMEM;
	if (!find_root(path, root)) {
		cgroup__close(cgroup);
		return explain(path, "", diag);
	}
	len = is_below(path, root) ? asprintf(&cgroup->directory, "%s", path)
				   : asprintf(&cgroup->directory, "%s/%s", root, path);
	if (len < 0) {
		free(cgroup);
		return -ENOMEM;
	}
	clean_path__make(cgroup->directory);
	cgroup->root_len = strlen(root);
	if (!is_below(cgroup->directory, root) || !is_of(cgroup->directory, CGROUP2_SUPER_MAGIC)) {
		cgroup__close(cgroup);
		return explain(path, root, diag);
	}
	*out = cgroup;
	return 0;
}

const char *cgroup__path(const struct cgroup *cgroup)
{
	const char *path = cgroup->directory + cgroup->root_len;

	return *path ? path : "/";
}

const char *cgroup__name(const struct cgroup *cgroup)
{
	return strrchr(cgroup__path(cgroup), '/') + 1;
}

uint64_t cgroup__parent(const struct cgroup *cgroup)
{
	char parent[PATH_MAX];
	struct stat st;

	if (!*cgroup__name(cgroup) || strlen(cgroup->directory) >= sizeof(parent))
		return 0;
	snprintf(parent, sizeof(parent), "%s", cgroup->directory);
	*strrchr(parent, '/') = '\0';
	return stat(parent, &st) ? 0 : st.st_ino;
}

static int add_directory(struct directories *directories, const char *above, const char *name)
{
	char *path;
	int err;

	if (asprintf(&path, "%s%s%s", above, *name ? "/" : "", name) < 0)
		return -ENOMEM;
	err = grow__counted(&directories->paths, directories->n, 1, sizeof(*directories->paths));
	if (err)
		free(path);
	else
		directories->paths[directories->n++] = path;
	return err;
}

/* Adds the number of the cgroup DIRECTORY, and to DIRECTORIES those that are directly below it. */
static int read_directory(const char *directory, struct directories *directories, struct cgroup_view *view)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	struct stat st;
	int err = 0;

	if (!dir || fstat(dirfd(dir), &st)) {
		if (dir)
			closedir(dir);
		return 0; /* it has been removed */
	}
	err = grow__counted(&view->ids, view->n_ids, 1, sizeof(*view->ids));
	if (!err)
		view->ids[view->n_ids++] = st.st_ino;
	while (!err && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			err = add_directory(directories, directory, entry->d_name);
	closedir(dir);
	return err;
}

/* Of a threaded cgroup nothing can be read: its processes are listed by the one above that is not. */
static int read_processes(const char *directory, struct cgroup_view *view)
{
	char path[PATH_MAX + sizeof("/cgroup.procs")];
	long pid;
	FILE *file;
	int err = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", directory);
	file = fopen(path, "re");
	while (file && !err && fscanf(file, "%ld", &pid) == 1) {
		if (!pid) /* it is outside of this process's PID namespace */
			continue;
		err = grow__counted(&view->pids, view->n_pids, 1, sizeof(*view->pids));
		if (!err)
			view->pids[view->n_pids++] = (pid_t)pid;
	}
	if (file)
		fclose(file);
	return err;
}

int cgroup__look(const struct cgroup *cgroup, struct cgroup_view *view)
{
	struct directories directories = {0};
	int err = add_directory(&directories, cgroup->directory, "");

	view->n_ids = 0;
	view->n_pids = 0;
	for (size_t i = 0; !err && i < directories.n; i++)
		err = read_directory(directories.paths[i], &directories, view);
	for (size_t i = 0; !err && i < directories.n; i++)
		err = read_processes(directories.paths[i], view);
	for (size_t i = 0; i < directories.n; i++)
		free(directories.paths[i]);
	free(directories.paths);
	return err;
}

void cgroup_view__release(struct cgroup_view *view)
{
	free(view->ids);
	free(view->pids);
	*view = (struct cgroup_view){0};
}
