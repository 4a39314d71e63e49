/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI of samples between the BPF program and user space: where a process's code is, and what a sample says. The
 * rules by which stacks are walked are in unwind.h.
 */
#ifndef LPROF_BPF_LPROF_SAMPLE_H
#define LPROF_BPF_LPROF_SAMPLE_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

/* Most executable mappings of a process that are known. */
#define LPROF_MAPPINGS_BITS 11
#define LPROF_MAPPINGS	    (1 << LPROF_MAPPINGS_BITS)

/* A stack has fewer addresses than this, which is a power of two. */
#define LPROF_STACK_MOST 256

/* Most words of a sample: what is known of the frames of interpreted code comes behind the addresses. Likewise. */
#define LPROF_SAMPLE_WORDS 512

/* Value of the hash `space_of`: the process is none of those to be sampled. */
#define LPROF_NO_SPACE 0xffffffffu

/* An executable mapping. */
struct lprof_mapping {
	__u64 start, end;
	__u64 base;  /* the address at which the object's table of rules begins */
	__u32 first; /* index of the table's first row in the array `unwind_rows` */
	__u32 n;     /* how many rows it has; 0: there is no table */
};

/* The executable mappings of a process. Array `spaces`, whose index for a process is in the hash `space_of`. */
struct lprof_space {
	__u64 asked_ns; /* when user space was last asked to look at the process's mappings again */
	__u32 n;
	__u32 pad;
	struct lprof_mapping mappings[LPROF_MAPPINGS]; /* sorted by address */
	__u64 version; /* not 0; another one whenever mappings have changed, in any process. The last to be written */
};

enum lprof_message {
	LPROF_MESSAGE_SAMPLE,
	LPROF_MESSAGE_LOOK, /* nothing is known of the process, or of a mapping of it: only the header is there */
};

enum lprof_sample_flag {
	LPROF_SAMPLE_IN_KERNEL = 1,  /* a system call was under way */
	LPROF_SAMPLE_NO_MAPPING = 2, /* the walk ended since the last address is in no known mapping */
	LPROF_SAMPLE_WORDS_CUT = 4,  /* there were more frames of interpreted code than fit */
};

/* What comes through the ring buffer `samples`. */
struct lprof_sample {
	__u32 message; /* enum lprof_message */
	__u32 tgid, tid;
	__u32 flags;
	__u64 period_ns; /* the time that the sample stands for */
	__u32 end;	 /* enum unwind_end: why the walk ended; UNWIND_GOES_ON: there are more frames than fit */
	__u32 n;
	char comm[16]; /* the thread's name */
	__u32 n_words; /* of the frames of interpreted code, as the interpreter's part of user space reads them */
	__u32 pad;
	/* The interrupted instruction, then return addresses, N in all; then N_WORDS words. The rest is not sent. */
	__u64 frames[LPROF_SAMPLE_WORDS];
};

/* A thread that is off the processor and cannot run: what the iterator writes. */
struct lprof_blocked {
	__u32 tgid, tid;
	__u64 switches;	      /* how often it has left the processor */
	__u64 ip, sp, bp, bx; /* where it goes on in user mode */
	__u64 thread_pointer; /* base of its segment fs */
	char comm[16];
};

#endif
