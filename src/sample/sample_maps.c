// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sample_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "lprof.h"
#include "lprof.skel.h"

struct sample_maps {
	const struct lprof_bpf *skel;
	sample_maps_fn fn;
	void *ctx;
	struct ring_buffer *ring;
	pid_t *processes;  /* for each index in the map `spaces`, whose it is; 0: nobody's */
	uint32_t n_spaces; /* entries of that map */
	bool *loaded;	   /* of each object: its rules are in the kernel */
	size_t n_loaded;
	struct lprof_space *scratch;
};

static int take(void *ctx, void *data, size_t size)
{
	const struct sample_maps *maps = ctx;
	const struct lprof_sample *sample = data;

	if (size >= offsetof(struct lprof_sample, frames))
		maps->fn(sample, maps->ctx);
	return 0;
}

int sample_maps__new(const struct lprof_bpf *skel, sample_maps_fn fn, void *ctx, struct sample_maps **out)
{
	struct sample_maps *maps = calloc(1, sizeof(*maps));
	int err;

	if (!maps)
		return -ENOMEM;
	maps->skel = skel;
	maps->fn = fn;
	maps->ctx = ctx;
	maps->scratch = calloc(1, sizeof(*maps->scratch));
	maps->n_spaces = bpf_map__max_entries(skel->maps.spaces);
	maps->processes = calloc(maps->n_spaces, sizeof(*maps->processes));
	maps->ring = ring_buffer__new(bpf_map__fd(skel->maps.samples), take, maps, NULL);
	err = maps->ring ? 0 : -errno;
	if (!maps->scratch || !maps->processes)
		err = -ENOMEM;
	if (err) {
		sample_maps__free(maps);
		return err;
	}
	*out = maps;
	return 0;
}

void sample_maps__free(struct sample_maps *maps)
{
	if (!maps)
		return;
	ring_buffer__free(maps->ring);
	free(maps->processes);
	free(maps->loaded);
	free(maps->scratch);
	free(maps);
}

/* Fills a new map with the rows of TABLE. Returns its descriptor or -errno. */
static int load_rows(const struct unwind_table *table)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_INNER_MAP);
	uint32_t n = (uint32_t)table->n, *keys = malloc(table->n * sizeof(*keys));
	int fd, err = 0;

	if (!keys)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++)
		keys[i] = i;
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "unwind_rows", sizeof(*keys), sizeof(*table->rows), n, &options);
	if (fd < 0)
		err = -errno;
	else if (bpf_map_update_batch(fd, keys, table->rows, &n, NULL))
		err = -errno;
	free(keys);
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return err;
}

static int load_table(const struct sample_maps *maps, uint32_t object, const struct unwind_table *table)
{
	int fd = load_rows(table), err;
	uint32_t n = (uint32_t)table->n;

	if (fd < 0)
		return fd;
	err = bpf_map_update_elem(bpf_map__fd(maps->skel->maps.unwind_sizes), &object, &n, BPF_ANY);
	if (!err)
		err = bpf_map_update_elem(bpf_map__fd(maps->skel->maps.unwind_tables), &object, &fd, BPF_ANY);
	close(fd);
	return err;
}

/* Whether the kernel has the rules of the object with this index, after giving them to it if it has not. */
static bool has_table(struct sample_maps *maps, uint32_t object, const struct sampled_objects *objects)
{
	size_t n = objects->n;

	if (object >= bpf_map__max_entries(maps->skel->maps.unwind_tables) || !objects->items[object].table.n)
		return false;
	if (maps->n_loaded < n) {
		if (grow__resize(&maps->loaded, n, sizeof(*maps->loaded)))
			return false;
		memset(maps->loaded + maps->n_loaded, 0, (n - maps->n_loaded) * sizeof(*maps->loaded));
		maps->n_loaded = n;
	}
	if (!maps->loaded[object])
		maps->loaded[object] = !load_table(maps, object, &objects->items[object].table);
	return maps->loaded[object];
}

/* The index of a space that belongs to no process, or to one that has ended; -ENOSPC when there is none. */
static int64_t free_space(struct sample_maps *maps)
{
	for (uint32_t i = 0; i < maps->n_spaces; i++) {
		uint32_t key = (uint32_t)maps->processes[i];

		if (!key)
			return i;
		if (kill(maps->processes[i], 0) && errno == ESRCH) {
			(void)bpf_map_delete_elem(bpf_map__fd(maps->skel->maps.space_of), &key);
			return i;
		}
	}
	return -ENOSPC;
}

/* The index of the process's space, a new one if it has none; -ENOSPC when there are too many. */
static int64_t find_space(struct sample_maps *maps, pid_t tgid)
{
	int64_t index;

	for (uint32_t i = 0; i < maps->n_spaces; i++)
		if (maps->processes[i] == tgid)
			return i;
	index = free_space(maps);
	if (index >= 0)
		maps->processes[index] = tgid;
	return index;
}

int sample_maps__set_space(struct sample_maps *maps, pid_t tgid, const struct address_space *space,
			   const struct sampled_objects *objects)
{
	struct lprof_space *out = maps->scratch;
	int64_t found = find_space(maps, tgid);
	uint32_t index = (uint32_t)found, key = (uint32_t)tgid;
	int err;

	if (found < 0)
		return (int)found;
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < space->n && out->n < LPROF_MAPPINGS; i++) {
		const struct space_mapping *mapping = &space->mappings[i];
		struct lprof_mapping *to = &out->mappings[out->n++];

		*to = (struct lprof_mapping){.start = mapping->start, .end = mapping->end, .object = LPROF_NO_OBJECT};
		if (mapping->object == ADDRESS_SPACE_NO_OBJECT || !has_table(maps, mapping->object, objects))
			continue;
		to->object = mapping->object;
		to->base = mapping->start - mapping->vaddr + objects->items[mapping->object].table.base;
	}
	err = bpf_map_update_elem(bpf_map__fd(maps->skel->maps.spaces), &index, out, BPF_ANY);
	return err ? err : bpf_map_update_elem(bpf_map__fd(maps->skel->maps.space_of), &key, &index, BPF_ANY);
}

int sample_maps__ignore(struct sample_maps *maps, pid_t tgid)
{
	uint32_t key = (uint32_t)tgid, none = LPROF_NO_SPACE;

	return bpf_map_update_elem(bpf_map__fd(maps->skel->maps.space_of), &key, &none, BPF_ANY);
}

const struct lprof_bpf *sample_maps__skeleton(const struct sample_maps *maps)
{
	return maps->skel;
}

int sample_maps__fd(const struct sample_maps *maps)
{
	return ring_buffer__epoll_fd(maps->ring);
}

void sample_maps__take(struct sample_maps *maps)
{
	(void)ring_buffer__consume(maps->ring);
}
