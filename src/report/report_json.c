// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes everything the profile holds as JSON, in nanoseconds. The style (unit, order, omissions) is for people and
 * does not apply. profile_json.c and stacks_json.c read this format, and profile.schema.json describes it; whoever adds
 * a key here must add it there. Keys may be added but never removed. The field FILES of a function is not written,
 * because it is only valid while this program runs.
 */
#include "base/container_name.h"
#include "report/json_build.h"
#include "report/json_stacks.h"
#include "report/report.h"

static int set_unless_zero(json_t *object, const char *key, uint64_t value)
{
	return value ? json_build__set(object, key, json_build__u64(value)) : 0;
}

static json_t *json_texts(char *const *texts, size_t n)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < n; i++)
		failed |= json_build__append(array, json_build__text(texts[i]));
	return json_build__unless(failed, array);
}

static json_t *json_pids(const struct profile *profile)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < profile->n_pids; i++)
		failed |= json_build__append(array, json_integer(profile->pids[i]));
	return json_build__unless(failed, array);
}

static int set_unless_empty(json_t *object, const char *key, const char *text)
{
	return *text ? json_build__set(object, key, json_build__text(text)) : 0;
}

static json_t *json_process(const struct profile_process *process)
{
	json_t *object = json_object();
	struct container_name name;
	int failed = 0;

	container_name__parse(process->cgroup, &name);
	failed |= json_build__set(object, "pid", json_integer(process->pid));
	failed |= json_build__set(object, "cgroup", json_build__text(process->cgroup));
	failed |= set_unless_empty(object, "runtime", name.runtime);
	failed |= set_unless_empty(object, "container", name.container);
	failed |= set_unless_empty(object, "pod", name.pod);
	failed |= set_unless_empty(object, "unit", name.unit);
	return json_build__unless(failed, object);
}

static json_t *json_processes(const struct profile *profile)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < profile->processes.n; i++)
		failed |= json_build__append(array, json_process(&profile->processes.items[i]));
	return json_build__unless(failed, array);
}

static json_t *json_probe(const struct profile *profile)
{
	json_t *probe = json_object();
	int failed = 0;

	failed |= json_build__set(probe, "sites", json_build__u64(profile->probe.sites));
	failed |= json_build__set(probe, "hits", json_build__u64(profile->probe.hits));
	failed |= json_build__set(probe, "missed", json_build__u64(profile->probe.missed));
	failed |= json_build__set(probe, "overhead_ns", json_build__u64(profile->probe.overhead_ns));
	return json_build__unless(failed, probe);
}

static json_t *json_budget(const struct profile *profile)
{
	json_t *budget = json_object();
	int failed = 0;

	failed |= json_build__set(budget, "percent", json_real(profile->budget.percent));
	failed |= json_build__set(budget, "pause_ns", json_build__u64(profile->budget.pause_ns));
	failed |= json_build__set(budget, "spent_ns", json_build__u64(profile->budget.spent_ns));
	failed |= json_build__set(budget, "target_ns", json_build__u64(profile->budget.target_ns));
	failed |= json_build__set(budget, "windows", json_build__u64(profile->budget.windows));
	return json_build__unless(failed, budget);
}

/* Names the file of a line unless it is the function's own. */
static int set_file(json_t *object, const struct profile_function *function, uint32_t file)
{
	return file ? json_build__set(object, "file", json_build__text(profile_function__file(function, file))) : 0;
}

static json_t *json_line(const struct profile_function *function, const struct profile_line *line)
{
	const char *text = profile_function__text(function, line);
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "line", json_build__u64(line->line));
	failed |= set_file(object, function, line->file);
	failed |= json_build__set(object, "hits", json_build__u64(line->hits));
	if (line->hits_inexact)
		failed |= json_build__set(object, "hits_inexact", json_true());
	failed |= set_unless_zero(object, "hits_uncertainty", line->hits_uncertainty);
	failed |= json_build__set(object, "time_ns", json_build__u64(line->time_ns));
	failed |= set_unless_zero(object, "uncertainty_ns", line->uncertainty_ns);
	failed |= set_unless_zero(object, "blocked_ns", line->blocked_ns);
	failed |= set_unless_zero(object, "waiting_ns", line->waiting_ns);
	if (profile_line__below_resolution(line))
		failed |= json_build__set(object, "below_resolution", json_true());
	if (text)
		failed |= json_build__set(object, "source", json_build__text(text));
	return json_build__unless(failed, object);
}

