// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/counters.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "lprof.skel.h"
#include "probe/inflight.h"

#define MOST_KEY 64 /* bytes */

struct reader {
	const struct lprof_bpf *skel;
	int n_cpus;
	struct counters *out;
	size_t owners_room, lines_room, passes_room;
};

/* Calls FN with each entry of a hash map whose values have at most SIZE bytes; stops at and returns its first error. */
static int each_entry(const struct bpf_map *map, size_t size, int (*fn)(void *ctx, const void *key, const void *value),
		      void *ctx)
{
	uint8_t key[MOST_KEY], *next = NULL;
	void *value = malloc(size);
	int fd = bpf_map__fd(map), err = value ? 0 : -ENOMEM;

	while (!err && !bpf_map_get_next_key(fd, next, key)) {
		next = key;
		/* An entry that the kernel has evicted meanwhile is skipped. */
		if (!bpf_map_lookup_elem(fd, key, value))
			err = fn(ctx, key, value);
	}
	free(value);
	return err;
}

/* Reads the per-CPU statistic KEY, summed over CPUs. */
static int read_stat(const struct lprof_bpf *skel, int n_cpus, uint32_t key, uint64_t *sum)
{
	uint64_t *values = calloc(n_cpus, sizeof(*values));
	int err;

	if (!values)
		return -ENOMEM;
	err = bpf_map_lookup_elem(bpf_map__fd(skel->maps.stats), &key, values);
	*sum = 0;
	for (int cpu = 0; !err && cpu < n_cpus; cpu++)
		*sum += values[cpu];
	free(values);
	return err;
}

int counters__read_stats(const struct lprof_bpf *skel, struct counters_stats *stats)
{
	const struct {
		uint32_t key;
		uint64_t *to;
	} wanted[] = {
		{LPROF_STAT_FRAMES_UNKNOWN, &stats->frames_unknown},
		{LPROF_STAT_FRAMES_DROPPED, &stats->frames_dropped},
		{LPROF_STAT_EDGES_DROPPED, &stats->edges_dropped},
		{LPROF_STAT_CODES_UNREADABLE, &stats->unreadable},
		{LPROF_STAT_CPU_NS, &stats->cpu_ns},
		{LPROF_STAT_ELAPSED_NS, &stats->elapsed_ns},
		{LPROF_STAT_PROBE_NS, &stats->probe_ns},
		{LPROF_STAT_SAMPLES, &stats->samples},
		{LPROF_STAT_SAMPLED_NS, &stats->sampled_ns},
		{LPROF_STAT_SAMPLED_PROBE_NS, &stats->sampled_probe_ns},
		{LPROF_STAT_SAMPLES_LOST, &stats->samples_lost},
	};
	int n_cpus = libbpf_num_possible_cpus(), err = n_cpus < 0 ? n_cpus : 0;

	*stats = (struct counters_stats){0};
	for (size_t i = 0; !err && i < sizeof(wanted) / sizeof(*wanted); i++)
		err = read_stat(skel, n_cpus, wanted[i].key, wanted[i].to);
	return err;
}

/*
 * The owner with the ID, which is made if it is not there yet; NULL when out of memory. The search begins with the
 * newest owner, because a map's entries of one owner mostly follow each other.
 */
static struct counters_owner *owner_of(struct reader *reader, uint32_t id)
{
	struct counters *out = reader->out;
	struct counters_owner *owner;

	for (size_t i = out->n_owners; i-- > 0;)
		if (out->owners[i].id == id)
			return &out->owners[i];
	if (grow__one(&out->owners, &reader->owners_room, out->n_owners, sizeof(*owner)))
		return NULL;
	owner = &out->owners[out->n_owners];
	*owner = (struct counters_owner){.id = id, .edges = calloc(out->n_edges + 1ul, sizeof(*owner->edges))};
	if (!owner->edges)
		return NULL;
	if (id && bpf_map_lookup_elem(bpf_map__fd(reader->skel->maps.owners), &id, &owner->who))
		owner->who = (struct lprof_owner){.tgid = id, .comm = "?"}; /* the kernel evicted its entry */
	out->n_owners++;
	return owner;
}

static void add_edge(struct reader *reader, struct counters_owner *owner, uint32_t edge, const struct lprof_edge *x)
{
	struct lprof_edge *sum = &owner->edges[edge];

	sum->departures += x->departures;
	sum->arrivals += x->arrivals;
	sum->moved += x->moved;
	lprof_times__add(&sum->times, &x->times);
	reader->out->stats.hits += x->departures;
}

