/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * counters: what the BPF programs have counted, read from their maps.
 */
#ifndef LPROF_COUNTERS_H
#define LPROF_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lprof.h"

struct lprof_bpf;

/* Totals of the whole run. Times are sums over the profiled threads, each since its first hit. */
struct counters_stats {
	uint64_t hits;
	uint64_t missed;	 /* hits for which the kernel did not run the program */
	uint64_t frames_unknown; /* hits in frames that began before counting did, or were forgotten for lack of room */
	uint64_t frames_dropped; /* frames that could not be kept for lack of room */
	uint64_t edges_dropped;	 /* hits that could not be counted for lack of room */
	uint64_t unreadable;	 /* events of an interpreter whose function could not be found out */
	uint64_t goroutine_calls;  /* of goroutines that had not returned: by counters__read() only */
	uint64_t cpu_ns;	   /* on a processor */
	uint64_t elapsed_ns;	   /* on a processor or not */
	uint64_t probe_ns;	   /* the part of cpu_ns that all hits cost by the calibrated prices */
	uint64_t samples;	   /* samples that the sampler took of these threads */
	uint64_t sampled_ns;	   /* the time that the samples stand for */
	uint64_t sampled_probe_ns; /* the part of sampled_ns that was inside probes */
	uint64_t samples_lost;	   /* samples of stacks for which there was no room */
};

/* The counters of one process or thread, or of all together when these are not kept apart. */
struct counters_owner {
	uint32_t id;
	struct lprof_owner who; /* zeros: the counters are those of all */
	struct lprof_edge *edges;
};

/* The counters of a line of an interpreted function, by owner. */
struct counters_line {
	uint32_t code; /* ID of the code object */
	uint32_t line; /* 0: from the entry until the first line */
	uint32_t owner;
	uint32_t edge; /* index of counters.interpreted */
};

/* Passes through bodies that began or ended at a place where they should not have. */
struct counters_pass {
	struct lprof_pass where;
	struct lprof_passes sum;
};

struct counters {
	struct counters_owner *owners; /* sorted by ID */
	size_t n_owners;
	uint32_t n_edges; /* of each owner */
	struct counters_line *lines;
	size_t n_lines;
	struct lprof_edge *interpreted;
	size_t n_interpreted;
	struct counters_pass *passes;
	size_t n_passes;
	bool settled; /* counting was over, so that all counts are of the same moment */
	struct counters_stats stats;
};

/*
 * Reads all counters of the loaded SKEL, summed over CPUs, and adds the time of calls that are under way at NOW_NS (on
 * the monotonic clock). THREADS is the descriptor of a link to the BPF program that writes out the threads; with -1,
 * calls under way are left out. Returns 0, and counters__release() releases what OUT holds then; or -errno.
 */
int counters__read(const struct lprof_bpf *skel, int threads, uint64_t now_ns, struct counters *out);

/*
 * To be called when counting is over and before probes are taken out, where some sites carry none: notes for good where
 * the threads are, which later reads of the counters need. THREADS is as above. 0 or -errno.
 */
int counters__settle(int threads);

/* How often control left sites FIRST to FIRST + N - 1, of all owners if these are not kept apart. 0 or -errno. */
int counters__hits(const struct lprof_bpf *skel, uint32_t first, uint32_t n, uint64_t *hits);

void counters__release(struct counters *counters);

/*
 * Reads only the statistics that need no thread or edge to be read, which is quick. cpu_ns, elapsed_ns and probe_ns are
 * then those of ended threads, hits and missed are 0. 0 or -errno.
 */
int counters__read_stats(const struct lprof_bpf *skel, struct counters_stats *stats);

#endif
