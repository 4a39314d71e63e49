// SPDX-License-Identifier: GPL-2.0-or-later
/* A shared library for sampled.c, which opens it late. */
#include "common.h"

void shared_call(void (*function)(void));

NOINLINE void shared_call(void (*function)(void))
{
	function();			   /* calls back */
	__asm__ volatile("" ::: "memory"); /* so that it is not the last thing that is done here */
}
