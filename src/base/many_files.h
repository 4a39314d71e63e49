/* SPDX-License-Identifier: GPL-2.0-or-later */
/* many_files: how many descriptors this process may have. */
#ifndef LPROF_MANY_FILES_H
#define LPROF_MANY_FILES_H

/*
 * Lets this process have as many descriptors as the system allows it. Child processes inherit that, so it is to be
 * called after the command has been forked.
 */
void many_files__allow(void);

#endif
