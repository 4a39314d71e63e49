/* SPDX-License-Identifier: GPL-2.0-or-later */
/* charset: which characters the user's terminal is said to show. */
#ifndef LPROF_CHARSET_H
#define LPROF_CHARSET_H

#include <stdbool.h>

/* Whether the environment's locale (LC_ALL, LC_CTYPE, LANG) uses UTF-8. */
bool charset__is_utf8(void);

#endif
