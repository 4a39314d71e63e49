// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <stddef.h>
#include <string.h>

/* All formats, each defined in its own file. If a name ends in the suffixes of several formats, the first one wins. */
#define FORMATS(ROW)                                                                                                   \
	ROW(text)                                                                                                      \
	ROW(json)                                                                                                      \
	ROW(html)                                                                                                      \
	ROW(csv)                                                                                                       \
	ROW(callgrind)                                                                                                 \
	ROW(lcov)                                                                                                      \
	ROW(folded)                                                                                                    \
	ROW(pprof)

#define ADDRESS(name) &report_##name,
#define NAME(name)    ", " #name

static const struct report_format *const formats[] = {FORMATS(ADDRESS) NULL};
static const char names[] = FORMATS(NAME);

const struct report_format *report__by_name(const char *name)
{
	for (size_t i = 0; formats[i]; i++) {
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	}
	return NULL;
}

const struct report_format *report__by_suffix(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; formats[i]; i++) {
		size_t n = strlen(formats[i]->suffix);

		if (len >= n && !strcmp(path + len - n, formats[i]->suffix))
			return formats[i];
	}
	return NULL;
}

const char *report__names(void)
{
	return names + strlen(", ");
}
