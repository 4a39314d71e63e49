// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Everything the profile holds, in its own units: the style's unit, order and omissions are for
 * people's eyes and do not apply. Keys may be added here, none may go away. profile_json.c reads this, and
 * profile.schema.json says what it is; what is added here belongs there too. The function's root is left out: it is a
 * place on the machine while the target runs.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "printable.h"
#include "report.h"

/* JSON's integers are signed in most readers. */
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

/* Jansson's setters consume the value, refuse NULL, and so one check at the end of a chain is enough. */
static int append(json_t *array, json_t *value)
{
	return json_array_append_new(array, value);
}

static int set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value);
}

static int set_unless_zero(json_t *object, const char *key, uint64_t value)
{
	return value ? set(object, key, json_u64(value)) : 0;
}

/* OBJECT when nothing FAILED; otherwise releases it. */
static json_t *unless(int failed, json_t *object)
{
	if (!failed)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *json_texts(char *const *texts, size_t n)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < n; i++)
		failed |= append(array, json_text(texts[i]));
	return unless(failed, array);
}

static json_t *json_pids(const struct profile *profile)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < profile->n_pids; i++)
		failed |= append(array, json_integer(profile->pids[i]));
	return unless(failed, array);
}

static json_t *json_probe(const struct profile *profile)
{
	json_t *probe = json_object();
	int failed = 0;

	failed |= set(probe, "sites", json_u64(profile->probe.sites));
	failed |= set(probe, "hits", json_u64(profile->probe.hits));
	failed |= set(probe, "missed", json_u64(profile->probe.missed));
	failed |= set(probe, "overhead_ns", json_u64(profile->probe.overhead_ns));
	return unless(failed, probe);
}

static json_t *json_line(const struct profile_function *function, const struct profile_line *line)
{
	const char *text = profile_function__text(function, line);
	json_t *object = json_object();
	int failed = 0;

	failed |= set(object, "line", json_u64(line->line));
	failed |= set(object, "hits", json_u64(line->hits));
	failed |= set(object, "time_ns", json_u64(line->time_ns));
	failed |= set_unless_zero(object, "uncertainty_ns", line->uncertainty_ns);
	failed |= set_unless_zero(object, "blocked_ns", line->blocked_ns);
	failed |= set_unless_zero(object, "waiting_ns", line->waiting_ns);
	if (profile_line__below_resolution(line))
		failed |= set(object, "below_resolution", json_true());
	if (text)
		failed |= set(object, "source", json_text(text));
	return unless(failed, object);
}

static json_t *json_lines(const struct profile_function *function)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		failed |= append(array, json_line(function, &function->lines[i]));
	return unless(failed, array);
}

static json_t *json_function(const struct profile_function *function)
{
	json_t *object = json_object();
	uint32_t with_code = function->n_lines ? function->lines[function->n_lines - 1].line : function->line;
	uint32_t last = function->last > with_code ? function->last : with_code;
	int failed = 0;

	failed |= set(object, "name", json_text(function->name));
	failed |= set(object, "linkage_name", json_text(function->linkage_name));
	failed |= set(object, "file", json_text(function->file));
	failed |= set(object, "line", json_u64(function->line));
	failed |= set(object, "last", json_u64(last));
	if (function->owner.pid) {
		failed |= set(object, "pid", json_integer(function->owner.pid));
		failed |= set(object, "comm", json_text(function->owner.comm));
	}
	if (function->owner.tid)
		failed |= set(object, "tid", json_integer(function->owner.tid));
	if (function->owner.has_rank)
		failed |= set(object, "rank", json_integer(function->owner.rank));
	failed |= set(object, "object", json_text(function->object));
	failed |= set(object, "build_id", json_text(function->build_id));
	failed |= set(object, "calls", json_u64(function->calls));
	failed |= set(object, "time_ns", json_u64(function->time_ns));
	failed |= set(object, "blocked_ns", json_u64(function->blocked_ns));
	failed |= set(object, "waiting_ns", json_u64(function->waiting_ns));
	failed |= set(object, "lines", json_lines(function));
	failed |= set(object, "notes", json_texts(function->notes, function->n_notes));
	return unless(failed, object);
}

static json_t *json_functions(const struct profile *profile)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < profile->n_functions; i++)
		failed |= append(array, json_function(&profile->functions[i]));
	return unless(failed, array);
}

static json_t *json_profile(const struct profile *profile)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= set(object, "format", json_string("lprof-bpf"));
	failed |= set(object, "version", json_integer(1));
	failed |= set(object, "clock", json_string(profile->clock == PROFILE_CLOCK_CPU ? "cpu" : "wall"));
	failed |= set(object, "duration_ns", json_u64(profile->duration_ns));
	failed |= set(object, "command", json_texts(profile->command, profile->n_command));
	failed |= set(object, "pids", json_pids(profile));
	failed |= set(object, "probe", json_probe(profile));
	failed |= set(object, "functions", json_functions(profile));
	failed |= set(object, "notes", json_texts(profile->notes, profile->n_notes));
	return unless(failed, object);
}

static int write_json(const struct profile *profile, const struct report_style *style, FILE *out)
{
	json_t *root = json_profile(profile);
	int failed;

	(void)style;
	if (!root)
		return -ENOMEM;
	failed = json_dumpf(root, out, JSON_COMPACT);
	json_decref(root);
	fputc('\n', out);
	return failed || fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_json = {.name = "json", .suffix = ".json", .write = write_json};
