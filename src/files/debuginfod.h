/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debuginfod: fetches debug information and sources from the servers that DEBUGINFOD_URLS names. The only user of
 * libdebuginfod, which is loaded when it is needed, and keeps what it fetched in a cache of its own.
 */
#ifndef LPROF_DEBUGINFOD_H
#define LPROF_DEBUGINFOD_H

#include <stdbool.h>

#include "base/diag.h"

/* Whether any server is named: by DEBUGINFOD_URLS or, where sudo has removed that, by the system's own list. */
bool debuginfod__is_named(void);

/*
 * Asks for the file with the debug information of the object called NAME, whose build ID is BUILD_ID (hexadecimal).
 * That may take long, which is said. Returns a descriptor owned by the caller, and *path, to be freed; -ENOENT when no
 * server is named, none has the file, or none can be asked (which is said); or -ENOMEM.
 */
int debuginfod__fetch(const char *build_id, const char *name, const struct diag *diag, char **path);

/*
 * Asks for the source file that the debug information of the object with the BUILD_ID calls FILE. That may take long,
 * which is said. Returns a descriptor owned by the caller; -ENOENT when no server is named, none has the file, none can
 * be asked (which is said), or FILE is no absolute path; or -ENOMEM.
 */
int debuginfod__fetch_source(const char *build_id, const char *file, const struct diag *diag);

#endif
