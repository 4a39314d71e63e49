/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI between the BPF programs and user space: fixed-width, self-contained, the same on both sides. In this file
 * "the program" is our BPF program; the program that is profiled is called the target.
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
#define LPROF_NEXT_SURE                                                                                                \
	0xfffffffcu /* the next site is always reached: arrivals equal departures, so none are counted */
#define LPROF_NEXT_NEAR                                                                                                \
	0xfffffffbu /* to a site that carries no probe, by no call: soon the frame is at a probe of the body or gone */

/* Value of lprof_frame.edge: the frame travels no edge, so its time is charged to none. */
#define LPROF_NO_EDGE 0xffffffffu

/* lprof_frame.body of an interpreter's frame is this bit together with the ID of the code object. */
#define LPROF_BODY_INTERPRETED 0x80000000u

/* Ratios are fixed-point numbers with this many binary digits after the point. */
#define LPROF_RATIO_BITS 10

enum lprof_site_flag {
	/*
	 * Reached when the function is entered, which starts a new frame. An edge of the same frame may lead here as
	 * well; then its `next` is this site.
	 */
	LPROF_SITE_ENTRY = 1,
	LPROF_SITE_SF_XOR_OF = 2,  /* replace SF by SF^OF before applying flags_mask */
	LPROF_SITE_INVERT = 4,	   /* the branch is taken when no flag of flags_mask is set */
	LPROF_SITE_CFA_DEREF = 8,  /* the CFA is stored at cfa_reg + cfa_offset, plus cfa_deref_offset */
	LPROF_SITE_CALL = 16,	   /* a call: the callee's CFA is the stack pointer at the site */
	LPROF_SITE_FRAMELESS = 32, /* it is not known where the frame is: only departures are counted */
	LPROF_SITE_MOVABLE = 64,   /* the frame is on the stack of a goroutine, see LPROF_FRAME_MOVABLE */
	/* What comes to it must leave it, because counts of sites without a probe follow from that; see pass.bpf.h. */
	LPROF_SITE_BALANCED = 128,
};

enum lprof_variable_kind {
	LPROF_VARIABLE_NONE,
	LPROF_VARIABLE_WHOLE, /* all bits of the register count */
	LPROF_VARIABLE_RISES, /* the lower 32 bits count, and get larger */
	LPROF_VARIABLE_FALLS,
};

/* Values of lprof_variable.source besides DWARF's numbers of registers. */
#define LPROF_NO_REGISTER  16
#define LPROF_SITE_ADDRESS 17 /* the address of the site */

/* Of an edge that leads to loops without a probe: the register that tells how often control goes round them. */
struct lprof_variable {
	__s32 offset; /* where the loops begin, the register is this number, */
	__u8 source;  /* plus what this one is at the site, by DWARF's number or as above */
	__u8 reg;     /* that register, by DWARF's number */
	__u8 kind;    /* enum lprof_variable_kind */
	__u8 shift;   /* it changes by no more than 2^shift at once */
};

/* One site, as the program reads it. Array `sites`, indexed by the probe's cookie. */
struct lprof_site {
	__u32 next[2];	  /* site that each of the two edges leads to */
	__s32 resume[2];  /* addresses of the instructions that may be executed next, relative to the site's */
	__u32 body;	  /* which function body; frames of different bodies never mix */
	__u32 kernel;	  /* time that the kernel takes for a hit, as a ratio to the time that the program takes */
	__s32 cfa_offset; /* canonical frame address: register cfa_reg + cfa_offset */
	__s32 cfa_deref_offset;
	__u16 flags_mask; /* flags that decide the branch; 0: no condition */
	__u8 flags;	  /* enum lprof_site_flag */
	__u8 cfa_reg;	  /* DWARF register number, mostly 6 (rbp) or 7 (rsp) */
	__u32 pad;
	struct lprof_variable variables[2]; /* of each of the two edges */
};

