/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_counts: what is counted in a Python program, without anything of Python: functions, their lines, and the stacks
 * of threads. All is kept in the shared memory, so nothing is lost however the program ends.
 *
 * Whoever calls holds the interpreter's lock, so there is one thread at a time.
 */
#ifndef LPROF_SHIM_COUNTS_H
#define LPROF_SHIM_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shim/shim_absence.h"
#include "shim/shim_memory.h"

/* A thread. */
struct shim_thread {
	struct lprof_shim_thread *stack; /* NULL: there is no room for it */
	/*
	 * What the stack was like before the last fork, in memory of the process's own: in the child it is needed when
	 * the parent has long gone on, and changed the shared memory.
	 */
	struct lprof_shim_thread *before_fork;
	size_t before_fork_room;
	uint32_t *innermost; /* of each function, by ID: the number, from 1, of its innermost frame; 0: none */
	uint32_t n_innermost;
	struct shim_absence absence;
	uint64_t last;	  /* tick of its last event, */
	uint64_t watched; /* and of the last one when its absences were known */
	uint64_t spent;	  /* ticks that looking for absences has just taken */
	uint32_t number;  /* among the threads of the process, from 1 */
	uint32_t tid;
	uint32_t generation; /* of counting that it is of; see shim_events.c */
	bool ended;
	char comm[16];
	struct shim_thread *next;
};

struct shim_counts {
	struct shim_memory memory;
	/*
	 * By ID, less one. After a fork those that were not called yet are in the parent's table, and are copied when
	 * they are.
	 */
	struct lprof_shim_function **functions;
	uint32_t n_functions, functions_room;
	uint32_t *hashes;     /* IDs by what the function is; 0: free */
	uint32_t hashes_room; /* a power of two, or 0 */
	struct shim_thread *threads;
	uint32_t n_threads;		   /* how many there have been */
	struct lprof_shim_thread **spares; /* stacks that are not in use any more */
	size_t n_spares, spares_room;
};

/* What a function is known by. The texts are in UTF-8; lines ascend, and the first one is 0, the entry. */
struct shim_identity {
	const char *name, *qualname, *file;
	uint32_t first_line, code_size;
	const uint32_t *lines;
	uint32_t n_lines;
};

/*
 * The ID of the function in THREAD (NULL: threads are not kept apart), which is added if it is new; 0: no room for it.
 */
uint32_t shim_counts__function(struct shim_counts *counts, const struct shim_identity *identity,
			       const struct shim_thread *thread);

/* The function, in this process's table; NULL: there is no room for it. */
struct lprof_shim_function *shim_counts__find(struct shim_counts *counts, uint32_t id);

/* A thread begins. NULL when out of memory. */
struct shim_thread *shim_counts__begin_thread(struct shim_counts *counts);

/* It has ended. Needs no lock; with SHARED false, only its own memory is touched, since the process has forked. */
void shim_counts__end_thread(struct shim_thread *thread, bool shared);

void shim_counts__release(struct shim_counts *counts); /* all but the shared memory */

/*
 * Takes the threads out, since they may outlive counting: adds them to the list *LEFT, without stacks. Those of the
 * list that have ended are freed.
 */
void shim_counts__part(struct shim_counts *counts, struct shim_thread **left);

/* To be called in THREAD before it forks. */
void shim_counts__before_fork(struct shim_thread *thread);

/*
 * To be called in the child after a fork, in THREAD (NULL: the one that has forked is not known), at tick NOW. 0 or
 * -errno.
 */
int shim_counts__fork(struct shim_counts *counts, struct shim_thread *thread, uint64_t now);

/*
 * Events of function ID in THREAD at tick NOW, which cost COST thousandths of a tick. A line is a number among the
 * function's lines.
 */
void shim_counts__enter(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint64_t now,
			uint64_t cost);
void shim_counts__resume(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line,
			 uint64_t now, uint64_t cost);
void shim_counts__line(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line, uint64_t now,
		       uint64_t cost);
void shim_counts__leave(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint64_t now,
			uint64_t cost);

/* What is known of the thread's times until tick NOW, brought up to date; NULL: it has no stack. Borrowed. */
const struct lprof_shim_times *shim_counts__times(struct shim_counts *counts, struct shim_thread *thread, uint64_t now);

/* A hit of LINE that is counted but not timed. */
void shim_counts__hit(struct shim_counts *counts, struct shim_thread *thread, uint32_t id, uint32_t line, uint64_t now,
		      uint64_t cost);

/*
 * Takes the frames of those functions that IS_DROPPED from all stacks; their lines have lasted until tick NOW. SELF is
 * the thread that calls, or NULL.
 */
void shim_counts__drop(struct shim_counts *counts, struct shim_thread *self,
		       bool (*is_dropped)(const struct lprof_shim_function *function, void *ctx), void *ctx,
		       uint64_t now);

/* Something else has cost COST in THREAD. */
void shim_counts__charge(struct shim_counts *counts, struct shim_thread *thread, uint64_t cost);

#endif
