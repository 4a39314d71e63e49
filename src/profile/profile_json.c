// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each kind of object has a table of its keys. Unknown keys are skipped, because later versions of this program may
 * add keys. It is an error if a required key is missing, if a key is given twice or has a value of another type, or if
 * values contradict each other.
 */
#include "profile/profile_json.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"
#include "profile/json_reader.h"

#define VERSION	  1
#define MOST_KEPT (UINT64_C(512) << 20) /* limit of bytes in memory, estimated */
#define NOT_GIVEN UINT64_MAX

/* The function that is being read, and the sums that the file gives for it, to check them. */
struct reading {
	struct profile_function *function;
	uint64_t time_ns, blocked_ns, waiting_ns;
};

struct parser {
	struct json_reader reader;
	struct profile *profile;
	struct reading reading;
	const char *key; /* the key whose value is being read, for messages */
	uint64_t kept;	 /* estimated bytes of memory that the profile takes */
	char message[128];
};

struct key {
	const char *name;
	size_t len;
	void (*read)(struct parser *parser, const struct key *key, void *object);
	size_t field; /* offset of the field in OBJECT that is set */
	uint64_t max; /* largest allowed number */
	bool required;
};

#define KEY(name)    name, sizeof(name) - 1
#define N_KEYS(keys) (sizeof(keys) / sizeof(*(keys)))

static void fail(struct parser *parser, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct parser *parser, const char *format, ...)
{
	va_list args;

	if (parser->reader.problem)
		return;
	va_start(args, format);
	vsnprintf(parser->message, sizeof(parser->message), format, args);
	va_end(args);
	json_reader__fail(&parser->reader, parser->message);
}

/* Takes the result, 0 or -ENOMEM, of a function that allocates, and reports the latter. */
static void check_memory(struct parser *parser, int err)
{
	if (err)
		json_reader__run_out(&parser->reader);
}

/* Counts the memory of one more allocation of BYTES bytes, with the allocator's own overhead of about 16. */
static void keep(struct parser *parser, size_t bytes)
{
	parser->kept += bytes + 16;
	if (parser->kept > MOST_KEPT)
		fail(parser, "it holds more than the %u MiB that fit into memory; merge or profile fewer functions",
		     (unsigned)(MOST_KEPT >> 20));
}

/*
 * Goes to the next member of an object and sets *found to the index of its key, or to N if the key is unknown. Returns
 * false at the end of the object. Keys mostly come in the order of the table, so those from index AT on are tried
 * first.
 */
static bool next_key(struct parser *parser, const struct key *keys, size_t n, size_t at, size_t *found)
{
	struct json_text name;

	for (*found = at; *found < n; ++*found)
		if (json_reader__take_member(&parser->reader, keys[*found].name, keys[*found].len))
			return true;
	if (!json_reader__member(&parser->reader, &name))
		return false;
	for (*found = 0; *found < n && !json_text__is(&name, keys[*found].name);)
		++*found;
	return true;
}

static void read_object(struct parser *parser, const struct key *keys, size_t n, void *object)
{
	size_t at = 0, found;
	unsigned seen = 0;

	json_reader__enter(&parser->reader, '{');
	while (next_key(parser, keys, n, at, &found)) {
		if (found == n) {
			json_reader__skip(&parser->reader);
			continue;
		}
		parser->key = keys[found].name;
		if (seen & 1u << found)
			fail(parser, "a key is given twice");
		seen |= 1u << found;
		keys[found].read(parser, &keys[found], object);
		at = found + 1;
	}
	for (size_t i = 0; i < n; i++) {
		if (keys[i].required && !(seen & 1u << i) && !parser->reader.problem) {
			parser->key = keys[i].name;
			fail(parser, "a key is missing");
		}
	}
}

static void read_u64(struct parser *parser, const struct key *key, void *object)
{
	*(uint64_t *)((char *)object + key->field) = json_reader__integer(&parser->reader, key->max);
}

static void read_u32(struct parser *parser, const struct key *key, void *object)
{
	*(uint32_t *)((char *)object + key->field) = (uint32_t)json_reader__integer(&parser->reader, key->max);
}

static int read_positive(struct parser *parser, uint64_t max)
{
	int number = (int)json_reader__integer(&parser->reader, max);

	if (!number)
		fail(parser, "a number must not be 0 here");
	return number;
}

