// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The program of a process that has files open for others of its user, until nobody can write any more to the pipe that
 * is its standard input. It has no capabilities, since only who has at least the same ones may look at its descriptors.
 * It needs no library.
 */
#include <linux/capability.h>
#include <sys/syscall.h>

/* The kernel does not align the stack as a call would. */
void _start(void) __attribute__((noreturn, force_align_arg_pointer));

static long call(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return result;
}

void _start(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0, 0, 0}, {0, 0, 0}};
	char byte;

	call(SYS_capset, (long)&header, (long)none, 0);
	while (call(SYS_read, 0, (long)&byte, 1) > 0)
		;
	for (;;)
		call(SYS_exit_group, 0, 0, 0);
}
