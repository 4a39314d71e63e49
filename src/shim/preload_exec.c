// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A Python closes the descriptors of the files before it executes another one, and its program says which environment
 * that gets. So the functions of the C library that execute programs are replaced by these, which add what
 * is needed, to the environment of the new program alone. It is named by way of another process, the holder, which has
 * the same user and lives as long as the profiler. If that is not there, nothing is added.
 *
 * Only programs that may be a Python, or start one, get anything: some do not run with a library that they do not
 * expect.
 *
 * These functions run between vfork() and exec, so they must neither allocate nor change anything.
 */
#include "shim/preload_exec.h"

#include <alloca.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim/lprof_shim.h"
#include "shim/preload_text.h"
#include "shim/python_starters.h"

#define PRELOAD	 "LD_PRELOAD"
#define EXPORTED __attribute__((visibility("default")))

typedef int execute(const char *file, char *const *argv, char *const *envp);
typedef int execute_open(int fd, char *const *argv, char *const *envp);
typedef int spawn(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
		  const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);

static struct {
	bool active;
	struct stat library;
	char path[PRELOAD_TEXT_HELD];			       /* of the library */
	char preload[sizeof(PRELOAD "=") + PRELOAD_TEXT_HELD]; /* variables */
	char variable[sizeof(LPROF_SHIM_VARIABLE "=2147483647")];
	execute *execve, *execvpe;
	execute_open *fexecve;
	spawn *posix_spawn, *posix_spawnp;
} real;

static void find(void *function, const char *name)
{
	*(void **)function = dlsym(RTLD_NEXT, name);
}

static void __attribute__((constructor(101))) find_all(void)
{
	find(&real.execve, "execve");
	find(&real.execvpe, "execvpe");
	find(&real.fexecve, "fexecve");
	find(&real.posix_spawn, "posix_spawn");
	find(&real.posix_spawnp, "posix_spawnp");
}

void preload_exec__begin(int holder, const char *path)
{
	preload_text__append_held(real.path, holder, 0);
	preload_text__append(preload_text__append(real.preload, PRELOAD "="), real.path);
	preload_text__append_number(preload_text__append(real.variable, LPROF_SHIM_VARIABLE "="), holder);
	real.active = !stat(path, &real.library);
}

/* Whether the files are there for whoever is executed. Another process may have the holder's ID in a container. */
static bool is_held(void)
{
	struct stat st;

	return !stat(real.path, &st) && st.st_dev == real.library.st_dev && st.st_ino == real.library.st_ino;
}

bool preload_exec__is_active(void)
{
	return real.active && is_held();
}

static bool is_script(const char *file)
{
	char begin[2] = "";
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return false;
	(void)!read(fd, begin, sizeof(begin));
	close(fd);
	return begin[0] == '#' && begin[1] == '!';
}

/* Some programs bring their own Python, and execute themselves as workers. */
static bool is_this(const char *file)
{
	struct stat own, other;

	return !stat("/proc/self/exe", &own) && !stat(file, &other) && own.st_dev == other.st_dev &&
	       own.st_ino == other.st_ino;
}

static bool may_lead_to_python(const char *file)
{
	const char *base = strrchr(file, '/');

	base = base ? base + 1 : file;
	if (!strncmp(base, "python", strlen("python")))
		return true;
	return python_starters__has(file) || is_this(file) || is_script(file);
}

static size_t count(char *const *words)
{
	size_t n = 0;

	while (words && words[n])
		n++;
	return n;
}

static size_t room_for(char *const *envp)
{
	const char *others = preload_text__value(envp, PRELOAD);

	return sizeof(real.preload) + (others ? strlen(others) + 1 : 0);
}

/*
 * The environment for FILE: ENVP, or LIST, which has room for two more and the NULL, and gets PRELOAD, which has room
 * for room_for(). NULL stays an environment without anything.
 */
static char *const *equip(const char *file, char *const *envp, char **list, char *preload)
{
	const char *others = preload_text__value(envp, PRELOAD);
	size_t n = 0;
	char *end;

	if (!real.active || !file || !envp || preload_text__find(envp, LPROF_SHIM_VARIABLE) ||
	    !may_lead_to_python(file) || !is_held())
		return envp;
	end = preload_text__append(preload, real.preload);
	if (others && *others)
		preload_text__append(preload_text__append(end, ":"), others);
	for (size_t i = 0; envp[i]; i++)
		if (strncmp(envp[i], PRELOAD "=", strlen(PRELOAD "=")) != 0)
			list[n++] = envp[i];
	list[n++] = preload;
	list[n++] = real.variable;
	list[n] = NULL;
	return list;
}

static int run(execute *function, const char *file, char *const *argv, char *const *envp)
{
	char **list = alloca((count(envp) + 3) * sizeof(*list)), *preload = alloca(room_for(envp));

	return function(file, argv, equip(file, envp, list, preload));
}

EXPORTED int execve(const char *path, char *const *argv, char *const *envp)
{
	return run(real.execve, path, argv, envp);
}

EXPORTED int execv(const char *path, char *const *argv)
{
	return run(real.execve, path, argv, environ);
}

EXPORTED int execvpe(const char *file, char *const *argv, char *const *envp)
{
	return run(real.execvpe, file, argv, envp);
}

EXPORTED int execvp(const char *file, char *const *argv)
{
	return run(real.execvpe, file, argv, environ);
}

/* A file that has no path any more, or none that is known here, leads to nothing, and its program gets nothing. */
EXPORTED int fexecve(int fd, char *const *argv, char *const *envp)
{
	char **list = alloca((count(envp) + 3) * sizeof(*list)), *preload = alloca(room_for(envp));
	char link[sizeof("/proc/self/fd/2147483647")], path[PATH_MAX];
	ssize_t n = -1;

	if (fd >= 0) {
		preload_text__append_number(preload_text__append(link, "/proc/self/fd/"), fd);
		n = readlink(link, path, sizeof(path) - 1);
	}
	path[n > 0 ? n : 0] = '\0';
	return real.fexecve(fd, argv, equip(path, envp, list, preload));
}

static int run_spawn(spawn *function, pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
		     const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	char **list = alloca((count(envp) + 3) * sizeof(*list)), *preload = alloca(room_for(envp));

	return function(pid, file, actions, attributes, argv, equip(file, envp, list, preload));
}

int preload_exec__spawn(pid_t *pid, const char *path, const posix_spawnattr_t *attributes, char *const *argv)
{
	return run_spawn(real.posix_spawn, pid, path, NULL, attributes, argv, environ);
}

EXPORTED int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
			 const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	return run_spawn(real.posix_spawn, pid, path, actions, attributes, argv, envp);
}

EXPORTED int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			  const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
	return run_spawn(real.posix_spawnp, pid, file, actions, attributes, argv, envp);
}
