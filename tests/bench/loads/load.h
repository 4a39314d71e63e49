/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the programs of this directory tell about themselves while they run: how many units of work they have done, how
 * many of these had a wrong result, and how long they took. It is in a file that the program maps and that loads.py reads.
 */
#ifndef LPROF_BENCH_LOAD_H
#define LPROF_BENCH_LOAD_H

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define LOAD_BITS    5 /* units of equal length to within 1/32 are one bucket */
#define LOAD_BUCKETS ((64 - LOAD_BITS + 1) << LOAD_BITS)

/* One of each thread is in the file. Only this thread writes it. */
struct load {
	uint64_t units;
	uint64_t wrong;
	uint64_t buckets[LOAD_BUCKETS];	    /* units by their length in nanoseconds */
	uint64_t cpu_buckets[LOAD_BUCKETS]; /* units by how long the thread was on a processor */
	uint64_t cpu_ns;		    /* the sum of that */
};

/* Maps the file PATH, made anew, for N threads. Ends the program if that is impossible. */
static inline struct load *load__open(const char *path, int n)
{
	size_t size = (size_t)n * sizeof(struct load);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	void *map = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)size))
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		exit(1);
	return (struct load *)map;
}

struct load_time {
	uint64_t wall_ns, cpu_ns;
};

static inline uint64_t load__clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline struct load_time load__now(void)
{
	struct load_time now = {load__clock(CLOCK_MONOTONIC), load__clock(CLOCK_THREAD_CPUTIME_ID)};

	return now;
}

/* Below 1 << LOAD_BITS, a bucket is one nanosecond; above, each power of two has 1 << LOAD_BITS of them. */
static inline unsigned load__bucket(uint64_t ns)
{
	int shift = 63 - __builtin_clzll(ns | 1) - LOAD_BITS;

	return shift <= 0 ? (unsigned)ns : (unsigned)(((uint64_t)shift << LOAD_BITS) + (ns >> shift));
}

/* A unit is done that began at BEGIN. */
static inline void load__done(struct load *load, struct load_time begin, int right)
{
	struct load_time now = load__now();

	load->buckets[load__bucket(now.wall_ns - begin.wall_ns)]++;
	load->cpu_buckets[load__bucket(now.cpu_ns - begin.cpu_ns)]++;
	load->cpu_ns += now.cpu_ns - begin.cpu_ns;
	load->wrong += !right;
	__atomic_store_n(&load->units, load->units + 1, __ATOMIC_RELEASE);
}

/* How many units the program shall do, by its second argument; without it, it does not end. */
static inline uint64_t load__limit(int argc, char **argv)
{
	return argc > 2 ? strtoull(argv[2], NULL, 0) : UINT64_MAX;
}

#endif