static void read_string(struct parser *parser, const struct key *key, void *object)
{
	char **field = (char **)((char *)object + key->field);
	const struct json_text text = json_reader__string(&parser->reader);
	char *copy = strndup(text.text, text.len);

	keep(parser, text.len);
	check_memory(parser, !copy);
	if (!copy)
		return;
	free(*field);
	*field = copy;
}

static void read_boolean(struct parser *parser, const struct key *key, void *object)
{
	*(bool *)((char *)object + key->field) = json_reader__boolean(&parser->reader);
}

/* Checks a boolean that is derived from other values and therefore not kept. */
static void skip_boolean(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	(void)object;
	json_reader__boolean(&parser->reader);
}

static void read_text(struct parser *parser, const struct key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	keep(parser, text.len);
	check_memory(parser, profile_function__set_text(parser->reading.function, object, text.text, text.len));
}

/* Reads the name of a file that is not the function's into a field for the file's number. */
static void read_file(struct parser *parser, const struct key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);
	char *name = strndup(text.text, text.len);
	int err = -ENOMEM;

	if (name)
		err = profile_function__add_file(parser->reading.function, name,
						 (uint32_t *)((char *)object + key->field));
	free(name);
	keep(parser, text.len);
	check_memory(parser, err);
}

/* clang-format off */
#define NUMBER(type, name, is_required) \
	{#name, sizeof(#name) - 1, read_u64, offsetof(type, name), INT64_MAX, is_required}
#define NUMBER32(type, name, is_required) \
	{#name, sizeof(#name) - 1, read_u32, offsetof(type, name), UINT32_MAX, is_required}
#define STRING(type, name) \
	{#name, sizeof(#name) - 1, read_string, offsetof(type, name), 0, true}

static const struct key line_keys[] = {
	NUMBER32(struct profile_line, line, true),
	{KEY("file"), .read = read_file, .field = offsetof(struct profile_line, file)},
	NUMBER(struct profile_line, hits, true),
	{KEY("hits_inexact"), .read = read_boolean, .field = offsetof(struct profile_line, hits_inexact)},
	NUMBER(struct profile_line, time_ns, true),
	NUMBER(struct profile_line, uncertainty_ns, false),
	NUMBER(struct profile_line, blocked_ns, false),
	NUMBER(struct profile_line, waiting_ns, false),
	{KEY("below_resolution"), .read = skip_boolean},
	{KEY("source"), .read = read_text},
};
/* clang-format on */

static void read_lines(struct parser *parser, const struct key *key, void *object)
{
	struct profile_function *function = parser->reading.function;

	(void)key;
	(void)object;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct profile_line line = {0};

		read_object(parser, line_keys, N_KEYS(line_keys), &line);
		if (function->n_lines &&
		    profile_line__place(&function->lines[function->n_lines - 1]) >= profile_line__place(&line))
			fail(parser, "lines do not come in order, each once");
		if (parser->reader.problem)
			return;
		keep(parser, sizeof(line));
		check_memory(parser, profile_function__add_line(function, &line));
		if (!parser->reader.problem)
			function->lines[function->n_lines - 1].text = line.text;
	}
}

/* A line without code, while it is being read. */
struct reading_between {
	uint32_t line, file;
	struct json_text source;
};

static void read_source(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	((struct reading_between *)object)->source = json_reader__string(&parser->reader);
}

/* clang-format off */
static const struct key between_keys[] = {
	NUMBER32(struct reading_between, line, true),
	{KEY("file"), .read = read_file, .field = offsetof(struct reading_between, file)},
	{KEY("source"), .read = read_source, .required = true},
};
/* clang-format on */

static void read_between(struct parser *parser, const struct key *key, void *object)
{
	struct profile_function *function = parser->reading.function;

	(void)key;
	(void)object;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		struct reading_between between = {0};
		int err;

		read_object(parser, between_keys, N_KEYS(between_keys), &between);
		if (parser->reader.problem)
			return;
		err = profile_function__add_between(function, between.file, between.line, between.source.text,
						    between.source.len);
		if (err == -EINVAL)
			fail(parser, "lines do not come in order, each once");
		else
			check_memory(parser, err);
	}
}

static void read_comm(struct parser *parser, const struct key *key, void *object)
{
	struct profile_owner *owner = &((struct reading *)object)->function->owner;
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	if (text.len >= sizeof(owner->comm)) {
		fail(parser, "a name is too long");
		return;
	}
	memcpy(owner->comm, text.text, text.len);
	owner->comm[text.len] = '\0';
}

static void read_pid(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	((struct reading *)object)->function->owner.pid = read_positive(parser, INT_MAX);
}

static void read_tid(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	((struct reading *)object)->function->owner.tid = read_positive(parser, INT_MAX);
}

static void read_rank(struct parser *parser, const struct key *key, void *object)
{
	struct profile_owner *owner = &((struct reading *)object)->function->owner;

	owner->rank = (int)json_reader__integer(&parser->reader, key->max);
	owner->has_rank = true;
}

typedef int (*add_text)(void *to, const struct json_text *text);

static void read_texts(struct parser *parser, add_text add, void *to)
{
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		const struct json_text text = json_reader__string(&parser->reader);

		keep(parser, text.len);
		if (!parser->reader.problem)
			check_memory(parser, add(to, &text));
	}
}

