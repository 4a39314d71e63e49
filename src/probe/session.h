/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: the life of the BPF programs: loaded, attached, read, taken out. What is on the probes of each kind of
 * profiled program is described by a session_kind; the session itself knows none of them.
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

struct session;
struct bpf_program;

/*
 * A kind of probes: which of the BPF object's programs they run, and the maps of these. DATA is that of the
 * session_part, of a type that the kind defines.
 */
struct session_kind {
	unsigned n_programs;

	/* Program NUMBER of n_programs, or NULL when the part does without it. */
	struct bpf_program *(*program)(const struct lprof_bpf *skel, const void *data, unsigned number);

	/* Before the programs are loaded: sets the sizes of the kind's maps, and its read-only data. */
	void (*configure)(struct lprof_bpf *skel, const void *data);

	/* Once they are loaded: fills its maps. 0 or -errno. */
	int (*fill)(const struct lprof_bpf *skel, const void *data);

	/* The least DATA with which all of its programs are loaded: to see whether the kernel takes them. */
	const void *trial;
};

/* What one kind of program wants of a session. */
struct session_part {
	const struct session_kind *kind;
	const void *data;
};

struct session_config {
	/* Each of another kind. They and their data are borrowed until session__open() has returned. */
	const struct session_part *parts;
	size_t n_parts;
	const pid_t *pids; /* count in these processes only; none: in all */
	size_t n_pids;
	struct lprof_prices prices;
	enum lprof_by by; /* whose counters are kept apart */
	bool bare;	  /* the probes alone: no context switches, ends of threads, calls under way, or samples */
	bool empty_probe; /* attach a program that does nothing: for benchmarks */
};

/* Probes of one object: sites first_site ... first_site + n - 1 of their kind. */
struct session_object {
	const struct session_kind *kind; /* one of the session's parts */
	unsigned program;		 /* which of the kind's programs they run */
	const char *name;		 /* for messages */
	const char *path;		 /* opens the object's inode */
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
 * Stops counting and takes all probes out; the counters stay readable. Returns 0; -ETIMEDOUT when the kernel has not
 * finished that within a second because it gets too little processor time itself: it will, but hits that were being
 * counted at the end may be missing; or -EPIPE when the process that held the probes was killed: they are out, or the
 * next run finds them, but nobody knows since when nothing was counted.
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
