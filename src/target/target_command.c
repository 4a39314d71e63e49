// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starts the command to be profiled. Its process is forked early, so that probes can be attached to its process ID,
 * and it waits before the exec until they are. Two channels connect it to the profiler. On a socket the profiler lets
 * it go on; if the socket is closed, the profiler has died or given up, and the child exits. A pipe is closed by a
 * successful exec; if the exec fails, the child reports the reason on it.
 */
#include "target/target_command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "files/file_rights.h"
#define EXIT_NOT_EXECUTABLE 126 /* as shells and time(1) have it */
#define EXIT_NOT_FOUND	    127

/*
 * The user that the command runs as. It is looked up before the fork, so that as little as possible can fail in the
 * child.
 */
struct identity {
	char *buffer; /* owns the strings of pw */
	struct passwd pw;
	gid_t *groups;
	size_t n_groups;
};

/* What the child reports when it did not execute the command. */
struct failure {
	int err;
	bool before_exec; /* taking on the user's identity failed */
};

static void identity_release(struct identity *identity)
{
	free(identity->buffer);
	free(identity->groups);
}

static int find_passwd(const char *user, struct identity *identity)
{
	struct passwd *found = NULL, pw;
	char *buffer;
	int err;

	for (size_t size = 1024;; size *= 2) {
		buffer = malloc(size);
		if (!buffer)
			return -ENOMEM;
		err = getpwnam_r(user, &pw, buffer, size, &found);
		if (found)
			break;
		free(buffer);
		if (err != ERANGE)
			return -EINVAL;
	}
	identity->pw = pw;
	identity->buffer = buffer;
	return 0;
}

static int find_user(const char *user, const struct diag *diag, struct identity *identity)
{
	int err;

	err = find_passwd(user, identity);
	if (!err)
		err = file_rights__groups(&identity->pw, &identity->groups, &identity->n_groups);
	if (err && err != -ENOMEM)
		diag__error(diag, "there is no user %s", user);
	return err;
}

static int become(const struct identity *identity)
{
	const struct passwd *pw = &identity->pw;

	if (setgroups(identity->n_groups, identity->groups) || setgid(pw->pw_gid) || setuid(pw->pw_uid))
		return -errno;
	if (setenv("HOME", pw->pw_dir, 1) || setenv("USER", pw->pw_name, 1) || setenv("LOGNAME", pw->pw_name, 1) ||
	    setenv("SHELL", *pw->pw_shell ? pw->pw_shell : "/bin/sh", 1))
		return -errno;
	return 0;
}

/* Makes LIBRARY the first one of LD_PRELOAD. 0 or -errno. */
static int preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *all;
	int err;

	if (asprintf(&all, "%s%s%s", library, others && *others ? ":" : "", others ? others : "") < 0)
		return -ENOMEM;
	err = setenv("LD_PRELOAD", all, 1) ? -errno : 0;
	free(all);
	return err;
}

static int take_equipment(const struct target_equipment *equipment)
{
	int err = *equipment->preload ? preload(equipment->preload) : 0;

	if (!err && equipment->variable && setenv(equipment->variable, equipment->value, 1))
		err = -errno;
	for (size_t i = 0; !err && i < equipment->n_fds; i++)
		if (fcntl(equipment->fds[i], F_SETFD, 0))
			err = -errno;
	return err;
}

/*
 * Resets all signal handlers, as the exec will do. Otherwise a handler inherited from the profiler would swallow a
 * Ctrl-C that comes before the exec. Ignored signals stay ignored.
 */
static void drop_handlers(void)
{
	struct sigaction action;

	for (int signal = 1; signal < NSIG; signal++) {
		if (sigaction(signal, NULL, &action) || action.sa_handler == SIG_IGN || action.sa_handler == SIG_DFL)
			continue;
		action = (struct sigaction){.sa_handler = SIG_DFL};
		sigaction(signal, &action, NULL);
	}
}

/* Waits for the profiler. Returns true when it lets the child go on, false when it is gone. */
static bool released(int fd)
{
	ssize_t got;
	char word;

	do
		got = recv(fd, &word, 1, 0);
	while (got < 0 && errno == EINTR);
	return got == 1;
}

