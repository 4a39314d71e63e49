/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top_keys: what the keys of the live view do. Pure.
 */
#ifndef LPROF_TOP_KEYS_H
#define LPROF_TOP_KEYS_H

#include <stddef.h>

#include "top/top_model.h"

struct top_key {
	int codes[4]; /* as curses has them, 0 at the end */
	enum top_action action;
	const char *shown, *help; /* NULL: a row of its own is not worth it */
};

/* TOP_NOTHING for any other key. */
enum top_action top_keys__action(int code);

/* Row I of the table, NULL at its end. */
const struct top_key *top_keys__row(size_t i);

#endif
