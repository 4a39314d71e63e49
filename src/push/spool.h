/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool: a queue on disk for what could not be delivered yet, one for each destination, in a directory that several
 * processes may share.
 *
 * Problem: several runs may deliver to the same destination at the same time, and each may be killed at any moment.
 * Nothing may be delivered twice, half a file must never be read, and the order must be kept. As root reads these
 * files, nobody else may be able to plant any.
 *
 * Method: each entry is a file called KEY-TIME-PID-NUMBER.push. KEY is the destination and TIME is in nanoseconds
 * since 1970. All parts have a fixed width, so that sorting by name sorts by time.
 *
 *   - A file is written under a temporary name and renamed, so it is complete or absent, whenever a process dies. It
 *     is not forced to the disk: what is lost when the machine crashes is accepted.
 *   - Any number of processes may add files. A process that takes files out holds a lock on KEY.lock until the queue
 *     is empty. The kernel releases the lock when the process dies.
 *   - Files have mode 0600, and directories that are created have mode 0700. Symbolic links are not followed, and a
 *     directory or file that anybody but root and the current user could have changed is not used.
 */
#ifndef LPROF_SPOOL_H
#define LPROF_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

/*
 * Creates a spool for the destination KEY in DIRECTORY. Nothing is opened yet; the directory and its parents are
 * created when something is added. The files of this destination may hold at most LIMIT bytes. Owned by the caller;
 * NULL when out of memory.
 */
struct spool *spool__new(const char *directory, uint64_t key, uint64_t limit);
void spool__free(struct spool *spool); /* releases the lock and keeps the files; NULL is allowed */

/*
 * Adds an entry of SIZE bytes at the end of the queue. If TIME_NS is not later than that of the last entry that this
 * spool added, a later time is used. To stay within the limit, the oldest files are removed first, and their number is
 * added to *n_dropped. Returns 0, -EPERM when others may write to the directory, -EMSGSIZE when SIZE alone exceeds the
 * limit, or another -errno.
 */
int spool__add(struct spool *spool, uint64_t time_ns, const void *data, size_t size, size_t *n_dropped);

/*
 * Reads the oldest entry into memory that the caller frees. Its file stays until spool__remove_oldest(). Returns 0,
 * -ENOENT when the queue is empty, -EBUSY while another process is taking entries out, -EBADMSG when the file cannot
 * be read, or another -errno.
 */
int spool__oldest(struct spool *spool, uint8_t **data, size_t *size);
void spool__remove_oldest(struct spool *spool);

/* The number of entries for the destination; 0 if the directory cannot be read. */
size_t spool__count(struct spool *spool);
bool spool__is_empty(struct spool *spool); /* faster than spool__count() in most cases */

#endif
