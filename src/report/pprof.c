// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a profile becomes pprof messages:
 *
 *   - A sample is a line of a function of an owner (process or thread). Its values are hits and time. Lines that have
 *     neither are left out, as pprof's own tools do, unless they may have been hit.
 *   - The stack of a sample is a single location, because callers are not known. The time of a line includes the time
 *     of the functions it calls; if both caller and callee are profiled, that time is in both.
 *   - A location is a line of a function; a mapping is an object.
 *   - A function is written once, even if several owners have figures for it. Owners become labels of samples. But a
 *     function of this format has one file, so it is written once more for each other file with lines of it.
 *   - Notes become comments.
 *
 * Names come from the target, and readers print them on terminals. Therefore all texts are made printable, which also
 * makes them valid UTF-8, as the format demands.
 */
#include "report/pprof.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <report/profile.pb-c.h>
#include <zlib.h>

#include "base/key_map.h"
#include "base/printable.h"
#include "profile/place_order.h"
#include "report/inexact_hits.h"
#include "report/string_table.h"

enum value { VALUE_HITS, VALUE_TIME, N_VALUES };
enum label { LABEL_PID, LABEL_TID, LABEL_COMM, N_LABELS };

#define GZIP_WINDOW (15 + 16) /* for zlib: the largest window, and a gzip header instead of a zlib one */

struct sample {
	Pprof__Sample message;
	Pprof__Label labels[N_LABELS];
	Pprof__Label *label_pointers[N_LABELS];
	int64_t values[N_VALUES];
	uint64_t location;
};

struct location {
	Pprof__Location message;
	Pprof__Line line;
	Pprof__Line *line_pointer;
};

/* The message being built, and the storage for everything that its arrays of pointers point to. */
struct encoder {
	Pprof__Profile message;
	Pprof__ValueType types[N_VALUES];
	Pprof__ValueType *type_pointers[N_VALUES];
	struct sample *samples;
	struct location *locations;
	Pprof__Function *functions;
	Pprof__Mapping *mappings;
	struct string_table strings;
	/* maps the number of a function and a line to the number of their location */
	struct key_map location_of_line;
	int err; /* the first error; once it is set, the message is useless */
};

static void check(struct encoder *encoder, int err)
{
	if (!encoder->err)
		encoder->err = err;
}

/* Adds TEXT to the string table and returns its number. */
static int64_t add_text(struct encoder *encoder, const char *text)
{
	char *printable = printable__string(text, PRINTABLE_KEEP_TAB);
	size_t number = 0;

	check(encoder, printable ? string_table__add(&encoder->strings, printable, &number) : -ENOMEM);
	free(printable);
	return (int64_t)number;
}

static int64_t to_i64(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

/*
 * Allocates the largest number of messages there can be: a sample and a location for each line, a mapping for each
 * function, and a function for each of its files.
 */
static void allocate(struct encoder *encoder, const struct profile *profile)
{
	size_t n_lines = 1, n_mappings = profile->n_functions + 1, n_functions = n_mappings;
	size_t n_comments = profile->n_notes + 1;

	for (size_t f = 0; f < profile->n_functions; f++) {
		n_lines += profile->functions[f].n_lines;
		n_functions += profile->functions[f].n_others;
		n_comments += profile->functions[f].n_notes + 1; /* and a sentence about inexact hits */
	}
	encoder->samples = calloc(n_lines, sizeof(*encoder->samples));
	encoder->locations = calloc(n_lines, sizeof(*encoder->locations));
	encoder->functions = calloc(n_functions, sizeof(*encoder->functions));
	encoder->mappings = calloc(n_mappings, sizeof(*encoder->mappings));
	encoder->message.sample = calloc(n_lines, sizeof(*encoder->message.sample));
	encoder->message.location = calloc(n_lines, sizeof(*encoder->message.location));
	encoder->message.function = calloc(n_functions, sizeof(*encoder->message.function));
	encoder->message.mapping = calloc(n_mappings, sizeof(*encoder->message.mapping));
	encoder->message.comment = calloc(n_comments, sizeof(*encoder->message.comment));
	if (!encoder->samples || !encoder->locations || !encoder->functions || !encoder->mappings ||
	    !encoder->message.sample || !encoder->message.location || !encoder->message.function ||
	    !encoder->message.mapping || !encoder->message.comment)
		check(encoder, -ENOMEM);
	check(encoder, string_table__init(&encoder->strings));
}

static void release(struct encoder *encoder)
{
	free(encoder->samples);
	free(encoder->locations);
	free(encoder->functions);
	free(encoder->mappings);
	free(encoder->message.sample);
	free(encoder->message.location);
	free(encoder->message.function);
	free(encoder->message.mapping);
	free(encoder->message.comment);
	string_table__free(&encoder->strings);
	key_map__clear(&encoder->location_of_line);
}

static void set_type(struct encoder *encoder, enum value value, const char *type, const char *unit)
{
	Pprof__ValueType *message = &encoder->types[value];

	pprof__value_type__init(message);
	message->type = add_text(encoder, type);
	message->unit = add_text(encoder, unit);
	encoder->type_pointers[value] = message;
}

static void add_notes(struct encoder *encoder, const char *about, char *const *notes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *comment = NULL;

		if (asprintf(&comment, "%s%s%s", about, *about ? ": " : "", notes[i]) < 0)
			check(encoder, -ENOMEM);
		else
			encoder->message.comment[encoder->message.n_comment++] = add_text(encoder, comment);
		free(comment);
	}
}

