/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Python frames of a sample. User space reads the names of their code objects later, so it is to be quick about
 * those that are new, before they are freed or the process ends.
 */
#ifndef LPROF_BPF_PYTHON_STACK_H
#define LPROF_BPF_PYTHON_STACK_H

#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "lprof_python.h"
#include "lprof_sample.h"

#define python_read(memory, to, size, addr) bpf_probe_read_user(to, size, (const void *)(addr))
#define python_loop(n, fn, context)	    bpf_loop(n, fn, context, 0)
#define PYTHON_WALK_MASK		    (LPROF_SAMPLE_WORDS - 1)
#include "python_walk.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct lprof_python_process);
} python_processes SEC(".maps");

#define LOOKED_AT 8 /* how many of a sample's innermost frames may be of new code objects */

/* Code objects that samples have found. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct lprof_python_code_key);
	__type(value, __u32);
} python_seen SEC(".maps");

/* Whether no sample has found the code object before. A function of its own, so that it is verified once. */
__noinline int is_new_code(__u32 tgid, __u64 code, __u32 print)
{
	struct lprof_python_code_key key = {.code = code, .tgid = tgid};
	__u32 *known = bpf_map_lookup_elem(&python_seen, &key);

	if (known && *known == print)
		return false;
	bpf_map_update_elem(&python_seen, &key, &print, BPF_ANY);
	return true;
}

/*
 * Writes the frames of the current thread behind the N native ones of SAMPLE, and sets its n_words. Returns whether
 * user space should look at them at once.
 */
static __always_inline bool add_python_frames(struct lprof_sample *sample, __u32 n)
{
	struct python_walk walk = {.words = sample->frames, .at = n};
	struct task_struct *task = bpf_get_current_task_btf();
	const struct lprof_python_process *process;
	__u32 tgid = sample->tgid;
	bool is_new = false;

	sample->n_words = 0;
	process = bpf_map_lookup_elem(&python_processes, &tgid);
	if (!process)
		return false;
	python_walk__frames(process, task->thread.fsbase, &walk, NULL);
	if (!walk.n)
		return false;
	sample->n_words = 2 * walk.n;
	if (walk.cut)
		sample->flags |= LPROF_SAMPLE_WORDS_CUT;
	for (__u32 i = 0; i < LOOKED_AT && i < walk.n; i++)
		is_new |= is_new_code(tgid, sample->frames[(n + 2 * i) & PYTHON_WALK_MASK],
				      (__u32)sample->frames[(n + 2 * i + 1) & PYTHON_WALK_MASK]);
	return is_new;
}

#endif
