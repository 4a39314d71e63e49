// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a profile becomes pprof messages:
 *
 *   - A sample is a stack that was sampled, of an owner (process or thread), with the innermost call first. Its values
 *     are samples and the time that they stand for: on a processor and, if the clock is the wall's, all of it.
 *   - Hits are samples of their own, one for each line of a function of an owner. Their stack is a single location,
 *     because what is counted is counted for all callers together. Each sample has either hits or the other values, so
 *     that readers, which show one type of value at a time, see sums that are right.
 *   - Of a profile without sampled stacks, there are the lines' samples alone, with their time as the second value. The
 *     time of a line includes the time of the functions it calls; if both caller and callee are profiled, that time is
 *     in both.
 *   - What has neither value is left out, as pprof's own tools do, unless it is a line that may have been hit.
 *   - A location is a line of a function; a mapping is an object.
 *   - A function is written once, even if several owners have figures for it. Owners become labels of samples. But a
 *     function of this format has one file, so it is written once more for each other file with lines of it.
 *   - Notes become comments.
 */
#include "report/pprof.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "base/container_name.h"
#include "profile/place_order.h"
#include "profile/rough_count.h"
#include "profile/stacks.h"
#include "report/budget_use.h"
#include "report/estimated_hits.h"
#include "report/inexact_hits.h"
#include "report/pprof_places.h"

#define MOST_VALUES 4
enum label { LABEL_PID, LABEL_TID, LABEL_COMM, LABEL_CGROUP, LABEL_CONTAINER, LABEL_POD, LABEL_UNIT, N_LABELS };

#define GZIP_WINDOW (15 + 16) /* for zlib: the largest window, and a gzip header instead of a zlib one */

struct sample {
	Pprof__Sample message;
	Pprof__Label labels[N_LABELS];
	Pprof__Label *label_pointers[N_LABELS];
	int64_t values[MOST_VALUES];
};

/* The message being built, and the storage for everything that its arrays of pointers point to. */
struct encoder {
	Pprof__Profile message;
	const struct profile_processes *processes;
	const struct stacks *stacks; /* NULL: nothing was sampled */
	bool has_wall;		     /* all time is a value, and not only that on a processor */
	Pprof__ValueType types[MOST_VALUES];
	Pprof__ValueType *type_pointers[MOST_VALUES];
	Pprof__ValueType period_type;
	struct sample *samples;
	uint64_t *location_ids; /* of all samples */
	size_t n_location_ids;
	struct pprof_places places;
	int err; /* the first error; once it is set, the message is useless */
};

static void check(struct encoder *encoder, int err)
{
	if (!encoder->err)
		encoder->err = err;
}

static int64_t to_i64(uint64_t value)
{
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static bool is_sample(const struct stack_node *node)
{
	return node->samples || node->cpu_ns || node->blocked_ns;
}

/* Adds to the numbers of samples and of locations in their stacks those of the sampled stacks. */
static void count_stacks(const struct stacks *stacks, size_t *n_samples, size_t *n_locations)
{
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		if (!is_sample(&stacks->nodes[i]))
			continue;
		++*n_samples;
		for (uint32_t at = (uint32_t)i; at != STACKS_NONE; at = stacks->nodes[at].parent)
			++*n_locations;
	}
}

/* Allocates the largest number of messages there can be. */
static void allocate(struct encoder *encoder, const struct profile *profile)
{
	size_t n_samples = 1, n_locations, n_comments = profile->n_notes + 2; /* and a sentence about the budget */

	for (size_t f = 0; f < profile->n_functions; f++) {
		n_samples += profile->functions[f].n_lines;
		n_comments += profile->functions[f].n_notes + 2; /* and sentences about hits */
	}
	n_locations = n_samples;
	if (encoder->stacks)
		count_stacks(encoder->stacks, &n_samples, &n_locations);
	encoder->samples = calloc(n_samples, sizeof(*encoder->samples));
	encoder->location_ids = calloc(n_locations, sizeof(*encoder->location_ids));
	encoder->message.sample = calloc(n_samples, sizeof(*encoder->message.sample));
	encoder->message.comment = calloc(n_comments, sizeof(*encoder->message.comment));
	if (!encoder->samples || !encoder->location_ids || !encoder->message.sample || !encoder->message.comment)
		check(encoder, -ENOMEM);
}

static void release(struct encoder *encoder)
{
	free(encoder->samples);
	free(encoder->location_ids);
	free(encoder->message.sample);
	free(encoder->message.comment);
	pprof_places__release(&encoder->places);
}

static int64_t add_text(struct encoder *encoder, const char *text)
{
	return pprof_places__text(&encoder->places, text);
}

