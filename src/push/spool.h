/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spool: a directory that keeps what could not be delivered yet: a queue on disk, one for each destination.
 *
 * A file is called KEY-TIME-PID-NUMBER.push, KEY being the destination's and TIME nanoseconds since 1970, all of
 * fixed width, so that names in order are files in the order they were made. It appears whole or not at all, whenever
 * the process dies, with mode 0600 (it is not forced to the disk: what a failing machine loses is lost); a directory
 * that is made has mode 0700. Neither is reached through a symbolic link, and a directory or file that somebody but
 * root and us could have changed is not used.
 *
 * Any number of processes may add for one destination; who takes out holds the lock on KEY.lock until the queue is
 * empty, so that nothing is taken twice. A process that dies lets go of it.
 */
#ifndef LPROF_SPOOL_H
#define LPROF_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;

/*
 * For the destination KEY in DIRECTORY, which is made with its parents once something is added. The files
 * of the destination hold at most LIMIT bytes. Nothing is opened yet. The spool, owned by the caller, or NULL: no
 * memory.
 */
struct spool *spool__new(const char *directory, uint64_t key, uint64_t limit);
void spool__free(struct spool *spool); /* lets go of the lock; the files stay; NULL is allowed */

/*
 * Adds SIZE bytes at the end; TIME_NS is made later than that of what this spool has added before. To stay within the
 * limit, the oldest are removed before, and *n_dropped grows by their number. 0, -EPERM when the directory is not to
 * be trusted, -EMSGSIZE when DATA alone is beyond the limit, or another -errno.
 */
int spool__add(struct spool *spool, uint64_t time_ns, const void *data, size_t size, size_t *n_dropped);

/*
 * The oldest, in memory that the caller frees; it stays until spool__remove_oldest(). 0, -ENOENT when there is none,
 * -EBUSY while another process takes out, -EBADMSG when that file cannot be read, or another -errno.
 */
int spool__oldest(struct spool *spool, uint8_t **data, size_t *size);
void spool__remove_oldest(struct spool *spool);

/* How many files there are for the destination, as far as one can see; and whether none. */
size_t spool__count(struct spool *spool);
bool spool__is_empty(struct spool *spool); /* the quicker question */

#endif
