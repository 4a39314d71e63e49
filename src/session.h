/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * session: the life of the BPF program of native profiling: loaded, attached, read, taken out. With
 * attach the only user of libbpf.
 */
#ifndef LPROF_SESSION_H
#define LPROF_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "counters.h"
#include "diag.h"
#include "lprof.h"

struct session;

struct session_config {
	const struct lprof_site *sites; /* copied into the kernel */
	uint32_t n_sites;
	const pid_t *pids; /* count in these processes only; none: in all */
	size_t n_pids;
	struct lprof_prices prices;
	enum lprof_by by; /* whose counters are kept apart */
	bool bare;	  /* the probes alone: no context switches, ends of threads, calls under way, or samples */
	bool empty_probe; /* attach a program that does nothing: for benchmarks */
};

/* The probes of one object: sites first_site ... first_site + n - 1. */
struct session_object {
	const char *name; /* for messages */
	const char *path; /* opens the object's inode */
	const uint64_t *offsets;
	uint32_t first_site;
	uint32_t n;
};

/* Loads the program. On failure says why in DIAG and returns -errno. The session is owned by the caller. */
int session__open(const struct session_config *config, const struct diag *diag, struct session **out);

/* Attaches the probes of one more object, for each PID of the session. Failures are said in DIAG; -errno. */
int session__attach(struct session *session, const struct session_object *object, const struct diag *diag);

/* Begins to count: when all objects are attached. */
void session__start(struct session *session);

/* Stops counting and takes all probes out; the counters stay readable. */
void session__detach(struct session *session, const struct diag *diag);

/* To be called a few times a second while probes are in: samples more often while probes take much of the time. */
void session__adjust(struct session *session);

/* Reads all counters, with the time of calls that are under way, as counters__read() does. 0 or -errno. */
int session__collect(struct session *session, struct counters *out);

void session__close(struct session *session); /* detaches as well; NULL is allowed */

#endif
