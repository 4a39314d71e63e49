// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory
 *
 * A site that stays in belongs to a group, and is counted from the moment on that the map `group_opened` has for the
 * group. So all sites of a group begin and end in one moment, although their breakpoints go in and out one by one. A
 * frame that departed before that moment is of an earlier time when the same sites were in: the programs credit neither
 * its arrival nor its time. So a group that is put in again goes on adding to the counters of before, and nothing is
 * counted twice or across the gap.
 */
#include "probe/windows.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "lprof.h"
#include "lprof.skel.h"
#include "probe/map_memory.h"

/* An object whose probes are known but need not be in. */
struct known {
	int fd; /* of the object: its path may lead to another file some day */
	char path[32];
	int steady_fd, count_fd;
	uint64_t *offsets, *semaphores; /* semaphores may be NULL */
	uint32_t first, n;
};

struct windows {
	struct windows_config config;
	struct known *objects; /* by first site */
	size_t n_objects, capacity;
	/* The maps of these names. */
	volatile uint64_t *counts, *site_groups, *group_opened;
	uint32_t n_groups;
	bool *taken; /* by group, whether it is in use */
};

/* The maps in question hold 64-bit numbers. */
static int map_numbers(const struct bpf_map *map, volatile uint64_t **out)
{
	void *memory = NULL;
	int err = map_memory__open(map, &memory);

	*out = memory;
	return err;
}

static int use_gate(const struct windows_config *config)
{
	const struct lprof_bpf *skel = config->skel;
	const struct keeper_gate gate = {
		.data_fd = bpf_map__fd(skel->maps.bss),
		.data_size = bpf_map__value_size(skel->maps.bss),
		.gate_at = (size_t)((char *)&skel->bss->gate - (char *)skel->bss),
		.spending_fd = bpf_map__fd(skel->maps.spending),
		.trips_fd = bpf_map__fd(skel->maps.trips),
	};

	return keeper__use_gate(config->keeper, &gate);
}

int windows__new(const struct windows_config *config, struct windows **out)
{
	struct windows *windows = calloc(1, sizeof(*windows));
	const struct lprof_bpf *skel = config->skel;
	int err = 0;

	if (!windows)
		return -ENOMEM;
	windows->config = *config;
	windows->n_groups = bpf_map__max_entries(skel->maps.group_opened);
	windows->taken = calloc(windows->n_groups, sizeof(*windows->taken));
	if (!windows->taken)
		err = -ENOMEM;
	if (!err)
		err = map_numbers(skel->maps.counts, &windows->counts);
	if (!err)
		err = map_numbers(skel->maps.site_groups, &windows->site_groups);
	if (!err)
		err = map_numbers(skel->maps.group_opened, &windows->group_opened);
	if (!err)
		err = use_gate(config);
	if (err) {
		windows__free(windows);
		return err;
	}
	*out = windows;
	return 0;
}

void windows__free(struct windows *windows)
{
	if (!windows)
		return;
	for (size_t i = 0; i < windows->n_objects; i++) {
		close(windows->objects[i].fd);
		free(windows->objects[i].offsets);
		free(windows->objects[i].semaphores);
	}
	map_memory__close(windows->config.skel->maps.counts, (void *)windows->counts);
	map_memory__close(windows->config.skel->maps.site_groups, (void *)windows->site_groups);
	map_memory__close(windows->config.skel->maps.group_opened, (void *)windows->group_opened);
	free(windows->objects);
	free(windows->taken);
	free(windows);
}

static uint64_t *copy(const uint64_t *array, uint32_t n)
{
	uint64_t *copied = array ? malloc((n + 1ul) * sizeof(*copied)) : NULL;

	return copied ? memcpy(copied, array, n * sizeof(*copied)) : NULL;
}

/* Makes room for an object in the order of first sites. */
static struct known *insert(struct windows *windows, uint32_t first)
{
	size_t at = windows->n_objects;

	while (at && windows->objects[at - 1].first > first)
		at--;
	memmove(&windows->objects[at + 1], &windows->objects[at],
		(windows->n_objects++ - at) * sizeof(*windows->objects));
	return &windows->objects[at];
}

int windows__add_object(struct windows *windows, const struct windows_object *object)
{
	struct known known = {
		.steady_fd = object->steady_fd,
		.count_fd = object->count_fd,
		.first = object->first_site,
		.n = object->n,
	};

	if (grow__one(&windows->objects, &windows->capacity, windows->n_objects, sizeof(known)))
		return -ENOMEM;
	known.fd = open(object->path, O_PATH | O_CLOEXEC);
	if (known.fd < 0)
		return -errno;
	snprintf(known.path, sizeof(known.path), "/proc/self/fd/%d", known.fd);
	known.offsets = copy(object->offsets, object->n);
	known.semaphores = copy(object->semaphores, object->n);
	if (!known.offsets || (object->semaphores && !known.semaphores)) {
		close(known.fd);
		free(known.offsets);
		free(known.semaphores);
		return -ENOMEM;
	}
	*insert(windows, known.first) = known;
	return 0;
}

