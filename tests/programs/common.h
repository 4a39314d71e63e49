/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shared by the target programs. A comment "hits: N" states what its line must count at -O0; "calls: N" on a
 * function's first line states how often it must be called at any level of optimisation. N may use the numbers that
 * the program prints as "counter NAME VALUE", and MAIN, the number of runs.
 */
#ifndef PROGRAMS_COMMON_H
#define PROGRAMS_COMMON_H

/* Makes a function stay a single function and keeps all of its calls. */
#ifdef __clang__
#define NOINLINE __attribute__((noinline))
#define FRAMELESS
#else
#define NOINLINE  __attribute__((noipa))
#define FRAMELESS __attribute__((optimize("omit-frame-pointer")))
#endif

#endif
