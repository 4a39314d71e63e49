// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * counters: what is read from the BPF programs' maps. None of the programs is loaded; the maps hold what each test
 * writes there.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "lprof.h"
#include "lprof.skel.h"
#include "probe/counters.h"
#include "unit/scratch.h"

#define N_SITES 3
#define N_EDGES (2 * N_SITES)
#define N_LINES 4

static struct lprof_bpf *load(enum lprof_by by, uint32_t most_line_edges)
{
	struct lprof_bpf *skel = lprof_bpf__open();
	struct bpf_program *program;

	assert_non_null(skel);
	bpf_object__for_each_program(program, skel->obj) bpf_program__set_autoload(program, false);
	skel->rodata->n_sites = N_SITES;
	skel->rodata->by = by;
	skel->rodata->most_line_edges = most_line_edges;
	bpf_map__set_max_entries(skel->maps.edges, N_EDGES);
	bpf_map__set_max_entries(skel->maps.owners, 1024);
	bpf_map__set_max_entries(skel->maps.owned_edges, 1024);
	bpf_map__set_max_entries(skel->maps.lines, 1024);
	bpf_map__set_max_entries(skel->maps.line_edges, N_LINES);
	assert_int_equal(lprof_bpf__load(skel), 0);
	return skel;
}

static void put(const struct bpf_map *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY), 0);
}

/* An edge all of whose numbers are made from N. */
static struct lprof_edge edge_of(uint64_t n)
{
	return (struct lprof_edge){
		.departures = n,
		.arrivals = 2 * n,
		.times = {.cpu_ns = 3 * n,
			  .blocked_ns = 4 * n,
			  .waiting_ns = 5 * n,
			  .probe_ns = 6 * n,
			  .program_ns = 7 * n},
		.slowness = 1000,
	};
}

static void assert_edge(const struct lprof_edge *edge, uint64_t n)
{
	const struct lprof_edge expected = edge_of(n);

	assert_int_equal(edge->departures, expected.departures);
	assert_int_equal(edge->arrivals, expected.arrivals);
	assert_memory_equal(&edge->times, &expected.times, sizeof(expected.times));
}

static void edges_are_summed_over_processors(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_NOTHING, 0);
	int n_cpus = libbpf_num_possible_cpus();
	struct lprof_edge *values = calloc((size_t)n_cpus, sizeof(*values));
	struct counters counters;
	uint64_t sum = 0;

	(void)unused;
	assert_non_null(values);
	for (int cpu = 0; cpu < n_cpus; cpu++) {
		values[cpu] = edge_of(10 + (uint64_t)cpu);
		sum += 10 + (uint64_t)cpu;
	}
	put(skel->maps.edges, &(uint32_t){2}, values);
	put(skel->maps.edges, &(uint32_t){N_EDGES - 1}, values);
	assert_int_equal(counters__read(skel, -1, 0, &counters), 0);
	assert_int_equal(counters.n_edges, N_EDGES);
	assert_int_equal(counters.n_owners, 1);
	assert_int_equal(counters.owners[0].id, 0);
	assert_int_equal(counters.owners[0].who.tgid, 0);
	for (uint32_t i = 0; i < N_EDGES; i++)
		assert_edge(&counters.owners[0].edges[i], i == 2 || i == N_EDGES - 1 ? sum : 0);
	assert_int_equal(counters.stats.hits, 2 * sum);
	assert_int_equal(counters.n_lines, 0);
	assert_int_equal(counters.n_interpreted, 0);
	counters__release(&counters);
	free(values);
	lprof_bpf__destroy(skel);
}

