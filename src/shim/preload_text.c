// SPDX-License-Identifier: GPL-2.0-or-later
#include "shim/preload_text.h"

#include <stddef.h>
#include <string.h>

#include "shim/lprof_shim.h"

char *preload_text__append(char *to, const char *text)
{
	while (*text)
		*to++ = *text++;
	*to = '\0';
	return to;
}

char *preload_text__append_number(char *to, long number)
{
	char digits[24];
	size_t n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	while (n)
		*to++ = digits[--n];
	*to = '\0';
	return to;
}

char *preload_text__append_held(char *to, long holder, int number)
{
	to = preload_text__append_number(preload_text__append(to, "/proc/"), holder);
	return preload_text__append_number(preload_text__append(to, "/fd/"), LPROF_SHIM_HELD + number);
}

char *const *preload_text__find(char *const *envp, const char *name)
{
	size_t len = strlen(name);

	for (; envp && *envp; envp++)
		if (!strncmp(*envp, name, len) && (*envp)[len] == '=')
			return envp;
	return NULL;
}

const char *preload_text__value(char *const *envp, const char *name)
{
	char *const *variable = preload_text__find(envp, name);

	return variable ? *variable + strlen(name) + 1 : NULL;
}
