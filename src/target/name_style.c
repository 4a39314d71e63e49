// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/name_style.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf/demangle.h"

/* The length of NAME without the digits at its end, which SEPARATOR must precede; the whole length if it does not. */
static size_t without_number(const char *name, char separator)
{
	size_t whole = strlen(name);
	size_t length = whole;

	while (length && isdigit((unsigned char)name[length - 1]))
		length--;
	return length > 1 && length < whole && name[length - 1] == separator ? length - 1 : whole;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) : -1;
}

bool name_style__is_ocaml(const char *name)
{
	return strncmp(name, "caml", 4) == 0 && isupper((unsigned char)name[4]);
}

/* "Module.name" for "camlModule__name_12"; a character that assemblers do not take is written as "$5e". */
static char *respell_ocaml(const char *name)
{
	size_t length = without_number(name, '_');
	char *result = name_style__is_ocaml(name) ? malloc(length + 1) : NULL;
	size_t n = 0;

	for (size_t i = 4; result && i < length; i++) {
		if (name[i] == '$' && hex_digit(name[i + 1]) >= 0 && hex_digit(name[i + 2]) >= 0) {
			result[n++] = (char)(hex_digit(name[i + 1]) * 16 + hex_digit(name[i + 2]));
			i += 2;
		} else if (name[i] == '_' && name[i + 1] == '_' && i + 2 < length) {
			result[n++] = '.';
			i++;
		} else {
			result[n++] = name[i];
		}
	}
	if (result)
		result[n] = '\0';
	return result;
}

/* "module.name" for "name__module_12" or "name__module_u12". In the module, Z stands for a slash. */
static char *respell_nim(const char *name)
{
	size_t length = without_number(name, '_');
	const char *separator = NULL;
	char *result;

	if (length && !name[length])
		length = without_number(name, 'u') - 1;
	for (const char *p = name; p < name + length; p++)
		if (strncmp(p, "__", 2) == 0)
			separator = p;
	if (!separator || !name[length] || name[length] != '_' || separator + 2 >= name + length)
		return NULL;
	if (asprintf(&result, "%.*s.%.*s", (int)(name + length - separator - 2), separator + 2, (int)(separator - name),
		     name) < 0)
		return NULL;
	for (char *p = result; *p && *p != '.'; p++)
		if (*p == 'Z')
			*p = '.';
	return result;
}

const struct name_style name_style_c = {.any_case = false};
const struct name_style name_style_any_case = {.any_case = true};
const struct name_style name_style_dots = {.dots = true};
const struct name_style name_style_any_case_dots = {.any_case = true, .dots = true};
const struct name_style name_style_ada = {.any_case = true, .dots = true, .respell = demangle__ada};
const struct name_style name_style_go = {.dots = true, .packages = true};
const struct name_style name_style_nim = {.any_case = true, .dots = true, .respell = respell_nim};
const struct name_style name_style_ocaml = {.dots = true, .respell = respell_ocaml};
const struct name_style name_style_rust = {.generics = true};
