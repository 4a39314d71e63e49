// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds out which files a command will map, before it is started. Its executable is searched for as execvp(3) and the
 * kernel do. For the libraries, the executable's dynamic loader is asked, because only the loader knows all its rules
 * (RPATH, LD_LIBRARY_PATH, LD_PRELOAD, the cache). The loaders of both glibc and musl can list the libraries without
 * running the program.
 */
#include "target/target_loader.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "elf/objfile.h"
#include "files/file_rights.h"
#include "files/regular_file.h"
#include "target/process_words.h"

#define MAX_SCRIPTS  4			   /* the kernel follows as many interpreters of interpreters */
#define LOADER_NS    (5 * CLOCK_SECOND_NS) /* how long a loader may take */
#define DEFAULT_PATH "/bin:/usr/bin"

/* Returns 0 if execve(2) would go as far as reading FILE, else -errno. */
static int executable(const char *file)
{
	struct stat st;

	if (stat(file, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || faccessat(AT_FDCWD, file, X_OK, AT_EACCESS))
		return -EACCES;
	return 0;
}

int target_loader__search(const char *command, char path[PATH_MAX])
{
	const char *dirs = getenv("PATH"), *end;
	int err = -ENOENT;

	if (!*command)
		return -ENOENT;
	if (strchr(command, '/')) {
		if (snprintf(path, PATH_MAX, "%s", command) >= PATH_MAX)
			return -ENAMETOOLONG;
		return executable(path);
	}
	for (dirs = dirs ? dirs : DEFAULT_PATH;; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		/*
		 * An empty element of PATH means the working directory. "./" keeps the loader from searching for the
		 * name.
		 */
		if (snprintf(path, PATH_MAX, "%.*s/%s", end > dirs ? (int)(end - dirs) : 1, end > dirs ? dirs : ".",
			     command) < PATH_MAX) {
			switch (executable(path)) {
			case 0:
				return 0;
			case -EACCES:
				err = -EACCES;
			}
		}
		if (!*end)
			return err;
	}
}

/* Reads the beginning of FILE into HEAD and terminates it with a NUL. Returns its length or -errno. */
static ssize_t read_head(const char *file, char *head, size_t size)
{
	int fd = regular_file__open(file);
	ssize_t len;

	if (fd < 0)
		return fd;
	len = read(fd, head, size - 1);
	if (len < 0)
		len = -errno;
	else
		head[len] = '\0';
	close(fd);
	return len;
}

/*
 * Returns the command that env(1) runs with the arguments ARGS, or NULL. Of its options, only -S is understood,
 * because scripts need it; other options that take a separate word are rare in scripts.
 */
static const char *env_command(char *args)
{
	char *rest, *word;

	for (word = strtok_r(args, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
		if (!strncmp(word, "-S", 2) && word[2])
			word += 2;
		if (word[0] != '-' && !strchr(word, '='))
			return word;
	}
	return NULL;
}

/*
 * Replaces PATH, a script that begins with HEAD, by its interpreter. If the interpreter is env(1), replaces it by the
 * program that env runs.
 */
static int resolve_script(char *head, char *path)
{
	char *interpreter, *args, *end;
	const char *base, *command;

	head[strcspn(head, "\n")] = '\0';
	interpreter = head + 2 + strspn(head + 2, " \t");
	for (end = interpreter + strlen(interpreter); end > interpreter && isspace((unsigned char)end[-1]); end--)
		end[-1] = '\0';
	if (!*interpreter)
		return -ENOEXEC;
	args = interpreter + strcspn(interpreter, " \t");
	if (*args)
		*args++ = '\0';
	base = strrchr(interpreter, '/');
	base = base ? base + 1 : interpreter;
	if (!strcmp(base, "env")) {
		command = env_command(args);
		if (command)
			return target_loader__search(command, path);
	}
	snprintf(path, PATH_MAX, "%s", interpreter);
	return executable(path);
}

/* If PATH is a script, replaces it by the program that will run it. */
static int resolve(char *path)
{
	char head[256];
	ssize_t len;
	int err;

	for (int depth = 0; depth <= MAX_SCRIPTS; depth++) {
		len = read_head(path, head, sizeof(head));
		if (len == -EACCES)
			return 0; /* it may be executed but not read: take it as it is */
		if (len < 0)
			return (int)len;
		if (len >= 4 && !memcmp(head, "\177ELF", 4))
			return 0;
		if (len >= 2 && !memcmp(head, "#!", 2)) {
			err = resolve_script(head, path);
		} else {
			/* Like execvp(3), run a file of unknown format with the shell. */
			snprintf(path, PATH_MAX, "/bin/sh");
			err = executable(path);
		}
		if (err)
			return err;
	}
	return -ELOOP;
}

/* How a dynamic loader is run: with the environment and the rights that its program will have. */
struct surroundings {
	char *const *environment;
	const struct file_rights *rights; /* NULL: ours */
	int library;			  /* a descriptor that it inherits; -1: none */
};

/* In the child: nothing is executed with more rights than the program itself will have. */
static void __attribute__((noreturn))
run_loader(const char *interpreter, const char *file, const struct surroundings *around, int output)
{
	char *argv[] = {(char *)interpreter, (char *)"--list", (char *)file, NULL};
	const struct file_rights *rights = around->rights;
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(null, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
	if (around->library >= 0 && fcntl(around->library, F_SETFD, 0))
		_exit(EXIT_FAILURE);
	if (rights && !geteuid() &&
	    (setgroups(rights->n_groups, rights->groups) || setresgid(rights->gid, rights->gid, rights->gid) ||
	     setresuid(rights->uid, rights->uid, rights->uid)))
		_exit(EXIT_FAILURE);
	execve(interpreter, argv, around->environment);
	_exit(EXIT_FAILURE);
}

/*
 * Runs `INTERPRETER --list FILE` with its output in a pipe. Returns the read end of the pipe, or -errno.
 */
static int spawn_loader(const char *interpreter, const char *file, const struct surroundings *around, pid_t *pid)
{
	int fds[2], err = 0;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	*pid = fork();
	if (!*pid)
		run_loader(interpreter, file, around, fds[1]);
	if (*pid < 0)
		err = -errno;
	close(fds[1]);
	if (err)
		close(fds[0]);
	return err ? err : fds[0];
}

/*
 * Returns the path in a line of the list, such as "\tlibm.so.6 => /lib/libm.so.6 (0x7f...)" or "\t/lib/ld.so
 * (0x7f...)", or NULL.
 */
static char *listed_path(char *line)
{
	char *path = strstr(line, " => "), *end;

	path = path ? path + 4 : line + strspn(line, " \t");
	end = strstr(path, " (0x");
	if (*path != '/' || !end)
		return NULL;
	*end = '\0';
	return path;
}

static int add_file(const char *file, struct target_files *files, struct target_objects *objects)
{
	char resolved[PATH_MAX];

	if (!realpath(file, resolved))
		return -errno;
	return target_objects__add(objects, resolved, resolved, files, 0);
}

/* Reads FD, which it closes, to its end, but not beyond UNTIL_NS. NULL when out of memory. */
static char *read_output(int fd, uint64_t until_ns)
{
	struct pollfd pollfd = {.fd = fd, .events = POLLIN};
	size_t n = 0, capacity = 0;
	char *text = NULL;
	uint64_t now_ns;
	ssize_t got = 1;

	while (got > 0) {
		if (grow__to(&text, &capacity, n + BUFSIZ, 1)) {
			free(text);
			text = NULL;
			break;
		}
		now_ns = clock__monotonic_ns();
		got = now_ns < until_ns && poll(&pollfd, 1, (int)((until_ns - now_ns) / 1000000) + 1) > 0
			      ? read(fd, text + n, capacity - n - 1)
			      : 0;
		n += got > 0 ? (size_t)got : 0;
		text[n] = '\0';
	}
	close(fd);
	return text;
}

/* Waits for the end of the child PID, which is killed at UNTIL_NS. Whether it has succeeded. */
static bool await_success(pid_t pid, uint64_t until_ns)
{
	int status = 0;
	pid_t found;

	while (!(found = waitpid(pid, &status, WNOHANG)) && clock__monotonic_ns() < until_ns)
		(void)poll(NULL, 0, 1);
	if (!found) {
		(void)kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	return found == pid && WIFEXITED(status) && !WEXITSTATUS(status);
}

/*
 * Asks the loader INTERPRETER which files it would map for FILE, AROUND there. Returns 0 and its answer, owned by the
 * caller, and whether it SUCCEEDED; or -errno.
 */
static int ask_loader(const char *interpreter, const char *file, const struct surroundings *around, char **answer,
		      bool *succeeded)
{
	uint64_t until_ns = clock__monotonic_ns() + LOADER_NS;
	pid_t pid = -1;
	int fd = spawn_loader(interpreter, file, around, &pid);

	if (fd < 0)
		return fd;
	*answer = read_output(fd, until_ns);
	*succeeded = await_success(pid, until_ns);
	return *answer ? 0 : -ENOMEM;
}

/* Appends the files that the loader's ANSWER lists, whose text is changed. 0 or -ENOMEM. */
static int add_listed(char *answer, struct target_files *files, const struct diag *diag, struct target_objects *objects)
{
	char *rest, *path;
	int err = 0;

	for (char *line = strtok_r(answer, "\n", &rest); line && err != -ENOMEM; line = strtok_r(NULL, "\n", &rest)) {
		path = listed_path(line);
		if (!path)
			continue;
		err = add_file(path, files, objects);
		if (err)
			diag__debug(diag, "leaving out %s: %s", path, strerror(-err));
	}
	return err == -ENOMEM ? err : 0;
}

static bool is_loader(const char *interpreter)
{
	const char *base = strrchr(interpreter, '/');

	return !strncmp(base ? base + 1 : interpreter, "ld", 2);
}

/*
 * Appends the libraries of FILE, as its loader AROUND here finds them. Failures are reported but do not stop
 * profiling, because the executable is there, which is what most users want to profile.
 */
static int add_libraries(const char *file, const struct surroundings *around, struct target_files *files,
			 const struct diag *diag, struct target_objects *objects)
{
	const char *interpreter;
	struct objfile *obj;
	char *answer = NULL;
	bool succeeded;
	int err;

	err = objfile__open(file, file, &obj);
	if (err)
		return err == -ENOMEM ? err
				      /*
				       * if this object is to be profiled, it is opened again later, and the error is
				       * reported then
				       */
				      : 0;
	interpreter = objfile__interpreter(obj);
	if (!interpreter)
		goto out; /* statically linked */
	if (!is_loader(interpreter)) {
		/* Only a dynamic loader is known not to run the program when asked for the list. */
		diag__note(diag, "%s has the unknown loader %s: its libraries are not searched; name one with -x", file,
			   interpreter);
		goto out;
	}
	err = ask_loader(interpreter, file, around, &answer, &succeeded);
	if (!err && !succeeded && !*answer)
		err = -ENOEXEC;
	if (!err)
		err = add_listed(answer, files, diag, objects);
	else if (err != -ENOMEM)
		diag__note(diag, "cannot ask %s for the libraries of %s: %s", interpreter, file, strerror(-err));
	err = err == -ENOMEM ? err : 0;
	free(answer);
out:
	objfile__close(obj);
	return err;
}

/* Whether the loader's ANSWER, whose text is changed, has LIBRARY and nothing that was not found. */
static bool lists_all(char *answer, const char *library)
{
	bool listed = false, missing = strstr(answer, "not found");
	char *rest, *path;

	for (char *line = strtok_r(answer, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		path = listed_path(line);
		listed = listed || (path && !strcmp(path, library));
	}
	return listed && !missing;
}

/* The same for the loader INTERPRETER. */
/*
 * The loader inherits the library and opens it by a name below /proc/self: where our file has capabilities, our own
 * directory in /proc is root's, and a program without them may not look into it.
 */
static int would_preload(const char *interpreter, const char *file, int library)
{
	char *environment[2] = {NULL, NULL}, *answer = NULL;
	const struct surroundings around = {.environment = environment, .library = library};
	char name[32];
	bool succeeded = false;
	int err;

	snprintf(name, sizeof(name), "/proc/self/fd/%d", library);
	if (asprintf(&environment[0], "LD_PRELOAD=%s", name) < 0)
		return -ENOMEM;
	err = ask_loader(interpreter, file, &around, &answer, &succeeded);
	if (!err)
		err = succeeded && lists_all(answer, name);
	free(environment[0]);
	free(answer);
	return err;
}

int target_loader__preloads(const char *file, int library)
{
	const char *interpreter;
	struct objfile *obj;
	int err = objfile__open(file, file, &obj);

	if (err)
		return err;
	interpreter = objfile__interpreter(obj);
	/* Only a dynamic loader is known not to run the program when asked for the list. */
	err = interpreter && is_loader(interpreter) ? would_preload(interpreter, file, library) : -ENOEXEC;
	objfile__close(obj);
	return err;
}

/*
 * The command that env(1), if that is what ARGV executes, executes in turn; otherwise NULL. Of its options, those that
 * take the next word are known.
 */
static const char *command_of_env(char *const *argv)
{
	const char *base = strrchr(argv[0], '/');
	char *const *word = argv + 1;

	if (strcmp(base ? base + 1 : argv[0], "env") != 0)
		return NULL;
	while (*word && (**word == '-' || strchr(*word, '='))) {
		bool takes_next = !strcmp(*word, "-u") || !strcmp(*word, "-C");

		word += takes_next && word[1] ? 2 : 1;
	}
	return *word;
}

static int explain(const char *command, const char *path, int err, const struct diag *diag)
{
	if (err == -ENOENT && !strchr(command, '/') && !strcmp(command, path))
		diag__error(diag, "%s: command not found", command);
	else if (!strcmp(command, path))
		diag__failure(diag, err, "cannot execute %s", command);
	else
		diag__failure(diag, err, "cannot execute %s, which needs %s", command, path);
	return err;
}

int target_loader__program(char *const *argv, const struct diag *diag, char found[PATH_MAX])
{
	const char *in_turn = command_of_env(argv);
	char path[PATH_MAX];
	int err;

	err = target_loader__search(argv[0], path);
	if (err)
		return explain(argv[0], argv[0], err, diag);
	/* What env(1) cannot execute, it reports itself. */
	if (in_turn && target_loader__search(in_turn, found)) {
		diag__debug(diag, "%s does not find %s", argv[0], in_turn);
	} else if (in_turn) {
		diag__debug(diag, "%s runs %s", argv[0], found);
		memcpy(path, found, sizeof(path));
	}
	memcpy(found, path, sizeof(path));
	err = resolve(path);
	if (err)
		return explain(argv[0], strcmp(path, found) != 0 ? path : argv[0], err, diag);
	if (strcmp(path, found) != 0)
		diag__debug(diag, "%s is a script that %s runs", found, path);
	/*
	 * Use the real path, because $ORIGIN and /proc/self/exe would have another meaning for the loader otherwise.
	 */
	if (!realpath(path, found))
		return explain(argv[0], argv[0], -errno, diag);
	return 0;
}

static int add_program(const char *command, const char *file, const char *user, struct target_files *files,
		       const struct diag *diag, struct target_objects *objects)
{
	struct file_rights rights = {0};
	const struct surroundings around = {.environment = environ, .rights = user ? &rights : NULL, .library = -1};
	int err = target_objects__add(objects, file, file, files, 0);

	if (err)
		return explain(command, command, err, diag);
	objects->items[objects->n - 1].main = true;
	err = user ? file_rights__of_user(user, &rights) : 0;
	if (!err)
		err = add_libraries(file, &around, files, diag, objects);
	file_rights__release(&rights);
	if (err)
		diag__failure(diag, err, "cannot list the libraries of %s", file);
	return err;
}

int target_loader__objects(char *const *argv, const char *user, const struct diag *diag, struct target_objects *objects)
{
	struct target_files *files;
	char found[PATH_MAX];
	int err = target_loader__program(argv, diag, found);

	if (err)
		return err;
	err = target_files__of_command(user, &files);
	if (err == -ENOENT)
		diag__error(diag, "there is no user %s", user);
	else if (err)
		diag__failure(diag, err, "cannot find out whose rights %s has", argv[0]);
	if (err)
		return err;
	err = add_program(argv[0], found, user, files, diag, objects);
	target_files__unref(files);
	return err;
}

/* Appends the program that process PID runs, with the view FILES, and its libraries. */
static int add_executed(pid_t pid, struct target_files *files, const struct diag *diag, struct target_objects *objects)
{
	char link[32], name[PATH_MAX];
	bool ours = target_files__have_our_root(files);
	struct file_rights rights = {0};
	struct surroundings around = {.rights = &rights, .library = -1};
	char **environment;
	ssize_t len;
	int err;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	len = readlink(link, name, sizeof(name) - 1);
	if (len < 0)
		return -errno;
	name[len] = '\0';
	err = target_objects__add(objects, name, ours ? name : link, files, ours ? 0 : pid);
	if (err || !ours)
		return err;
	err = file_rights__of_process(pid, &rights);
	if (err)
		return err;
	environment = process_words__read(pid, "environ");
	around.environment = environment;
	err = environment ? add_libraries(name, &around, files, diag, objects) : -ENOMEM;
	free(environment);
	file_rights__release(&rights);
	return err;
}

int target_loader__objects_of_executed(pid_t pid, const struct diag *diag, struct target_objects *objects)
{
	struct target_files *files;
	size_t first = objects->n;
	int err = target_files__of_process(pid, &files);

	if (err)
		return err;
	err = add_executed(pid, files, diag, objects);
	if (!err && objects->n > first)
		objects->items[first].main = true;
	target_files__unref(files);
	return err;
}
