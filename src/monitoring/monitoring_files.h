/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_files: the two libraries of shim/ that are loaded into Python programs, and its program, as they were
 * built.
 */
#ifndef LPROF_MONITORING_FILES_H
#define LPROF_MONITORING_FILES_H

#include <stddef.h>

extern const unsigned char monitoring_files__preload[], monitoring_files__extension[], monitoring_files__holder[];
extern const size_t monitoring_files__preload_size, monitoring_files__extension_size, monitoring_files__holder_size;

#endif
