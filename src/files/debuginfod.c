// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shells set DEBUGINFOD_URLS to what the files SYSTEM_LISTS hold, and sudo removes it from the environment. So these
 * are read for whoever comes by way of sudo. A command that is profiled does not inherit what is set here.
 */
#include "files/debuginfod.h"

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
	int (*find_source)(struct debuginfod_client *client, const unsigned char *build_id, int length,
			   const char *file, char **path);
	void (*end)(struct debuginfod_client *client);
	void (*set_progress)(struct debuginfod_client *client,
			     int (*fn)(struct debuginfod_client *client, long done, long all));
	void (*set_data)(struct debuginfod_client *client, void *data);
	void *(*data)(struct debuginfod_client *client);
};

/* What is asked for. */
struct wanted {
	const char *build_id;
	const char *kind, *of, *name; /* for messages, such as "the source file", "" and "/src/a.c" */
	const char *source;	      /* the name of a source file; NULL: debug information is wanted */
};

/* What the progress function needs to know. */
struct progress {
	const struct diag *diag;
	const struct wanted *wanted;
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
	       find_function(handle, "debuginfod_find_source", &library->find_source) &&
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
		diag__note(progress->diag, "fetching %s%s%s from the servers of " URLS, progress->wanted->kind,
			   progress->wanted->of, progress->wanted->name);
		progress->said = true;
	}
	/* Signals that end a run are blocked by now. */
	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM));
}

/* Asks the servers. Returns a descriptor, or -errno as the library tells it. */
static int ask(const struct library *library, struct progress *progress, char **path)
{
	const struct wanted *wanted = progress->wanted;
	const unsigned char *build_id = (const unsigned char *)wanted->build_id;

	struct debuginfod_client *client = library->begin();
	int fd;

	if (!client)
		return -ENOMEM;
	library->set_data(client, progress);
	library->set_progress(client, say_progress);
	fd = wanted->source ? library->find_source(client, build_id, 0, wanted->source, path)
			    : library->find(client, build_id, 0, path);
	library->end(client);
	return fd;
}

static int fetch(const struct wanted *wanted, const struct diag *diag, char **path)
{
	struct progress progress = {.diag = diag, .wanted = wanted, .since_ns = clock__monotonic_ns()};
	struct library library;
	int fd;

	if (!load(&library)) {
		diag__note(diag, URLS " is set, but " LIBRARY " is not installed: %s%s%s cannot be fetched",
			   wanted->kind, wanted->of, wanted->name);
		return -ENOENT;
	}
	fd = ask(&library, &progress, path);
	if (fd >= 0)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	if (fd >= 0 || fd == -ENOENT || fd == -ENOMEM)
		return fd;
	diag__note(diag, "%s%s%s could not be fetched from the servers of " URLS ": %s", wanted->kind, wanted->of,
		   wanted->name, strerror(-fd));
	return -ENOENT;
}

/* The same, from the servers that the system's list names if the environment names none. */
static int fetch_from_servers(const struct wanted *wanted, const struct diag *diag, char **path)
{
	bool missing = !getenv(URLS);
	char list[LONGEST];
	int fd;

	*path = NULL;
	find_servers(list);
	if (!list[strspn(list, " ")] || !*wanted->build_id)
		return -ENOENT;
	if (missing && setenv(URLS, list, 1))
		return -ENOMEM;
	fd = fetch(wanted, diag, path);
	if (missing)
		unsetenv(URLS);
	return fd;
}

int debuginfod__fetch(const char *build_id, const char *name, const struct diag *diag, char **path)
{
	const struct wanted wanted = {
		.build_id = build_id, .kind = "the debug information", .of = " of ", .name = name};

	return fetch_from_servers(&wanted, diag, path);
}

int debuginfod__fetch_source(const char *build_id, const char *file, const struct diag *diag)
{
	const struct wanted wanted = {
		.build_id = build_id, .kind = "the source file ", .of = "", .name = file, .source = file};
	char *path;
	int fd = *file == '/' ? fetch_from_servers(&wanted, diag, &path) : -ENOENT;

	if (fd < 0)
		return fd;
	free(path);
	/* What was fetched just now was written through this descriptor. */
	if (lseek(fd, 0, SEEK_SET)) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}
