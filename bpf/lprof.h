/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI between the BPF program and user space: fixed-width, self-contained, the same on both sides.
 *
 * A site is an instruction that carries a uprobe. From it, control leaves on one of two edges: edge
 * 2*site for "falls through" (or whatever a site without a condition does), 2*site+1 for "branch
 * taken". The path from there to the next site is fixed, so user space knows what an edge executes;
 * the kernel only counts and times edges.
 */
#ifndef LPROF_BPF_LPROF_H
#define LPROF_BPF_LPROF_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Values of lprof_site.next and lprof_frame.next that are not the index of a site. */
#define LPROF_NEXT_OUT	 0xffffffffu /* control leaves the function; its frame ends here */
#define LPROF_NEXT_ANY	 0xfffffffeu /* an indirect jump: any site may be next */
#define LPROF_NEXT_NEVER 0xfffffffdu /* a call that does not return: its frame stays in it */
#define LPROF_NEXT_SURE	 0xfffffffcu /* a site that is always reached: arrivals are not counted, being departures */

/* Value of lprof_frame.edge: nothing is being timed. */
#define LPROF_NO_EDGE 0xffffffffu

/* Values of lprof_frame.body of an interpreter's frames: this, and the ID of the code object. */
#define LPROF_BODY_INTERPRETED 0x80000000u

/* Ratios are fixed-point numbers with so many binary digits after the point. */
#define LPROF_RATIO_BITS 10

enum lprof_site_flag {
	LPROF_SITE_ENTRY = 1,	  /* reached only when the function is entered: starts a new frame */
	LPROF_SITE_SF_XOR_OF = 2, /* replace SF by SF^OF before applying flags_mask */
	LPROF_SITE_INVERT = 4,	  /* the branch is taken when no flag of flags_mask is set */
	LPROF_SITE_CFA_DEREF = 8, /* the CFA is stored at cfa_reg + cfa_offset, plus cfa_deref_offset */
	LPROF_SITE_CALL = 16,	  /* a call: the callee's CFA is the stack pointer at the site */
};

/* One site, as the program reads it. Array `sites`, indexed by the probe's cookie. */
struct lprof_site {
	__u32 next[2];	  /* site that each of the two edges leads to */
	__s32 resume[2];  /* where the thread goes on, relative to the site: the instructions that may be next */
	__u32 body;	  /* which function body; frames of different bodies never mix */
	__u32 kernel;	  /* what the kernel takes for a hit, as a ratio to what the program takes */
	__s32 cfa_offset; /* canonical frame address: register cfa_reg + cfa_offset */
	__s32 cfa_deref_offset;
	__u16 flags_mask; /* flags that decide the branch; 0: no condition */
	__u8 flags;	  /* enum lprof_site_flag */
	__u8 cfa_reg;	  /* DWARF register number: 6 rbp, 7 rsp */
	__u32 pad;
};

/* Where time went, in nanoseconds: running totals of a thread, what they were at a departure, or sums over an edge. */
struct lprof_times {
	__u64 cpu_ns;	  /* on a processor, that is elapsed less the next two */
	__u64 blocked_ns; /* off the processor and not able to run: asleep, waiting for I/O or a lock */
	__u64 waiting_ns; /* off the processor though able to run */
	__u64 probe_ns;	  /* of cpu_ns: what the thread's probe hits cost by their own time and calibration */
	__u64 program_ns; /* of cpu_ns: what the sampler found to be the program's own */
};

static inline void lprof_times__add(struct lprof_times *sum, const struct lprof_times *x)
{
	sum->cpu_ns += x->cpu_ns;
	sum->blocked_ns += x->blocked_ns;
	sum->waiting_ns += x->waiting_ns;
	sum->probe_ns += x->probe_ns;
	sum->program_ns += x->program_ns;
}

/* Whose counters are kept apart. */
enum lprof_by { LPROF_BY_NOTHING, LPROF_BY_PROCESS, LPROF_BY_THREAD };

/* Counters of one edge. Per-CPU array `edges`, index 2*site + taken, or hash `owned_edges` of each owner's. */
struct lprof_edge {
	__u64 departures; /* times control left the site on this edge */
	__u64 arrivals;	  /* times it then reached the expected next site in the same frame */
	struct lprof_times times;
	__u64 slowness; /* no sum: ratio of what the program took for the last hits to what it takes elsewhere */
};

/* Key of the hash `owned_edges`. */
struct lprof_owned_key {
	__u32 edge;
	__u32 owner;
};

/* Who an owner is. Hash `owners`. */
struct lprof_owner {
	__u32 tgid;
	__u32 tid; /* 0: all threads of the process */
	char comm[16];
};

/* One activation of a function body. */
struct lprof_frame {
	__u64 cfa;		  /* canonical frame address; 0: no frame */
	struct lprof_times since; /* the thread's totals when the edge was departed */
	__u32 body;
	__u32 edge;   /* edge being travelled, or LPROF_NO_EDGE */
	__u32 next;   /* site at which it ends */
	__u32 thread; /* serial number of the one that departed */
};

/*
 * A hit higher up the stack than the frame that was hit before it: frames that departed before CPU_NS and are not above
 * SP were left by an exception or longjmp.
 */
struct lprof_unwind {
	__u64 cpu_ns;
	__u64 sp;
};

#define LPROF_UNWINDS 4 /* remembered by thread; a power of two */

/*
 * Lines of interpreted functions. Their counters are struct lprof_edge in the array `line_edges`: each is about the
 * time from the line's beginning to the next event of its frame. The hash `lines`, with this key, holds their indices.
 */
