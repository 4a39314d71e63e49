// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_keys.h"

#include <curses.h>

#define CONTROL(letter) ((letter)&0x1f)

/* clang-format off */
static const struct top_key keys[] = {
	{{'q', 'Q'}, TOP_QUIT, "q", "stop profiling and print the table"},
	{{'\t', 'n'}, TOP_NEXT_FUNCTION, "Tab n", "next function"},
	{{KEY_BTAB, 'N'}, TOP_PREVIOUS_FUNCTION, "Shift-Tab N", "previous function"},
	{{'h'}, TOP_HOTTEST_LINE, "h", "the hottest line of this function"},
	{{'H'}, TOP_HOTTEST_FUNCTION, "H", "the hottest line of the hottest function"},
	{{KEY_UP, 'k'}, TOP_UP, "Up Down k j", "one line"},
	{{KEY_DOWN, 'j'}, TOP_DOWN, NULL, NULL},
	{{KEY_PPAGE, 'b'}, TOP_PAGE_UP, "PgUp PgDn b f", "one page"},
	{{KEY_NPAGE, 'f'}, TOP_PAGE_DOWN, NULL, NULL},
	{{KEY_HOME, 'g'}, TOP_FIRST, "Home End g G", "first or last line"},
	{{KEY_END, 'G'}, TOP_LAST, NULL, NULL},
	{{KEY_LEFT, '<'}, TOP_LEFT, "Left Right < >", "scroll the source sideways"},
	{{KEY_RIGHT, '>'}, TOP_RIGHT, NULL, NULL},
	{{'s'}, TOP_NEXT_SORT, "s", "functions by time, latest time, calls, hits, name, file"},
	{{'l'}, TOP_NEXT_ORDER, "l", "lines by number, time, hits"},
	{{' ', 'p'}, TOP_PAUSE, "Space p", "pause the view, or go on; counting goes on anyway"},
	{{'r'}, TOP_RESET, "r", "count from now on; the table at the end has it all"},
	{{CONTROL('l')}, TOP_REDRAW, NULL, NULL},
	{{'?', KEY_F(1)}, TOP_HELP, "?", "this help, or back"},
};
/* clang-format on */

#define N_KEYS (sizeof(keys) / sizeof(*keys))

enum top_action top_keys__action(int code)
{
	for (size_t i = 0; code && i < N_KEYS; i++)
		for (size_t k = 0; keys[i].codes[k]; k++)
			if (keys[i].codes[k] == code)
				return keys[i].action;
	return TOP_NOTHING;
}

const struct top_key *top_keys__row(size_t i)
{
	return i < N_KEYS ? &keys[i] : NULL;
}