/* In the order of their IDs; one that the kernel has forgotten is still told by its ID. */
static void owners_are_apart(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_PROCESS, 0);
	const struct lprof_owner who = {.tgid = 70, .comm = "seventy"};
	const struct lprof_edge edges[] = {edge_of(1), edge_of(2), edge_of(3), edge_of(4)};
	struct counters counters;

	(void)unused;
	put(skel->maps.owners, &(uint32_t){70}, &who);
	put(skel->maps.owned_edges, &(struct lprof_owned_key){.edge = 5, .owner = 70}, &edges[0]);
	put(skel->maps.owned_edges, &(struct lprof_owned_key){.edge = 0, .owner = 70}, &edges[1]);
	put(skel->maps.owned_edges, &(struct lprof_owned_key){.edge = 5, .owner = 8}, &edges[2]);
	put(skel->maps.owned_edges, &(struct lprof_owned_key){.edge = N_EDGES, .owner = 8}, &edges[3]);
	assert_int_equal(counters__read(skel, -1, 0, &counters), 0);
	assert_int_equal(counters.n_owners, 2);
	assert_int_equal(counters.owners[0].id, 8);
	assert_int_equal(counters.owners[0].who.tgid, 8);
	assert_string_equal(counters.owners[0].who.comm, "?");
	assert_edge(&counters.owners[0].edges[5], 3);
	assert_edge(&counters.owners[0].edges[0], 0);
	assert_int_equal(counters.owners[1].id, 70);
	assert_string_equal(counters.owners[1].who.comm, "seventy");
	assert_edge(&counters.owners[1].edges[5], 1);
	assert_edge(&counters.owners[1].edges[0], 2);
	assert_int_equal(counters.stats.hits, 6);
	counters__release(&counters);
	lprof_bpf__destroy(skel);
}

static const struct counters_line *find_line(const struct counters *counters, uint32_t line)
{
	for (size_t i = 0; i < counters->n_lines; i++)
		if (counters->lines[i].line == line)
			return &counters->lines[i];
	return NULL;
}

/* More were handed out than there is room for: those beyond are left out, and so are lines that lead there. */
static void lines_lead_to_their_counters(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_NOTHING, N_LINES);
	struct counters counters;

	(void)unused;
	skel->bss->n_line_edges = N_LINES + 3;
	for (uint32_t i = 0; i < N_LINES; i++) {
		const struct lprof_edge edge = edge_of(100 + i);

		put(skel->maps.line_edges, &i, &edge);
	}
	put(skel->maps.lines, &(struct lprof_line_key){.code = 1, .line = 11}, &(uint32_t){3});
	put(skel->maps.lines, &(struct lprof_line_key){.code = 2, .line = 12}, &(uint32_t){0});
	put(skel->maps.lines, &(struct lprof_line_key){.code = 2, .line = 13}, &(uint32_t){N_LINES});
	assert_int_equal(counters__read(skel, -1, 0, &counters), 0);
	assert_int_equal(counters.n_interpreted, N_LINES);
	assert_int_equal(counters.n_lines, 2);
	assert_null(find_line(&counters, 13));
	assert_int_equal(find_line(&counters, 11)->code, 1);
	assert_int_equal(find_line(&counters, 11)->owner, 0);
	assert_edge(&counters.interpreted[find_line(&counters, 11)->edge], 103);
	assert_int_equal(find_line(&counters, 12)->code, 2);
	assert_edge(&counters.interpreted[find_line(&counters, 12)->edge], 100);
	assert_int_equal(counters.stats.hits, 203);
	counters__release(&counters);
	lprof_bpf__destroy(skel);
}

/* Lines are read only as far as they have been handed out, and not at all where no interpreter is profiled. */
static void unused_lines_are_not_read(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_NOTHING, N_LINES);
	struct counters counters;

	(void)unused;
	skel->bss->n_line_edges = 1;
	put(skel->maps.lines, &(struct lprof_line_key){.code = 1, .line = 11}, &(uint32_t){0});
	put(skel->maps.lines, &(struct lprof_line_key){.code = 1, .line = 12}, &(uint32_t){1});
	assert_int_equal(counters__read(skel, -1, 0, &counters), 0);
	assert_int_equal(counters.n_interpreted, 1);
	assert_int_equal(counters.n_lines, 1);
	assert_non_null(find_line(&counters, 11));
	counters__release(&counters);
	lprof_bpf__destroy(skel);

	skel = load(LPROF_BY_NOTHING, 0);
	skel->bss->n_line_edges = 1;
	put(skel->maps.lines, &(struct lprof_line_key){.code = 1, .line = 11}, &(uint32_t){0});
	assert_int_equal(counters__read(skel, -1, 0, &counters), 0);
	assert_int_equal(counters.n_interpreted, 0);
	assert_int_equal(counters.n_lines, 0);
	counters__release(&counters);
	lprof_bpf__destroy(skel);
}

