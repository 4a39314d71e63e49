// SPDX-License-Identifier: GPL-2.0-or-later
#include "color.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool color__wanted(enum options_color when, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (when != OPTIONS_COLOR_AUTO)
		return when == OPTIONS_COLOR_ALWAYS;
	return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}
