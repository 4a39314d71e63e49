/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_maps: the BPF programs on CPython's probes, as a part of a session. Sets up their maps, and reads and changes
 * them while the programs run.
 */
#ifndef LPROF_PYTHON_MAPS_H
#define LPROF_PYTHON_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lprof_python.h"
#include "probe/session.h"

/* The data of a session_part of the kind python_maps__kind. */
struct python_maps_config {
	const struct lprof_python_site *sites;
	uint32_t n_sites;		       /* at least one */
	const struct lprof_python_name *names; /* of functions that may be wanted */
	size_t n_names;
	bool bare;     /* for calibrating: only the program for lines, and small maps */
	bool any_name; /* the names do not tell which functions are wanted */
	uint32_t ratios[LPROF_PYTHON_RATIOS];
};

/*
 * Its programs. The first ones are numbered by enum lprof_python_event. Those of windows follow in the same order; the
 * last one counts returns, and nothing else, while their probe stays in alone.
 */
enum { PYTHON_MAPS_WINDOW = LPROF_PYTHON_EVENTS, PYTHON_MAPS_RETURNS = 2 * LPROF_PYTHON_EVENTS, PYTHON_MAPS_PROGRAMS };
extern const struct session_kind python_maps__kind;

/* The records that the programs send of the code objects they see. */
struct python_records;

/*
 * Calls FN with each record, of SIZE bytes, that is read; the record lives as long as the call. 0 and *out, or -errno.
 */
int python_records__open(const struct lprof_bpf *skel,
			 void (*fn)(void *ctx, const struct lprof_python_record *record, size_t size), void *ctx,
			 struct python_records **out);
int python_records__fd(const struct python_records *records);	 /* readable when there is something to read */
void python_records__read(const struct python_records *records); /* all there is */
void python_records__close(struct python_records *records);	 /* NULL is allowed */

/* How often lines were hit in windows, by the index of their edges; NULL: it cannot be mapped. */
const volatile uint64_t *python_maps__map_counts(const struct lprof_bpf *skel);
void python_maps__unmap_counts(const struct lprof_bpf *skel, const volatile uint64_t *counts); /* NULL is allowed */

/* How many of these are in use. */
size_t python_maps__n_counts(const struct lprof_bpf *skel);

/* The gates, which have the targets' time on a processor. */
const volatile struct lprof_gate *python_maps__gate(const struct lprof_bpf *skel);

/* Says which number the first of the kind's sites has among all that obey the gates. */
void python_maps__set_first(const struct lprof_bpf *skel, uint32_t first);

/* Makes the programs count nothing more in the code object ID. Does nothing if another one is at KEY by now. */
void python_maps__reject(const struct lprof_bpf *skel, const struct lprof_python_code_key *key, uint32_t id);

/* Tells the programs that sample stacks where process PID has its frames; NULL: it does not run Python. 0 or -errno. */
int python_maps__set_process(const struct lprof_bpf *skel, pid_t pid, const struct lprof_python_process *process);

/* Deletes the entries in `lines` of all code objects that are not WANTED, to make room for others. */
void python_maps__drop_lines(const struct lprof_bpf *skel, bool (*wanted)(void *ctx, uint32_t code), void *ctx);

#endif
