/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crowd: whether many times more threads want to run than there are processors. In such a crowd every thread with
 * ordinary priority, the kernel's own included, waits for seconds each time before it gets a processor.
 */
#ifndef LPROF_CROWD_H
#define LPROF_CROWD_H

#include <stdbool.h>

bool crowd__is_there(void);

/* Whether more than N threads for each processor are running or want to. */
bool crowd__is_beyond(unsigned n);

#endif
