/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "counting.h"
#include "inlined.h"

static long n_other, n_other_big;

int other_unit(int value)
{
	bump(&n_other); /* @other */
	if (value > 10)
		bump(&n_other_big); /* @other_big */
	return value * 5;
}

void say_other_unit(void)
{
	SAY(other), SAY(other_big);
}
