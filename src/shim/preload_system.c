// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The C library's system(3) executes the shell by functions of its own, which no library can replace. So it is replaced
 * as a whole while there is something to add to the shell's environment, by one that does the same.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "shim/preload_exec.h"

#define EXPORTED __attribute__((visibility("default")))

static int (*real_system)(const char *command);

/* Signals that the process ignores while any thread waits for a shell. */
static struct {
	char locked;
	unsigned n_waiting;
	struct sigaction interrupt, quit; /* what they did before */
} ignored;

static void __attribute__((constructor(101))) find_system(void)
{
	*(void **)&real_system = dlsym(RTLD_NEXT, "system");
}

static void lock(void)
{
	while (__atomic_test_and_set(&ignored.locked, __ATOMIC_ACQUIRE))
		sched_yield();
}

static void unlock(void)
{
	__atomic_clear(&ignored.locked, __ATOMIC_RELEASE);
}

/* Sets RESET to the signals that the shell is not to ignore. */
static void begin_waiting(sigset_t *reset)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigemptyset(reset);
	lock();
	if (!ignored.n_waiting++) {
		sigaction(SIGINT, &ignore, &ignored.interrupt);
		sigaction(SIGQUIT, &ignore, &ignored.quit);
	}
	if (ignored.interrupt.sa_handler != SIG_IGN)
		sigaddset(reset, SIGINT);
	if (ignored.quit.sa_handler != SIG_IGN)
		sigaddset(reset, SIGQUIT);
	unlock();
}

static void end_waiting(void)
{
	lock();
	if (!--ignored.n_waiting) {
		sigaction(SIGINT, &ignored.interrupt, NULL);
		sigaction(SIGQUIT, &ignored.quit, NULL);
	}
	unlock();
}

/* Starts the shell with this signal mask. 0 or an errno. */
static int start(const char *command, const sigset_t *mask, const sigset_t *reset, pid_t *pid)
{
	char *const argv[] = {"sh", "-c", "--", (char *)command, NULL};
	posix_spawnattr_t attributes;
	int err = posix_spawnattr_init(&attributes);

	if (err)
		return err;
	posix_spawnattr_setsigmask(&attributes, mask);
	posix_spawnattr_setsigdefault(&attributes, reset);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	err = preload_exec__spawn(pid, "/bin/sh", &attributes, argv);
	posix_spawnattr_destroy(&attributes);
	return err;
}

static int run_shell(const char *command)
{
	sigset_t child, mask, reset;
	int status = -1, err;
	pid_t pid, ended;

	begin_waiting(&reset);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &child, &mask);
	err = start(command, &mask, &reset, &pid);
	if (err) {
		status = 127 << 8; /* as if the shell had ended so */
	} else {
		do
			ended = waitpid(pid, &status, 0);
		while (ended < 0 && errno == EINTR);
		if (ended != pid) {
			status = -1;
			err = errno;
		}
	}
	end_waiting();
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	if (err)
		errno = err;
	return status;
}

EXPORTED int system(const char *command)
{
	int state, status;

	if (!command || !preload_exec__is_active())
		return real_system(command);
	/* A thread that is cancelled is so when the shell has ended. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	status = run_shell(command);
	pthread_setcancelstate(state, NULL);
	return status;
}
