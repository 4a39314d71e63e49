/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory that the profiler shares with Python programs whose lines are counted inside of them: an unnamed file
 * which both sides map. It outlives the programs, however they end.
 *
 * The file begins with the page `run`, which the profiler writes. Tables of equal size follow, one for each process.
 * A process takes the next free one when it begins to count and again, after a fork, in the child. A table is a head
 * and records behind it, one after the other; records are only ever added. A record is complete before `used` counts
 * it, so the profiler can read at any time; single counters may be a few events apart.
 *
 * The programs can write whatever they like here. The profiler believes nothing: it keeps its own copy of what it wrote
 * itself, and checks all sizes and numbers that it reads.
 */
#ifndef LPROF_SHIM_H
#define LPROF_SHIM_H

#include <stdint.h>

#define LPROF_SHIM_MAGIC	0x373070666f72706cu /* changes with the layout: both sides are of the same build */
#define LPROF_SHIM_RUN_SIZE	(64u << 10)
#define LPROF_SHIM_TABLE_SIZE	(64u << 20) /* most of it is never touched, and takes no memory then */
#define LPROF_SHIM_TABLES	1024u
#define LPROF_SHIM_SIZE		(LPROF_SHIM_RUN_SIZE + (uint64_t)LPROF_SHIM_TABLES * LPROF_SHIM_TABLE_SIZE)
#define LPROF_SHIM_SELECTORS	256u
#define LPROF_SHIM_TEXT		(LPROF_SHIM_RUN_SIZE / 2) /* of selectors */
#define LPROF_SHIM_LEASE_NS	10000000000u /* so long a program counts on if the profiler does not renew the lease */
#define LPROF_SHIM_HEAD_SIZE	4096u
#define LPROF_SHIM_GROUPS	10u   /* of windows, by turns: the spread between them tells how precise a sum is */
#define LPROF_SHIM_PRICES	4u    /* for which rates are kept, */
#define LPROF_SHIM_PRICE_STEP	0.2   /* each by so much dearer than the one before, in calibrated prices */
#define LPROF_SHIM_LONGEST_TEXT 4096u /* in bytes, of a name or a file; longer ones are cut */

/* The libraries are unnamed files, too. By these names, they are known in the mappings of programs. */
#define LPROF_SHIM_LIBRARY   "lprof-bpf-preload"
#define LPROF_SHIM_EXTENSION "lprof-bpf-python"
#define LPROF_SHIM_MAPPED    "/memfd:lprof-bpf-" /* how both begin there */

/*
 * The environment variable that tells preload.c where its files are: "LIBRARY,EXTENSION,MEMORY,HOLDER", which are
 * descriptors and the process that has these files open for others; or that alone, "HOLDER". There they have the
 * numbers from LPROF_SHIM_HELD on.
 */
#define LPROF_SHIM_HELD	    3
#define LPROF_SHIM_VARIABLE "LPROF_BPF_SHIM"

/* The function of the extension, which preload.c calls: lprof_shim_start in lprof_shim_start.h. */
#define LPROF_SHIM_START "lprof_shim_start"

/* What ticks are. */
enum lprof_shim_clock {
	LPROF_SHIM_TSC, /* the processor's time stamp counter, where the kernel's own clock uses it */
	LPROF_SHIM_MONOTONIC,
	LPROF_SHIM_THREAD_CPU,
};

enum lprof_shim_selecting {
	LPROF_SHIM_NAME,  /* the last component of the function's name is NAME */
	LPROF_SHIM_GLOB,  /* the function's name, or the end of it after a dot, matches NAME */
	LPROF_SHIM_REGEX, /* NAME is found in the function's name */
	LPROF_SHIM_ALL,
};

/*
 * What selects functions. The program selects at least what the profiler would; the profiler has the last word.
 */
struct lprof_shim_selector {
	uint32_t kind;	      /* enum lprof_shim_selecting */
	uint32_t name;	      /* where its text begins in run.text */
	uint32_t file;	      /* likewise: the last component of the file, perhaps a glob; "" for any */
	uint32_t first, last; /* lines, one of which has code of the function; 0: any */
};

struct lprof_shim_run {
	uint64_t magic;
	uint32_t clock;	    /* enum lprof_shim_clock */
	uint32_t by_thread; /* not 0: each thread has functions of its own */
	uint64_t lease_ns;  /* when counting ends, by the monotonic clock; the profiler puts it off again and again */
	uint32_t over;	    /* not 0: counting has ended */
	uint32_t n_taken;   /* tables; programs increase it, also beyond LPROF_SHIM_TABLES */
	uint32_t n_lost;    /* programs in which nothing is counted, and which have no table to say so */
	uint32_t n_selectors;
	uint32_t share_ppm; /* of a program's processor time: so many millionths may counting take; 0: no limit */
	uint32_t pad;
	uint64_t pause_ns; /* that it may take of a thread in one piece */
	struct lprof_shim_selector selectors[LPROF_SHIM_SELECTORS];
	char text[LPROF_SHIM_TEXT]; /* texts that end in a NUL each; the first one is "" */
};