static void set_header(struct encoder *encoder, const struct profile *profile)
{
	Pprof__Profile *message = &encoder->message;

	set_type(encoder, VALUE_HITS, "hits", "count");
	/*
	 * Time is the last type on purpose. Readers that ignore default_sample_type show the last type, and some
	 * readers mistake the default for an index into this array.
	 */
	set_type(encoder, VALUE_TIME, "time", "nanoseconds");
	message->sample_type = encoder->type_pointers;
	message->n_sample_type = N_VALUES;
	message->default_sample_type = encoder->types[VALUE_TIME].type;
	/* A period of one hit: every hit is counted, none is skipped by sampling. */
	message->period_type = &encoder->types[VALUE_HITS];
	message->period = 1;
	message->time_nanos = to_i64(profile->began_ns);
	message->duration_nanos = to_i64(profile->duration_ns);
	add_notes(encoder, "", profile->notes, profile->n_notes);
}

/*
 * Returns the number of the mapping for the function's object, which is added if it is new; 0: the object is not
 * known.
 */
static uint64_t add_mapping(struct encoder *encoder, const struct profile_function *function)
{
	int64_t filename = add_text(encoder, function->object), build_id = add_text(encoder, function->build_id);
	Pprof__Mapping *mapping;
	size_t n = encoder->message.n_mapping;

	if (!filename)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (encoder->mappings[i].filename == filename && encoder->mappings[i].build_id == build_id)
			return encoder->mappings[i].id;
	}
	mapping = &encoder->mappings[n];
	pprof__mapping__init(mapping);
	mapping->id = n + 1;
	mapping->filename = filename;
	mapping->build_id = build_id;
	/* Tell readers that they need not look up symbols themselves. */
	mapping->has_functions = mapping->has_filenames = mapping->has_line_numbers = true;
	encoder->message.mapping[encoder->message.n_mapping++] = mapping;
	return mapping->id;
}

static void add_function(struct encoder *encoder, const struct profile_function *function, const char *file)
{
	size_t n = encoder->message.n_function;
	Pprof__Function *message = &encoder->functions[n];

	pprof__function__init(message);
	message->id = n + 1;
	message->name = add_text(encoder, function->name);
	message->system_name = *function->linkage_name ? add_text(encoder, function->linkage_name) : message->name;
	message->filename = add_text(encoder, file);
	message->start_line = function->line;
	encoder->message.function[encoder->message.n_function++] = message;
}

/* Returns the number of the location of LINE in the function number FUNCTION; adds the location if it is new. */
static uint64_t add_location(struct encoder *encoder, uint64_t mapping, uint64_t function, uint32_t line)
{
	size_t n = encoder->message.n_location, known;
	struct location *location = &encoder->locations[n];

	if (key_map__get(&encoder->location_of_line, function << 32 | line, &known))
		return known;
	check(encoder, key_map__set(&encoder->location_of_line, function << 32 | line, n + 1));
	pprof__location__init(&location->message);
	pprof__line__init(&location->line);
	location->line.function_id = function;
	location->line.line = line;
	location->line_pointer = &location->line;
	location->message.id = n + 1;
	location->message.mapping_id = mapping;
	location->message.line = &location->line_pointer;
	location->message.n_line = 1;
	encoder->message.location[encoder->message.n_location++] = &location->message;
	return location->message.id;
}

static Pprof__Label *add_label(struct encoder *encoder, struct sample *sample, const char *key)
{
	Pprof__Label *label = &sample->labels[sample->message.n_label];

	pprof__label__init(label);
	label->key = add_text(encoder, key);
	sample->label_pointers[sample->message.n_label++] = label;
	return label;
}

