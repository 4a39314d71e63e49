// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * opens LIBRARY [again]: works, waits for a line, opens the library, waits for another line, and calls plugged() in
 * it; then a child does. It says how many turns the loop in the library made. Then it executes itself once more, if so
 * told. Compiled with -DLIBRARY it is that library. Compiled with -DLINKED, it has that library from the beginning.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#ifdef LIBRARY
unsigned long plugged(int turns);

unsigned long plugged(int turns)
{
	unsigned long sum = 0;

	for (int i = 0; i < turns; i++)
		sum = sum * 31 + (unsigned long)i; /* plugged */
	return sum;
}
#elif defined(LINKED)
unsigned long plugged(int turns);

int main(void)
{
	volatile unsigned long sum = plugged(1000);

	(void)sum;
	return 0;
}
#else
static NOINLINE unsigned long work(int turns)
{
	unsigned long sum = 0;

	for (int i = 0; i < turns; i++)
		sum = sum * 31 + (unsigned long)i; /* turn */
	return sum;
}

static void await_line(const char *what)
{
	puts(what);
	fflush(stdout);
	while (getchar() != '\n')
		;
}

int main(int argc, char **argv)
{
	volatile unsigned long sum = work(10);
	unsigned long (*plugged)(int);
	void *library;

	await_line("ready");
	sum += work(5);
	library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	plugged = library ? (unsigned long (*)(int))dlsym(library, "plugged") : NULL;
	if (!plugged)
		return 1;
	await_line("opened");
	for (int i = 0; i < 100; i++)
		sum += plugged(i);
	if (!fork()) {
		sum += plugged(50);
		_exit(0);
	}
	wait(NULL);
	puts("turns 5000");
	fflush(stdout);
	return argc > 2 ? execl(argv[0], argv[0], argv[1], (char *)NULL) : 0;
}
#endif
