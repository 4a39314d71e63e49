// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/pager.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/utf8.h"

#define TAB 8

/* The size of the escape sequence (ESC ... m) at the start of the SIZE bytes at TEXT. */
static size_t sequence_size(const char *text, size_t size)
{
	size_t n = 1;

	while (n < size && text[n - 1] != 'm')
		n++;
	return n;
}

/* The size of the screen, if FD is a terminal and has one. */
static bool get_screen(int fd, struct winsize *screen)
{
	return !ioctl(fd, TIOCGWINSZ, screen) && screen->ws_row && screen->ws_col;
}

int pager__columns(int fd)
{
	struct winsize screen;

	return get_screen(fd, &screen) ? screen.ws_col : 0;
}

bool pager__fits(int fd, const char *text, size_t size)
{
	size_t rows = 1, column = 0; /* one row for the shell's prompt */
	struct winsize screen;

	if (!get_screen(fd, &screen))
		return true;
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '\033') {
			i += sequence_size(text + i, size - i) - 1;
			continue;
		}
		if (utf8__continues(text[i]))
			continue;
		if (text[i] == '\n' || column >= screen.ws_col) {
			rows++;
			column = 0;
		}
		if (text[i] != '\n')
			column += text[i] == '\t' ? TAB - column % TAB : 1;
	}
	return rows <= screen.ws_row;
}

/*
 * Returns a descriptor of a memory file that holds TEXT, positioned at its start. With a pipe, this process would have
 * to write while the pager reads, and to handle the error when the pager ends early.
 */
static int file_of(const char *text, size_t size)
{
	int fd = memfd_create("report", MFD_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = descriptor__write_all(fd, text, size);
	if (!err && lseek(fd, 0, SEEK_SET) < 0)
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Starts COMMAND with all signals unblocked: those that are blocked in this process must reach the pager. */
static int spawn(const char *command, int input, pid_t *pid)
{
	char *argv[] = {"sh", "-c", (char *)command, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	int err;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	err = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
	if (!err)
		err = posix_spawn(pid, "/bin/sh", &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

int pager__show(const char *text, size_t size)
{
	const char *command = getenv("PAGER");
	int input, status, err;
	pid_t pid = -1;

	if (command && !*command)
		return -ENOENT;
	/*
	 * F: end at once if everything fits; R: pass colours through; S: chop long lines; X: leave the text on the
	 * screen.
	 */
	if (setenv("LESS", "FRSX", 0))
		return -ENOMEM;
	input = file_of(text, size);
	if (input < 0)
		return input;
	err = spawn(command ? command : "less", input, &pid);
	close(input);
	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 0;
	/* The shell's exit statuses for a command that it cannot execute or find. */
	return WIFEXITED(status) && (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126) ? -ENOENT : 0;
}