static int add_function_note(void *function, const struct json_text *text)
{
	return profile_function__add_note(function, "%.*s", (int)text->len, text->text);
}

static void read_function_notes(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	read_texts(parser, add_function_note, ((struct reading *)object)->function);
}

/*
 * In the table of a function's keys, OBJECT is the struct reading. These read the fields that belong to its struct
 * profile_function.
 */
static void read_function_u32(struct parser *parser, const struct key *key, void *object)
{
	read_u32(parser, key, ((struct reading *)object)->function);
}

static void read_function_u64(struct parser *parser, const struct key *key, void *object)
{
	read_u64(parser, key, ((struct reading *)object)->function);
}

static void read_function_string(struct parser *parser, const struct key *key, void *object)
{
	read_string(parser, key, ((struct reading *)object)->function);
}

/* clang-format off */
#define FUNCTION(name) offsetof(struct profile_function, name)

static const struct key function_keys[] = {
	{KEY("name"), read_function_string, FUNCTION(name), 0, true},
	{KEY("linkage_name"), read_function_string, FUNCTION(linkage_name), 0, true},
	{KEY("file"), read_function_string, FUNCTION(file), 0, true},
	{KEY("line"), read_function_u32, FUNCTION(line), UINT32_MAX, true},
	{KEY("last"), read_function_u32, FUNCTION(last), UINT32_MAX, false},
	{KEY("pid"), .read = read_pid},
	{KEY("comm"), .read = read_comm},
	{KEY("tid"), .read = read_tid},
	{KEY("rank"), .read = read_rank, .max = INT_MAX},
	{KEY("object"), read_function_string, FUNCTION(object), 0, true},
	{KEY("build_id"), read_function_string, FUNCTION(build_id), 0, true},
	{KEY("calls"), read_function_u64, FUNCTION(calls), INT64_MAX, true},
	NUMBER(struct reading, time_ns, true),
	NUMBER(struct reading, blocked_ns, false),
	NUMBER(struct reading, waiting_ns, false),
	{KEY("lines"), .read = read_lines, .required = true},
	{KEY("between"), .read = read_between},
	{KEY("notes"), .read = read_function_notes},
};
/* clang-format on */

/* Whether the GIVEN sum is right: report_json.c writes sums above INT64_MAX as INT64_MAX. */
static bool is_sum(uint64_t given, uint64_t sum)
{
	return given == NOT_GIVEN || given == (sum > INT64_MAX ? INT64_MAX : sum);
}

static void check_sums(struct parser *parser)
{
	const struct reading *reading = &parser->reading;

	if (parser->reader.problem)
		return;
	parser->key = "functions";
	if (!is_sum(reading->time_ns, reading->function->time_ns) ||
	    !is_sum(reading->blocked_ns, reading->function->blocked_ns) ||
	    !is_sum(reading->waiting_ns, reading->function->waiting_ns))
		fail(parser, "a function's times are not the sums over its lines");
}

static void read_functions(struct parser *parser, const struct key *key, void *object)
{
	struct reading *reading = &parser->reading;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		*reading = (struct reading){.time_ns = NOT_GIVEN, .blocked_ns = NOT_GIVEN, .waiting_ns = NOT_GIVEN};
		keep(parser, sizeof(*reading->function));
		reading->function = profile__add_function(object, "", "", "", 0);
		check_memory(parser, !reading->function);
		if (!reading->function)
			return;
		read_object(parser, function_keys, N_KEYS(function_keys), reading);
		check_sums(parser);
	}
}

