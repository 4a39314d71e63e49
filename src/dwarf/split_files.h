/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * split_files: which .dwo files libdw may open. It opens them by itself, under names that come from the debug
 * information, and cannot be given an open file instead. So the names that it would try are checked here first.
 */
#ifndef LPROF_SPLIT_FILES_H
#define LPROF_SPLIT_FILES_H

#include <elfutils/libdw.h>
#include <stdbool.h>

#include "files/target_files.h"

/*
 * Whether dwarf_cu_info() may look for the split unit of the skeleton UNIT, whose debug information is in the file at
 * PATH. It may if each name that it would try is either missing, or a regular file that the target (FILES) sees under
 * that name too. It must then be called with the target's rights; see target_files__assume(). A user who replaces the
 * file in between can make it wait, but cannot make it read files that this user may not read.
 */
bool split_files__may_open(Dwarf_Die *unit, const char *path, const struct target_files *files);

#endif