static void __attribute__((noreturn)) run_child(char *const *argv, const struct identity *identity,
						const struct target_equipment *equipment, int release_fd, int error_fd)
{
	struct failure failure = {0};

	drop_handlers();
	if (identity)
		failure.err = become(identity);
	if (!failure.err)
		failure.err = take_equipment(equipment);
	failure.before_exec = failure.err != 0;
	if (!released(release_fd))
		_exit(EXIT_NOT_EXECUTABLE);
	if (!failure.err) {
		execvp(argv[0], argv);
		failure.err = -errno;
	}
	(void)!write(error_fd, &failure, sizeof(failure));
	_exit(failure.err == -ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Gives FD the number TO, in a process that has no other use for numbers below HIGH. Whether that could be done. */
static bool move_fd(int fd, int to)
{
	int copy = fcntl(fd, F_DUPFD, EQUIPMENT_HELD + EQUIPMENT_DESCRIPTORS);

	return copy >= 0 && dup2(copy, to) == to;
}

/* Executes the holder. It has nothing else of this process: neither other descriptors, nor an environment. */
static void __attribute__((noreturn))
run_holder(const struct identity *identity, const struct target_equipment *equipment, int end)
{
	static char name[] = "lprof-bpf-holder";
	static char *const argv[] = {name, NULL}, *const envp[] = {NULL};
	int program = fcntl(equipment->holder, F_DUPFD_CLOEXEC, EQUIPMENT_HELD + EQUIPMENT_DESCRIPTORS);
	bool ready = program >= 0 && setsid() >= 0 && !chdir("/") && (!identity || !become(identity)) &&
		     move_fd(end, STDIN_FILENO);

	for (size_t i = 0; ready && i < equipment->n_fds; i++)
		ready = move_fd(equipment->fds[i], EQUIPMENT_HELD + (int)i);
	for (int fd = STDIN_FILENO + 1; ready && fd < EQUIPMENT_HELD; fd++)
		close(fd);
	if (ready)
		(void)close_range(EQUIPMENT_HELD + (unsigned)equipment->n_fds, ~0u, CLOSE_RANGE_CLOEXEC);
	if (ready)
		(void)syscall(SYS_execveat, program, "", argv, envp, AT_EMPTY_PATH);
	_exit(EXIT_NOT_EXECUTABLE);
}

/* Starts the holder, and appends its ID to the equipment's value. 0 or -errno. */
static int start_holder(const struct identity *identity, struct target_equipment *equipment,
			struct target_command *command)
{
	size_t used = strlen(equipment->value);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	command->holder = fork();
	if (!command->holder)
		run_holder(identity, equipment, ends[0]);
	command->holder_fd = ends[1];
	close(ends[0]);
	if (command->holder < 0) {
		command->holder = 0;
		return -errno;
	}
	snprintf(equipment->value + used, sizeof(equipment->value) - used, ",%d", (int)command->holder);
	return 0;
}

static void end_holder(struct target_command *command)
{
	close_fd(&command->holder_fd);
	if (command->holder > 0)
		while (waitpid(command->holder, NULL, 0) < 0 && errno == EINTR)
			;
	command->holder = 0;
}

static int fork_child(char *const *argv, const struct identity *identity, const struct target_equipment *equipment,
		      struct target_command *command)
{
	/* A socket and not a pipe: writing to a pipe whose reader was killed would raise SIGPIPE here. */
	int release[2] = {-1, -1}, error[2] = {-1, -1}, err = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, release) || pipe2(error, O_CLOEXEC)) {
		err = -errno;
		goto out;
	}
	command->pid = fork();
	if (command->pid < 0) {
		err = -errno;
		goto out;
	}
	if (!command->pid) {
		close(release[0]);
		close(error[0]);
		run_child(argv, identity, equipment, release[1], error[1]);
	}
	command->release_fd = release[0];
	command->error_fd = error[0];
	release[0] = error[0] = -1;
	command->pidfd = (int)syscall(SYS_pidfd_open, command->pid, 0);
	if (command->pidfd < 0) {
		err = -errno;
		target_command__abandon(command);
	}
out:
	for (int i = 0; i < 2; i++) {
		close_fd(&release[i]);
		close_fd(&error[i]);
	}
	return err;
}

int target_command__start(char *const *argv, const char *user, const struct target_equipment *equipment,
			  const struct diag *diag, struct target_command *command)
{
	struct identity identity = {0};
	struct target_equipment full = *equipment;
	int err = 0;

	*command = (struct target_command){.pidfd = -1, .release_fd = -1, .error_fd = -1, .holder_fd = -1};
	if (user)
		err = find_user(user, diag, &identity);
	if (!err) {
		if (full.holder > 0)
			err = start_holder(user ? &identity : NULL, &full, command);
		if (!err)
			err = fork_child(argv, user ? &identity : NULL, &full, command);
		if (err) {
			command->pid = 0;
			end_holder(command);
			diag__failure(diag, err, "cannot start %s", argv[0]);
		}
	}
	identity_release(&identity);
	return err;
}

int target_command__release(struct target_command *command, char *const *argv, const struct diag *diag)
{
	struct failure failure = {0};
	ssize_t got;

	/* If the child has died already, there is nothing to report here: its exit status tells. */
	(void)send(command->release_fd, "", 1, MSG_NOSIGNAL);
	close_fd(&command->release_fd);
	do
		got = read(command->error_fd, &failure, sizeof(failure));
	while (got < 0 && errno == EINTR);
	close_fd(&command->error_fd);
	if (got != (ssize_t)sizeof(failure))
		return 0;
	if (failure.before_exec)
		diag__failure(diag, failure.err, "cannot run %s as that user", argv[0]);
	else if (failure.err == -ENOENT && !strchr(argv[0], '/'))
		diag__error(diag, "%s: command not found", argv[0]);
	else
		diag__failure(diag, failure.err, "cannot execute %s", argv[0]);
	return failure.err;
}

void target_command__abandon(struct target_command *command)
{
	if (command->pid <= 0 || command->release_fd < 0)
		return;
	kill(command->pid, SIGKILL);
	(void)target_command__wait(command);
}

bool target_command__goes_on(const struct target_command *command)
{
	struct pollfd ended = {.fd = command->pidfd, .events = POLLIN};

	return command->pid > 0 && command->pidfd >= 0 && poll(&ended, 1, 0) == 0;
}

int target_command__wait(struct target_command *command)
{
	int status = 0;

	if (command->pid <= 0)
		return EXIT_NOT_EXECUTABLE;
	while (waitpid(command->pid, &status, 0) < 0) {
		if (errno != EINTR) {
			status = EXIT_NOT_EXECUTABLE << 8;
			break;
		}
	}
	command->pid = 0;
	close_fd(&command->pidfd);
	close_fd(&command->release_fd);
	close_fd(&command->error_fd);
	end_holder(command);
	return target_command__exit_status(status);
}

int target_command__exit_status(int wait_status)
{
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
