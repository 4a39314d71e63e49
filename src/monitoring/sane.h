/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sane: numbers, kept apart by groups of windows or cycles, from memory that the program can write to. Pure.
 */
#ifndef LPROF_SANE_H
#define LPROF_SANE_H

#include "shim/lprof_shim.h"

#define SANE_ALL_GROUPS LPROF_SHIM_GROUPS /* no group is left out */
#define SANE_MOST	1e18		  /* what is more is nonsense */
#define SANE_UNSEEN	3.0		  /* hits that have escaped once in twenty times, if there was none */

/* NUMBER, or 0 where it is none that can have been counted. */
static inline double sane__number(double number)
{
	return number > 0 && number < SANE_MOST ? number : 0;
}

/* The sum over all groups but LEFT_OUT. */
static inline double sane__sum(const double groups[LPROF_SHIM_GROUPS], uint32_t left_out)
{
	double sum = 0;

	for (uint32_t g = 0; g < LPROF_SHIM_GROUPS; g++)
		sum += g == left_out ? 0 : sane__number(groups[g]);
	return sum;
}

#endif
