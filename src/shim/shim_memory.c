// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/shim_memory.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where table NUMBER is in the file. */
static uint64_t place_of(uint32_t number)
{
	return LPROF_SHIM_RUN_SIZE + (uint64_t)number * LPROF_SHIM_TABLE_SIZE;
}

static void begin(struct lprof_shim_table *table)
{
	table->pid = (int32_t)getpid();
	table->state = LPROF_SHIM_STARTING;
	table->used = LPROF_SHIM_HEAD_SIZE;
	__atomic_store_n(&table->magic, LPROF_SHIM_MAGIC, __ATOMIC_RELEASE);
}

/* Takes the number of a free table. 0 or -ENOSPC. */
static int take(struct lprof_shim_run *run, uint32_t *number)
{
	*number = __atomic_fetch_add(&run->n_taken, 1, __ATOMIC_RELAXED);
	return *number < LPROF_SHIM_TABLES ? 0 : -ENOSPC;
}

void shim_memory__close(struct shim_memory *memory)
{
	if (memory->table)
		munmap(memory->table, LPROF_SHIM_TABLE_SIZE);
	if (memory->run)
		munmap(memory->run, LPROF_SHIM_RUN_SIZE);
	*memory = (struct shim_memory){0};
}

int shim_memory__open(int fd, struct shim_memory *memory)
{
	uint32_t number;
	void *place;
	int err;

	*memory = (struct shim_memory){0};
	place = mmap(NULL, LPROF_SHIM_RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (place == MAP_FAILED)
		return -errno;
	memory->run = place;
	if (memory->run->magic != LPROF_SHIM_MAGIC) {
		shim_memory__close(memory);
		return -EPROTO;
	}
	err = take(memory->run, &number);
	if (!err) {
		place = mmap(NULL, LPROF_SHIM_TABLE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			     (off_t)place_of(number));
		err = place == MAP_FAILED ? -errno : 0;
	}
	if (err) {
		__atomic_fetch_add(&memory->run->n_lost, 1, __ATOMIC_RELAXED);
		return err;
	}
	memory->table = place;
	begin(memory->table);
	return 0;
}

/*
 * Maps table NUMBER without the file, which was closed so that the program does not come across its descriptor: from
 * shared memory of which zero bytes are "moved", the kernel makes a second mapping, of any size. What is in front of
 * the table is given up again.
 */
static struct lprof_shim_table *map_again(struct lprof_shim_run *run, uint32_t number)
{
	uint64_t offset = place_of(number);
	char *all = mremap(run, 0, offset + LPROF_SHIM_TABLE_SIZE, MREMAP_MAYMOVE);

	if (all == MAP_FAILED)
		return NULL;
	munmap(all, offset);
	return (struct lprof_shim_table *)(all + offset);
}

int shim_memory__renew(struct shim_memory *memory)
{
	uint32_t number;
	int err = take(memory->run, &number);

	if (memory->table)
		(void)mprotect(memory->table, LPROF_SHIM_TABLE_SIZE, PROT_READ);
	memory->table = err ? NULL : map_again(memory->run, number);
	if (!memory->table) {
		__atomic_fetch_add(&memory->run->n_lost, 1, __ATOMIC_RELAXED);
		return err ? err : -ENOMEM;
	}
	begin(memory->table);
	return 0;
}

void *shim_memory__place(const struct shim_memory *memory, size_t size)
{
	uint64_t used = memory->table->used;

	if (size > LPROF_SHIM_TABLE_SIZE || used > LPROF_SHIM_TABLE_SIZE - size)
		return NULL;
	return (char *)memory->table + used;
}

void shim_memory__add(struct shim_memory *memory, const struct lprof_shim_record *record)
{
	__atomic_store_n(&memory->table->used, memory->table->used + record->size, __ATOMIC_RELEASE);
}
