/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring: CPython from 3.12 on as a kind of program. It has no probe of its lines, but counts them itself if it is
 * told to (sys.monitoring). So a program is given a library that does, and memory to count in (see shim/): a command
 * when it is started, what runs already by way of its interpreter's door for debuggers, from 3.14 on.
 */
#ifndef LPROF_MONITORING_H
#define LPROF_MONITORING_H

#include "profiler/frontend.h"

extern const struct frontend monitoring_frontend;

#endif
