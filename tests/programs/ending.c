// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs that end inside calls: by exit(), by _exit(), by a signal; and one that leaves frames by longjmp. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

static jmp_buf home;

NOINLINE static int by_exit(void)
{
	usleep(50000);
	exit(3); /* hits: 1 */
}

NOINLINE static int by_quick_exit(void)
{
	usleep(50000);
	_exit(4); /* hits: 1 */
}

NOINLINE static int by_signal(void)
{
	usleep(50000);
	raise(SIGTERM);
	return 1;
}

NOINLINE static int abandoned(void)
{
	longjmp(home, 1);
}

NOINLINE static int by_return(void)
{
	int result = 0;

	if (!setjmp(home))
		result += abandoned(); /* the time after this does not belong to the abandoned frame */
	usleep(50000);
	return result;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "exit"))
		exit(by_exit());
	if (argc > 1 && !strcmp(argv[1], "_exit"))
		exit(by_quick_exit());
	if (argc > 1 && !strcmp(argv[1], "signal"))
		exit(by_signal());
	exit(by_return());
}
