/* SPDX-License-Identifier: GPL-2.0-or-later */
/* monitoring_script: what a Python program that runs already is asked to execute. Pure. */
#ifndef LPROF_MONITORING_SCRIPT_H
#define LPROF_MONITORING_SCRIPT_H

#include <stddef.h>

#include "monitoring/monitoring_door.h"

#define MONITORING_SCRIPT_FAILURE "failure" /* the file in which it says why it has failed */

/*
 * The script for DOOR, which lies in DIRECTORY with a copy of the library. It is owned by the caller; NULL when out of
 * memory.
 */
char *monitoring_script__make(const struct monitoring_door *door, const char *directory);

#endif
