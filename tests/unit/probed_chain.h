/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probed_chain: a chain of instructions of this program, for tests of sessions: a session has a site on each of them,
 * and a child that runs through them is its target. A failure that a function does not return fails the test.
 */
#ifndef LPROF_TESTS_PROBED_CHAIN_H
#define LPROF_TESTS_PROBED_CHAIN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "lprof.h"
#include "probe/calibrate_chain.h"
#include "probe/session.h"

#define PROBED_CHAIN_MORE 2 /* sites that a test may add behind those of the chain */
#define PROBED_CHAIN_MOST (CALIBRATE_CHAIN_LENGTH + PROBED_CHAIN_MORE)

struct probed_chain {
	struct lprof_site items[PROBED_CHAIN_MOST];
	uint64_t offsets[PROBED_CHAIN_MOST]; /* of their instructions, in /proc/self/exe */
	uint32_t n;
};

/* The numbers of the chain's own sites. */
extern const uint32_t probed_chain_numbers[CALIBRATE_CHAIN_LENGTH];

/* The chain's own sites. A round through them is one frame: it begins at the first site and ends at the last one. */
void probed_chain__init(struct probed_chain *chain);

/* Probes of all its sites. CHAIN is borrowed. */
struct session_object probed_chain__object(const struct probed_chain *chain);

/*
 * Opens a budgeted session that knows the chain, where each hit has the same price, and starts it; no probe is in yet.
 * The session is owned by the caller. 0, or -errno, as session__open() and session__add_object().
 */
int probed_chain__open_budgeted(const struct probed_chain *chain, const pid_t *pids, size_t n_pids,
				const struct diag *diag, struct session **out);

void probed_chain__run(uint32_t rounds);

/* Starts a child that runs through the chain until it is killed, and counts in shared memory how often it did. */
pid_t probed_chain__start(volatile uint64_t *rounds);

/* Writes breakpoints at all instructions of the chain in process PID, as another tracer would. */
void probed_chain__break(pid_t pid);

/* How many instructions of the chain have a breakpoint in the memory of process PID. The others are as compiled. */
size_t probed_chain__breakpoints(pid_t pid);

#endif
