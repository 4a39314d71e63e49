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

/* Its programs are numbered by enum lprof_python_event. */
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

/* Makes the programs count nothing more in the code object ID. Does nothing if another one is at KEY by now. */
void python_maps__reject(const struct lprof_bpf *skel, const struct lprof_python_code_key *key, uint32_t id);

/* Tells the programs that sample stacks where process PID has its frames; NULL: it does not run Python. 0 or -errno. */
int python_maps__set_process(const struct lprof_bpf *skel, pid_t pid, const struct lprof_python_process *process);

/* Deletes the entries in `lines` of all code objects that are not WANTED, to make room for others. */
void python_maps__drop_lines(const struct lprof_bpf *skel, bool (*wanted)(void *ctx, uint32_t code), void *ctx);

#endif