static void set_type(struct encoder *encoder, Pprof__ValueType *message, const char *type, const char *unit)
{
	pprof__value_type__init(message);
	message->type = add_text(encoder, type);
	message->unit = add_text(encoder, unit);
}

static void add_type(struct encoder *encoder, const char *type, const char *unit)
{
	size_t n = encoder->message.n_sample_type++;

	set_type(encoder, &encoder->types[n], type, unit);
	encoder->type_pointers[n] = &encoder->types[n];
}

/*
 * All time is the last type on purpose. Readers that ignore default_sample_type show the last type, and some readers
 * mistake the default for an index into this array.
 */
static void add_types(struct encoder *encoder)
{
	Pprof__Profile *message = &encoder->message;

	message->sample_type = encoder->type_pointers;
	add_type(encoder, "hits", "count");
	if (encoder->stacks) {
		add_type(encoder, "samples", "count");
		add_type(encoder, "cpu", "nanoseconds");
		if (encoder->has_wall)
			add_type(encoder, "wall", "nanoseconds");
	} else {
		add_type(encoder, "time", "nanoseconds");
	}
	message->default_sample_type = encoder->types[message->n_sample_type - 1].type;
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
	char use[BUDGET_USE_ROOM], *used = use;

	add_types(encoder);
	message->period_type = &encoder->period_type;
	if (encoder->stacks) {
		set_type(encoder, &encoder->period_type, "cpu", "nanoseconds");
		message->period = to_i64(encoder->stacks->period_ns);
	} else {
		/* A period of one hit: every hit is counted, none is skipped by sampling. */
		set_type(encoder, &encoder->period_type, "hits", "count");
		message->period = 1;
	}
	message->time_nanos = to_i64(profile->began_ns);
	message->duration_nanos = to_i64(profile->duration_ns);
	if (budget_use__explain(&profile->budget, use))
		add_notes(encoder, "profiling took", &used, 1);
	add_notes(encoder, "", profile->notes, profile->n_notes);
}

static Pprof__Label *add_label(struct encoder *encoder, struct sample *sample, const char *key)
{
	Pprof__Label *label = &sample->labels[sample->message.n_label];

	pprof__label__init(label);
	label->key = add_text(encoder, key);
	sample->label_pointers[sample->message.n_label++] = label;
	return label;
}

static void add_text_label(struct encoder *encoder, struct sample *sample, const char *key, const char *text)
{
	if (*text)
		add_label(encoder, sample, key)->str = add_text(encoder, text);
}

/* What is known of process PID. */
static void add_process(struct encoder *encoder, struct sample *sample, int pid)
{
	const char *cgroup = profile_processes__cgroup(encoder->processes, pid);
	struct container_name name;

	if (!cgroup || !strcmp(cgroup, "/"))
		return;
	container_name__parse(cgroup, &name);
	add_text_label(encoder, sample, "cgroup", cgroup);
	add_text_label(encoder, sample, "container", name.container);
	add_text_label(encoder, sample, "pod", name.pod);
	add_text_label(encoder, sample, "unit", name.unit);
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
	add_process(encoder, sample, owner->pid);
}

/* Adds a sample without values and locations. */
static struct sample *add_sample(struct encoder *encoder, const struct profile_owner *owner)
{
	struct sample *sample = &encoder->samples[encoder->message.n_sample];

	pprof__sample__init(&sample->message);
	sample->message.location_id = &encoder->location_ids[encoder->n_location_ids];
	sample->message.value = sample->values;
	sample->message.n_value = encoder->message.n_sample_type;
	add_owner(encoder, sample, owner);
	encoder->message.sample[encoder->message.n_sample++] = &sample->message;
	return sample;
}

static void add_location(struct encoder *encoder, struct sample *sample, uint64_t location)
{
	encoder->location_ids[encoder->n_location_ids++] = location;
	sample->message.n_location_id++;
}

/* Says which hits are not exact, and why. */
static void add_sentences(struct encoder *encoder, const struct profile_function *function)
{
	static int (*const makers[])(const struct profile_function *function, char **out) = {inexact_hits__sentence,
											     estimated_hits__sentence};

	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
		char *sentence;

		check(encoder, makers[i](function, &sentence));
		add_notes(encoder, function->name, &sentence, sentence != NULL);
		free(sentence);
	}
}

static void add_line(struct encoder *encoder, const struct profile_function *function, const struct profile_line *line,
		     uint64_t mapping)
{
	const struct pprof_function place = {function->name, function->linkage_name,
					     profile_function__file(function, line->file), function->line};
	uint64_t number = pprof_places__function(&encoder->places, &place);
	struct sample *sample = add_sample(encoder, &function->owner);

	add_location(encoder, sample, pprof_places__location(&encoder->places, mapping, number, line->line));
	sample->values[0] = to_i64(rough_count__rounded(line->hits, line->hits_uncertainty));
	if (!encoder->stacks)
		sample->values[1] = to_i64(line->time_ns);
}

