/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crowd: whether many times more threads want to run than there are processors. Then whoever has an ordinary share of
 * the processors waits for seconds each time that it has to be scheduled, the kernel's own threads included.
 */
#ifndef LPROF_CROWD_H
#define LPROF_CROWD_H

#include <stdbool.h>

bool crowd__is_there(void);

#endif