/* An owner that has hits in interpreted functions only is one all the same. */
static void lines_have_owners(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_THREAD, N_LINES);
	const struct lprof_owner who = {.tgid = 70, .tid = 71, .comm = "thread"};
	struct counters counters;

	(void)unused;
	skel->bss->n_line_edges = 1;
	put(skel->maps.owners, &(uint32_t){5}, &who);
	put(skel->maps.lines, &(struct lprof_line_key){.code = 1, .line = 11, .owner = 5}, &(uint32_t){0});
	assert_int_equal(counters__read(skel, -1, 0, &counters), 0);
	assert_int_equal(counters.n_owners, 1);
	assert_int_equal(counters.owners[0].who.tid, 71);
	assert_int_equal(find_line(&counters, 11)->owner, 5);
	counters__release(&counters);
	lprof_bpf__destroy(skel);
}

static void statistics_are_summed(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_NOTHING, 0);
	int n_cpus = libbpf_num_possible_cpus();
	uint64_t *values = calloc((size_t)n_cpus, sizeof(*values));
	struct counters_stats stats;
	const struct {
		uint32_t stat;
		uint64_t *read;
	} all[] = {
		{LPROF_STAT_FRAMES_UNKNOWN, &stats.frames_unknown},
		{LPROF_STAT_FRAMES_DROPPED, &stats.frames_dropped},
		{LPROF_STAT_EDGES_DROPPED, &stats.edges_dropped},
		{LPROF_STAT_CODES_UNREADABLE, &stats.unreadable},
		{LPROF_STAT_CPU_NS, &stats.cpu_ns},
		{LPROF_STAT_ELAPSED_NS, &stats.elapsed_ns},
		{LPROF_STAT_PROBE_NS, &stats.probe_ns},
		{LPROF_STAT_SAMPLES, &stats.samples},
		{LPROF_STAT_SAMPLED_NS, &stats.sampled_ns},
		{LPROF_STAT_SAMPLED_PROBE_NS, &stats.sampled_probe_ns},
	};

	(void)unused;
	assert_non_null(values);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (int cpu = 0; cpu < n_cpus; cpu++)
			values[cpu] = 1000 * (i + 1);
		put(skel->maps.stats, &all[i].stat, values);
	}
	assert_int_equal(counters__read_stats(skel, &stats), 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		assert_int_equal(*all[i].read, 1000 * (i + 1) * (uint64_t)n_cpus);
	assert_int_equal(stats.hits, 0);
	free(values);
	lprof_bpf__destroy(skel);
}

/* What is under way cannot be read through a descriptor that is no link's; nothing is left to be released. */
static void an_error_leaves_nothing(void **unused)
{
	struct lprof_bpf *skel = load(LPROF_BY_NOTHING, N_LINES);
	struct counters counters;

	(void)unused;
	assert_true(counters__read(skel, bpf_map__fd(skel->maps.edges), 0, &counters) < 0);
	assert_null(counters.owners);
	assert_null(counters.interpreted);
	assert_int_equal(counters.n_owners, 0);
	counters__release(&counters);
	lprof_bpf__destroy(skel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_are_summed_over_processors),
		cmocka_unit_test(owners_are_apart),
		cmocka_unit_test(lines_lead_to_their_counters),
		cmocka_unit_test(unused_lines_are_not_read),
		cmocka_unit_test(lines_have_owners),
		cmocka_unit_test(statistics_are_summed),
		cmocka_unit_test(an_error_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
