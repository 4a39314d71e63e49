// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each kind of object has a table of its keys. What is read must be complete (see json_parser.h), and its values must
 * not contradict each other.
 */
#include "profile/profile_json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "profile/json_parser.h"
#include "profile/stacks_json.h"

#define VERSION	  1
#define NOT_GIVEN UINT64_MAX
/* Reports look for each of them in all others. Functions that people write have some ten. */
#define MOST_FILES 256

/* The function that is being read, and the sums that the file gives for it, to check them. */
struct reading {
	struct profile_function *function;
	struct profile_owner owner;
	bool counted;
	bool sampled_times;
	bool estimated;
	uint64_t time_ns, blocked_ns, waiting_ns;
};

static struct profile_function *function_of(const struct json_parser *parser)
{
	return ((struct reading *)parser->context)->function;
}

/* Checks a boolean that is derived from other values and therefore not kept. */
static void skip_boolean(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	(void)object;
	json_reader__boolean(&parser->reader);
}

static void read_text(struct json_parser *parser, const struct json_key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	json_parser__keep(parser, text.len);
	json_parser__check(parser, profile_function__set_text(function_of(parser), object, text.text, text.len));
}

/* Reads the name of a file that is not the function's into a field for the file's number. */
static void read_file(struct json_parser *parser, const struct json_key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);
	char *name = strndup(text.text, text.len);
	int err = -ENOMEM;

	if (name)
		err = profile_function__add_file(function_of(parser), name, (uint32_t *)((char *)object + key->field));
	free(name);
	json_parser__keep(parser, text.len);
	json_parser__check(parser, err);
	if (function_of(parser)->n_others > MOST_FILES)
		json_parser__fail(parser, "a function has lines in more than %d files", MOST_FILES);
}

/* clang-format off */
static const struct json_key line_keys[] = {
	JSON_NUMBER32(struct profile_line, line, true),
	{JSON_KEY("file"), .read = read_file, .field = offsetof(struct profile_line, file)},
	JSON_NUMBER(struct profile_line, hits, true),
	{JSON_KEY("hits_inexact"), .read = json_parser__boolean, .field = offsetof(struct profile_line, hits_inexact)},
	JSON_NUMBER(struct profile_line, hits_uncertainty, false),
	JSON_NUMBER(struct profile_line, time_ns, true),
	JSON_NUMBER(struct profile_line, uncertainty_ns, false),
	JSON_NUMBER(struct profile_line, blocked_ns, false),
	JSON_NUMBER(struct profile_line, waiting_ns, false),
	{JSON_KEY("below_resolution"), .read = skip_boolean},
	{JSON_KEY("source"), .read = read_text},
};
/* clang-format on */

static void read_lines(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct profile_function *function = function_of(parser);

	(void)key;
	(void)object;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct profile_line line = {0};

		json_parser__object(parser, line_keys, JSON_KEYS(line_keys), &line);
		if (function->n_lines &&
		    profile_line__place(&function->lines[function->n_lines - 1]) >= profile_line__place(&line))
			json_parser__fail(parser, "lines do not come in order, each once");
		if (parser->reader.problem)
			return;
		json_parser__keep(parser, sizeof(line));
		json_parser__check(parser, profile_function__add_line(function, &line));
		if (!parser->reader.problem)
			function->lines[function->n_lines - 1].text = line.text;
	}
}

/* A line without code, while it is being read. */
struct reading_between {
	uint32_t line, file;
	struct json_text source;
};

static void read_source(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	((struct reading_between *)object)->source = json_reader__string(&parser->reader);
}

/* clang-format off */
static const struct json_key between_keys[] = {
	JSON_NUMBER32(struct reading_between, line, true),
	{JSON_KEY("file"), .read = read_file, .field = offsetof(struct reading_between, file)},
	{JSON_KEY("source"), .read = read_source, .required = true},
};
/* clang-format on */

static void read_between(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct profile_function *function = function_of(parser);

	(void)key;
	(void)object;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct reading_between between = {0};
		int err;

		json_parser__object(parser, between_keys, JSON_KEYS(between_keys), &between);
		if (parser->reader.problem)
			return;
		err = profile_function__add_between(function, between.file, between.line, between.source.text,
						    between.source.len);
		if (err == -EINVAL)
			json_parser__fail(parser, "lines do not come in order, each once");
		else
			json_parser__check(parser, err);
	}
}

