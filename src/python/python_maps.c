// SPDX-License-Identifier: GPL-2.0-or-later
#include "python/python_maps.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lprof.skel.h"
#include "probe/gated_sites.h"
#include "probe/map_memory.h"

/*
 * Sizes of the maps. If all selectors require a name, few lines are needed: only functions of these names are counted,
 * and of those the unwanted ones only until user space has rejected them.
 */
#define HARDLY_ANY  256
#define FEW_LINES   (1 << 15)
#define MANY_LINES  (1 << 18)
#define MOST_CODES  (1 << 16)
#define FEW_BYTES   (1 << 20)
#define MANY_BYTES  (1 << 23)
#define DROP_AT_ONE 256 /* how many keys are collected before they are deleted */

static struct bpf_program *program(const struct lprof_bpf *skel, const void *data, unsigned number)
{
	const struct python_maps_config *config = data;
	struct bpf_program *const programs[PYTHON_MAPS_PROGRAMS] = {
		[LPROF_PYTHON_LINE] = skel->progs.lprof_python_line,
		[LPROF_PYTHON_ENTRY] = skel->progs.lprof_python_entry,
		[LPROF_PYTHON_RETURN] = skel->progs.lprof_python_return,
		[PYTHON_MAPS_WINDOW + LPROF_PYTHON_LINE] = skel->progs.lprof_python_count_line,
		[PYTHON_MAPS_WINDOW + LPROF_PYTHON_ENTRY] = skel->progs.lprof_python_count_entry,
		[PYTHON_MAPS_WINDOW + LPROF_PYTHON_RETURN] = skel->progs.lprof_python_count_return,
		[PYTHON_MAPS_RETURNS] = skel->progs.lprof_python_returns,
	};

	if (number >= PYTHON_MAPS_WINDOW && !skel->rodata->budgeted)
		return NULL;
	return config->bare && number != LPROF_PYTHON_LINE ? NULL : programs[number];
}

static void configure(struct lprof_bpf *skel, const void *data)
{
	const struct python_maps_config *config = data;
	uint32_t lines = config->bare ? HARDLY_ANY : config->any_name ? MANY_LINES : FEW_LINES;
	uint32_t codes = config->bare ? HARDLY_ANY : MOST_CODES;

	skel->rodata->n_python_sites = config->n_sites;
	skel->rodata->most_line_edges = lines;
	skel->rodata->python_any_name = config->any_name;
	memcpy(skel->rodata->python_ratios, config->ratios, sizeof(config->ratios));
	bpf_map__set_max_entries(skel->maps.python_sites, config->n_sites);
	bpf_map__set_max_entries(skel->maps.python_codes, codes);
	bpf_map__set_max_entries(skel->maps.python_others, codes);
	bpf_map__set_max_entries(skel->maps.python_names, config->n_names ? (uint32_t)config->n_names : 1);
	bpf_map__set_max_entries(skel->maps.lines, lines);
	bpf_map__set_max_entries(skel->maps.line_edges, lines);
	if (skel->rodata->budgeted) {
		gated_sites__add(skel, config->n_sites);
		bpf_map__set_max_entries(skel->maps.line_counts, lines);
	}
	bpf_map__set_max_entries(skel->maps.python_records, config->any_name ? MANY_BYTES : FEW_BYTES);
}

static int fill(const struct lprof_bpf *skel, const void *data)
{
	const struct python_maps_config *config = data;
	int sites = bpf_map__fd(skel->maps.python_sites), names = bpf_map__fd(skel->maps.python_names);
	const uint8_t yes = 1;
	int err = 0;

	for (uint32_t i = 0; !err && i < config->n_sites; i++)
		err = bpf_map_update_elem(sites, &i, &config->sites[i], BPF_ANY);
	for (size_t i = 0; !err && i < config->n_names; i++)
		err = bpf_map_update_elem(names, &config->names[i], &yes, BPF_ANY);
	return err;
}

static const struct lprof_python_site trial_site = {.length = 1};
static const struct python_maps_config trial = {.sites = &trial_site, .n_sites = 1};

