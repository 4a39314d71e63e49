/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clean_path: paths without detours. */
#ifndef LPROF_CLEAN_PATH_H
#define LPROF_CLEAN_PATH_H

/*
 * Removes "." , "//" and each "name/.." from PATH, in place. No file is looked at: where "name" is a symbolic link, the
 * result may be another file.
 */
void clean_path__make(char *path);

#endif
