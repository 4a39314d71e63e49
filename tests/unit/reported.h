/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reported: what tests of report formats share: profiles made of a few words, their reports, and names
 * that are meant to break those. What fails here fails the test.
 */
#ifndef LPROF_TESTS_REPORTED_H
#define LPROF_TESTS_REPORTED_H

#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

#define REPORTED_LONG 100000

/* Names that no report shall stumble over, nor pass on to a terminal; the last one is NULL. */
extern const char *const reported_hostile_names[];

/* REPORTED_LONG times the letter x, owned by the caller. */
char *reported__long_name(void);

struct profile *reported__profile(void);

/* A function of /a/program, valid until the next one is added. */
struct profile_function *reported__function(struct profile *profile, const char *name, const char *file, uint32_t line);
void reported__line(struct profile_function *function, uint32_t line, uint64_t hits, uint64_t time_ns);

/* What FORMAT writes, NUL-terminated and owned by the caller; *size may be NULL. */
char *reported__as(const struct profile *profile, const struct report_format *format, size_t *size);
void reported__check(const struct profile *profile, const struct report_format *format, const char *expected);

/* What goes wrong in writing reaches the caller. */
void reported__check_failure(const struct profile *profile, const struct report_format *format);

/* That TEXT has no control characters but what ends its lines, and none of the bytes that UTF-8 does not use. */
void reported__check_harmless(const char *text);

#endif
