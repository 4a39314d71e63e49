/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pager: a text that is longer than the screen, shown page by page.
 */
#ifndef LPROF_PAGER_H
#define LPROF_PAGER_H

#include <stdbool.h>
#include <stddef.h>

/* Whether TEXT, written to the terminal FD, would leave all of itself on the screen. True when FD is no terminal. */
bool pager__fits(int fd, const char *text, size_t size);

/*
 * Has TEXT shown by the command $PAGER, else by less, and waits for its end. 0, or -errno when there is no pager or
 * none could be run: TEXT has not been shown then.
 */
int pager__show(const char *text, size_t size);

#endif