static int read_edges(struct reader *reader)
{
	struct lprof_edge *values = calloc(reader->n_cpus, sizeof(*values));
	struct counters_owner *all = owner_of(reader, 0);
	int fd = bpf_map__fd(reader->skel->maps.edges), err = values && all ? 0 : -ENOMEM;

	for (uint32_t i = 0; !err && i < reader->out->n_edges; i++) {
		err = bpf_map_lookup_elem(fd, &i, values);
		for (int cpu = 0; !err && cpu < reader->n_cpus; cpu++)
			add_edge(reader, all, i, &values[cpu]);
	}
	free(values);
	return err;
}

/* Of an interpreter's probes: hits of those that stay in have the second of a site's counters. */
static int add_events(const struct lprof_bpf *skel, uint32_t first, uint32_t n, uint64_t *hits)
{
	int fd = bpf_map__fd(skel->maps.counts), err = 0;

	for (uint32_t site = first; !err && site < first + n; site++) {
		uint32_t counter = 2 * site + 1;
		uint64_t count = 0;

		err = bpf_map_lookup_elem(fd, &counter, &count);
		*hits += count;
	}
	return err;
}

int counters__hits(const struct lprof_bpf *skel, uint32_t first, uint32_t n, uint64_t *hits)
{
	int n_cpus = libbpf_num_possible_cpus(), fd = bpf_map__fd(skel->maps.edges), err = 0;
	struct lprof_edge *values = n_cpus > 0 ? calloc((size_t)n_cpus, sizeof(*values)) : NULL;

	if (!values)
		return n_cpus < 0 ? n_cpus : -ENOMEM;
	*hits = 0;
	if (first >= skel->rodata->n_sites) {
		free(values);
		return add_events(skel, first, n, hits);
	}
	for (uint32_t i = 2 * first; !err && i < 2 * (first + n); i++) {
		err = bpf_map_lookup_elem(fd, &i, values);
		for (int cpu = 0; !err && cpu < n_cpus; cpu++)
			*hits += values[cpu].departures;
	}
	free(values);
	return err;
}

static int take_owned_edge(void *ctx, const void *key, const void *value)
{
	const struct lprof_owned_key *owned = key;
	struct reader *reader = ctx;
	struct counters_owner *owner = owner_of(reader, owned->owner);

	if (!owner)
		return -ENOMEM;
	if (owned->edge < reader->out->n_edges)
		add_edge(reader, owner, owned->edge, value);
	return 0;
}

static int read_owned_edges(struct reader *reader)
{
	return each_entry(reader->skel->maps.owned_edges, sizeof(struct lprof_edge), take_owned_edge, reader);
}

static int take_line(void *ctx, const void *key, const void *value)
{
	const struct lprof_line_key *line = key;
	struct reader *reader = ctx;
	struct counters *out = reader->out;
	uint32_t edge = *(const uint32_t *)value;

	if (edge >= out->n_interpreted)
		return 0;
	if (!owner_of(reader, line->owner) ||
	    grow__one(&out->lines, &reader->lines_room, out->n_lines, sizeof(*out->lines)))
		return -ENOMEM;
	out->lines[out->n_lines++] =
		(struct counters_line){.code = line->code, .line = line->line, .owner = line->owner, .edge = edge};
	out->stats.hits += out->interpreted[edge].departures;
	return 0;
}

static int read_lines(struct reader *reader)
{
	const struct lprof_bpf *skel = reader->skel;
	struct counters *out = reader->out;
	uint32_t n = skel->bss->n_line_edges, most = skel->rodata->most_line_edges;
	int fd = bpf_map__fd(skel->maps.line_edges), err = 0;

	n = n < most ? n : most;
	out->interpreted = calloc(n + 1ul, sizeof(*out->interpreted));
	if (!out->interpreted)
		return -ENOMEM;
	out->n_interpreted = n;
	for (uint32_t i = 0; !err && i < n; i++)
		err = bpf_map_lookup_elem(fd, &i, &out->interpreted[i]);
	return err ? err : each_entry(skel->maps.lines, sizeof(uint32_t), take_line, reader);
}

static int compare_owners(const void *x, const void *y)
{
	const struct counters_owner *a = x, *b = y;

	return (a->id > b->id) - (a->id < b->id);
}

