/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_walk: the Python frames of a thread. Pure: BPF programs and user space share it. Whoever includes it defines
 * before how memory of the thread's process is read, and where frames are written:
 *
 *   #define python_read(memory, to, size, addr)   reads SIZE bytes at ADDR to TO; 0 on success. MEMORY is what the
 *                                                 caller gave to python_walk__frames().
 *   #define python_loop(n, fn, context)            calls fn(i, context) for i from 0 to N - 1, until it returns 1.
 *                                                 In a BPF program that is bpf_loop(), since the kernel would
 *                                                 otherwise verify each round of a loop by itself, which took 1 s.
 *   #define PYTHON_WALK_MASK                      highest index of the words, one less than a power of two
 *
 * Up to version 3.11, the interpreter's state has a pointer to the state of the thread that holds its lock. Any other
 * thread, which computes in C or waits, is looked for in the list of threads, and from 3.12 on each thread is. The
 * state of a thread leads to its newest frame, and each frame to its caller's. All of that lies in memory that is in
 * use, so it can be read in an interrupt.
 *
 * Which frames one call of _PyEval_EvalFrameDefault executes, user space must know. Up to 3.11, the first one of them
 * says that it is that. Later, each call has a frame of its own, which is none of a function, before the first one.
 *
 * The interrupt may come while the interpreter is about to push or pop a frame. Then there is one frame too many or too
 * few at the newest end, and user space, which knows the native stack too, sees that.
 */
#ifndef LPROF_BPF_PYTHON_WALK_H
#define LPROF_BPF_PYTHON_WALK_H

#ifndef __VMLINUX_H__
#include <stdbool.h>
#endif

#include "lprof_python.h"

#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif

#define PYTHON_WALK_THREADS 256 /* how many threads and interpreters are looked at */

#define PYTHON_UNIT_BYTES 2 /* an instruction, or an element of its cache */

/* The frames of a thread. */
struct python_walk {
	__u64 *words; /* here the frames are written, each a struct lprof_python_frame, */
	__u32 at;     /* from this index on */
	__u32 n;      /* how many frames were written */
	bool cut;     /* there are more */
};

static __always_inline __u64 python_word(const void *memory, __u64 address)
{
	__u64 value = 0;

	(void)memory;
	if (python_read(memory, &value, sizeof(value), address))
		value = 0;
	return value;
}

/* A search for the state of a thread in the list of threads of each interpreter. */
struct python_search {
	const struct lprof_python_process *process;
	const void *memory;
	__u64 self;	   /* pthread_self() of the thread */
	__u64 interpreter; /* where the search is */
	__u64 thread;
	bool found;
};

/* Looks at the next thread, or goes to the next interpreter. Returns whether the search is over. */
static long python_search__next(__u32 i, void *context)
{
	struct python_search *search = context;
	const struct lprof_python_process *process = search->process;
	const struct lprof_python_state *state = &process->state;

	(void)i;
	if (search->thread && python_word(search->memory, search->thread + state->thread_id) == search->self) {
		search->found = true;
		return 1;
	}
	if (search->thread) {
		search->thread = python_word(search->memory, search->thread + state->thread_next);
		return 0;
	}
	if (search->interpreter)
		search->interpreter = python_word(search->memory, search->interpreter + state->interpreter_next);
	if (!search->interpreter)
		return 1;
	search->thread = python_word(search->memory, search->interpreter + state->interpreter_threads);
	return 0;
}

/*
 * The state of the thread whose pthread_self() is SELF, or 0. The thread's ID would not do: containers have IDs of
 * their own, and the child of a fork keeps what was stored of its parent's.
 */
static __noinline __u64 python_thread(const struct lprof_python_process *process, __u64 self, const void *memory)
{
	const struct lprof_python_state *state = &process->state;
	struct python_search search = {.process = process, .memory = memory, .self = self};
	__u64 thread = state->current ? python_word(memory, process->runtime + state->current) : 0;

	if (thread && python_word(memory, thread + state->thread_id) == self)
		return thread;
	search.interpreter = python_word(memory, process->runtime + state->head);
	if (!search.interpreter)
		return 0;
	search.thread = python_word(memory, search.interpreter + state->interpreter_threads);
	python_loop(PYTHON_WALK_THREADS, python_search__next, &search);
	return search.found ? search.thread : 0;
}

/* A function of its own, because a BPF program's stack is small. */
static __noinline __u32 python_print(__u64 address, const void *memory)
{
	__u64 words[LPROF_PYTHON_PRINT_WORDS] = {0};

	(void)memory;
	(void)python_read(memory, words, sizeof(words), address);
	return lprof_python__print(words);
}

/* The words of a frame that are read at once. Room for some more, so that an index can be masked. */
struct python_frame {
	__u64 words[8];
};

_Static_assert(LPROF_PYTHON_FRAME_WORDS <= 8 && LPROF_PYTHON_OWNED_FRAME_WORDS <= 8, "they fit");

/* The word that holds what is at OFFSET in a frame. */
static __always_inline __u64 python_frame_word(const struct python_frame *frame,
					       const struct lprof_python_process *process, __u16 offset)
{
	return frame->words[(offset - process->layout.frame_code) >> 3 & 7];
}

