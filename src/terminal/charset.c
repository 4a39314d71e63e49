// SPDX-License-Identifier: GPL-2.0-or-later
#include "terminal/charset.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>

/* The locale of the process stays as it is, because other code depends on it. */
bool charset__is_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool is;

	if (!locale) /* the environment names a locale that this system does not have */
		return false;
	is = !strcmp(nl_langinfo_l(CODESET, locale), "UTF-8");
	freelocale(locale);
	return is;
}
