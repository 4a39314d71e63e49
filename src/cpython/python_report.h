/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * python_report: makes functions of a profile from the counters of lines.
 */
#ifndef LPROF_PYTHON_REPORT_H
#define LPROF_PYTHON_REPORT_H

#include "cpython/python_code.h"
#include "cpython/python_interpreter.h"
#include "cpython/python_owners.h"
#include "cpython/python_total.h"
#include "profiler/frontend.h"

struct python_report {
	const struct python_codes *codes;
	const struct selector *const *selectors;
	size_t n_selectors;
	const bool *awaited;			      /* for each selector: report it if no function has matched it */
	const struct python_interpreter *interpreter; /* that runs the functions; NULL: it is not known */
	const struct python_owners *owners;	      /* with whose rights their files are read */
	const struct source_dirs *source_dirs;
	bool unseen;			   /* there was no window yet, so these are zeros */
	const struct python_total *totals; /* what windows tell of each line that was counted; NULL: nothing */
	int64_t began_ns;		   /* when the code was running or about to, since 1970 */
};

/* Adds the functions that are wanted and have run. 0 or -ENOMEM. */
int python_report__add(const struct python_report *report, const struct frontend_measurement *measurement,
		       struct profile *profile);

#endif
