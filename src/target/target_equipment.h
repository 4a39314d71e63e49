/* SPDX-License-Identifier: GPL-2.0-or-later */
/* target_equipment: what a command is given besides its arguments, so that it can be profiled from inside. */
#ifndef LPROF_TARGET_EQUIPMENT_H
#define LPROF_TARGET_EQUIPMENT_H

#include <stddef.h>

#define EQUIPMENT_DESCRIPTORS 3
#define EQUIPMENT_HELD	      3
#define EQUIPMENT_TEXT	      64

struct target_equipment {
	char preload[EQUIPMENT_TEXT]; /* a library, which comes first in LD_PRELOAD; "": none */
	const char *variable;	      /* a further variable of its environment; NULL: none */
	char value[EQUIPMENT_TEXT];
	int fds[EQUIPMENT_DESCRIPTORS]; /* descriptors that it inherits by the same numbers, borrowed */
	size_t n_fds;
	/*
	 * With such descriptors: a program, for a process of the command's user that has them open as well, from
	 * EQUIPMENT_HELD on. It ends when its standard input does. Its ID is appended to VALUE, behind a comma. 0:
	 * none.
	 */
	int holder;
};

#endif
