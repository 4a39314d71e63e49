/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * split_files: which .dwo files libdw may open. It finds and opens them by itself, under names that the debug
 * information chooses, and cannot be given one; so the names that it would try are tried here first.
 */
#ifndef LPROF_SPLIT_FILES_H
#define LPROF_SPLIT_FILES_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "files/target_files.h"

/*
 * Whether dwarf_cu_info() may look for the split unit of the skeleton UNIT, whose debug information PATH opens: no name
 * that it would try is anything but a regular file that the target (FILES) sees under that name too, or missing. It is
 * then to be called with the target's rights, see target_files__assume(). Who replaces the file in between can make it
 * wait, but not read more than its own.
 */
bool split_files__may_open(Dwarf_Die *unit, const char *path, const struct target_files *files);

#endif
