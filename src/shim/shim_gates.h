/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shim_gates: keeps what counting takes of a process within a budget. All functions that are the same code have a gate.
 * At first it is open, and they are counted all the time. When that takes too much, the gates of the dearest are shut:
 * from then on, only those of their lines are counted all the time that are hit seldom, and the others in cycles or
 * windows. Without anything of Python. Whoever calls holds the interpreter's lock
 * but where it says otherwise.
 */
#ifndef LPROF_SHIM_GATES_H
#define LPROF_SHIM_GATES_H

#include <stdbool.h>

#include "shim/shim_counts.h"
#include "shim/shim_cycle.h"
#include "shim/shim_lines.h"
#include "shim/shim_purse.h"

#define SHIM_GATES_WINDOW_NS 2e6 /* a window lasts as long at most */

struct shim_gate {
	uint32_t first_line, code_size;
	bool shut;	    /* not all of its lines are counted all the time */
	bool in_window;	    /* in the one that is open */
	uint64_t cost;	    /* of events since it was last decided which gates stay open */
	double shut_cpu_ns; /* when it was shut */
	struct shim_lines lines;
	struct shim_cycle cycle;
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

/*
 * COUNTS has the run's page and a table. Without a budget there, nothing is bounded. A hit of a single line costs
 * LINE_COST. To be released.
 */
void shim_gates__begin(struct shim_gates *gates, struct shim_counts *counts, uint64_t line_cost);
void shim_gates__release(struct shim_gates *gates);

/* The process is a new one after a fork, with a table of its own. */
void shim_gates__fork(struct shim_gates *gates);

/* The number, from 1, of the gate of this code; 0: out of memory. */
uint32_t shim_gates__find(struct shim_gates *gates, const struct shim_identity *identity);

/* Function ID, which may be new, belongs to gate NUMBER. */
void shim_gates__add(struct shim_gates *gates, uint32_t id, uint32_t number);

/*
 * An event of gate NUMBER at tick NOW costs COST. Returns whether it is to be counted; if not, the place of the code
 * has to have no more events.
 */
bool shim_gates__take(struct shim_gates *gates, uint32_t number, uint64_t now, uint64_t cost);

/* Whether the functions of gate NUMBER are counted in windows only. */
static inline bool shim_gates__is_shut(const struct shim_gates *gates, uint32_t number)
{
	return number && number <= gates->n && gates->items[number - 1].shut;
}

/*
 * To be called for each hit of LINE, a number, of function ID of gate NUMBER, at tick NOW, before it is counted.
 * Returns whether cycles of the function are to be counted: then its events are to be set.
 */
bool shim_gates__hit(struct shim_gates *gates, uint32_t number, uint32_t id, uint32_t line, uint64_t now);

/* How the events of gate NUMBER are counted: what shim_gates__take() returns, as of now. */
bool shim_gates__passes(const struct shim_gates *gates, uint32_t number);

/* Whether hits of LINE are counted though the gate is shut. */
static inline bool shim_gates__is_open(const struct shim_gates *gates, uint32_t number, uint32_t line)
{
	return number && number <= gates->n && shim_lines__is_open(&gates->items[number - 1].lines, line);
}

/* Whether gate NUMBER's functions are counted since cycles are, of their own or of others. */
static inline bool shim_gates__is_cycling(const struct shim_gates *gates, uint32_t number)
{
	return number && number <= gates->n && gates->items[number - 1].counting;
}

/* Whether its events are to be set when cycles of gate ASKED are to be counted. */
bool shim_gates__joins(const struct shim_gates *gates, uint32_t number, uint32_t asked);

/* All those events are set, at a hit of the reference, a line of function ID. */
void shim_gates__begin_cycles(struct shim_gates *gates, uint32_t asked, uint32_t id);

/* An exception has cost COST. Returns false if they are so frequent that they must not be followed any more. */
bool shim_gates__take_exception(struct shim_gates *gates, uint64_t cost);

/* Whether line LINE, a number, of gate NUMBER's functions is counted in the window of hits that is open. */
bool shim_gates__is_counted(const struct shim_gates *gates, uint32_t number, uint32_t line, uint32_t n_lines);

/*
 * A window is opened in two steps. Those gates are chosen whose functions are counted in it: they are IN_WINDOW then,
 * and their events are to be set. When that is done, at tick NOW, and was charged, the window begins. Returns false if
 * no function needs one.
 */
bool shim_gates__choose(struct shim_gates *gates);
void shim_gates__opened(struct shim_gates *gates, uint64_t now);

/* What this thread has executed since it had been on a processor for BEGAN_NS was none of the program. */
void shim_gates__charge(struct shim_gates *gates, struct shim_thread *thread, uint64_t began_ns);

/* Ends the window, if there is one. */
void shim_gates__end_window(struct shim_gates *gates, uint64_t now);

/* The process's time on a processor since it has begun. Needs no lock. */
double shim_gates__cpu_ns(const struct shim_gates *gates);

#endif