static void read_format(struct parser *parser, const struct key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	(void)object;
	if (!json_text__is(&text, "lprof-bpf"))
		fail(parser, "it is not in lprof-bpf's format");
}

static void read_version(struct parser *parser, const struct key *key, void *object)
{
	uint64_t version = json_reader__integer(&parser->reader, key->max);

	(void)object;
	if (version != VERSION)
		fail(parser, "its version is %" PRIu64 ", and only %d is known here; use a newer lprof-bpf", version,
		     VERSION);
}

static void read_clock(struct parser *parser, const struct key *key, void *object)
{
	const struct json_text text = json_reader__string(&parser->reader);

	(void)key;
	if (json_text__is(&text, "cpu"))
		((struct profile *)object)->clock = PROFILE_CLOCK_CPU;
	else if (!json_text__is(&text, "wall"))
		fail(parser, "there is no such clock");
}

/* If no command was profiled, the file has an empty array. */
static void read_command(struct parser *parser, const struct key *key, void *object)
{
	char **words = NULL;
	size_t n = 0, room = 0;

	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		const struct json_text text = json_reader__string(&parser->reader);

		keep(parser, text.len);
		if (grow__one(&words, &room, n + 1, sizeof(*words))) {
			check_memory(parser, -ENOMEM);
			break;
		}
		words[n] = strndup(text.text, text.len);
		check_memory(parser, !words[n]);
		n += words[n] != NULL;
		words[n] = NULL;
	}
	if (!parser->reader.problem && n)
		check_memory(parser, profile__set_command(object, words));
	for (size_t i = 0; i < n; i++)
		free(words[i]);
	free(words);
}

static void read_pids(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	json_reader__enter(&parser->reader, '[');
	while (json_reader__item(&parser->reader)) {
		int pid = read_positive(parser, INT_MAX);

		keep(parser, sizeof(pid));
		if (!parser->reader.problem)
			check_memory(parser, profile__add_pid(object, pid));
	}
}

/* clang-format off */
static const struct key probe_keys[] = {
	{KEY("sites"), read_u64, offsetof(struct profile, probe.sites), INT64_MAX, true},
	{KEY("hits"), read_u64, offsetof(struct profile, probe.hits), INT64_MAX, true},
	{KEY("missed"), read_u64, offsetof(struct profile, probe.missed), INT64_MAX, true},
	{KEY("overhead_ns"), read_u64, offsetof(struct profile, probe.overhead_ns), INT64_MAX, true},
};
/* clang-format on */

static void read_probe(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	read_object(parser, probe_keys, N_KEYS(probe_keys), object);
}

static int add_profile_note(void *profile, const struct json_text *text)
{
	return profile__add_note(profile, "%.*s", (int)text->len, text->text);
}

static void read_notes(struct parser *parser, const struct key *key, void *object)
{
	(void)key;
	read_texts(parser, add_profile_note, object);
}

/* clang-format off */
static const struct key profile_keys[] = {
	{KEY("format"), .read = read_format, .required = true},
	{KEY("version"), .read = read_version, .max = INT64_MAX, .required = true},
	{KEY("clock"), .read = read_clock, .required = true},
	NUMBER(struct profile, duration_ns, true),
	{KEY("command"), .read = read_command, .required = true},
	{KEY("pids"), .read = read_pids, .required = true},
	{KEY("probe"), .read = read_probe, .required = true},
	{KEY("functions"), .read = read_functions, .required = true},
	{KEY("notes"), .read = read_notes},
};
/* clang-format on */

static void explain(const struct parser *parser, struct profile_json_error *error)
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
	struct parser parser = {.reader = *reader, .profile = profile__new()};

	check_memory(&parser, !parser.profile);
	if (parser.profile)
		read_object(&parser, profile_keys, N_KEYS(profile_keys), parser.profile);
	json_reader__end(&parser.reader);
	json_reader__release(&parser.reader);
	if (!parser.reader.problem) {
		*out = parser.profile;
		return 0;
	}
	explain(&parser, error);
	profile__free(parser.profile);
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