/* What has become of counting in a process. */
enum lprof_shim_state {
	LPROF_SHIM_STARTING,
	LPROF_SHIM_COUNTING,
	LPROF_SHIM_ENDED,     /* as the run wanted */
	LPROF_SHIM_ABANDONED, /* the lease had run out */
	LPROF_SHIM_NO_MONITORING,
	LPROF_SHIM_NO_TOOL, /* the numbers of tools that may be used are taken */
	LPROF_SHIM_FREE_THREADED,
	LPROF_SHIM_BUSY,   /* another profiler has it count; there is no table with this state */
	LPROF_SHIM_FAILED, /* an unexpected exception, or no memory */
	LPROF_SHIM_STATES,
};

/* What a callback costs depends on what it is called for. */
enum lprof_shim_cost {
	LPROF_SHIM_COST_LINE,
	LPROF_SHIM_COST_CALL,
	LPROF_SHIM_COST_LONE, /* a line whose neighbours are not counted: it disturbs more than itself */
	LPROF_SHIM_COSTS
};

/* The head of a process's table. */
struct lprof_shim_table {
	uint64_t magic; /* written last: then the table is valid */
	int32_t pid;	/* as the process itself knows it */
	uint32_t state; /* enum lprof_shim_state */
	char version[32];
	char taken[64];			  /* with LPROF_SHIM_NO_TOOL: by whom */
	uint64_t used;			  /* bytes of the table, its head included */
	uint64_t costs[LPROF_SHIM_COSTS]; /* in thousandths of a tick */
	uint64_t n_events;
	uint64_t cost;	       /* of all events, in thousandths of a tick */
	uint64_t n_lost;       /* functions that could not be counted for lack of room */
	uint64_t n_lost_calls; /* calls that could not be timed, likewise */
	/* Within a budget: */
	uint64_t cpu_ns; /* the process's time on a processor since it has counted, now and then brought up to date */
	uint64_t n_windows;  /* in which functions were counted that are not counted all the time */
	uint32_t unfollowed; /* not 0: exceptions were so frequent that they are not followed any more */
	uint32_t helpless;   /* not 0: no thread could be made that opens windows */
};

/*
 * A program that runs already is made to execute a script, whose directory has a socket. It says hello there; the
 * profiler sends an order and, with one to begin, the descriptor of the memory; the answer says what has become of
 * counting. Several threads may have begun to execute the script; the first one that comes gets the order.
 */
#define LPROF_SHIM_SOCKET  "socket"
#define LPROF_SHIM_SCRIPT  "script"
#define LPROF_SHIM_COPY	   "library"
#define LPROF_SHIM_WAIT_NS 1000000000u /* so long the program waits for an order, and the profiler for the answer */

/* A profiler that has not renewed the lease for so long is gone, and another one may take over. */
#define LPROF_SHIM_GONE_NS 2000000000u

enum lprof_shim_what { LPROF_SHIM_BEGIN = 1, LPROF_SHIM_END, LPROF_SHIM_NOTHING };

struct lprof_shim_hello {
	uint64_t magic;
	uint32_t n_taken_back; /* threads that will not execute the script any more */
	uint32_t pad;
};

struct lprof_shim_order {
	uint64_t magic;
	uint32_t what; /* enum lprof_shim_what */
	int32_t pid;   /* of the program, as the profiler knows it */
};

struct lprof_shim_answer {
	uint64_t magic;
	uint32_t state; /* enum lprof_shim_state */
	char taken[64]; /* with LPROF_SHIM_NO_TOOL: by whom */
	uint32_t pad;
};

enum lprof_shim_kind { LPROF_SHIM_FUNCTION = 1, LPROF_SHIM_THREAD, LPROF_SHIM_WINDOWS };

/* How each record begins. Its size is a multiple of 8. */
struct lprof_shim_record {
	uint32_t kind;
	uint32_t size;
};

/* What is known of a piece of a thread's time, or of all until now. */
struct lprof_shim_times {
	uint64_t cost;	     /* what events cost, in thousandths of a tick */
	uint64_t blocked_ns; /* off the processor, and not able to run */
	uint64_t waiting_ns; /* off the processor although able to run */
};

struct lprof_shim_line {
	uint32_t line; /* 0: from the entry until the first line begins; its hits are the calls */
	uint32_t pad;
	uint64_t hits;
	uint64_t visits; /* how often its time was taken */
	uint64_t ticks;	 /* sum of those times, which contain the following */
	struct lprof_shim_times times;
};