/* The code object of the frame. */
static __always_inline __u64 python_frame_code(const struct python_frame *frame,
					       const struct lprof_python_process *process)
{
	return python_frame_word(frame, process, process->layout.frame_code) & ~LPROF_PYTHON_CODE_BITS;
}

static __always_inline __u32 python_frame_place(const struct python_frame *frame,
						const struct lprof_python_process *process)
{
	__u64 first = python_frame_code(frame, process) + process->layout.code_instrs;
	__u64 instruction = python_frame_word(frame, process, process->layout.frame_instr);
	__u64 unit = (instruction - first + PYTHON_UNIT_BYTES) / PYTHON_UNIT_BYTES;
	__u16 offset = process->state.frame_is_entry;
	__u8 is_entry = 0;

	if (!process->state.frame_owner)
		is_entry = (__u8)(python_frame_word(frame, process, offset) >> 8 * (offset & 7));
	if (unit >= LPROF_PYTHON_IS_ENTRY)
		unit = 0;
	return (__u32)unit | (is_entry ? LPROF_PYTHON_IS_ENTRY : 0);
}

/*
 * The newest frame of THREAD. A call of _PyEval_EvalFrameDefault makes its structure the newest one before it fills it
 * in. What is found there in between is not to be believed.
 */
static __noinline __u64 python_newest(const struct lprof_python_process *process, __u64 thread, const void *memory)
{
	__u64 cframe, frame, code;

	if (process->state.thread_frame)
		return python_word(memory, thread + process->state.thread_frame);
	cframe = python_word(memory, thread + process->layout.thread_cframe);
	frame = python_word(memory, cframe + process->layout.cframe_frame);
	code = frame ? python_word(memory, frame + process->layout.frame_code) : 0;
	if (!frame || python_word(memory, code + LPROF_PYTHON_OBJECT_TYPE) == process->code_type)
		return frame;
	cframe = python_word(memory, cframe + process->state.cframe_previous);
	return python_word(memory, cframe + process->layout.cframe_frame);
}

/* Where a walk is. */
struct python_step {
	const struct lprof_python_process *process;
	const void *memory;
	struct python_walk *walk;
	__u64 next; /* address of the next frame; 0: there is none */
	__u64 code; /* of the frame before */
	__u32 print;
};

/*
 * Whether the frame at address FRAME is none of a function: a call of _PyEval_EvalFrameDefault began with it. This is
 * a function of its own, so that the kernel verifies it by itself.
 */
static __noinline bool python_step__is_own(const struct lprof_python_process *process, __u64 frame, const void *memory)
{
	const struct lprof_python_state *state = &process->state;

	return state->frame_owner &&
	       lprof_python__is_own(state, python_word(memory, frame + lprof_python__owner_word(state)));
}

/* The frame that was written last is the one with which a call of _PyEval_EvalFrameDefault began. */
static __always_inline void python_walk__mark_entry(struct python_walk *walk)
{
	if (walk->n)
		walk->words[(walk->at + 2 * walk->n - 1) & PYTHON_WALK_MASK] |= (__u64)LPROF_PYTHON_IS_ENTRY << 32;
}

/* Writes one frame. Returns whether the walk is over. */
static long python_step__frame(__u32 i, void *context)
{
	struct python_step *step = context;
	const struct lprof_python_process *process = step->process;
	struct python_walk *walk = step->walk;
	struct python_frame frame = {0};
	__u32 at = walk->at + 2 * walk->n;
	__u64 code;

	(void)i;
	if (process->state.frame_owner)
		(void)python_read(step->memory, frame.words, LPROF_PYTHON_OWNED_FRAME_WORDS * sizeof(*frame.words),
				  step->next + process->layout.frame_code);
	else
		(void)python_read(step->memory, frame.words, LPROF_PYTHON_FRAME_WORDS * sizeof(*frame.words),
				  step->next + process->layout.frame_code);
	if (python_step__is_own(process, step->next, step->memory)) {
		python_walk__mark_entry(walk);
		step->next = python_frame_word(&frame, process, process->state.frame_previous);
		return !step->next;
	}
	code = python_frame_code(&frame, process);
	if (code != step->code) /* a recursive function need not be read again */
		step->print = python_print(code + process->layout.code_first_line, step->memory);
	step->code = code;
	walk->words[at & PYTHON_WALK_MASK] = code;
	walk->words[(at + 1) & PYTHON_WALK_MASK] = step->print | (__u64)python_frame_place(&frame, process) << 32;
	walk->n++;
	step->next = python_frame_word(&frame, process, process->state.frame_previous);
	return !step->next;
}

/*
 * Writes the frames of the thread whose pthread_self() is SELF to WALK, the newest first; at most LPROF_PYTHON_FRAMES,
 * for which there must be room.
 */
static __always_inline void python_walk__frames(const struct lprof_python_process *process, __u64 self,
						struct python_walk *walk, const void *memory)
{
	struct python_step step = {.process = process, .memory = memory, .walk = walk};
	__u64 thread = python_thread(process, self, memory);

	step.next = thread ? python_newest(process, thread, memory) : 0;
	if (!step.next)
		return;
	python_loop(LPROF_PYTHON_FRAMES, python_step__frame, &step);
	walk->cut = step.next;
}

#endif