typedef int (*add_text)(void *to, const struct json_text *text);

static void read_texts(struct json_parser *parser, add_text add, void *to)
{
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		const struct json_text text = json_reader__string(&parser->reader);

		json_parser__keep(parser, text.len);
		if (!parser->reader.problem)
			json_parser__check(parser, add(to, &text));
	}
}

static int add_function_note(void *function, const struct json_text *text)
{
	return profile_function__add_note(function, "%.*s", (int)text->len, text->text);
}

static void read_function_notes(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	read_texts(parser, add_function_note, ((struct reading *)object)->function);
}

/*
 * In the table of a function's keys, OBJECT is the struct reading. These read the fields that belong to its struct
 * profile_function.
 */
static void read_function_u32(struct json_parser *parser, const struct json_key *key, void *object)
{
	json_parser__u32(parser, key, ((struct reading *)object)->function);
}

static void read_function_u64(struct json_parser *parser, const struct json_key *key, void *object)
{
	json_parser__u64(parser, key, ((struct reading *)object)->function);
}

static void read_function_string(struct json_parser *parser, const struct json_key *key, void *object)
{
	json_parser__string(parser, key, ((struct reading *)object)->function);
}

/* clang-format off */
#define FUNCTION(name) offsetof(struct profile_function, name)

static const struct json_key function_keys[] = {
	{JSON_KEY("name"), read_function_string, FUNCTION(name), 0, true},
	{JSON_KEY("linkage_name"), read_function_string, FUNCTION(linkage_name), 0, true},
	{JSON_KEY("file"), read_function_string, FUNCTION(file), 0, true},
	{JSON_KEY("line"), read_function_u32, FUNCTION(line), UINT32_MAX, true},
	{JSON_KEY("last"), read_function_u32, FUNCTION(last), UINT32_MAX, false},
	JSON_OWNER(struct reading, owner),
	{JSON_KEY("object"), read_function_string, FUNCTION(object), 0, true},
	{JSON_KEY("build_id"), read_function_string, FUNCTION(build_id), 0, true},
	{JSON_KEY("counted"), .read = json_parser__boolean, .field = offsetof(struct reading, counted)},
	{JSON_KEY("sampled_times"), .read = json_parser__boolean, .field = offsetof(struct reading, sampled_times)},
	{JSON_KEY("estimated"), .read = json_parser__boolean, .field = offsetof(struct reading, estimated)},
	{JSON_KEY("calls"), read_function_u64, FUNCTION(calls), INT64_MAX, true},
	{JSON_KEY("calls_uncertainty"), read_function_u64, FUNCTION(calls_uncertainty), INT64_MAX, false},
	JSON_NUMBER(struct reading, time_ns, true),
	JSON_NUMBER(struct reading, blocked_ns, false),
	JSON_NUMBER(struct reading, waiting_ns, false),
	{JSON_KEY("lines"), .read = read_lines, .required = true},
	{JSON_KEY("between"), .read = read_between},
	{JSON_KEY("notes"), .read = read_function_notes},
};
/* clang-format on */

/* Whether the GIVEN sum is right: report_json.c writes sums above INT64_MAX as INT64_MAX. */
static bool is_sum(uint64_t given, uint64_t sum)
{
	return given == NOT_GIVEN || given == (sum > INT64_MAX ? INT64_MAX : sum);
}

/* Takes what was read beside the function into it, and checks the sums. */
static void finish_function(struct json_parser *parser)
{
	const struct reading *reading = parser->context;
	struct profile_function *function = reading->function;

	if (parser->reader.problem)
		return;
	function->owner = reading->owner;
	function->uncounted = !reading->counted;
	function->sampled_times = reading->sampled_times;
	function->estimated = reading->estimated;
	parser->key = "functions";
	if (!is_sum(reading->time_ns, function->time_ns) || !is_sum(reading->blocked_ns, function->blocked_ns) ||
	    !is_sum(reading->waiting_ns, function->waiting_ns))
		json_parser__fail(parser, "a function's times are not the sums over its lines");
}

