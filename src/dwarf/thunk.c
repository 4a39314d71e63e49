// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/thunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_REL32 = 0xe8, JMP_REL32 = 0xe9, JMP_REL8 = 0xeb };

/* Behind a number and the underscore that ends it, or NULL. */
static const char *skip_number(const char *c)
{
	c += *c == 'n';
	if (*c < '0' || *c > '9')
		return NULL;
	c += strspn(c, "0123456789");
	return *c == '_' ? c + 1 : NULL;
}

/* Behind what says how `this` or the result is corrected: "h" one number, "v" two; or NULL. */
static const char *skip_correction(const char *c)
{
	char kind = *c++;

	if (kind != 'h' && kind != 'v')
		return NULL;
	c = skip_number(c);
	return c && kind == 'v' ? skip_number(c) : c;
}

char *thunk__function(const char *symbol)
{
	const char *c = symbol;
	char *name = NULL;

	if (strncmp(c, "_ZT", 3) != 0)
		return NULL;
	c += 3;
	if (*c == 'c') {
		c = skip_correction(c + 1);
		if (!c)
			return NULL;
	}
	c = skip_correction(c);
	return c && *c && asprintf(&name, "_Z%s", c) >= 0 ? name : NULL;
}

bool thunk__is_covariant(const char *name)
{
	return strncmp(name, "_ZTc", 4) == 0;
}

/* Where an instruction that begins at ADDR with these N bytes would lead if it is a direct call or jump; else 0. */
static uint64_t target_of(const uint8_t *bytes, size_t n, uint64_t addr)
{
	int32_t distance;

	if (n >= 2 && bytes[0] == JMP_REL8)
		return addr + 2 + (uint64_t)(int64_t)(int8_t)bytes[1];
	if (n < 5 || (bytes[0] != CALL_REL32 && bytes[0] != JMP_REL32))
		return 0;
	memcpy(&distance, bytes + 1, sizeof(distance));
	return addr + 5 + (uint64_t)(int64_t)distance;
}

/* Whether the code at TARGET is the function called NAME, or a thunk of it. */
static bool is_function(const struct objfile *obj, uint64_t target, const char *name)
{
	const char *called = objfile__callee_name(obj, target);
	char *behind;
	bool same;

	if (!called)
		return false;
	behind = thunk__function(called);
	same = strcmp(behind ? behind : called, name) == 0;
	free(behind);
	return same;
}

/* Where instructions begin need not be known: bytes that look like such a call by chance are too rare. */
bool thunk__leads_on(const struct objfile *obj, const struct addr_range *range, const char *name, uint64_t entry)
{
	size_t n = (size_t)(range->hi - range->lo);
	const uint8_t *bytes = objfile__bytes(obj, range->lo, n);

	for (size_t i = 0; bytes && i < n; i++) {
		uint64_t target = target_of(bytes + i, n - i, range->lo + i);

		if (target && (target == entry || is_function(obj, target, name)))
			return true;
	}
	return false;
}