static void add_function(struct encoder *encoder, const struct profile_function *function)
{
	uint64_t mapping = pprof_places__mapping(&encoder->places, function->object, function->build_id);

	for (size_t i = 0; !encoder->err && i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (profile_line__may_be_hit(line) || (!encoder->stacks && line->time_ns))
			add_line(encoder, function, line, mapping);
	}
	add_notes(encoder, function->name, function->notes, function->n_notes);
	add_sentences(encoder, function);
}

static void add_functions(struct encoder *encoder, const struct profile *profile)
{
	const struct profile_function **functions = place_order__functions(profile);

	check(encoder, functions ? 0 : -ENOMEM);
	for (size_t f = 0; !encoder->err && f < profile->n_functions; f++)
		add_function(encoder, functions[f]);
	free(functions);
}

/* The number of the location of NODE, whose function has the number FUNCTION when it is in its own file. */
static uint64_t node_location(struct encoder *encoder, const struct stack_node *node, uint64_t mapping,
			      uint64_t function)
{
	const struct stack_function *of = &encoder->stacks->functions[node->function];
	const struct pprof_function place = {of->name, of->linkage_name, stacks__file_name(encoder->stacks, node),
					     of->line};

	if (node->file)
		function = pprof_places__function(&encoder->places, &place);
	return pprof_places__location(&encoder->places, mapping, function, node->line);
}

/* Sets locations[n] to the number of the location of node n. NUMBERS has room for two numbers for each function. */
static void find_locations(struct encoder *encoder, uint64_t *numbers, uint64_t *locations)
{
	const struct stacks *stacks = encoder->stacks;

	for (size_t f = 0; f < stacks->n_functions; f++) {
		const struct stack_function *function = &stacks->functions[f];
		const struct pprof_function place = {function->name, function->linkage_name, function->file,
						     function->line};

		numbers[2 * f] = pprof_places__mapping(&encoder->places, function->object, function->build_id);
		numbers[2 * f + 1] = pprof_places__function(&encoder->places, &place);
	}
	for (size_t i = 0; i < stacks->n_nodes; i++) {
		const uint64_t *of = &numbers[2 * (size_t)stacks->nodes[i].function];

		locations[i] = node_location(encoder, &stacks->nodes[i], of[0], of[1]);
	}
}

static void add_stack(struct encoder *encoder, uint32_t index, const uint64_t *locations)
{
	const struct stacks *stacks = encoder->stacks;
	const struct stack_node *node = &stacks->nodes[index];
	struct sample *sample = add_sample(encoder, &stacks->owners[node->owner]);

	for (uint32_t at = index; at != STACKS_NONE; at = stacks->nodes[at].parent)
		add_location(encoder, sample, locations[at]);
	sample->values[1] = to_i64(node->samples);
	sample->values[2] = to_i64(node->cpu_ns);
	if (encoder->has_wall)
		sample->values[3] = to_i64(stack_node__time(node, false));
}

static void add_stacks(struct encoder *encoder)
{
	const struct stacks *stacks = encoder->stacks;
	uint64_t *numbers = calloc(2 * stacks->n_functions + 1, sizeof(*numbers));
	uint64_t *locations = calloc(stacks->n_nodes + 1, sizeof(*locations));

	check(encoder, numbers && locations ? 0 : -ENOMEM);
	if (!encoder->err)
		find_locations(encoder, numbers, locations);
	for (uint32_t i = 0; !encoder->err && i < stacks->n_nodes; i++)
		if (is_sample(&stacks->nodes[i]))
			add_stack(encoder, i, locations);
	free(numbers);
	free(locations);
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

	pprof_places__put(&encoder->places, &encoder->message);
	if (encoder->places.err)
		return encoder->places.err;
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
	struct encoder encoder = {
		.processes = &profile->processes,
		.stacks = stacks__any(profile->stacks) ? profile->stacks : NULL,
		.has_wall = profile->clock == PROFILE_CLOCK_WALL,
	};

	*data = NULL;
	*size = 0;
	pprof__profile__init(&encoder.message);
	pprof_places__init(&encoder.places);
	allocate(&encoder, profile);
	if (!encoder.err) {
		set_header(&encoder, profile);
		add_functions(&encoder, profile);
	}
	if (!encoder.err && encoder.stacks)
		add_stacks(&encoder);
	if (!encoder.err)
		encoder.err = pack(&encoder, data, size);
	release(&encoder);
	return encoder.err;
}
