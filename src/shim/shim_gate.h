/* SPDX-License-Identifier: GPL-2.0-or-later */
/* shim_gate: the gate of functions that are the same code, and all gates of a process; shim_gates.h says what for. */
#ifndef LPROF_SHIM_GATE_H
#define LPROF_SHIM_GATE_H

#include <stdbool.h>

#include "base/hash.h"
#include "shim/shim_counts.h"
#include "shim/shim_cycle.h"
#include "shim/shim_lines.h"
#include "shim/shim_purse.h"

/* Calls that are timed as wholes; see shim_calls.h. */
struct shim_calls {
	uint32_t wanted;		  /* so many are to be timed yet; when there is one more, the next is not */
	const struct shim_thread *thread; /* in which one is being timed; NULL: none is */
	uint64_t since;			  /* the tick at which it began, */
	struct lprof_shim_times times;	  /* and what was known of the thread's time then */
	uint32_t n, n_lost;		  /* how many have been timed; how many had no end that could be told */
	bool unfit;			  /* so many that none is timed any more */
};

struct shim_gate {
	uint32_t first_line, code_size;
	bool shut;	    /* not all of its lines are counted all the time */
	bool in_window;	    /* in the one that is open */
	uint64_t cost;	    /* of events since it was last decided which gates stay open */
	double shut_cpu_ns; /* when it was shut */
	struct shim_lines lines;
	struct shim_cycle cycle;
	struct shim_calls calls;
	uint32_t host;	   /* the number of the gate whose reference it has, for want of its own; 0: none */
	uint32_t counting; /* of the one of whose cycles it is counted; 0: none */
	bool alone;	   /* its hits are too many to be counted in cycles of others */
	uint32_t n_met;	   /* while it has no host: in how many of others' cycles it was hit */
	bool called;	   /* ..., in the last of them by the one of whose cycles it was counted */
};

enum shim_window {
	SHIM_WINDOW_NONE,
	SHIM_WINDOW_HITS, /* some of the lines are counted, so that the process is not slowed much */
	SHIM_WINDOW_TIMES /* all lines are counted and timed */
};

struct shim_gates {
	struct shim_counts *counts; /* NULL: there is no budget */
	struct shim_thread *thread; /* the one that executes; NULL: it is not known */
	struct shim_gate *items;
	size_t n, room;
	size_t n_shut;
	bool all_shut;			     /* those of functions that are met later, too */
	struct lprof_shim_windows **records; /* by ID of the function, less one; NULL: none */
	size_t n_records;
	struct shim_purse purse;
	double tick_ns;
	uint64_t began_ns, began_ticks, began_cpu_ns;
	uint64_t decided_cost; /* of the table, when it was last decided which gates stay open */
	double decided_cpu_ns;
	uint64_t line_cost;		 /* of a hit of a line that stays open though its function does not */
	double lines_cpu_ns;		 /* when it was last decided which lines do */
	uint64_t exceptions_cost, slice; /* of exceptions since then; how much may be spent until it is decided again */
	uint64_t pause_ns;
	uint64_t borrowed; /* what cycles have cost since there was last money */
	uint64_t seed;
	/* The window: */
	enum shim_window window;
	uint64_t opened_cost, begun_cost; /* of the table: before its events were set, and when they were */
	uint64_t limit, deadline;	  /* what they may cost; a tick */
	double opened_cpu_ns;
	double part;	    /* of the lines is counted in a window of hits, on average */
	double window_part; /* ... and in this one */
	double price_ns;    /* of a window, as the last ones have been */
	/* For the thread that opens windows, which does not hold the lock: */
	double next_cpu_ns;  /* the process's time on a processor, when the next window may be opened */
	uint64_t waker_ns;   /* what that thread has used itself */
	uint64_t charged_ns; /* the part of it that was paid for */
};

/* NULL: there is no gate NUMBER. */
static inline struct shim_gate *shim_gate__of(const struct shim_gates *gates, uint32_t number)
{
	return number && number <= gates->n ? &gates->items[number - 1] : NULL;
}

/* A number from 0 to 1, by chance, that is the same for the same seed, gate and line. */
static inline double shim_gate__chance(const struct shim_gates *gates, uint32_t number, uint32_t line)
{
	uint64_t hash = hash__number(hash__number(hash__number(HASH_START, gates->seed), number), line);

	/* The lower bits are the ones that are mixed well. */
	hash = hash__number(hash__number(hash, hash >> 29), hash >> 17);
	return (double)(hash & UINT32_MAX) / ((double)UINT32_MAX + 1);
}

/* Whether the functions of gate NUMBER are counted in windows only. */
static inline bool shim_gate__is_shut(const struct shim_gates *gates, uint32_t number)
{
	return number && number <= gates->n && gates->items[number - 1].shut;
}

/* Whether hits of LINE are counted though the gate is shut. */
static inline bool shim_gate__is_open(const struct shim_gates *gates, uint32_t number, uint32_t line)
{
	return number && number <= gates->n && shim_lines__is_open(&gates->items[number - 1].lines, line);
}

/* Whether gate NUMBER's functions are counted since cycles are, of their own or of others. */
static inline bool shim_gate__is_cycling(const struct shim_gates *gates, uint32_t number)
{
	return number && number <= gates->n && gates->items[number - 1].counting;
}

#endif
