/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turns: which of the units that are put in for windows has the next one. In each round every unit has its turn, in an
 * order that is made by chance; those that are hardly hit only in few of the rounds. Pure.
 */
#ifndef LPROF_TURNS_H
#define LPROF_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "budget/window_units.h"

struct turns {
	struct window_units units; /* to be filled in before turns__begin() */
	size_t *order;		   /* of the units; NULL: not begun */
	size_t n_done;		   /* how many of them, in that order, have had their turn */
	size_t n_rounds;
	double jitter; /* from 0.5 to 1.5, by chance: so much later than usual the window of the present turn may be */
	uint64_t chance;
};

void turns__open(struct turns *turns, uint64_t seed);

/* Begins the first round of the units. 0 or -ENOMEM. */
int turns__begin(struct turns *turns);

/* Forgets the units. What is by chance goes on. */
void turns__forget(struct turns *turns);

/* The index of the unit whose turn it is; there is one at least. */
size_t turns__present(const struct turns *turns);

/* It is the next one's turn. Returns whether a round is over. */
bool turns__pass(struct turns *turns);

/* The index of a gentle unit that is hit often enough to be worth a window besides; units.n when there is none. */
size_t turns__any_gentle(struct turns *turns);

#endif