/* Where time went, in nanoseconds: running totals of a thread, what they were at a departure, or sums over an edge. */
struct lprof_times {
	__u64 cpu_ns;	  /* on a processor: elapsed time less blocked_ns and waiting_ns */
	__u64 blocked_ns; /* off the processor and not able to run: asleep, waiting for I/O or a lock */
	__u64 waiting_ns; /* off the processor though able to run */
	__u64 probe_ns;	  /* the part of cpu_ns that the thread's probe hits cost, by calibration */
	__u64 program_ns; /* the part of cpu_ns that the sampler found to be the target's own */
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

/* Counters of one edge: in the per-CPU array `edges`, index 2*site + taken, or by owner in the hash `owned_edges`. */
struct lprof_edge {
	__u64 departures; /* times control left the site on this edge */
	__u64 arrivals;	  /* times it then reached the expected next site in the same frame */
	__u64 moved;	  /* by how much its variable changed until then, modulo 2^64 */
	struct lprof_times times;
	__u64 slowness; /* not a sum: the program's time for the last hits here, as a ratio to its usual time */
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

/*
 * Bit of the `cfa` of frames on stacks of goroutines. Go copies such a stack to another address when it is too small,
 * and goes on with it in any thread. So `cfa` is no address then: it is made of what stays the same, the goroutine and
 * how far the frame is from the stack's upper end. No address has this bit, so such a `cfa` is above every stack
 * pointer.
 */
#define LPROF_FRAME_MOVABLE (1ull << 63)

/* Whether the way on which a frame is was interrupted. */
enum lprof_stopped {
	LPROF_NOT_STOPPED,
	LPROF_STOPPED,
	LPROF_STOPPED_IN_DOUBT, /* and it is not sure by how much the frame's variable had changed */
};

/* One activation of a function body. */
struct lprof_frame {
	__u64 cfa;		  /* canonical frame address, or see LPROF_FRAME_MOVABLE; 0: no frame */
	struct lprof_times since; /* the thread's totals when the edge was departed */
	__u32 body;
	__u32 edge;   /* edge being travelled, or LPROF_NO_EDGE */
	__u32 next;   /* site at which that edge ends; of an interpreter's frame: its line */
	__u32 thread; /* serial number of the thread that departed */
	union {
		__u64 outer; /* of an interpreter's frame: the one that waits for it, see pause_outer(); 0: none */
		struct {
			__u32 stopped;	  /* enum lprof_stopped, of compiled code, see pass.bpf.h */
			__s32 stopped_at; /* in front of this instruction, relative to the address of the last hit */
		};
	};
	struct lprof_variable variable; /* of the edge that is travelled */
	__u64 start;			/* what it was where the loops begin */
	__u64 moved;			/* of a stopped frame: by how much it had changed */
};

/*
 * Key of the hash `passes`: passes through a body that began when SITE was hit, or that ended on the way from SITE, see
 * pass.bpf.h; and those of which nobody knows how often they went round a loop.
 */
struct lprof_pass {
	__u32 site;
	__s32 offset; /* of one that ended: in front of the instruction that is so many bytes behind the site */
	__u32 owner;  /* as in lprof_owned_key */
	__u32 kind;   /* enum lprof_pass_kind */
};

enum lprof_pass_kind {
	LPROF_PASS_BEGAN,
	LPROF_PASS_DOUBTED, /* its variable changed by a number that need not be all, or cannot be right */
	LPROF_PASS_ENDED,   /* on the edge that falls through, */
	LPROF_PASS_ENDED_TAKEN,
};

struct lprof_passes {
	__u64 n;
	__u64 moved; /* by how much the edge's variable changed in all of those that ended, modulo 2^64 */
};

/*
 * Records that a hit came from higher up the stack than the frame that was hit before it, which had not been seen to
 * end: an exception or longjmp left it. So did it leave every frame that departed before CPU_NS and is not above SP.
 */
struct lprof_unwind {
	__u64 cpu_ns;
	__u64 sp;
};

#define LPROF_UNWINDS 4 /* how many a thread remembers; a power of two */

/*
 * A line of an interpreted function. Its counters are a struct lprof_edge in the array `line_edges`; their times last
 * from the beginning of the line to the next event of its frame. The hash `lines`, with this key, holds the index.
 */
struct lprof_line_key {
	__u32 code;  /* ID of the code object */
	__u32 line;  /* 0: from the function's entry until its first line begins */
	__u32 owner; /* as in lprof_owned_key */
};

/* A thread's memory of where a line is counted, which saves looking in `lines`. */
struct lprof_line_place {
	__u32 code; /* ID of the code object; 0: nothing is known */
	__u32 line;
	__u32 edge;
};

#define LPROF_LINES_NEAR 8 /* a power of two */

/*
 * One thread, in the task storage `threads`. A thread that ends while it has frames is copied to the LRU hash `ended`,
 * by serial.
 */
struct lprof_thread {
	struct lprof_frame newest;	/* the frame that was hit last */
	struct lprof_frame interpreted; /* the interpreter's frame that had the last event */
	__u64 interpreted_name;		/* address of the text that names that frame's function */
	struct lprof_times times;	/* totals; cpu_ns is as of the last hit, or of the thread's end */
	__u64 resume[2];		/* addresses where the thread may go on after the last hit */
	__u64 speed_ns;	   /* the program's time for a hit in the newest frame when nothing delays it; see SPEED_BITS */
	__u64 call_cfa;	   /* if the last hit was on a call: the callee's CFA, else 0 */
	__u64 stopped_ip;  /* where the last signal stopped a frame, see pass.bpf.h; 0: nowhere */
	__u64 stopped_cfa; /* which frame */
	__u64 off_ns;	   /* total time off the CPU */
	__u64 off_since_ns; /* when the thread left the CPU; 0: it is running, or its leaving was not seen */
	__u64 seen_ns;	    /* when the last context switch of the thread was seen, away from a CPU or to one */
	__u64 ran_ns;	    /* how long the thread had run then, by the kernel's account */
	__u64 delay_ns;	    /* the kernel's run_delay of the thread when it was first seen */
	__u64 ended_ns;	    /* when the thread exited or executed another program; 0: it has not */
	__u64 first_ns;	    /* when the first hit was */
	__u64 sp;	    /* user stack pointer at the thread's end, or now: frames below it are gone */
	struct lprof_unwind unwinds[LPROF_UNWINDS];
	__u32 n_unwinds; /* how many there were; the last LPROF_UNWINDS of them are remembered */
	__u32 serial;	 /* from 1, never used again, unlike thread IDs; 0: a thread not seen yet */
	__u32 tgid;
	__u32 owner;	 /* whose counters the thread adds to: its serial, its tgid, or 0 when all threads share them */
	__u32 returned;	 /* the kernel's number of the thread's switches away, when one to it was last seen */
	__u32 accounted; /* the same when blocked_ns and waiting_ns were last brought up to date */
	__u32 suspended; /* some of the thread's frames were stored in `frames` */
	__u32 events;	 /* how many events of an interpreter the thread has had */
	__u64 passed_name; /* if the interpreter's last event was in an unwanted function: the addresses of its texts */
	__u64 passed_file;
	__u32 stopped_body; /* of the frame stopped_cfa */
	__u32 pad;
	struct lprof_line_place lines[LPROF_LINES_NEAR]; /* where lines that were counted lately have their counters */
};

/* Key of the LRU hash `frames`: the frames that are not their thread's newest. */
struct lprof_frame_key {
	__u64 cfa;
	__u32 tgid;
	__u32 body;
};

/*
 * Key of the hash `kin_programs`: the file of a program that processes run which the targets started, themselves or by
 * way of others. Zeros: the one that a target ran when profiling began.
 */
struct lprof_program {
	__u64 ino;
	__u64 size;
};

struct lprof_program_users {
	__u32 n;    /* processes beside the targets that run it, or did so to their end */
	__u32 last; /* process ID of the one that began last, be it a target */
};

/* What is known of a process that is followed; see follow.bpf.c. */
enum lprof_followed_flag {
	LPROF_FOLLOWED_AWAITED = 1, /* it will execute `program`, into which probes have been put for it */
	LPROF_FOLLOWED_PROBED = 2,  /* there are probes in it */
	LPROF_FOLLOWED_UNSURE = 4,  /* there may be some in a moment, for which it does not wait */
};

struct lprof_followed {
	struct lprof_program program;
	__u32 flags;
	__u32 parent;
};

enum lprof_follow_kind {
	LPROF_FOLLOW_FORKED,
	LPROF_FOLLOW_EXECUTED,
	LPROF_FOLLOW_NOT_HELD = 2,     /* a flag: it goes on */
	LPROF_FOLLOW_OTHER_THREAD = 4, /* a flag: not its first thread has executed the program, but is the first now */
	LPROF_FOLLOW_ENTERED = 8,      /* it has come into a cgroup whose processes are followed */
};

#define LPROF_CGROUP_NAME 256 /* bytes; names of directories are shorter */

/* The cgroup that is followed with all its processes may be removed and made again: where, and by which name. */
struct lprof_awaited_cgroup {
	__u64 parent; /* its ID; 0: none is awaited */
	char name[LPROF_CGROUP_NAME];
};

/* A process is held; in the ring buffer `follow_events`. */
struct lprof_follow_event {
	__u32 kind;
	__u32 tgid;
	__u32 parent;
	__u32 stopped; /* bit N: its parent (0), the parent of that (1), and so on, is stopped already */
};

/* Instead of a user ID: processes of all users are held. */
#define LPROF_ANY_USER 0xffffffffu

#define LPROF_FOLLOW_ANCESTORS 8

/* A mapping of a file. */
struct lprof_mapped_inode {
	__u64 start; /* its first address */
	__u64 inode; /* the kernel's address of the inode: a number that no other inode has */
	__u32 tgid;
	__u32 pad;
};

/* What the program does at a hit, and so how long it takes, depends on where it finds the frame. */
enum lprof_path {
	LPROF_PATH_NEWEST, /* the frame is the one that was hit last */
	LPROF_PATH_ENTRY,  /* a new frame begins, and no other one need be stored */
	LPROF_PATH_NESTED, /* a new frame begins, and the newest one is stored */
	LPROF_PATH_RESUME, /* a stored frame is fetched, and no other one need be stored */
	LPROF_PATH_SWITCH, /* the newest frame is stored and another one fetched */
	LPROF_PATHS,
};

/*
 * The calibrated cost of a hit, in read-only data. self_ns is the time that the program measures for itself at a hit in
 * the newest frame; all other costs are ratios to it. While self_ns is zero, calibration is under way: the program
 * measures every hit, reads the clock once more at each, and adds the time of that reading to program_ns.
 */
struct lprof_prices {
	__u32 self_ns;
	__u32 path_ratio[LPROF_PATHS]; /* the program's time on each path */
	__u32 pre_ratio;	       /* the part of a hit before the program reads the clock */
	__u32 clock_ratio;	       /* reading the clock */
	__u32 return_ratio; /* a return that the processor mispredicts, because the probe on its call hid the call */
	__u32 count_self_ratio; /* the time that the program that only counts measures for itself */
	__u32 count_ratio;	/* its share of a hit, where the kernel's share is as for the other program */
	__u32 closed_ratio;	/* ... and while the gate is closed */
};

/*
 * The time on a processor of the targets' threads, of one processor. The kernel's own figures of a process lack what
 * its threads have run since the last tick, so they do not tell the time of a window.
 */
struct lprof_target_time {
	__u64 total_ns; /* until SINCE_NS */
	__u64 since_ns; /* a thread of the targets has been running since then; 0: none is */
	__u64 after_ns; /* the part of TOTAL_NS that came when no window was open */
	__u64 pad[5];	/* processors write here at each context switch: each has a line of the cache */
};

#define LPROF_TARGET_TIMES 1024 /* a power of two */

/*
 * What probes may cost the target, as user space says it and as the programs obey it; in the data of the BPF object.
 * Times are on the monotonic clock. A hit that is not counted, because a gate is closed, costs nearly as much as one
 * that is; it is accounted for as well.
 */
struct lprof_gate {
	/*
	 * The window: sites that carry the counting program for a short time are counted until then; 0: they are not.
	 * The program sets it to 0 when the probes of the window have taken WINDOW_LIMIT_NS on one processor.
	 */
	__u64 window_until_ns;
	__u64 window_limit_ns;
	/*
	 * Probes that stay in count until then; user space puts it off a few times a second. The program sets it to 0
	 * when they have taken STEADY_LIMIT_NS on one processor within LPROF_SLOT_NS; 0: there is no such limit.
	 */
	__u64 steady_until_ns;
	__u64 steady_limit_ns;
	__u32 window;	/* number of the window; another one begins to spend from nothing */
	__u32 tripped;	/* enum lprof_trip: set by the program when it closes a gate */
	__u32 bursting; /* the probes of a window are in, or are going in or out: no samples are taken */
	/*
	 * The process that takes probes out, in the initial PID namespace, and the time when that is due; 0: nothing is
	 * in. Somebody may have stopped it: from then on it is sent SIGCONT.
	 */
	__u32 keeper;
	__u64 due_ns;
	/* How often a target has forked, so that the child has its memory, breakpoints included; if that is watched. */
	__u32 copies;
	__u32 watched;
	__u64 closed_ns;				    /* when the last window was closed; 0: one is open */
	struct lprof_target_time times[LPROF_TARGET_TIMES]; /* by processor */
};

#define LPROF_SLOT_NS (1 << 26)

enum lprof_trip { LPROF_TRIP_WINDOW = 1, LPROF_TRIP_STEADY = 2 };

/* Says in the ring buffer `trips` that the program has closed a gate. */
struct lprof_tripped {
	__u64 now_ns; /* when */
	__u32 trip;   /* enum lprof_trip */
	__u32 pad;
};

/*
 * What hits have cost on one processor, by calibration: running totals, and what these were when the present window or
 * slot began. Per-CPU array `spending`, one entry.
 */
struct lprof_spending {
	__u64 steady_ns;      /* of probes that stay in, counted or not */
	__u64 window_ns;      /* of the probes of windows that were open */
	__u64 late_ns;	      /* of the probes of windows that were not open yet, or not any more */
	__u64 window_base_ns; /* window_ns at the first hit of window number `window` */
	__u64 slot_base_ns;   /* steady_ns at the first hit in slot number `slot` */
	__u64 speed_ns;	      /* as in lprof_thread, but the median of the hits of windows; 0: there was none */
	__u32 slot;
	__u32 window;
};

/* Per-CPU array `stats`. */
enum lprof_stat {
	LPROF_STAT_FRAMES_UNKNOWN,   /* hits of a site that is no entry, in a frame that was not known */
	LPROF_STAT_FRAMES_DROPPED,   /* frames or threads that could not be stored: out of room */
	LPROF_STAT_EDGES_DROPPED,    /* hits that could not be counted: the map of counters is full */
	LPROF_STAT_MISPLACED,	     /* hits with a cookie that is no site's index */
	LPROF_STAT_CODES_UNREADABLE, /* an interpreter's events whose function could not be found out */
	LPROF_STAT_CPU_NS,	     /* time on the CPU, since the first hit, of the threads that have ended */
	LPROF_STAT_ELAPSED_NS,	     /* time that passed from their first hit to their end */
	LPROF_STAT_PROBE_NS,	     /* probe_ns of the threads that have ended */
	LPROF_STAT_SAMPLES,	     /* samples of profiled threads */
	LPROF_STAT_SAMPLED_NS,	     /* the time that these samples stand for */
	LPROF_STAT_SAMPLED_PROBE_NS, /* the part of it in which a probe was being handled */
	LPROF_STAT_SAMPLES_LOST,     /* samples for which the ring buffer had no room */
	LPROF_STATS,
};

_Static_assert(sizeof(struct lprof_site) == 56, "ABI");
_Static_assert(sizeof(struct lprof_times) == 40, "ABI");
_Static_assert(sizeof(struct lprof_edge) == 72, "ABI");
_Static_assert(sizeof(struct lprof_owned_key) == 8, "ABI");
_Static_assert(sizeof(struct lprof_owner) == 24, "ABI");
_Static_assert(sizeof(struct lprof_line_key) == 12, "ABI");
_Static_assert(sizeof(struct lprof_frame) == 96, "ABI");
_Static_assert(sizeof(struct lprof_pass) == 16, "ABI");
_Static_assert(sizeof(struct lprof_passes) == 16, "ABI");
_Static_assert(sizeof(struct lprof_variable) == 8, "ABI");
_Static_assert(sizeof(struct lprof_thread) == 568, "ABI");
_Static_assert(sizeof(struct lprof_frame_key) == 16, "ABI");
_Static_assert(sizeof(struct lprof_program) == 16, "ABI");
_Static_assert(sizeof(struct lprof_program_users) == 8, "ABI");
_Static_assert(sizeof(struct lprof_followed) == 24, "ABI");
_Static_assert(sizeof(struct lprof_follow_event) == 16, "ABI");
_Static_assert(sizeof(struct lprof_awaited_cgroup) == 264, "ABI");
_Static_assert(sizeof(struct lprof_mapped_inode) == 24, "ABI");
_Static_assert(sizeof(struct lprof_prices) == 48, "ABI");
_Static_assert(sizeof(struct lprof_target_time) == 64, "ABI");
_Static_assert(sizeof(struct lprof_tripped) == 16, "ABI");
_Static_assert(sizeof(struct lprof_spending) == 56, "ABI");

#endif
