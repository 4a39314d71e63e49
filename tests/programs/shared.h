/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef PROGRAMS_SHARED_H
#define PROGRAMS_SHARED_H

unsigned long shared_sum(unsigned n);
unsigned shared_weight(unsigned n);

#endif
