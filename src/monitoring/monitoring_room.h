/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitoring_room: a directory in which this program and a process that it visits meet. It is made where the process
 * sees it, belongs to the user of the process, and is closed to all others. In it are files for the process, and a
 * socket on which this program listens.
 */
#ifndef LPROF_MONITORING_ROOM_H
#define LPROF_MONITORING_ROOM_H

#include <stddef.h>
#include <sys/types.h>

struct monitoring_room;

/* Makes a room for process PID. 0 and a room owned by the caller, or -errno; -EACCES: there is no place for one. */
int monitoring_room__open(pid_t pid, struct monitoring_room **out);

/* Removes it with all that is in there. NULL is allowed. */
void monitoring_room__close(struct monitoring_room *room);

/* The directory, as the process sees it; borrowed. */
const char *monitoring_room__path(const struct monitoring_room *room);

/* Adds a file, which the process can read. 0 or -errno. */
int monitoring_room__add(const struct monitoring_room *room, const char *name, const void *bytes, size_t size);

/* Reads what the process has written to the file NAME; "": nothing. */
void monitoring_room__read(const struct monitoring_room *room, const char *name, char *text, size_t size);

/*
 * Waits MS milliseconds for the process to join. Returns a connection owned by the caller, -ETIMEDOUT, or another
 * -errno.
 */
int monitoring_room__await(const struct monitoring_room *room, int ms);

#endif