static const struct known *object_of(const struct windows *windows, uint32_t site)
{
	for (size_t i = 0; i < windows->n_objects; i++)
		if (site - windows->objects[i].first < windows->objects[i].n)
			return &windows->objects[i];
	return NULL;
}

/* Some sites of one object, as a request to attach wants them. */
struct piece {
	const struct known *object;
	uint64_t *offsets, *cookies, *semaphores;
	size_t n;
};

static void piece__free(struct piece *piece)
{
	free(piece->offsets);
	free(piece->cookies);
	free(piece->semaphores);
	*piece = (struct piece){0};
}

/* Makes OUT of those of the N sites, which ascend, that are of the object of the first one. 0 or -errno. */
static int cut(const struct windows *windows, const uint32_t *sites, size_t n, struct piece *out)
{
	const struct known *object = object_of(windows, sites[0]);
	size_t room = n * sizeof(uint64_t);

	if (!object)
		return -EINVAL;
	*out = (struct piece){.object = object, .offsets = malloc(room), .cookies = malloc(room)};
	if (object->semaphores)
		out->semaphores = malloc(room);
	if (!out->offsets || !out->cookies || (object->semaphores && !out->semaphores)) {
		piece__free(out);
		return -ENOMEM;
	}
	for (; out->n < n && sites[out->n] - object->first < object->n; out->n++) {
		uint32_t i = sites[out->n] - object->first;

		out->offsets[out->n] = object->offsets[i];
		out->cookies[out->n] = sites[out->n];
		if (object->semaphores)
			out->semaphores[out->n] = object->semaphores[i];
	}
	return 0;
}

static struct attach_request request_of(const struct windows *windows, const struct piece *piece, int prog_fd,
					pid_t pid)
{
	return (struct attach_request){
		.way = windows->config.way,
		.prog_fd = prog_fd,
		.path = piece->object->path,
		.pid = pid,
		.offsets = piece->offsets,
		.cookies = piece->cookies,
		.semaphores = piece->semaphores,
		.n = piece->n,
	};
}

/* How many links each piece needs: one for each process, or one for all. */
static size_t n_links(const struct windows *windows)
{
	return windows->config.everywhere ? 1 : windows->config.n_pids;
}

static pid_t link_pid(const struct windows *windows, size_t i)
{
	return windows->config.everywhere ? 0 : windows->config.pids[i];
}

/* A group that is not in use; 0: there is none. */
static uint32_t free_group(const struct windows *windows)
{
	for (uint32_t group = 1; group < windows->n_groups; group++)
		if (!windows->taken[group])
			return group;
	return 0;
}

void windows__open_attached(struct windows *windows, uint32_t first, uint32_t n)
{
	uint32_t group = free_group(windows);

	windows->taken[group] = true;
	for (uint32_t i = 0; i < n; i++)
		windows->site_groups[first + i] = group;
	windows->group_opened[group] = clock__monotonic_ns();
}

/* Attaches the piece for the processes from number FIRST on. */
static int attach_piece(struct windows *windows, const struct piece *piece, uint32_t group, size_t first)
{
	int err = 0;

	for (size_t i = first; !err && i < n_links(windows); i++) {
		struct attach_request request =
			request_of(windows, piece, piece->object->steady_fd, link_pid(windows, i));

		err = keeper__attach(windows->config.keeper, &request, group);
	}
	if (err && !first)
		(void)keeper__detach_group(windows->config.keeper, group);
	return err;
}

/* Attaches the sites, object by object, for the processes from number FIRST on. */
static int attach_sites(struct windows *windows, const uint32_t *sites, size_t n, uint32_t group, size_t first)
{
	size_t done = 0;
	int err = 0;

	while (!err && done < n) {
		struct piece piece = {0};

		err = cut(windows, sites + done, n - done, &piece);
		if (!err)
			err = attach_piece(windows, &piece, group, first);
		done += piece.n;
		piece__free(&piece);
	}
	return err;
}

int windows__put_in(struct windows *windows, uint32_t first, uint32_t n, uint32_t *group)
{
	uint32_t *sites = calloc(n + 1ul, sizeof(*sites));
	int err = sites ? 0 : -ENOMEM;

	*group = free_group(windows);
	if (!*group)
		err = -ENOSPC;
	else if (!n_links(windows))
		err = -ESRCH;
	for (uint32_t i = 0; !err && i < n; i++) {
		sites[i] = first + i;
		windows->site_groups[first + i] = *group;
	}
	if (!err)
		err = attach_sites(windows, sites, n, *group, 0);
	if (!err) {
		windows->taken[*group] = true;
		windows->group_opened[*group] = clock__monotonic_ns();
	}
	free(sites);
	return err;
}

