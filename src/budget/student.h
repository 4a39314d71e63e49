/* SPDX-License-Identifier: GPL-2.0-or-later */
/* student: Student's t, for intervals that rest on few values. Pure. */
#ifndef LPROF_STUDENT_H
#define LPROF_STUDENT_H

/*
 * Half the width of an interval of 95 %, in standard deviations, by degrees of freedom. From 9 on it stays the same,
 * and 0 counts as 1.
 */
double student__t(unsigned freedom);

#endif
