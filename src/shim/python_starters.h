/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_starters: programs that may start Pythons, known by their names to both sides. */
#ifndef LPROF_PYTHON_STARTERS_H
#define LPROF_PYTHON_STARTERS_H

#include <stdbool.h>
#include <string.h>

/* Whether PATH leads to a program that is no Python, but may start one. */
static inline bool python_starters__has(const char *path)
{
	static const char *const starters[] = {"sh",	"bash",	  "dash",    "ash",    "zsh",	  "ksh",   "env",
					       "nice",	"nohup",  "time",    "uv",     "timeout", "xargs", "make",
					       "gmake", "stdbuf", "taskset", "setsid", "ionice",  "chrt"};
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

	for (unsigned i = 0; i < sizeof(starters) / sizeof(*starters); i++)
		if (!strcmp(base, starters[i]))
			return true;
	return false;
}

#endif