struct lprof_line_key {
	__u32 code;  /* ID of the code object */
	__u32 line;  /* 0: from the function's entry until its first line begins */
	__u32 owner; /* as in lprof_owned_key */
};

/* What a thread remembers of these: where a line is counted. */
struct lprof_line_place {
	__u32 code; /* ID of the code object; 0: nothing is known */
	__u32 line;
	__u32 edge;
};

#define LPROF_LINES_NEAR 8 /* a power of two */

/* One thread. Task storage `threads`; LRU hash `ended` by serial once it has ended inside of frames. */
struct lprof_thread {
	struct lprof_frame newest;	/* the frame that was hit last */
	struct lprof_frame interpreted; /* of an interpreter's frames the one in which something happened last */
	__u64 interpreted_name;		/* address of the name's text of its function */
	struct lprof_times times;	/* cpu_ns: at the last hit or at the end */
	__u64 resume[2];		/* addresses where the thread goes on after it */
	__u64 speed_ns;	    /* what the program takes for a hit in the newest frame where nothing delays it */
	__u64 call_cfa;	    /* CFA of the callee when it was a call, else 0 */
	__u64 off_ns;	    /* off the CPU so far */
	__u64 off_since_ns; /* when it left the CPU; 0: it is on it */
	__u64 delay_ns;	    /* the kernel's account of its waiting when it was first seen */
	__u64 ended_ns;	    /* when it exited or executed another program; 0: it has not */
	__u64 first_ns;	    /* when the first hit was */
	__u64 sp;	    /* user stack pointer at the end, or now: frames below it are gone */
	struct lprof_unwind unwinds[LPROF_UNWINDS];
	__u32 n_unwinds; /* so many, the last of which are remembered */
	__u32 serial;	 /* from 1, never used again, unlike thread IDs; 0: a thread not seen yet */
	__u32 tgid;
	__u32 owner;	 /* of its counters: its serial or its tgid; 0: all are one */
	__u32 switched;	 /* it was off the CPU since blocked_ns and waiting_ns were last brought up to date */
	__u32 suspended; /* it has put frames aside */
	__u32 events;	 /* of an interpreter's */
	__u32 pad;
	__u64 passed_name; /* addresses of the texts of the function not wanted in which the last one was */
	__u64 passed_file;
	struct lprof_line_place lines[LPROF_LINES_NEAR]; /* by line: where some of those that were counted last are */
};

/* Key of the LRU hash `frames`: the frames that are not their thread's newest. */
struct lprof_frame_key {
	__u64 cfa;
	__u32 tgid;
	__u32 body;
};

/* What the program does at a hit differs with where the frame is found, and so does the time that it takes. */
enum lprof_path {
	LPROF_PATH_NEWEST, /* the frame is the one that was hit last */
	LPROF_PATH_ENTRY,  /* a new frame */
	LPROF_PATH_NESTED, /* a new frame, and another one is put aside */
	LPROF_PATH_RESUME, /* a frame is taken up again */
	LPROF_PATH_SWITCH, /* one is put aside, another one taken up */
	LPROF_PATHS,
};

/*
 * Calibrated, in read-only data: what a hit costs, as ratios to self_ns, which is what the program itself takes for a
 * hit in the newest frame by its own measuring. While it is zero, for calibrating, every hit is measured with the
 * clock read once more, and program_ns is what one such reading took.
 */
struct lprof_prices {
	__u32 self_ns;
	__u32 path_ratio[LPROF_PATHS]; /* what the program takes on a path */
	__u32 pre_ratio;	       /* the part of a hit before the program reads the clock */
	__u32 clock_ratio;	       /* reading the clock */
	__u32 return_ratio; /* a return that the processor does not expect, a probe having come since the call */
};

/* Per-CPU array `stats`. */
enum lprof_stat {
	LPROF_STAT_FRAMES_UNKNOWN,   /* a site other than an entry was hit in a frame that was not known */
	LPROF_STAT_FRAMES_DROPPED,   /* a frame or thread could not be kept: out of room */
	LPROF_STAT_EDGES_DROPPED,    /* hits that an owner's counters had no room for */
	LPROF_STAT_MISPLACED,	     /* a cookie that is no site's */
	LPROF_STAT_CODES_UNREADABLE, /* events of an interpreter whose function could not be made out */
	LPROF_STAT_CPU_NS,	     /* time on the CPU, since the first hit, of the threads that have ended */
	LPROF_STAT_PROBE_NS,	     /* probe_ns of the threads that have ended */
	LPROF_STAT_SAMPLES,	     /* of profiled threads */
	LPROF_STAT_SAMPLED_NS,	     /* the time they stand for */
	LPROF_STAT_SAMPLED_PROBE_NS,
	LPROF_STATS,
};

_Static_assert(sizeof(struct lprof_site) == 40, "ABI");
_Static_assert(sizeof(struct lprof_times) == 40, "ABI");
_Static_assert(sizeof(struct lprof_edge) == 64, "ABI");
_Static_assert(sizeof(struct lprof_owned_key) == 8, "ABI");
_Static_assert(sizeof(struct lprof_owner) == 24, "ABI");
_Static_assert(sizeof(struct lprof_line_key) == 12, "ABI");
_Static_assert(sizeof(struct lprof_frame) == 64, "ABI");
_Static_assert(sizeof(struct lprof_thread) == 464, "ABI");
_Static_assert(sizeof(struct lprof_frame_key) == 16, "ABI");
_Static_assert(sizeof(struct lprof_prices) == 36, "ABI");

#endif
