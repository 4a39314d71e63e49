/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pager: shows a text that is longer than the screen page by page. */
#ifndef LPROF_PAGER_H
#define LPROF_PAGER_H

#include <stdbool.h>
#include <stddef.h>

/* The number of columns of the terminal FD; 0 when FD is not a terminal, or its size is not known. */
int pager__columns(int fd);

/* Whether all of TEXT would fit on the screen of the terminal FD. Also true when FD is not a terminal. */
bool pager__fits(int fd, const char *text, size_t size);

/*
 * Shows TEXT with the command $PAGER, or with less if PAGER is not set, and waits for it to end. Returns 0, or -errno
 * when there is no pager or it could not be run, and TEXT has not been shown.
 */
int pager__show(const char *text, size_t size);

#endif
