// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/mapped_inodes.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/grow.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/loaded_part.h"

static int read_items(int fd, struct mapped_inodes *out)
{
	struct lprof_mapped_inode item;
	FILE *file = fdopen(fd, "r");
	int err = 0;

	if (!file) {
		close(fd);
		return -ENOMEM;
	}
	while (!err && fread(&item, sizeof(item), 1, file) == 1) {
		err = grow__counted(&out->items, out->n, 1, sizeof(item));
		if (!err)
			out->items[out->n++] = item;
	}
	if (!err && ferror(file))
		err = -EIO;
	fclose(file);
	return err;
}

int mapped_inodes__read(struct mapped_inodes *out)
{
	const char *const programs[] = {"lprof_mapped_inodes", NULL}, *const maps[] = {NULL};
	struct bpf_link *link;
	struct lprof_bpf *skel;
	int err = loaded_part__open(programs, maps, &skel), fd;

	*out = (struct mapped_inodes){0};
	if (err)
		return err;
	err = bpf_object__load(skel->obj);
	if (err) {
		lprof_bpf__destroy(skel);
		return err;
	}
	link = bpf_program__attach_iter(skel->progs.lprof_mapped_inodes, NULL);
	fd = link ? bpf_iter_create(bpf_link__fd(link)) : -errno;
	err = fd < 0 ? fd : read_items(fd, out);
	bpf_link__destroy(link);
	lprof_bpf__destroy(skel);
	if (err)
		mapped_inodes__release(out);
	return err;
}

void mapped_inodes__release(struct mapped_inodes *inodes)
{
	free(inodes->items);
	*inodes = (struct mapped_inodes){0};
}

uint64_t mapped_inodes__find(const struct mapped_inodes *inodes, pid_t pid, uint64_t start)
{
	for (size_t i = 0; i < inodes->n; i++)
		if (inodes->items[i].tgid == (uint32_t)pid && inodes->items[i].start == start)
			return inodes->items[i].inode;
	return 0;
}
