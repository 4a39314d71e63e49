// SPDX-License-Identifier: GPL-2.0-or-later
#include "report.h"

#include <stddef.h>
#include <string.h>

static const struct report_format *const formats[] = {&report_text, &report_json, NULL};

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
	return "text, json";
}