/* A function, in one thread if threads are kept apart. Behind its lines follow its texts, each with a NUL. */
struct lprof_shim_function {
	struct lprof_shim_record record;
	uint32_t id;	 /* from 1, of this record alone */
	uint32_t thread; /* its number among the threads of the process, from 1; 0: threads are not kept apart */
	uint32_t tid;	 /* the thread's ID then */
	uint32_t pad;
	char comm[16]; /* and its name */
	uint32_t first_line;
	uint32_t n_lines;
	uint32_t name_size, qualname_size, file_size; /* of the texts, with the NUL */
	uint32_t code_size;			      /* of its bytecode, to tell functions apart */
	uint32_t unwanted; /* the profiler sets it if the program has selected too much; then it is not counted */
	uint32_t gate;	   /* the number, from 1, by which the program knows all functions that are the same code */
	struct lprof_shim_line lines[]; /* the entry, and those with code, in ascending order */
};

/*
 * What windows tell of a line. Own time is the time of the process on a processor less what events cost. A rate is a
 * quotient of one window, and what is kept is the sum of the rates of several windows. It is not
 * known exactly what events cost: each rate is kept for several prices, by calibration and more.
 */
struct lprof_shim_sampled {
	/* Hits in a nanosecond of own time, if events cost as much as that, in windows that count some lines */
	double rates[LPROF_SHIM_PRICES][LPROF_SHIM_GROUPS];
	uint32_t n[LPROF_SHIM_GROUPS]; /* the windows in which it was counted */
	/* Likewise, in windows that have timed all lines; and the times in them in a nanosecond of own time: */
	double timed[LPROF_SHIM_PRICES][LPROF_SHIM_GROUPS];
	double ticks, cost; /* both in ticks */
	double blocked_ns;
	/* In cycles, from one hit of the function's reference to another one: hits, and times in ticks */
	double cycle_hits[LPROF_SHIM_GROUPS];
	double cycle_ticks, cycle_cost, cycle_blocked_ns;
	double settled;	  /* how often it was hit in the time of former references */
	uint32_t is_open; /* not 0: all its hits are counted */
	uint32_t pad;
	struct lprof_shim_line first; /* what was counted of it when the record began */
	struct lprof_shim_line last;  /* and when the last window or cycle began or ended */
};

/* Of a function that is counted in windows only, since when it is. */
struct lprof_shim_windows {
	struct lprof_shim_record record;
	uint32_t function; /* its ID */
	uint32_t n_lines;
	double since_ns;		     /* the process's own time then */
	double own_ns[LPROF_SHIM_GROUPS];    /* of the windows for it */
	uint32_t n[LPROF_SHIM_GROUPS];	     /* how many there were */
	uint32_t n_timed[LPROF_SHIM_GROUPS]; /* in how many of them its lines were timed */
	/*
	 * The reference is a line, of this function or another one, that is hit seldom enough to be counted all the
	 * time. How often the lines of this one are hit for each hit of it is counted now and then.
	 */
	uint32_t reference;		      /* its number in the function with the ID */
	uint32_t referred;		      /* ...; 0: there is none */
	double referred_ns;		      /* the process's own time since when it is the reference, */
	uint64_t referred_hits;		      /* and its hits then */
	uint64_t begun_hits;		      /* its hits when cycles were counted last; */
	double references[LPROF_SHIM_GROUPS]; /* and how often it was hit in cycles */
	double settled_ns;		      /* of own time with former references */
	uint32_t n_cycles;		      /* how often cycles were counted */
	/* Whole calls, timed while no line had an event, without what events cost and what the thread waited: */
	uint32_t n_calls;
	double call_ticks, call_squares; /* the sums of their ticks, and of the squares of these */
	struct lprof_shim_sampled lines[];
};

/* An activation of a function. */
struct lprof_shim_frame {
	uint32_t function; /* its ID */
	uint32_t line;	   /* number, from 0, of the line that is timed since SINCE */
	uint32_t outer;	   /* number, from 1, of the frame of the same function that waits for this one; 0: none */
	uint32_t waits;	   /* for an inner activation of the same function: its line is not timed meanwhile */
	uint64_t since;
	struct lprof_shim_times times; /* the thread's then */
};

/* The stack of a thread, outermost frame first. */
struct lprof_shim_thread {
	struct lprof_shim_record record;
	uint32_t tid; /* 0: the record is not in use */
	uint32_t n;
	uint32_t capacity;
	uint32_t pad;
	struct lprof_shim_times times; /* of the thread, until its last event */
	struct lprof_shim_frame frames[];
};

_Static_assert(sizeof(struct lprof_shim_run) <= LPROF_SHIM_RUN_SIZE, "ABI");
_Static_assert(sizeof(struct lprof_shim_table) <= LPROF_SHIM_HEAD_SIZE, "ABI");
_Static_assert(sizeof(struct lprof_shim_line) == 56, "ABI");
_Static_assert(sizeof(struct lprof_shim_function) == 72, "ABI");
_Static_assert(sizeof(struct lprof_shim_frame) == 48, "ABI");

#endif
