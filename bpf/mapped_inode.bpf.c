// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which inode the kernel knows behind each mapping of a file. It is the one that probes sit on; of a file in an
 * overlay that is the file in the layer, while stat(2) tells of the overlay.
 */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#include "lprof.h"
#include "process_id.bpf.h"

SEC("iter/task_vma")
int lprof_mapped_inodes(struct bpf_iter__task_vma *ctx)
{
	struct task_struct *task = ctx->task;
	struct vm_area_struct *vma = ctx->vma;
	struct lprof_mapped_inode mapped = {};

	if (!task || !vma || !vma->vm_file)
		return 0;
	mapped.tgid = process_id(task);
	mapped.start = vma->vm_start;
	mapped.inode = (__u64)vma->vm_file->f_inode;
	bpf_seq_write(ctx->meta->seq, &mapped, sizeof(mapped));
	return 0;
}
