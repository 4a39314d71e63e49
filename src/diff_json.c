// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The whole comparison, in nanoseconds; what is there on one side only has null on the other. As in the report, the
 * style does not apply.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "diff_report.h"
#include "printable.h"

static json_t *json_u64(uint64_t value)
{
	return json_integer(value > INT64_MAX ? INT64_MAX : (json_int_t)value);
}

static json_t *json_text(const char *text)
{
	char *printable = printable__string(text, PRINTABLE_KEEP_C0);
	json_t *result = printable ? json_string(printable) : NULL;

	free(printable);
	return result;
}

/* As in report_json.c: one check at the end of a chain is enough. */
static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static json_t *unless(int failed, json_t *object)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *json_side(const struct profile_line *line)
{
	json_t *object;
	int failed = 0;

	if (!line)
		return json_null();
	object = json_object();
	failed |= set(object, "line", json_u64(line->line));
	failed |= set(object, "hits", json_u64(line->hits));
	failed |= set(object, "time_ns", json_u64(line->time_ns));
	failed |= set(object, "uncertainty_ns", json_u64(line->uncertainty_ns));
	return unless(failed, object);
}

static json_t *json_line(const struct profile_diff_line *line)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set(object, "before", json_side(line->before));
	failed |= set(object, "after", json_side(line->after));
	failed |= set(object, "time_change_ns", json_integer(line->change_ns));
	if (line->before && line->after && line->before->hits && line->after->hits)
		failed |= set(object, "per_hit_change_ns", json_real(line->per_hit_change_ns));
	failed |= set(object, "uncertain", json_boolean(line->uncertain));
	failed |= set(object, "edited", json_boolean(line->edited));
	failed |= set(object, "largest", json_boolean(line->largest));
	if (line->text)
		failed |= set(object, "source", json_text(line->text));
	return unless(failed, object);
}

static json_t *json_function_side(const struct profile_function *function)
{
	json_t *object;
	int failed = 0;

	if (!function)
		return json_null();
	object = json_object();
	failed |= set(object, "file", json_text(function->file));
	failed |= set(object, "line", json_u64(function->line));
	failed |= set(object, "object", json_text(function->object));
	failed |= set(object, "build_id", json_text(function->build_id));
	failed |= set(object, "calls", json_u64(function->calls));
	failed |= set(object, "time_ns", json_u64(function->time_ns));
	return unless(failed, object);
}

static json_t *json_function(const struct profile_diff_function *function)
{
	const struct profile_function *either = function->after ? function->after : function->before;
	json_t *object = json_object(), *lines = json_array();
	int failed = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		failed |= json_array_append_new(lines, json_line(&function->lines[i]));
	failed |= set(object, "name", json_text(either->name));
	failed |= set(object, "linkage_name", json_text(either->linkage_name));
	failed |= set(object, "before", json_function_side(function->before));
	failed |= set(object, "after", json_function_side(function->after));
	failed |= set(object, "time_change_ns", json_integer(function->change_ns));
	failed |= set(object, "lines", lines);
	return unless(failed, object);
}

static json_t *json_profile(const struct profile *profile, const char *name)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set(object, "file", json_text(name));
	failed |= set(object, "duration_ns", json_u64(profile->duration_ns));
	return unless(failed, object);
}

static json_t *json_diff(const struct profile_diff *diff)
{
	json_t *object = json_object(), *functions = json_array();
	int failed = 0;

	for (size_t i = 0; i < diff->n_functions; i++)
		failed |= json_array_append_new(functions, json_function(&diff->functions[i]));
	failed |= set(object, "format", json_string("lprof-bpf-diff"));
	failed |= set(object, "version", json_integer(1));
	failed |= set(object, "clock", json_string(diff->after->clock == PROFILE_CLOCK_CPU ? "cpu" : "wall"));
	failed |= set(object, "before", json_profile(diff->before, diff->before_name));
	failed |= set(object, "after", json_profile(diff->after, diff->after_name));
	failed |= set(object, "functions", functions);
	return unless(failed, object);
}

static int write_json(const struct profile_diff *diff, const struct report_style *style, FILE *out)
{
	json_t *root = json_diff(diff);
	int failed;

	(void)style;
	if (!root)
		return -ENOMEM;
	failed = json_dumpf(root, out, JSON_COMPACT);
	json_decref(root);
	fputc('\n', out);
	return failed || fflush(out) || ferror(out) ? -EIO : 0;
}

const struct diff_format diff_json = {.name = "json", .write = write_json};