static void read_functions(struct json_parser *parser, const struct json_key *key, void *object)
{
	struct reading *reading = parser->context;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		*reading = (struct reading){
			.counted = true, .time_ns = NOT_GIVEN, .blocked_ns = NOT_GIVEN, .waiting_ns = NOT_GIVEN};
		json_parser__keep(parser, sizeof(*reading->function));
		reading->function = profile__add_function(object, "", "", "", 0);
		json_parser__check(parser, reading->function ? 0 : -ENOMEM);
		if (!reading->function)
			return;
		json_parser__object(parser, function_keys, JSON_KEYS(function_keys), reading);
		finish_function(parser);
	}
}

static void read_format(struct json_parser *parser, const struct json_key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	(void)object;
	if (!json_text__is(&text, "lprof-bpf"))
		json_parser__fail(parser, "it is not in lprof-bpf's format");
}

static void read_version(struct json_parser *parser, const struct json_key *key, void *object)
{
	uint64_t version = json_reader__integer(&parser->reader, key->max);

	(void)object;
	if (version != VERSION)
		json_parser__fail(parser,
				  "its version is %" PRIu64 ", and only %d is known here; use a newer lprof-bpf",
				  version, VERSION);
}

static void read_clock(struct json_parser *parser, const struct json_key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	if (json_text__is(&text, "cpu"))
		((struct profile *)object)->clock = PROFILE_CLOCK_CPU;
	else if (!json_text__is(&text, "wall"))
		json_parser__fail(parser, "there is no such clock");
}

/* If no command was profiled, the file has an empty array. */
static void read_command(struct json_parser *parser, const struct json_key *key, void *object)
{
	char **words = NULL;
	size_t n = 0, room = 0;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		const struct json_text text = json_reader__string(&parser->reader);

		json_parser__keep(parser, text.len);
		if (grow__one(&words, &room, n + 1, sizeof(*words))) {
			json_parser__check(parser, -ENOMEM);
			break;
		}
		words[n] = strndup(text.text, text.len);
		json_parser__check(parser, words[n] ? 0 : -ENOMEM);
		n += words[n] != NULL;
		words[n] = NULL;
	}
	if (!parser->reader.problem && n)
		json_parser__check(parser, profile__set_command(object, words));
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	free(words);
}

static void read_pids(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		int pid = json_parser__positive(parser, INT_MAX);

		json_parser__keep(parser, sizeof(pid));
		if (!parser->reader.problem)
			json_parser__check(parser, profile__add_pid(object, pid));
	}
}

/* A process that is being read. */
struct process_reading {
	struct profile_owner owner;
	char *cgroup;
};

/* clang-format off */
static const struct json_key process_keys[] = {
	{JSON_KEY("pid"), json_parser__pid, offsetof(struct process_reading, owner), 0, true},
	{JSON_KEY("cgroup"), json_parser__string, offsetof(struct process_reading, cgroup), 0, true},
};
/* clang-format on */

static void read_process(struct json_parser *parser, struct profile_processes *processes)
{
	struct process_reading reading = {.cgroup = NULL};

	json_parser__object(parser, process_keys, JSON_KEYS(process_keys), &reading);
	json_parser__keep(parser, sizeof(*processes->items));
	/* So no other order need be made, which could take long. */
	if (processes->n && reading.owner.pid <= processes->items[processes->n - 1].pid)
		json_parser__fail(parser, "processes are not in the order of their IDs");
	if (!parser->reader.problem)
		json_parser__check(parser, profile_processes__set(processes, reading.owner.pid, reading.cgroup));
	free(reading.cgroup);
}

static void read_processes(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader))
		read_process(parser, &((struct profile *)object)->processes);
}

/* clang-format off */
static const struct json_key probe_keys[] = {
	{JSON_KEY("sites"), json_parser__u64, offsetof(struct profile, probe.sites), INT64_MAX, true},
	{JSON_KEY("hits"), json_parser__u64, offsetof(struct profile, probe.hits), INT64_MAX, true},
	{JSON_KEY("missed"), json_parser__u64, offsetof(struct profile, probe.missed), INT64_MAX, true},
	{JSON_KEY("overhead_ns"), json_parser__u64, offsetof(struct profile, probe.overhead_ns), INT64_MAX, true},
};
/* clang-format on */

static void read_probe(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	json_parser__object(parser, probe_keys, JSON_KEYS(probe_keys), object);
}