/* Collects threads and frames as they are found. */
struct found {
	struct lprof_thread *threads;
	size_t n_threads, threads_room;
	struct lprof_frame *frames;
	size_t n_frames, frames_room;
};

static int take_thread(void *ctx, const void *key, const void *value)
{
	struct found *found = ctx;

	(void)key;
	if (grow__one(&found->threads, &found->threads_room, found->n_threads, sizeof(*found->threads)))
		return -ENOMEM;
	found->threads[found->n_threads++] = *(const struct lprof_thread *)value;
	return 0;
}

static int take_frame(void *ctx, const void *key, const void *value)
{
	struct found *found = ctx;

	(void)key;
	if (grow__one(&found->frames, &found->frames_room, found->n_frames, sizeof(*found->frames)))
		return -ENOMEM;
	found->frames[found->n_frames++] = *(const struct lprof_frame *)value;
	return 0;
}

/* Reads one thread that the BPF program writes out; a read may stop in its middle. 1, 0 at the end, or -errno. */
static int read_thread(int fd, struct lprof_thread *thread)
{
	size_t got = 0;

	while (got < sizeof(*thread)) {
		ssize_t n = read(fd, (char *)thread + got, sizeof(*thread) - got);

		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (!n)
			return 0;
		got += n > 0 ? (size_t)n : 0;
	}
	return 1;
}

static int find_live_threads(int link, struct found *found)
{
	struct lprof_thread thread;
	int fd = bpf_iter_create(link), got, err = 0;

	if (fd < 0)
		return -errno;
	while ((got = read_thread(fd, &thread)) > 0 && !err)
		err = take_thread(found, NULL, &thread);
	close(fd);
	return got < 0 ? got : err;
}

int counters__settle(int threads)
{
	struct found found = {0};
	int err = find_live_threads(threads, &found);

	free(found.threads);
	return err;
}

static int compare_threads(const void *x, const void *y)
{
	const struct lprof_thread *a = x, *b = y;

	return (a->serial > b->serial) - (a->serial < b->serial);
}

static int find_frames(struct reader *reader, int link, uint64_t now_ns, struct found *found)
{
	int err = find_live_threads(link, found);

	/* Only live threads are added here: the BPF program has added those that have ended. */
	for (size_t i = 0; !err && i < found->n_threads; i++) {
		const struct lprof_times end = inflight__totals(&found->threads[i], now_ns);
		const uint64_t first_ns = found->threads[i].first_ns;

		reader->out->stats.cpu_ns += end.cpu_ns - first_ns;
		reader->out->stats.elapsed_ns += end.cpu_ns + end.blocked_ns + end.waiting_ns - first_ns;
		reader->out->stats.probe_ns += end.probe_ns;
	}
	if (!err)
		err = each_entry(reader->skel->maps.ended, sizeof(struct lprof_thread), take_thread, found);
	if (!err)
		err = each_entry(reader->skel->maps.frames, sizeof(struct lprof_frame), take_frame, found);
	if (!err && found->n_threads)
		qsort(found->threads, found->n_threads, sizeof(*found->threads), compare_threads);
	return err;
}

