// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that start others. Each calls work() once, with a number of turns of its own, and says how many these were.
 *
 * fork N      forks N children, one after the other, and waits for each
 * crowd N     forks N children at once, from a thread of its own
 * deep N      each child forks the next, N times
 * spawn N     starts itself by posix_spawn(3) N times
 * again N     executes itself N times
 * daemon N    forks a child that forks another one and ends; that one works for N milliseconds
 * vfork N     vfork(2), whose children end at once or start another program
 * server N    forks N children that work until they are told to end
 */
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

extern char **environ;

static volatile sig_atomic_t ended;

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

static void on_end(int signal)
{
	(void)signal;
	ended = 1;
}

static void serve(int n)
{
	signal(SIGTERM, on_end);
	for (int i = 0; i < n; i++) {
		if (!fork()) {
			int turns = 0;

			for (; !ended; turns += 10)
				work(10);
			printf("turns %d\n", turns);
			exit(0);
		}
	}
	while (!ended)
		pause();
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
}

static void work_for(int milliseconds)
{
	struct timespec begin, now;
	int turns = 0;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	do {
		work(10);
		turns += 10;
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
				work_for(n);
			_exit(0);
		}
		wait(NULL);
	} else if (!strcmp(how, "vfork")) {
		by_vfork(argv[0]);
	} else if (!strcmp(how, "server")) {
		serve(n);
	} else {
		report(n);
	}
	return 0;
}