static void read_percent(struct json_parser *parser, const struct json_key *key, void *object)
{
	*(double *)((char *)object + key->field) = json_reader__number(&parser->reader, (double)key->max);
}

/* clang-format off */
static const struct json_key budget_keys[] = {
	{JSON_KEY("percent"), read_percent, offsetof(struct profile, budget.percent), 100, true},
	{JSON_KEY("pause_ns"), json_parser__u64, offsetof(struct profile, budget.pause_ns), INT64_MAX, true},
	{JSON_KEY("spent_ns"), json_parser__u64, offsetof(struct profile, budget.spent_ns), INT64_MAX, true},
	{JSON_KEY("target_ns"), json_parser__u64, offsetof(struct profile, budget.target_ns), INT64_MAX, true},
	{JSON_KEY("windows"), json_parser__u64, offsetof(struct profile, budget.windows), INT64_MAX, true},
};
/* clang-format on */

static void read_budget(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	json_parser__object(parser, budget_keys, JSON_KEYS(budget_keys), object);
}

static int add_profile_note(void *profile, const struct json_text *text)
{
	return profile__add_note(profile, "%.*s", (int)text->len, text->text);
}

static void read_notes(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	read_texts(parser, add_profile_note, object);
}

static void read_stacks(struct json_parser *parser, const struct json_key *key, void *object)
{
	(void)key;
	stacks_json__read(parser, &((struct profile *)object)->stacks);
}

/* clang-format off */
static const struct json_key profile_keys[] = {
	{JSON_KEY("format"), .read = read_format, .required = true},
	{JSON_KEY("version"), .read = read_version, .max = INT64_MAX, .required = true},
	{JSON_KEY("clock"), .read = read_clock, .required = true},
	JSON_NUMBER(struct profile, duration_ns, true),
	{JSON_KEY("command"), .read = read_command, .required = true},
	{JSON_KEY("pids"), .read = read_pids, .required = true},
	{JSON_KEY("processes"), .read = read_processes},
	{JSON_KEY("probe"), .read = read_probe, .required = true},
	{JSON_KEY("budget"), .read = read_budget},
	{JSON_KEY("functions"), .read = read_functions, .required = true},
	{JSON_KEY("stacks"), .read = read_stacks},
	{JSON_KEY("notes"), .read = read_notes},
};
/* clang-format on */

static void explain(const struct json_parser *parser, struct profile_json_error *error)
{
	if (parser->key)
		snprintf(error->text, sizeof(error->text), "%s (\"%s\", byte %" PRIu64 ")", parser->reader.problem,
			 parser->key, json_reader__position(&parser->reader));
	else
		snprintf(error->text, sizeof(error->text), "%s (byte %" PRIu64 ")", parser->reader.problem,
			 json_reader__position(&parser->reader));
}

/* Of READER, which is released. -EINVAL: ERROR says what is wrong; otherwise -errno: it was not read to its end. */
static int parse(const struct json_reader *reader, struct profile **out, struct profile_json_error *error)
{
	struct reading reading;
	struct json_parser parser = {.reader = *reader, .context = &reading};
	struct profile *profile = profile__new();

	json_parser__check(&parser, profile ? 0 : -ENOMEM);
	if (profile)
		json_parser__object(&parser, profile_keys, JSON_KEYS(profile_keys), profile);
	json_reader__end(&parser.reader);
	json_reader__release(&parser.reader);
	if (!parser.reader.problem) {
		*out = profile;
		return 0;
	}
	explain(&parser, error);
	profile__free(profile);
	return parser.reader.err ? parser.reader.err : -EINVAL;
}

int profile_json__parse(const char *text, size_t size, struct profile **out, struct profile_json_error *error)
{
	struct json_reader reader;

	json_reader__init(&reader, text, size);
	return parse(&reader, out, error);
}

int profile_json__read(const char *path, const struct diag *diag, struct profile **out)
{
	struct profile_json_error error;
	struct json_reader reader;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), err = fd < 0 ? -errno : 0;

	if (!err) {
		json_reader__init_file(&reader, fd);
		err = parse(&reader, out, &error);
		close(fd);
	}
	if (err == -EINVAL)
		diag__error(diag, "%s is not a profile that can be read: %s", path, error.text);
	else if (err)
		diag__failure(diag, err, "cannot read the profile %s", path);
	return err;
}
