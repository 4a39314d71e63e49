// SPDX-License-Identifier: GPL-2.0-or-later
/* Work in places that probes do not reach: in memory that is writable or shared, and in forked processes. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static volatile long sink;

/* Each alone on its page. */
__attribute__((noinline, aligned(PAGE))) int work(int x)
{
	return x & 1 ? x + 1 : x - 1;
}

__attribute__((noinline, aligned(PAGE))) int other(int x)
{
	return x & 1 ? x + 1 : x - 1;
}

__attribute__((noinline, aligned(PAGE))) static void call(int (*function)(int), int n)
{
	for (int i = 0; i < n; i++)
		sink += function(i);
}

static void *run(void *unused)
{
	call(work, 10);
	return unused;
}

static void wait_for_line(void)
{
	puts("ready");
	fflush(stdout);
	(void)!getchar();
}

static int make_writable(int (*function)(int))
{
	return mprotect((void *)(uintptr_t)function, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
}

/* The function's page of the file, mapped once more and shared. FUNCTIONS_OFFSET is where the file has it. */
static int (*map_shared(const char *functions_offset))(int)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, strtol(functions_offset, NULL, 0));

	return page == MAP_FAILED ? NULL : (int (*)(int))(uintptr_t)page;
}

static void fork_workers(int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++) {
		if (!fork()) {
			call(work, 10);
			_exit(0);
		}
	}
	/* Neither is a forked process with this program. */
	sink += system("true");
	pthread_create(&thread, NULL, run, NULL);
	pthread_join(thread, NULL);
	while (wait(NULL) > 0)
		;
}

int main(int argc, char **argv)
{
	const char *mode = argv[1];
	int (*shared)(int) = work;

	if (argc < 2)
		return 2;
	if (!strcmp(mode, "writable") && (make_writable(work) || make_writable(other)))
		return 3;
	if (!strcmp(mode, "half") && make_writable(work))
		return 3;
	if (!strcmp(mode, "shared"))
		shared = map_shared(argv[2]);
	if (!strcmp(mode, "made") &&
	    mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
		return 3;
	if (!strcmp(mode, "before"))
		for (int i = 0; i < 2; i++)
			if (!fork())
				_exit(getchar() == 'x');
	wait_for_line();
	if (!strcmp(mode, "later") && make_writable(work))
		return 3;
	if (!strcmp(mode, "fork"))
		fork_workers(3);
	if (!strcmp(mode, "daemon") && fork())
		return 0;
	call(work, 100);
	call(shared, 100);
	call(other, 100);
	return 0;
}
