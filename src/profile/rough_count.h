/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rough_count: arithmetic of counts that were estimated. Each has a doubt, the half width of its 95 % interval; that of
 * an exact count is 0. Pure.
 */
#ifndef LPROF_ROUGH_COUNT_H
#define LPROF_ROUGH_COUNT_H

#include <stdbool.h>
#include <stdint.h>

/* The doubt of the sum of two counts with the doubts A and B, whose errors are independent of each other. */
uint64_t rough_count__doubt_of_sum(uint64_t a, uint64_t b);

/*
 * The doubt of what was counted between two estimates of one sum, first SENT and then NOW. It makes the doubt of SENT
 * and the rise together that of NOW. Without any change, nothing was counted, and there is no doubt.
 */
uint64_t rough_count__doubt_of_rise(uint64_t now, uint64_t now_doubt, uint64_t sent, uint64_t sent_doubt);

/* Whether two counts differ by more than both are in doubt. */
bool rough_count__differ(uint64_t a, uint64_t doubt_a, uint64_t b, uint64_t doubt_b);

/*
 * COUNT with the digits that it deserves: rounded to a multiple of the largest power of ten that is at most half of
 * DOUBT, but with at least one digit. So 1234567 with a doubt of 23456 is 1230000. A count without doubt stays as it
 * is.
 */
uint64_t rough_count__rounded(uint64_t count, uint64_t doubt);

/* The smallest number with two digits, zeros behind them apart, that is above COUNT; UINT64_MAX if there is none. */
uint64_t rough_count__above(uint64_t count);

#endif