/* Reads, for a budgeted session, since when each site has been counted. *OUT is to be freed. */
static int read_opened(const struct lprof_bpf *skel, uint64_t now_ns, uint64_t **out)
{
	int groups = bpf_map__fd(skel->maps.site_groups), times = bpf_map__fd(skel->maps.group_opened), err = 0;
	/* When the time of probes that stay in is over, they all are out. */
	bool over = skel->bss->gate.steady_until_ns < now_ns;

	*out = NULL;
	if (!skel->rodata->budgeted)
		return 0;
	*out = calloc(skel->rodata->n_sites + 1ul, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (uint32_t i = 0; !err && i < skel->rodata->n_sites; i++) {
		uint64_t group = 0, opened_ns = 0;

		err = bpf_map_lookup_elem(groups, &i, &group);
		if (!err)
			err = bpf_map_lookup_elem(times, &(uint32_t){(uint32_t)group}, &opened_ns);
		(*out)[i] = opened_ns && !over ? opened_ns : UINT64_MAX;
	}
	return err;
}

static int add_pass(struct reader *reader, const struct lprof_pass *where, const struct lprof_passes *sum)
{
	struct counters *out = reader->out;

	if (grow__one(&out->passes, &reader->passes_room, out->n_passes, sizeof(*out->passes)))
		return -ENOMEM;
	out->passes[out->n_passes++] = (struct counters_pass){*where, *sum};
	return 0;
}

static int take_pass(void *ctx, const void *key, const void *value)
{
	return add_pass(ctx, key, value);
}

/* The frame of a thread of OWNER is stopped: its pass has ended, as far as it was counted. */
static int end_pass(struct reader *reader, const struct lprof_frame *frame, uint32_t owner)
{
	const struct lprof_passes one = {.n = 1, .moved = frame->moved};
	const struct lprof_pass where = {.site = frame->edge / 2,
					 .offset = frame->stopped_at,
					 .owner = owner,
					 .kind = LPROF_PASS_ENDED + frame->edge % 2};

	const struct lprof_pass doubted = {.site = where.site, .owner = owner, .kind = LPROF_PASS_DOUBTED};
	int err;

	if (!frame->cfa || (frame->body & LPROF_BODY_INTERPRETED) || !frame->stopped)
		return 0;
	err = add_pass(reader, &where, &one);
	return err || frame->stopped != LPROF_STOPPED_IN_DOUBT ? err : add_pass(reader, &doubted, &one);
}

/* Reads the passes that were counted, and adds those that are under way. */
static int read_passes(struct reader *reader, const struct found *found)
{
	int err = each_entry(reader->skel->maps.passes, sizeof(struct lprof_passes), take_pass, reader);

	for (size_t i = 0; !err && i < found->n_threads; i++)
		err = end_pass(reader, &found->threads[i].newest, found->threads[i].owner);
	for (size_t i = 0; !err && i < found->n_frames; i++) {
		const struct lprof_thread *thread;

		thread = inflight__thread(found->threads, found->n_threads, found->frames[i].thread);
		err = end_pass(reader, &found->frames[i], thread ? thread->owner : 0);
	}
	return err;
}

static int charge_inflight(struct reader *reader, int link, uint64_t now_ns)
{
	struct counters *out = reader->out;
	struct inflight_owner *owners = calloc(out->n_owners + 1, sizeof(*owners));
	struct found found = {0};
	uint64_t *opened_ns = NULL;
	int err = owners ? find_frames(reader, link, now_ns, &found) : -ENOMEM;

	if (!err && reader->skel->rodata->some_spared)
		err = read_passes(reader, &found);
	if (!err)
		err = read_opened(reader->skel, now_ns, &opened_ns);
	if (!err) {
		const struct inflight inflight = {
			.threads = found.threads,
			.n_threads = found.n_threads,
			.frames = found.frames,
			.n_frames = found.n_frames,
			.now_ns = now_ns,
			.owners = owners,
			.n_owners = out->n_owners,
			.n_edges = out->n_edges,
			.opened_ns = opened_ns,
			.interpreted = out->interpreted,
			.n_interpreted = out->n_interpreted,
		};

		for (size_t i = 0; i < out->n_owners; i++)
			owners[i] = (struct inflight_owner){out->owners[i].id, out->owners[i].edges};
		out->stats.goroutine_calls = inflight__charge(&inflight);
	}
	free(found.threads);
	free(found.frames);
	free(opened_ns);
	free(owners);
	return err;
}

int counters__read(const struct lprof_bpf *skel, int threads, uint64_t now_ns, struct counters *out)
{
	struct reader reader = {.skel = skel, .n_cpus = libbpf_num_possible_cpus(), .out = out};
	int err;

	*out = (struct counters){
		.n_edges = 2 * skel->rodata->n_sites,
		.settled = skel->bss->counting_until <= now_ns,
	};
	if (reader.n_cpus < 0)
		return reader.n_cpus;
	err = counters__read_stats(skel, &out->stats);
	if (!err)
		err = skel->rodata->by ? read_owned_edges(&reader) : read_edges(&reader);
	if (!err && skel->rodata->most_line_edges)
		err = read_lines(&reader);
	if (!err && out->n_owners)
		qsort(out->owners, out->n_owners, sizeof(*out->owners), compare_owners);
	if (!err && threads >= 0)
		err = charge_inflight(&reader, threads, now_ns);
	if (err)
		counters__release(out);
	return err;
}

void counters__release(struct counters *counters)
{
	for (size_t i = 0; i < counters->n_owners; i++)
		free(counters->owners[i].edges);
	free(counters->owners);
	free(counters->lines);
	free(counters->interpreted);
	free(counters->passes);
	*counters = (struct counters){0};
}