const struct session_kind python_maps__kind = {
	.n_programs = PYTHON_MAPS_PROGRAMS,
	.gated = true,
	.program = program,
	.configure = configure,
	.fill = fill,
	.trial = &trial,
};

const volatile uint64_t *python_maps__map_counts(const struct lprof_bpf *skel)
{
	void *memory;

	return map_memory__open(skel->maps.line_counts, &memory) ? NULL : memory;
}

void python_maps__unmap_counts(const struct lprof_bpf *skel, const volatile uint64_t *counts)
{
	map_memory__close(skel->maps.line_counts, (void *)counts);
}

size_t python_maps__n_counts(const struct lprof_bpf *skel)
{
	uint32_t n = skel->bss->n_line_edges, most = skel->rodata->most_line_edges;

	return n < most ? n : most;
}

const volatile struct lprof_gate *python_maps__gate(const struct lprof_bpf *skel)
{
	return &skel->bss->gate;
}

void python_maps__set_first(const struct lprof_bpf *skel, uint32_t first)
{
	skel->bss->python_first_site = first;
}

struct python_records {
	struct ring_buffer *ring;
	void (*fn)(void *ctx, const struct lprof_python_record *record, size_t size);
	void *ctx;
};

static int take_record(void *ctx, void *data, size_t size)
{
	const struct python_records *records = ctx;

	records->fn(records->ctx, data, size);
	return 0;
}

int python_records__open(const struct lprof_bpf *skel,
			 void (*fn)(void *ctx, const struct lprof_python_record *record, size_t size), void *ctx,
			 struct python_records **out)
{
	struct python_records *records = calloc(1, sizeof(*records));

	if (!records)
		return -ENOMEM;
	*records = (struct python_records){.fn = fn, .ctx = ctx};
	records->ring = ring_buffer__new(bpf_map__fd(skel->maps.python_records), take_record, records, NULL);
	if (!records->ring) {
		int err = -errno;

		free(records);
		return err;
	}
	*out = records;
	return 0;
}

int python_records__fd(const struct python_records *records)
{
	return ring_buffer__epoll_fd(records->ring);
}

void python_records__read(const struct python_records *records)
{
	(void)ring_buffer__consume(records->ring);
}

void python_records__close(struct python_records *records)
{
	if (!records)
		return;
	ring_buffer__free(records->ring);
	free(records);
}

void python_maps__reject(const struct lprof_bpf *skel, const struct lprof_python_code_key *key, uint32_t id)
{
	int fd = bpf_map__fd(skel->maps.python_codes);
	struct lprof_python_code code;

	if (bpf_map_lookup_elem(fd, key, &code) || code.id != id)
		return;
	code.unwanted = 1;
	(void)bpf_map_update_elem(fd, key, &code, BPF_EXIST);
}

int python_maps__set_process(const struct lprof_bpf *skel, pid_t pid, const struct lprof_python_process *process)
{
	int fd = bpf_map__fd(skel->maps.python_processes);
	uint32_t key = (uint32_t)pid;

	if (process)
		return bpf_map_update_elem(fd, &key, process, BPF_ANY);
	(void)bpf_map_delete_elem(fd, &key);
	return 0;
}

/* Keys are collected first and deleted afterwards: deleting the key at which the iteration stands would restart it. */
void python_maps__drop_lines(const struct lprof_bpf *skel, bool (*wanted)(void *ctx, uint32_t code), void *ctx)
{
	struct lprof_line_key key, dropped[DROP_AT_ONE], *last = NULL;
	int fd = bpf_map__fd(skel->maps.lines);
	size_t n;

	do {
		n = 0;
		while (n < DROP_AT_ONE && !bpf_map_get_next_key(fd, last, &key)) {
			last = &key;
			if (!wanted(ctx, key.code))
				dropped[n++] = key;
		}
		for (size_t i = 0; i < n; i++)
			(void)bpf_map_delete_elem(fd, &dropped[i]);
		last = NULL;
	} while (n == DROP_AT_ONE);
}
