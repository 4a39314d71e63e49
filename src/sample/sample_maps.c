// SPDX-License-Identifier: GPL-2.0-or-later
#include "sample/sample_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/map_memory.h"

/* Where the rules of an object are in the map `unwind_rows`. */
struct table_place {
	uint32_t first, n;
};

struct sample_maps {
	const struct lprof_bpf *skel;
	sample_maps_fn fn;
	void *ctx;
	struct ring_buffer *ring;
	pid_t *processes;	    /* for each index in the map `spaces`, whose it is; 0: nobody's */
	uint32_t n_spaces;	    /* entries of that map */
	struct table_place *tables; /* of each object */
	size_t n_tables;
	struct unwind_row *rows; /* the map `unwind_rows`, which is mapped into memory */
	uint32_t n_rows, most_rows;
	struct lprof_space *scratch;
	uint64_t version; /* of the mappings that were last written to the kernel */
};

static int take(void *ctx, void *data, size_t size)
{
	const struct sample_maps *maps = ctx;
	const struct lprof_sample *sample = data;

	if (size >= offsetof(struct lprof_sample, frames))
		maps->fn(sample, maps->ctx);
	return 0;
}

static int map_rows(struct sample_maps *maps)
{
	const struct bpf_map *map = maps->skel->maps.unwind_rows;
	void *rows = NULL;
	int err = map_memory__open(map, &rows);

	maps->rows = rows;
	maps->most_rows = bpf_map__max_entries(map);
	return err;
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
	if (!err)
		err = map_rows(maps);
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
	free(maps->tables);
	map_memory__close(maps->skel->maps.unwind_rows, maps->rows);
	free(maps->scratch);
	free(maps);
}

/* Where the rules of the object with this index are among all; n is 0 when there is no room for them. */
static struct table_place place_table(struct sample_maps *maps, uint32_t object, const struct sampled_objects *objects)
{
	const struct unwind_table *table = &objects->items[object].table;
	struct table_place *place;

	if (maps->n_tables < objects->n) {
		if (grow__resize(&maps->tables, objects->n, sizeof(*maps->tables)))
			return (struct table_place){0, 0};
		memset(maps->tables + maps->n_tables, 0, (objects->n - maps->n_tables) * sizeof(*maps->tables));
		maps->n_tables = objects->n;
	}
	place = &maps->tables[object];
	if (!place->n && table->n && table->n <= maps->most_rows - maps->n_rows) {
		memcpy(maps->rows + maps->n_rows, table->rows, table->n * sizeof(*table->rows));
		*place = (struct table_place){maps->n_rows, (uint32_t)table->n};
		maps->n_rows += (uint32_t)table->n;
	}
	return *place;
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
		struct table_place place;

		*to = (struct lprof_mapping){.start = mapping->start, .end = mapping->end};
		if (mapping->object == ADDRESS_SPACE_NO_OBJECT)
			continue;
		place = place_table(maps, mapping->object, objects);
		to->first = place.first;
		to->n = place.n;
		to->base = mapping->start - mapping->vaddr + objects->items[mapping->object].table.base;
	}
	out->version = ++maps->version;
	err = bpf_map_update_elem(bpf_map__fd(maps->skel->maps.spaces), &index, out, BPF_ANY);
	return err ? err : bpf_map_update_elem(bpf_map__fd(maps->skel->maps.space_of), &key, &index, BPF_ANY);
}

int sample_maps__ignore(struct sample_maps *maps, pid_t tgid)
{
	uint32_t key = (uint32_t)tgid, none = LPROF_NO_SPACE;

	return bpf_map_update_elem(bpf_map__fd(maps->skel->maps.space_of), &key, &none, BPF_ANY);
}

void sample_maps__forget(struct sample_maps *maps, pid_t tgid)
{
	uint32_t key = (uint32_t)tgid;

	(void)bpf_map_delete_elem(bpf_map__fd(maps->skel->maps.space_of), &key);
	for (uint32_t i = 0; i < maps->n_spaces; i++)
		if (maps->processes[i] == tgid)
			maps->processes[i] = 0;
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