static void add_owner(struct encoder *encoder, struct sample *sample, const struct profile_owner *owner)
{
	sample->message.label = sample->label_pointers;
	if (!owner->pid)
		return;
	add_label(encoder, sample, "pid")->num = owner->pid;
	if (owner->tid)
		add_label(encoder, sample, "tid")->num = owner->tid;
	add_label(encoder, sample, "comm")->str = add_text(encoder, owner->comm);
}

static void add_sample(struct encoder *encoder, const struct profile_function *function,
		       const struct profile_line *line, uint64_t number, uint64_t mapping)
{
	struct sample *sample = &encoder->samples[encoder->message.n_sample];

	pprof__sample__init(&sample->message);
	sample->location = add_location(encoder, mapping, number, line->line);
	sample->message.location_id = &sample->location;
	sample->message.n_location_id = 1;
	sample->values[VALUE_HITS] = to_i64(line->hits);
	sample->values[VALUE_TIME] = to_i64(line->time_ns);
	sample->message.value = sample->values;
	sample->message.n_value = N_VALUES;
	add_owner(encoder, sample, &function->owner);
	encoder->message.sample[encoder->message.n_sample++] = &sample->message;
}

static void add_inexact(struct encoder *encoder, const struct profile_function *function)
{
	char *sentence;

	check(encoder, inexact_hits__sentence(function, &sentence));
	add_notes(encoder, function->name, &sentence, sentence != NULL);
	free(sentence);
}

/* Adds the samples of the function, which was added with number FIRST, its other files with the numbers after that. */
static void add_samples(struct encoder *encoder, const struct profile_function *function, uint64_t first,
			uint64_t mapping)
{
	for (size_t i = 0; !encoder->err && i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (profile_line__may_be_hit(line) || line->time_ns)
			add_sample(encoder, function, line, first + line->file, mapping);
	}
}

/* Whether both are the same function, with the same files. */
static bool is_same(const struct profile_function *a, const struct profile_function *b)
{
	if (place_order__compare(a, b) || a->n_others != b->n_others)
		return false;
	for (size_t i = 0; i < a->n_others; i++)
		if (strcmp(a->others[i].name, b->others[i].name) != 0)
			return false;
	return true;
}

static void add_functions(struct encoder *encoder, const struct profile *profile)
{
	const struct profile_function **functions = place_order__functions(profile);
	uint64_t first = 1;

	check(encoder, functions ? 0 : -ENOMEM);
	for (size_t f = 0; !encoder->err && f < profile->n_functions; f++) {
		const struct profile_function *function = functions[f];
		uint64_t mapping = add_mapping(encoder, function);

		if (!f || !is_same(functions[f - 1], function)) {
			first = encoder->message.n_function + 1;
			for (uint32_t file = 0; file <= function->n_others; file++)
				add_function(encoder, function, profile_function__file(function, file));
		}
		add_samples(encoder, function, first, mapping);
		add_notes(encoder, function->name, function->notes, function->n_notes);
		add_inexact(encoder, function);
	}
	free(functions);
}

static int compress_message(const uint8_t *message, size_t n, uint8_t **data, size_t *size)
{
	z_stream stream = {0};
	size_t bound;
	int done = Z_MEM_ERROR;

	if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY))
		return -ENOMEM;
	bound = deflateBound(&stream, n);
	*data = malloc(bound);
	if (*data) {
		stream.next_in = (Bytef *)message;
		stream.avail_in = (uInt)n;
		stream.next_out = *data;
		stream.avail_out = (uInt)bound;
		done = deflate(&stream, Z_FINISH);
		*size = stream.total_out;
	}
	deflateEnd(&stream);
	if (done == Z_STREAM_END)
		return 0;
	free(*data);
	*data = NULL;
	return -ENOMEM;
}

static int pack(struct encoder *encoder, uint8_t **data, size_t *size)
{
	uint8_t *message;
	size_t n;
	int err;

	encoder->message.string_table = encoder->strings.strings;
	encoder->message.n_string_table = encoder->strings.n;
	n = pprof__profile__get_packed_size(&encoder->message);
	if (n > INT_MAX)
		return -EFBIG;
	message = malloc(n);
	if (!message)
		return -ENOMEM;
	pprof__profile__pack(&encoder->message, message);
	err = compress_message(message, n, data, size);
	free(message);
	return err;
}

int pprof__encode(const struct profile *profile, uint8_t **data, size_t *size)
{
	struct encoder encoder = {0};

	*data = NULL;
	*size = 0;
	pprof__profile__init(&encoder.message);
	allocate(&encoder, profile);
	if (!encoder.err) {
		set_header(&encoder, profile);
		add_functions(&encoder, profile);
	}
	if (!encoder.err)
		encoder.err = pack(&encoder, data, size);
	release(&encoder);
	return encoder.err;
}
