/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: the life of the BPF programs: loaded, attached, read, taken out. With attach and what reads the
 * maps (counters, python_maps) the only user of libbpf.
 */
#ifndef LPROF_SESSION_H
#define LPROF_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "lprof.h"
#include "probe/counters.h"
#include "probe/python_maps.h"

struct session;

struct session_config {
	const struct lprof_site *sites; /* copied into the kernel */
	uint32_t n_sites;
	struct python_maps_config python;
	const pid_t *pids; /* count in these processes only; none: in all */
	size_t n_pids;
	struct lprof_prices prices;
	enum lprof_by by; /* whose counters are kept apart */
	bool bare;	  /* the probes alone: no context switches, ends of threads, calls under way, or samples */
	bool empty_probe; /* attach a program that does nothing: for benchmarks */
};

/* What is run by a probe. */
enum session_program {
	SESSION_NATIVE,
	SESSION_PYTHON_LINE,
	SESSION_PYTHON_ENTRY,
	SESSION_PYTHON_RETURN,
	SESSION_PROGRAMS,
};

/* Probes of one object: sites first_site ... first_site + n - 1 of their kind. */
struct session_object {
	enum session_program program;
	const char *name; /* for messages */
	const char *path; /* opens the object's inode */
	const uint64_t *offsets;
	const uint64_t *semaphores; /* as in attach_request */
	uint32_t first_site;
	uint32_t n;
};

/*
 * Loads the program. On failure says why in DIAG (but for -ENOMEM) and returns -errno. The session is owned by the
 * caller.
 */
int session__open(const struct session_config *config, const struct diag *diag, struct session **out);

/*
 * Attaches the probes of one more object, for each PID of the session. Failures are said in DIAG (but for -ENOMEM);
 * -errno.
 */
int session__attach(struct session *session, const struct session_object *object, const struct diag *diag);

/*
 * Begins to count: when all objects are attached. With a DURATION_NS other than 0, the BPF programs count nothing
 * from so many nanoseconds later on, even if this process gets no processor time to tell them.
 */
void session__start(struct session *session, uint64_t duration_ns);

/*
 * Stops counting and takes all probes out; the counters stay readable. 0, or -ETIMEDOUT when the kernel has not
 * finished that within a second because it gets too little processor time itself: it will, but hits that were being
 * counted at the end may be missing.
 */
int session__detach(struct session *session, const struct diag *diag);

/*
 * To be called a few times a second while probes are in: samples more often while probes take much of the time. 0, or
 * -EPIPE when the process that held the probes was killed, and they are out.
 */
int session__adjust(struct session *session);

/* Reads all counters, with the time of calls that are under way, as counters__read() does. 0 or -errno. */
int session__collect(struct session *session, struct counters *out);

/* The loaded programs, for those who read their maps. Lives as long as the session. */
const struct lprof_bpf *session__skeleton(const struct session *session);

void session__close(struct session *session); /* detaches as well; NULL is allowed */

#endif
