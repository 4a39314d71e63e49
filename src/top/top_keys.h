/* SPDX-License-Identifier: GPL-2.0-or-later */
/* top_keys: the keys of the live view and what they do. Pure. */
#ifndef LPROF_TOP_KEYS_H
#define LPROF_TOP_KEYS_H

#include <stddef.h>

#include "top/top_model.h"

struct top_key {
	int codes[4]; /* codes of curses, ended by 0 */
	enum top_action action;
	const char *shown, *help; /* for the help; NULL: described in the row above, or not worth a line */
};

/* The action of the key CODE; TOP_NOTHING for a key without one. */
enum top_action top_keys__action(int code);

/* Row I of the table; NULL after its end. */
const struct top_key *top_keys__row(size_t i);

#endif
