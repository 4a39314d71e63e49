// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shells set DEBUGINFOD_URLS to what the files SYSTEM_LISTS hold, and sudo removes it from the environment. So these
 * are read for whoever comes by way of sudo. A command that is profiled does not inherit what is set here.
 */
#include "dwarf/debuginfod.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define LIBRARY	     "libdebuginfod.so.1"
#define URLS	     "DEBUGINFOD_URLS"
#define SYSTEM_LISTS "/etc/debuginfod/*.urls"
#define PATIENCE_NS  1000000000u /* what takes longer is said */
#define LONGEST	     4096	 /* of a list of URLs */

struct debuginfod_client;

/* As in elfutils/debuginfod.h. */
struct library {
	struct debuginfod_client *(*begin)(void);
	int (*find)(struct debuginfod_client *client, const unsigned char *build_id, int length, char **path);
	void (*end)(struct debuginfod_client *client);
	void (*set_progress)(struct debuginfod_client *client,
			     int (*fn)(struct debuginfod_client *client, long done, long all));
	void (*set_data)(struct debuginfod_client *client, void *data);
	void *(*data)(struct debuginfod_client *client);
};

/* What the progress function needs to know. */
struct progress {
	const struct diag *diag;
	const char *name;
	uint64_t since_ns;
	bool said;
};

static bool find_function(void *handle, const char *name, void *function)
{
	void *found = dlsym(handle, name);

	memcpy(function, &found, sizeof(found));
	return found;
}

static bool load(struct library *library)
{
	/* Never closed: its libraries leave functions to be called when the process ends. */
	void *handle = dlopen(LIBRARY, RTLD_NOW);

	return handle && find_function(handle, "debuginfod_begin", &library->begin) &&
	       find_function(handle, "debuginfod_find_debuginfo", &library->find) &&
	       find_function(handle, "debuginfod_end", &library->end) &&
	       find_function(handle, "debuginfod_set_progressfn", &library->set_progress) &&
	       find_function(handle, "debuginfod_set_user_data", &library->set_data) &&
	       find_function(handle, "debuginfod_get_user_data", &library->data);
}

/* Adds the lines of the file PATH to the LIST of LONGEST bytes. */
static void add_list(const char *path, char *list)
{
	size_t used = strlen(list);
	FILE *stream = fopen(path, "re");

	while (stream && used + 1 < LONGEST && fgets(list + used, (int)(LONGEST - used), stream)) {
		used += strcspn(list + used, "\r\n");
		if (used + 1 < LONGEST)
			list[used++] = ' ';
		list[used] = '\0';
	}
	if (stream)
		fclose(stream);
}

/* Writes to LIST the servers to be asked; an empty string: there are none. */
static void find_servers(char list[LONGEST])
{
	const char *urls = getenv(URLS);
	glob_t files;

	*list = '\0';
	if (urls) {
		snprintf(list, LONGEST, "%s", urls);
		return;
	}
	if (!getenv("SUDO_UID") || glob(SYSTEM_LISTS, 0, NULL, &files))
		return;
	for (size_t i = 0; i < files.gl_pathc; i++)
		add_list(files.gl_pathv[i], list);
	globfree(&files);
}

bool debuginfod__is_named(void)
{
	char list[LONGEST];

	find_servers(list);
	return list[strspn(list, " ")] != '\0';
}

static int say_progress(struct debuginfod_client *client, long done, long all)
{
	struct library library;
	struct progress *progress;
	sigset_t pending;

	(void)done;
	(void)all;
	/* The library that calls this is loaded. */
	progress = load(&library) ? library.data(client) : NULL;
	if (progress && !progress->said && clock__monotonic_ns() - progress->since_ns > PATIENCE_NS) {
		diag__note(progress->diag, "fetching the debug information of %s from the servers of " URLS,
			   progress->name);
		progress->said = true;
	}
	/* Signals that end a run are blocked by now. */
	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM));
}

/* Asks the servers. Returns a descriptor, or -errno as the library tells it. */
static int ask(const struct library *library, const char *build_id, struct progress *progress, char **path)
{
	struct debuginfod_client *client = library->begin();
	int fd;

	if (!client)
		return -ENOMEM;
	library->set_data(client, progress);
	library->set_progress(client, say_progress);
	fd = library->find(client, (const unsigned char *)build_id, 0, path);
	library->end(client);
	return fd;
}

static int fetch(const char *build_id, const char *name, const struct diag *diag, char **path)
{
	struct progress progress = {.diag = diag, .name = name, .since_ns = clock__monotonic_ns()};
	struct library library;
	int fd;

	if (!load(&library)) {
		diag__note(diag,
			   URLS " is set, but " LIBRARY " is not installed: debug information of %s cannot be fetched",
			   name);
		return -ENOENT;
	}
	fd = ask(&library, build_id, &progress, path);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (fd >= 0 || fd == -ENOENT || fd == -ENOMEM)
		return fd;
	diag__note(diag, "the debug information of %s could not be fetched from the servers of " URLS ": %s", name,
		   strerror(-fd));
	return -ENOENT;
}

int debuginfod__fetch(const char *build_id, const char *name, const struct diag *diag, char **path)
{
	bool missing = !getenv(URLS);
	char list[LONGEST];
	int fd;

	*path = NULL;
	find_servers(list);
	if (!list[strspn(list, " ")] || !*build_id)
		return -ENOENT;
	if (missing && setenv(URLS, list, 1))
		return -ENOMEM;
	fd = fetch(build_id, name, diag, path);
	if (missing)
		unsetenv(URLS);
	return fd;
}
