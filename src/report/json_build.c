// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/json_build.h"

#include <errno.h>
#include <stdlib.h>

#include "base/printable.h"

json_t *json_build__u64(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

json_t *json_build__text(const char *text)
{
	char *printable = printable__string(text, PRINTABLE_KEEP_C0);
	json_t *result = printable ? json_string(printable) : NULL;

	free(printable);
	return result;
}

int json_build__append(json_t *array, json_t *value)
{
	return json_array_append_new(array, value);
}

int json_build__set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

int json_build__set_owner(json_t *object, const struct profile_owner *owner)
{
	int failed = 0;

	if (owner->pid) {
		failed |= json_build__set(object, "pid", json_integer(owner->pid));
		failed |= json_build__set(object, "comm", json_build__text(owner->comm));
	}
	if (owner->tid)
		failed |= json_build__set(object, "tid", json_integer(owner->tid));
	if (owner->has_rank)
		failed |= json_build__set(object, "rank", json_integer(owner->rank));
	return failed;
}

json_t *json_build__unless(int failed, json_t *object)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

int json_build__write(json_t *root, FILE *out)
{
	int failed;

	if (!root)
		return -ENOMEM;
	failed = json_dumpf(root, out, JSON_COMPACT);
	json_decref(root);
	fputc('\n', out);
	return failed || fflush(out) || ferror(out) ? -EIO : 0;
}
