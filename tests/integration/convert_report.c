// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * convert_report PROFILE.json FILE...: writes the profile in the format of each FILE's suffix. For
 * tests only: it believes what it reads.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static void die(const char *what)
{
	fprintf(stderr, "convert_report: %s\n", what);
	exit(1);
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static uint64_t number(const json_t *object, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(object, key));
}

static void read_lines(struct profile_function *function, const json_t *lines)
{
	size_t i;
	json_t *line;

	json_array_foreach(lines, i, line)
	{
		const struct profile_line read = {
			.line = (uint32_t)number(line, "line"),
			.hits = number(line, "hits"),
			.time_ns = number(line, "time_ns"),
			.uncertainty_ns = number(line, "uncertainty_ns"),
			.blocked_ns = number(line, "blocked_ns"),
			.waiting_ns = number(line, "waiting_ns"),
		};

		if (profile_function__add_line(function, &read))
			die("out of memory");
	}
}

static void read_function(struct profile *profile, const json_t *object)
{
	struct profile_function *function =
		profile__add_function(profile, text(object, "name"), text(object, "linkage_name"), text(object, "file"),
				      (uint32_t)number(object, "line"));
	const json_t *notes = json_object_get(object, "notes");

	if (!function || profile_function__set_place(function, text(object, "object"), text(object, "build_id"), ""))
		die("out of memory");
	function->last = (uint32_t)number(object, "last");
	function->calls = number(object, "calls");
	function->owner.pid = (int)number(object, "pid");
	function->owner.tid = (int)number(object, "tid");
	snprintf(function->owner.comm, sizeof(function->owner.comm), "%s", text(object, "comm"));
	read_lines(function, json_object_get(object, "lines"));
	for (size_t i = 0; i < json_array_size(notes); i++)
		profile_function__add_note(function, "%s", json_string_value(json_array_get(notes, i)));
}

static void read_command(struct profile *profile, const json_t *words)
{
	size_t n = json_array_size(words);
	char **argv = calloc(n + 1, sizeof(*argv));

	for (size_t i = 0; i < n; i++)
		argv[i] = (char *)json_string_value(json_array_get(words, i));
	if (n)
		profile__set_command(profile, argv);
	free(argv);
}

static void read_profile(struct profile *profile, const json_t *root)
{
	const json_t *functions = json_object_get(root, "functions"), *notes = json_object_get(root, "notes");
	const json_t *pids = json_object_get(root, "pids"), *probe = json_object_get(root, "probe");

	profile->clock = strcmp(text(root, "clock"), "cpu") ? PROFILE_CLOCK_WALL : PROFILE_CLOCK_CPU;
	profile->duration_ns = number(root, "duration_ns");
	profile->probe.sites = number(probe, "sites");
	profile->probe.hits = number(probe, "hits");
	profile->probe.missed = number(probe, "missed");
	profile->probe.overhead_ns = number(probe, "overhead_ns");
	read_command(profile, json_object_get(root, "command"));
	for (size_t i = 0; i < json_array_size(pids); i++)
		profile__add_pid(profile, (int)json_integer_value(json_array_get(pids, i)));
	for (size_t i = 0; i < json_array_size(functions); i++)
		read_function(profile, json_array_get(functions, i));
	for (size_t i = 0; i < json_array_size(notes); i++)
		profile__add_note(profile, "%s", json_string_value(json_array_get(notes, i)));
}

int main(int argc, char **argv)
{
	const struct report_style style = {.unit = 1e-6, .details = true};
	struct profile *profile = profile__new();
	json_t *root = argc > 1 ? json_load_file(argv[1], 0, NULL) : NULL;

	if (!profile || !root)
		die("no profile to read");
	read_profile(profile, root);
	for (int i = 2; i < argc; i++) {
		const struct report_format *format = report__by_suffix(argv[i]);
		FILE *out = fopen(argv[i], "w");

		if (!format || !out || format->write(profile, &style, out) || fclose(out))
			die(argv[i]);
	}
	profile__free(profile);
	json_decref(root);
	return 0;
}
