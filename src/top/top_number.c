// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_number.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "profile/rough_count.h"

void top_number__count(char cell[TOP_NUMBER_SIZE], int width, uint64_t count)
{
	static const char units[] = "kMGTPE";
	double value = (double)count;
	int unit = -1;

	if (snprintf(cell, TOP_NUMBER_SIZE, "%" PRIu64, count) <= width)
		return;
	do {
		value /= 1000;
		unit++;
	} while (snprintf(cell, TOP_NUMBER_SIZE, "%.1f%c", value, units[unit]) > width && units[unit + 1]);
}

void top_number__estimate(char cell[TOP_NUMBER_SIZE], const char *mark, int width, uint64_t count, uint64_t doubt)
{
	const bool unseen = doubt && !count;
	char number[TOP_NUMBER_SIZE];

	top_number__count(number, width - (mark ? 1 : 0) - unseen,
			  unseen ? rough_count__above(doubt) : rough_count__rounded(count, doubt));
	snprintf(cell, TOP_NUMBER_SIZE, "%s%.*s%s", unseen ? "<" : "", TOP_NUMBER_SIZE - 8, number,
		 !mark		  ? ""
		 : count && doubt ? mark
				  : " ");
}

void top_number__percent(char cell[TOP_NUMBER_SIZE], uint64_t part_ns, uint64_t whole_ns)
{
	if (whole_ns)
		snprintf(cell, TOP_NUMBER_SIZE, "%.1f", 100 * (double)part_ns / (double)whole_ns);
}

void top_number__seconds(char cell[TOP_NUMBER_SIZE], int width, uint64_t ns)
{
	if (snprintf(cell, TOP_NUMBER_SIZE, "%.3f", (double)ns * 1e-9) > width)
		top_number__count(cell, width, ns / 1000000000);
}

void top_number__amount(char cell[TOP_NUMBER_SIZE], int width, double amount)
{
	if (snprintf(cell, TOP_NUMBER_SIZE, "%.1f", amount) > width)
		snprintf(cell, TOP_NUMBER_SIZE, "%.3g", amount);
}
