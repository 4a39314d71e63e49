// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes the whole comparison as JSON, in nanoseconds. A function or line that only one profile has is null for the
 * other. If both profiles were sampled, "sampled" has the functions of both, with their own shares of the time on a
 * processor. As in the JSON report of a profile, the style (unit, order, omissions) does not apply.
 */
#include "profile/ranking_diff.h"
#include "profile/stacks.h"
#include "report/diff_report.h"
#include "report/json_build.h"

static json_t *json_side(const struct profile_function *function, const struct profile_line *line)
{
	json_t *object;
	int failed = 0;

	if (!line)
		return json_null();
	object = json_object();
	failed |= json_build__set(object, "line", json_build__u64(line->line));
	if (line->file)
		failed |=
			json_build__set(object, "file", json_build__text(profile_function__file(function, line->file)));
	failed |= json_build__set(object, "hits", json_build__u64(line->hits));
	if (line->hits_inexact)
		failed |= json_build__set(object, "hits_inexact", json_true());
	if (line->hits_uncertainty)
		failed |= json_build__set(object, "hits_uncertainty", json_build__u64(line->hits_uncertainty));
	failed |= json_build__set(object, "time_ns", json_build__u64(line->time_ns));
	failed |= json_build__set(object, "uncertainty_ns", json_build__u64(line->uncertainty_ns));
	return json_build__unless(failed, object);
}

static json_t *json_line(const struct profile_diff_function *function, const struct profile_diff_line *line)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "before", json_side(function->before, line->before));
	failed |= json_build__set(object, "after", json_side(function->after, line->after));
	failed |= json_build__set(object, "time_change_ns", json_integer(line->change_ns));
	if (line->before && line->after && line->before->hits && line->after->hits)
		failed |= json_build__set(object, "per_hit_change_ns", json_real(line->per_hit_change_ns));
	failed |= json_build__set(object, "uncertain", json_boolean(line->uncertain));
	if (line->hits_alike)
		failed |= json_build__set(object, "hits_alike", json_true());
	failed |= json_build__set(object, "edited", json_boolean(line->edited));
	failed |= json_build__set(object, "largest", json_boolean(line->largest));
	if (line->text)
		failed |= json_build__set(object, "source", json_build__text(line->text));
	return json_build__unless(failed, object);
}

static json_t *json_function_side(const struct profile_function *function)
{
	json_t *object;
	int failed = 0;

	if (!function)
		return json_null();
	object = json_object();
	failed |= json_build__set(object, "file", json_build__text(function->file));
	failed |= json_build__set(object, "line", json_build__u64(function->line));
	failed |= json_build__set(object, "object", json_build__text(function->object));
	failed |= json_build__set(object, "build_id", json_build__text(function->build_id));
	if (function->uncounted)
		failed |= json_build__set(object, "counted", json_false());
	if (function->estimated)
		failed |= json_build__set(object, "estimated", json_true());
	failed |= json_build__set(object, "calls", json_build__u64(function->calls));
	if (function->calls_uncertainty)
		failed |= json_build__set(object, "calls_uncertainty", json_build__u64(function->calls_uncertainty));
	failed |= json_build__set(object, "time_ns", json_build__u64(function->time_ns));
	return json_build__unless(failed, object);
}

static json_t *json_function(const struct profile_diff_function *function)
{
	const struct profile_function *either = function->after ? function->after : function->before;
	json_t *object = json_object(), *lines = json_array();
	int failed = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		failed |= json_build__append(lines, json_line(function, &function->lines[i]));
	failed |= json_build__set(object, "name", json_build__text(either->name));
	failed |= json_build__set(object, "linkage_name", json_build__text(either->linkage_name));
	failed |= json_build__set(object, "before", json_function_side(function->before));
	failed |= json_build__set(object, "after", json_function_side(function->after));
	failed |= json_build__set(object, "time_change_ns", json_integer(function->change_ns));
	failed |= json_build__set(object, "lines", lines);
	return json_build__unless(failed, object);
}

static json_t *json_change(const struct ranking_change *change)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "name", json_build__text(change->name));
	failed |= json_build__set(object, "file", json_build__text(change->file));
	failed |= json_build__set(object, "object", json_build__text(change->object));
	failed |= json_build__set(object, "own_share_before", json_real(change->before.share));
	failed |= json_build__set(object, "own_share_after", json_real(change->after.share));
	failed |= json_build__set(object, "change", json_real(change->change));
	failed |= json_build__set(object, "uncertainty", json_real(change->uncertainty));
	failed |= json_build__set(object, "beyond_chance", json_boolean(change->beyond_chance));
	return json_build__unless(failed, object);
}

/* The sampled functions; NULL when out of memory. */
static json_t *json_sampled(const struct profile_diff *diff)
{
	struct ranking_diff ranking;
	json_t *object = json_object(), *functions = json_array();
	int failed = ranking_diff__make(diff->before, diff->after, &ranking);

	for (size_t i = 0; !failed && i < ranking.n; i++)
		failed |= json_build__append(functions, json_change(&ranking.changes[i]));
	failed |= json_build__set(object, "samples_before", json_build__u64(ranking.samples_before));
	failed |= json_build__set(object, "samples_after", json_build__u64(ranking.samples_after));
	failed |= json_build__set(object, "functions", functions);
	ranking_diff__release(&ranking);
	return json_build__unless(failed, object);
}

static json_t *json_profile(const struct profile *profile, const char *name)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "file", json_build__text(name));
	failed |= json_build__set(object, "duration_ns", json_build__u64(profile->duration_ns));
	return json_build__unless(failed, object);
}

static json_t *json_diff(const struct profile_diff *diff)
{
	json_t *object = json_object(), *functions = json_array();
	int failed = 0;

	for (size_t i = 0; i < diff->n_functions; i++)
		failed |= json_build__append(functions, json_function(&diff->functions[i]));
	failed |= json_build__set(object, "format", json_string("lprof-bpf-diff"));
	failed |= json_build__set(object, "version", json_integer(1));
	failed |=
		json_build__set(object, "clock", json_string(diff->after->clock == PROFILE_CLOCK_CPU ? "cpu" : "wall"));
	failed |= json_build__set(object, "before", json_profile(diff->before, diff->before_name));
	failed |= json_build__set(object, "after", json_profile(diff->after, diff->after_name));
	failed |= json_build__set(object, "functions", functions);
	if (stacks__any(diff->before->stacks) && stacks__any(diff->after->stacks))
		failed |= json_build__set(object, "sampled", json_sampled(diff));
	return json_build__unless(failed, object);
}

static int write_json(const struct profile_diff *diff, const struct report_style *style, FILE *out)
{
	(void)style;
	return json_build__write(json_diff(diff), out);
}

const struct diff_format diff_json = {.name = "json", .write = write_json};
