/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reported: helpers for tests of report formats: short ways to make profiles, their reports, and names that could
 * break a format. A failure in these functions fails the test.
 */
#ifndef LPROF_TESTS_REPORTED_H
#define LPROF_TESTS_REPORTED_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

#define REPORTED_LONG 100000

/* Names that no report may choke on or pass on to a terminal; the last one is NULL. */
extern const char *const reported_hostile_names[];

/* REPORTED_LONG times the letter x, owned by the caller. */
char *reported__long_name(void);

struct profile *reported__profile(void);

/* Adds a function of /a/program. Valid until the next one is added. */
struct profile_function *reported__function(struct profile *profile, const char *name, const char *file, uint32_t line);
void reported__line(struct profile_function *function, uint32_t line, uint64_t hits, uint64_t time_ns);

/* The report of PROFILE in FORMAT, NUL-terminated and owned by the caller. SIZE may be NULL. */
char *reported__as(const struct profile *profile, const struct report_format *format, size_t *size);
/* The same as users see it: in microseconds, with each line. */
char *reported__detailed(const struct profile *profile, const struct report_format *format);
void reported__check(const struct profile *profile, const struct report_format *format, const char *expected);

/* Checks that write errors reach the caller. */
void reported__check_failure(const struct profile *profile, const struct report_format *format);

/* Checks that TEXT has no control characters except line ends, and no bytes that UTF-8 does not use. */
void reported__check_harmless(const char *text);

#endif
