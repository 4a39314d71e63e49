/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pid_namespace: whether this process has a view of its own of process IDs, as it has in most containers. */
#ifndef LPROF_PID_NAMESPACE_H
#define LPROF_PID_NAMESPACE_H

#include <stdint.h>

/* The inode number of this process's PID namespace; 0: that is the initial one, whose IDs are the kernel's own. */
uint32_t pid_namespace__number(void);

#endif
