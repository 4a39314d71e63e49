/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sampled_processes: the processes that are sampled, and where each has which code. */
#ifndef LPROF_SAMPLED_PROCESSES_H
#define LPROF_SAMPLED_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "sample/address_space.h"
#include "sample/sample_maps.h"
#include "sample/sample_reader.h"
#include "target/target.h"

/* How old what is known of a process may be: where a sample shows that it is not right any more, and otherwise. */
#define SAMPLED_PROCESSES_SOON_NS  1000000u
#define SAMPLED_PROCESSES_LATER_NS (CLOCK_SECOND_NS / 2)

struct sampled_process {
	pid_t pid;
	bool ignored;	    /* it does not map the only object that matters */
	bool ended;	    /* there was no such process when it was last looked at */
	uint64_t looked_ns; /* when its mappings were last read; 0: never */
	uint64_t pause_ns;  /* it is not looked at again sooner, since nothing had changed */
	struct address_space space;
};

/* Zeros at first. */
struct sampled_processes {
	struct sampled_process *items;
	size_t n;
	struct sampled_objects objects; /* what they map */
	bool restricted;		/* processes that do not map this object are ignored: */
	unsigned long long dev, ino;
	bool found;		     /* one was looked at that is not ignored */
	struct sample_reader reader; /* borrowed; is told of each process */
};

/* Ignores processes that do not map ONLY. */
void sampled_processes__restrict(struct sampled_processes *processes, const struct target_object *only);

/* Prepares for the OBJECTS, which processes will map. 0 or -ENOMEM; those that cannot be read are passed over. */
int sampled_processes__expect(struct sampled_processes *processes, const struct target_objects *objects);

/* The process PID, added if it is new. Valid until the next is added or forgotten. NULL when out of memory. */
struct sampled_process *sampled_processes__find(struct sampled_processes *processes, pid_t pid);

/*
 * Reads the mappings of PROCESS, and tells them to the BPF program by MAPS, if what is known is older than OLDEST_NS.
 * Where many samples are in no known mapping though nothing has changed, it is done less often, by what it costs.
 * A process that has ended keeps what was known of it.
 */
void sampled_processes__look(struct sampled_processes *processes, struct sampled_process *process,
			     struct sample_maps *maps, uint64_t oldest_ns);

/*
 * Looks again at all processes that have not been looked at lately, and forgets those that have ended. To be called
 * right after the samples that were waiting have been taken.
 */
void sampled_processes__look_again(struct sampled_processes *processes, struct sample_maps *maps);

/* To be called for new maps, which know nothing of the processes: each is to be looked at. */
void sampled_processes__restart(struct sampled_processes *processes);

/* Looks at all processes of the machine that have not been looked at. */
void sampled_processes__look_at_all(struct sampled_processes *processes, struct sample_maps *maps);

void sampled_processes__release(struct sampled_processes *processes);

#endif
