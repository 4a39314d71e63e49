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

/* Value of lprof_frame.edge: nothing is being timed. */
#define LPROF_NO_EDGE 0xffffffffu

enum lprof_site_flag {
	LPROF_SITE_ENTRY = 1,	  /* reached only when the function is entered: starts a new frame */
	LPROF_SITE_SF_XOR_OF = 2, /* replace SF by SF^OF before applying flags_mask */
	LPROF_SITE_INVERT = 4,	  /* the branch is taken when no flag of flags_mask is set */
	LPROF_SITE_CFA_DEREF = 8, /* the CFA is stored at cfa_reg + cfa_offset, plus cfa_deref_offset */
};

/* One site, as the program reads it. Array `sites`, indexed by the probe's cookie. */
struct lprof_site {
	__u32 next[2];	  /* site that each of the two edges leads to */
	__u32 body;	  /* which function body; frames of different bodies never mix */
	__u32 cost_ns;	  /* calibrated cost of one hit */
	__s32 cfa_offset; /* canonical frame address: register cfa_reg + cfa_offset */
	__s32 cfa_deref_offset;
	__u16 flags_mask; /* flags that decide the branch; 0: no condition */
	__u8 flags;	  /* enum lprof_site_flag */
	__u8 cfa_reg;	  /* DWARF register number: 6 rbp, 7 rsp */
	__u32 pad;
};

/* Counters of one edge. Per-CPU array `edges`, index 2*site + taken. */
struct lprof_edge {
	__u64 departures; /* times control left the site on this edge */
	__u64 arrivals;	  /* times it then reached the expected next site in the same frame */
	__u64 wall_ns;	  /* time between the two, on the wall or the CPU clock */
	__u64 probe_ns;	  /* calibrated cost of the thread's probe hits in that time, not to be counted */
};

/* One activation of a function body. */
struct lprof_frame {
	__u64 cfa;	      /* canonical frame address; 0: no frame */
	__u64 since;	      /* when the edge was departed */
	__u64 since_probe_ns; /* the owner's probe_ns at that moment */
	__u32 body;
	__u32 edge;  /* edge being travelled, or LPROF_NO_EDGE */
	__u32 next;  /* site at which it ends */
	__u32 owner; /* serial number of the thread that departed */
};

/* One thread. LRU hash `threads`, key: thread ID. */
struct lprof_thread {
	struct lprof_frame newest; /* the frame that was hit last */
	__u64 probe_ns;		   /* calibrated cost of all of the thread's hits so far */
	__u64 sp;		   /* stack pointer at the last hit: frames below it are gone */
	__u64 off_ns;		   /* time off the CPU so far; counted only for the CPU clock */
	__u64 off_since_ns;	   /* when it left the CPU; 0: it is on it */
	__u64 ended_ns;		   /* when it exited or executed another program; 0: it has not */
	__u32 serial;		   /* from 1, never used again, unlike thread IDs */
	__u32 tgid;
};

/* Key of the LRU hash `frames`: the frames that are not their thread's newest. */
struct lprof_frame_key {
	__u64 cfa;
	__u32 tgid;
	__u32 body;
};

/* Per-CPU array `stats`. */
enum lprof_stat {
	LPROF_STAT_FRAMES_UNKNOWN, /* a site other than an entry was hit in a frame that was not known */
	LPROF_STAT_FRAMES_DROPPED, /* a frame could not be kept: out of map space */
	LPROF_STAT_MISPLACED,	   /* a cookie that is no site's */
	LPROF_STATS,
};

_Static_assert(sizeof(struct lprof_site) == 32, "ABI");
_Static_assert(sizeof(struct lprof_edge) == 32, "ABI");
_Static_assert(sizeof(struct lprof_frame) == 40, "ABI");
_Static_assert(sizeof(struct lprof_thread) == 88, "ABI");
_Static_assert(sizeof(struct lprof_frame_key) == 16, "ABI");

#endif
