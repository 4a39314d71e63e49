/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: the life of the BPF programs: they are loaded, attached, read, taken out. A session_kind describes which of
 * them run on the probes of a kind of profiled program; the session itself knows no such kind.
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
#include "probe/session_window.h"
#include "profile/profile.h"

struct session;
struct bpf_program;

/* The usual numbers of programs: that of probes that stay in, and that of windows. */
enum { SESSION_STEADY, SESSION_COUNT };

/*
 * A kind of probes: which of the BPF object's programs they run, and which maps these use. DATA is the data of a
 * session_part; its type is the kind's business.
 */
struct session_kind {
	unsigned n_programs;
	bool gated; /* its programs obey the gates */

	/* Program NUMBER, from 0 to n_programs - 1, or NULL when the part does not need that one. */
	struct bpf_program *(*program)(const struct lprof_bpf *skel, const void *data, unsigned number);

	/* Sets the sizes of the kind's maps, and its read-only data. Called before the programs are loaded. */
	void (*configure)(struct lprof_bpf *skel, const void *data);

	/* Fills the kind's maps. Called when the programs are loaded. 0 or -errno. */
	int (*fill)(const struct lprof_bpf *skel, const void *data);

	/* The smallest DATA with which all programs of the kind are loaded, to try whether the kernel accepts them. */
	const void *trial;
};

/* A kind of probes that takes part in a session, and its data. */
struct session_part {
	const struct session_kind *kind;
	const void *data;
};

struct session_config {
	/* No two are of the same kind. They and their data are borrowed until session__open() has returned. */
	const struct session_part *parts;
	size_t n_parts;
	const pid_t *pids; /* count in these processes only; none: in all */
	size_t n_pids;
	struct lprof_prices prices;
	enum lprof_by by;	/* whose counters are kept apart */
	bool after_exec;	/* the first process is a child of ours, to be sampled once it has executed a program */
	uint32_t n_unwind_rows; /* how many rules for walking stacks there may be */
	bool growing;		/* session__adopt() may add processes to PIDS, of which there is one at least */
	bool own;		/* the objects are those of what PIDS run, rather than one that the user named */
	bool bare; /* watch the probes alone: no context switches, ends of threads, calls under way, or samples */
	bool empty_probe; /* attach a program that does nothing: for benchmarks */
	bool budgeted;	  /* probes are bounded: see "Windows" below; and samples are rare from the beginning */
	bool sampled;	  /* an earlier session has taken samples: without parts, they are rare from the beginning */
};

/* Probes of one object. */
struct session_object {
	const struct session_kind *kind; /* one of the session's parts */
	unsigned program;		 /* which of the kind's programs they run */
	unsigned count_program;		 /* ... and in windows */
	const char *name;		 /* for messages */
	const char *path;		 /* opens the object's inode */
	const uint64_t *offsets;
	const uint64_t *semaphores; /* as in attach_request */
	uint32_t first_site;
	uint32_t n;
	/* Which sites the probes are of, counted from first_site; NULL: the first N. Not in a session with a budget. */
	const uint32_t *sites;
};

/*
 * Loads the BPF programs. On failure reports the reason to DIAG (except -ENOMEM) and returns -errno. The session is
 * owned by the caller.
 */
int session__open(const struct session_config *config, const struct diag *diag, struct session **out);

/*
 * Attaches the probes of one more object, for each PID of the session. 0, or -errno; failures are reported to DIAG
 * (except -ENOMEM).
 */
int session__attach(struct session *session, const struct session_object *object, const struct diag *diag);

/*
 * In a growing session: counts in process PID from now on as well. Its probes are those that are in; it should not run
 * meanwhile. 0; -ESRCH when it is gone; -ENOSPC when there are too many processes; or another -errno.
 */
int session__adopt(struct session *session, pid_t pid);

/*
 * To be called when all objects are attached. 0, or -ENXIO when the kernel has put no probe into any of the session's
 * processes, which was said in DIAG; or another -errno.
 */
int session__check_processes(struct session *session, const struct diag *diag);

/*
 * Begins to count; to be called when all objects are attached. With a DURATION_NS other than 0, the BPF programs stop
 * counting after that time by themselves, even if this process gets no processor time to stop them.
 */
void session__start(struct session *session, uint64_t duration_ns);

/*
 * Stops counting and takes all probes out; the counters stay readable. Returns 0, or
 * -ETIMEDOUT: the kernel has not finished that within a second, because it gets too little processor time itself. It
 * will finish, but hits that were being counted at the end may be missing;
 * -EPIPE: the process that held the probes was killed. They are out, or the next run finds them, but it is not known
 * from when on nothing was counted.
 */
int session__detach(struct session *session, const struct diag *diag);

/*
 * Makes samples more frequent while probes take most of the time, and rarer when the first seconds are over, and looks
 * after the processes; to be called a few times a second. 0, or -EPIPE when the process that held the probes was
 * killed, so that they are out.
 */
int session__adjust(struct session *session);

/* Reads all counters, with the time of calls that are under way, as counters__read() does. 0 or -errno. */
int session__collect(struct session *session, struct counters *out);

/*
 * 0 when the session samples stacks, or why it does not, as -errno; see sampler__explain(). It counts lines all the
 * same.
 */
int session__sampling(const struct session *session);

/* Adds notes on processes that run the probed code and of which nothing, or not all, was counted. 0 or -ENOMEM. */
int session__note_processes(struct session *session, struct profile *profile);

/*
 * Windows. In a budgeted session, objects are not attached by session__attach() but made known by
 * session__add_object(). Then sites of their kind are put in and taken out by their numbers. session__start() begins to
 * count as usual.
 */

/* Makes the sites of one more object known. Nothing is attached. 0 or -errno, reported to DIAG. */
int session__add_object(struct session *session, const struct session_object *object, const struct diag *diag);

/*
 * Puts sites FIRST to FIRST + N - 1, which are those of one or several bodies of one object, in to stay, with the
 * program that follows frames and times. *GROUP is the number by which they are taken out. 0 or -errno.
 */
int session__put_in(struct session *session, uint32_t first, uint32_t n, uint32_t *group, const struct diag *diag);

/* Takes a group out. Frames under way are forgotten. 0 or -errno. */
int session__take_out(struct session *session, uint32_t group);

/*
 * Runs one window and waits for its end. COUNTS gets 2 * n numbers: how often control left each site on its edges while
 * the window was open. The keeper ends the window even if this process is stopped. 0; -EPIPE: the keeper is gone; or
 * another -errno: the sites could not be attached.
 */
int session__window(struct session *session, const struct session_window *window, uint64_t *counts,
		    struct session_window_result *result);

/* Renews the lease. Returns whether the probes that stay in had been taken out meanwhile, because of their limits. */
bool session__renew(struct session *session, const struct session_lease *lease);

/* How many numbers of sites there are, those of all kinds together; 0 without a budget. */
uint32_t session__n_sites(const struct session *session);

/* What all hits have cost until now, by calibration, in nanoseconds, those that were not counted included. */
uint64_t session__spent_ns(const struct session *session);

/* The time on a processor of all targets until now, in nanoseconds; those that have ended count until they did. */
uint64_t session__target_ns(struct session *session);

/* The loaded programs, for those who read their maps. Lives as long as the session. */
const struct lprof_bpf *session__skeleton(const struct session *session);

void session__close(struct session *session); /* detaches as well; NULL is allowed */

#endif
