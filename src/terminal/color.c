// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/color.h"

#include <curses.h>
#include <stdlib.h>
#include <term.h>
#include <unistd.h>

/*
 * Whether the terminal has at least 8 colours according to its description. The description that curses may be using
 * for the screen is put aside meanwhile.
 */
static bool has_colors_by_description(int fd)
{
	TERMINAL *taken = set_curterm(NULL);
	int found, n = 0;

	if (setupterm(NULL, fd, &found) == OK)
		n = tigetnum("colors");
	if (cur_term)
		del_curterm(cur_term);
	set_curterm(taken);
	return n >= 8;
}

bool color__wanted(enum color_when when, int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	return isatty(fd) && !(no_color && *no_color) && has_colors_by_description(fd);
}