static json_t *json_lines(const struct profile_function *function)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < function->n_lines; i++)
		failed |= json_build__append(array, json_line(function, &function->lines[i]));
	return json_build__unless(failed, array);
}

static json_t *json_between(const struct profile_function *function)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < function->n_between; i++) {
		const struct profile_text *between = &function->between[i];
		const char *text = profile_function__text_between(function, between);
		json_t *object = json_object();
		int wrong = 0;

		wrong |= json_build__set(object, "line", json_build__u64(between->line));
		wrong |= set_file(object, function, between->file);
		wrong |= json_build__set(object, "source", json_build__text(text));
		failed |= json_build__append(array, json_build__unless(wrong, object));
	}
	return json_build__unless(failed, array);
}

static json_t *json_function(const struct profile_function *function)
{
	json_t *object = json_object();
	size_t n_own = profile_function__n_own(function);
	uint32_t with_code = n_own ? function->lines[n_own - 1].line : function->line;
	uint32_t last = function->last > with_code ? function->last : with_code;
	int failed = 0;

	failed |= json_build__set(object, "name", json_build__text(function->name));
	failed |= json_build__set(object, "linkage_name", json_build__text(function->linkage_name));
	failed |= json_build__set(object, "file", json_build__text(function->file));
	failed |= json_build__set(object, "line", json_build__u64(function->line));
	failed |= json_build__set(object, "last", json_build__u64(last));
	failed |= json_build__set_owner(object, &function->owner);
	failed |= json_build__set(object, "object", json_build__text(function->object));
	failed |= json_build__set(object, "build_id", json_build__text(function->build_id));
	if (function->uncounted)
		failed |= json_build__set(object, "counted", json_false());
	if (function->sampled_times)
		failed |= json_build__set(object, "sampled_times", json_true());
	if (function->estimated)
		failed |= json_build__set(object, "estimated", json_true());
	failed |= json_build__set(object, "calls", json_build__u64(function->calls));
	failed |= set_unless_zero(object, "calls_uncertainty", function->calls_uncertainty);
	failed |= json_build__set(object, "time_ns", json_build__u64(function->time_ns));
	failed |= json_build__set(object, "blocked_ns", json_build__u64(function->blocked_ns));
	failed |= json_build__set(object, "waiting_ns", json_build__u64(function->waiting_ns));
	failed |= json_build__set(object, "lines", json_lines(function));
	if (function->n_between)
		failed |= json_build__set(object, "between", json_between(function));
	failed |= json_build__set(object, "notes", json_texts(function->notes, function->n_notes));
	return json_build__unless(failed, object);
}

static json_t *json_functions(const struct profile *profile)
{
	json_t *array = json_array();
	int failed = 0;

	for (size_t i = 0; i < profile->n_functions; i++)
		failed |= json_build__append(array, json_function(&profile->functions[i]));
	return json_build__unless(failed, array);
}

static json_t *json_profile(const struct profile *profile)
{
	json_t *object = json_object();
	int failed = 0;

	failed |= json_build__set(object, "format", json_string("lprof-bpf"));
	failed |= json_build__set(object, "version", json_integer(1));
	failed |= json_build__set(object, "clock", json_string(profile->clock == PROFILE_CLOCK_CPU ? "cpu" : "wall"));
	failed |= json_build__set(object, "duration_ns", json_build__u64(profile->duration_ns));
	failed |= json_build__set(object, "command", json_texts(profile->command, profile->n_command));
	failed |= json_build__set(object, "pids", json_pids(profile));
	if (profile->processes.n)
		failed |= json_build__set(object, "processes", json_processes(profile));
	failed |= json_build__set(object, "probe", json_probe(profile));
	if (profile->budget.percent > 0)
		failed |= json_build__set(object, "budget", json_budget(profile));
	failed |= json_build__set(object, "functions", json_functions(profile));
	if (profile->stacks)
		failed |= json_build__set(object, "stacks", json_stacks(profile->stacks));
	failed |= json_build__set(object, "notes", json_texts(profile->notes, profile->n_notes));
	return json_build__unless(failed, object);
}

static int write_json(const struct profile *profile, const struct report_style *style, FILE *out)
{
	(void)style;
	return json_build__write(json_profile(profile), out);
}

const struct report_format report_json = {.name = "json", .suffix = ".json", .write = write_json};
