/* SPDX-License-Identifier: GPL-2.0-or-later */
/* put_in: the probes that a session has put into a process, so that they can be put into more of them. */
#ifndef LPROF_PUT_IN_H
#define LPROF_PUT_IN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe/attach.h"
#include "probe/keeper.h"

struct put_in_item;

struct put_in {
	struct put_in_item *items;
	size_t n;
};

/* Remembers the probes of REQUEST, whose arrays are copied, and which object it is of. 0 or -errno. */
int put_in__add(struct put_in *put_in, const struct attach_request *request);

/* Has KEEPER put all of them into process PID, as its group GROUP. 0 or -errno, as keeper__attach(). */
int put_in__repeat(const struct put_in *put_in, struct keeper *keeper, pid_t pid, uint32_t group);

void put_in__release(struct put_in *put_in);

#endif