/* The sites of a group, as far as they are of known objects. */
static size_t sites_of(const struct windows *windows, uint32_t group, uint32_t *sites)
{
	size_t n = 0;

	for (size_t i = 0; i < windows->n_objects; i++) {
		const struct known *object = &windows->objects[i];

		for (uint32_t site = object->first; site < object->first + object->n; site++)
			if (windows->site_groups[site] == group)
				sites[n++] = site;
	}
	return n;
}

void windows__set_processes(struct windows *windows, const pid_t *pids, size_t n_pids)
{
	windows->config.pids = pids;
	windows->config.n_pids = n_pids;
}

int windows__adopt(struct windows *windows, const pid_t *pids, size_t n_pids)
{
	uint32_t n_sites = bpf_map__max_entries(windows->config.skel->maps.site_groups);
	uint32_t *sites = calloc(n_sites + 1ul, sizeof(*sites));
	int err = sites ? 0 : -ENOMEM;

	windows__set_processes(windows, pids, n_pids);
	for (uint32_t group = 1; !err && group < windows->n_groups; group++)
		if (windows->taken[group])
			err = attach_sites(windows, sites, sites_of(windows, group, sites), group, n_pids - 1);
	free(sites);
	return err;
}

int windows__take_out(struct windows *windows, uint32_t group)
{
	int err;

	if (!group || group >= windows->n_groups || !windows->taken[group])
		return 0; /* the lease was over, and it is out already */
	windows->group_opened[group] = 0;
	err = keeper__detach_group(windows->config.keeper, group);
	windows->taken[group] = false;
	return err;
}

bool windows__renew(struct windows *windows, const struct session_lease *lease)
{
	bool ended;

	if (keeper__renew(windows->config.keeper, lease->until_ns, lease->limit_ns, &ended) || !ended)
		return false;
	for (uint32_t group = 1; group < windows->n_groups; group++) {
		if (windows->taken[group])
			windows->group_opened[group] = 0;
		windows->taken[group] = false;
	}
	return true;
}

/* The pieces of a window's sites, and its requests. */
struct plan {
	struct piece *pieces;
	size_t n_pieces;
	struct attach_request *requests;
	size_t n_requests;
};

static void plan__free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_pieces; i++)
		piece__free(&plan->pieces[i]);
	free(plan->pieces);
	free(plan->requests);
}

static int make_plan(const struct windows *windows, const struct session_window *window, struct plan *plan)
{
	size_t done = 0;
	int err = 0;

	plan->pieces = calloc(windows->n_objects + 1, sizeof(*plan->pieces));
	plan->requests = calloc((windows->n_objects + 1) * n_links(windows), sizeof(*plan->requests));
	if (!plan->pieces || !plan->requests)
		return -ENOMEM;
	while (!err && done < window->n && plan->n_pieces < windows->n_objects) {
		struct piece *piece = &plan->pieces[plan->n_pieces];

		err = cut(windows, window->sites + done, window->n - done, piece);
		if (err)
			break;
		plan->n_pieces++;
		done += piece->n;
		for (size_t i = 0; i < n_links(windows); i++)
			plan->requests[plan->n_requests++] =
				request_of(windows, piece, piece->object->count_fd, link_pid(windows, i));
	}
	return !err && done < window->n ? -EINVAL : err;
}

/* Subtracts or, with FACTOR 1, adds what has been counted until now. */
static void add_counts(const struct windows *windows, const struct session_window *window, uint64_t *counts,
		       uint64_t factor)
{
	size_t n_counts = windows->config.skel->rodata->n_counts;

	for (uint32_t copy = 0; copy < windows->config.skel->rodata->count_copies; copy++)
		for (size_t i = 0; i < 2 * window->n; i++)
			counts[i] += factor * windows->counts[copy * n_counts + 2ul * window->sites[i / 2] + i % 2];
}

int windows__run(struct windows *windows, const struct session_window *window, uint64_t *counts,
		 struct session_window_result *result)
{
	struct keeper_window asked = {.open_ns = window->open_ns, .limit_ns = window->limit_ns};
	struct plan plan = {0};
	int err = n_links(windows) ? make_plan(windows, window, &plan) : -ESRCH;

	memset(counts, 0, 2 * window->n * sizeof(*counts));
	asked.requests = plan.requests;
	asked.n_requests = plan.n_requests;
	add_counts(windows, window, counts, UINT64_MAX);
	if (!err)
		err = keeper__window(windows->config.keeper, &asked, result);
	add_counts(windows, window, counts, 1);
	plan__free(&plan);
	return err;
}
