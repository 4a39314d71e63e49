// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that start others. Each calls work() once, with a number of turns of its own, and says how many these were.
 *
 * fork N      forks N children, one after the other, and waits for each
 * crowd N     forks N children at once, from a thread of its own
 * deep N      each child forks the next, N times
 * spawn N     starts itself by posix_spawn(3) N times
 * again N     executes itself N times
 * daemon N    forks a child that forks another one and ends; that one works for N milliseconds, now and then
 * hard N      forks a child that works for N milliseconds
 * vfork N     vfork(2), whose children end at once or start another program
 * server [P]  forks a child for each SIGUSR1, which works until SIGTERM ends them all, or starts P hard 700
 * brief N     works for N milliseconds, now and then
 * asked N     works for each SIGUSR1, until SIGTERM
 * thread N    a thread that is not the first one executes this program anew
 */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

extern char **environ;

static volatile sig_atomic_t ended, wanted;

static NOINLINE unsigned long work(int turns)
{
	unsigned long sum = 0;

	for (int i = 0; i < turns; i++)
		sum = sum * 31 + (unsigned long)i; /* turn */
	return sum;
}

static void report(int turns)
{
	char text[64];
	volatile unsigned long sum = work(turns);
	int n = snprintf(text, sizeof(text), "turns %d\n", turns);

	(void)sum;
	if (write(STDOUT_FILENO, text, (size_t)n) != n)
		_exit(1);
}

static void *fork_all(void *arg)
{
	int n = *(const int *)arg;

	for (int i = 0; i < n; i++) {
		if (!fork()) {
			report(100 + i);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	return NULL;
}

static void spawn(char *self, const char *how, int n)
{
	char number[16];
	char *argv[] = {self, (char *)how, number, NULL};
	pid_t pid;

	snprintf(number, sizeof(number), "%d", n);
	if (!posix_spawn(&pid, self, NULL, NULL, argv, environ))
		waitpid(pid, NULL, 0);
}

static void by_vfork(char *self)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	pid = vfork();
	if (!pid) {
		execl(self, self, "one", "70", (char *)NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

static void *execute(void *arg)
{
	char **argv = arg;

	execl(argv[0], argv[0], "one", argv[2], (char *)NULL);
	return NULL;
}

static void on_signal(int signal)
{
	if (signal == SIGTERM)
		ended = 1;
	else
		wanted++;
}

static void serve_one(void)
{
	int turns = 0;

	for (; !ended; turns += 10)
		work(10);
	printf("turns %d\n", turns);
	exit(0);
}

static void serve(const char *program)
{
	pid_t children[16];
	int n = 0;

	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	puts("ready");
	fflush(stdout);
	while (!ended) {
		usleep(10000);
		for (; n < wanted && n < 16; n++) {
			children[n] = fork();
			if (!children[n] && program)
				execl(program, program, "hard", "700", (char *)NULL);
			if (!children[n])
				serve_one();
		}
	}
	for (int i = 0; i < n; i++)
		kill(children[i], SIGTERM);
	while (wait(NULL) > 0)
		;
}

static void work_when_asked(int n)
{
	int served = 0;

	signal(SIGTERM, on_signal);
	signal(SIGUSR1, on_signal);
	puts("ready");
	fflush(stdout);
	for (; !ended; usleep(10000))
		for (; served < wanted; served++)
			report(n);
}

static void work_for(int milliseconds, bool hard)
{
	struct timespec begin, now;
	int turns = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		work(10);
		turns += 10;
		if (!hard)
			usleep(1000);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((now.tv_sec - begin.tv_sec) * 1000 + (now.tv_nsec - begin.tv_nsec) / 1000000 < milliseconds);
	printf("turns %d\n", turns);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "one";
	int n = argc > 2 ? atoi(argv[2]) : 10;
	pthread_t thread;

	if (!strcmp(how, "fork")) {
		for (int i = 0; i < n; i++) {
			if (!fork()) {
				report(10 * (i + 1));
				_exit(0);
			}
			wait(NULL);
		}
	} else if (!strcmp(how, "crowd")) {
		pthread_create(&thread, NULL, fork_all, &n);
		pthread_join(thread, NULL);
	} else if (!strcmp(how, "deep")) {
		for (; n > 0 && !fork(); n--)
			report(n);
		wait(NULL);
	} else if (!strcmp(how, "spawn")) {
		for (int i = 0; i < n; i++)
			spawn(argv[0], "one", i + 1);
	} else if (!strcmp(how, "again")) {
		char number[16];

		report(n);
		snprintf(number, sizeof(number), "%d", n - 1);
		if (n > 1)
			execl(argv[0], argv[0], "again", number, (char *)NULL);
	} else if (!strcmp(how, "daemon")) {
		if (!fork()) {
			if (!fork())
				work_for(n, false);
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(how, "hard")) {
		if (!fork()) {
			work_for(n, true);
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(how, "vfork")) {
		by_vfork(argv[0]);
	} else if (!strcmp(how, "server")) {
		serve(argc > 2 ? argv[2] : NULL);
	} else if (!strcmp(how, "brief")) {
		work_for(n, false);
	} else if (!strcmp(how, "asked")) {
		work_when_asked(n);
	} else if (!strcmp(how, "thread")) {
		report(n);
		pthread_create(&thread, NULL, execute, argv);
		pthread_join(thread, NULL);
	} else {
		report(n);
	}
	return 0;
}
