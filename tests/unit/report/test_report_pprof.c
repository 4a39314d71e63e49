// SPDX-License-Identifier: GPL-2.0-or-later
#include <report/profile.pb-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "report/pprof.h"
#include "unit/reported.h"
#include "unit/stacked.h"
#include "unit/test.h"

#define GZIP_WINDOW (15 + 16)

/*
 * Decodes the message in SIZE bytes of gzip-compressed DATA. The caller frees it with pprof__profile__free_unpacked().
 */
static Pprof__Profile *decoded(const void *data, size_t size)
{
	size_t room = 4 * REPORTED_LONG + 65536;
	uint8_t *bytes = malloc(room);
	z_stream stream = {
		.next_in = (Bytef *)data, .avail_in = (uInt)size, .next_out = bytes, .avail_out = (uInt)room};
	Pprof__Profile *message;

	assert_non_null(bytes);
	assert_int_equal(inflateInit2(&stream, GZIP_WINDOW), Z_OK);
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	inflateEnd(&stream);
	message = pprof__profile__unpack(NULL, stream.total_out, bytes);
	assert_non_null(message);
	free(bytes);
	assert_true(message->n_string_table > 0);
	assert_string_equal(message->string_table[0], "");
	return message;
}

static Pprof__Profile *encoded(const struct profile *profile)
{
	uint8_t *data;
	Pprof__Profile *message;
	size_t size;

	assert_int_equal(pprof__encode(profile, &data, &size), 0);
	message = decoded(data, size);
	free(data);
	return message;
}

static const char *text(const Pprof__Profile *message, int64_t index)
{
	assert_in_range(index, 0, message->n_string_table - 1);
	return message->string_table[index];
}

/*
 * In our messages, the number of a location, function or mapping is its index plus one, though the format does not
 * demand that.
 */
static const Pprof__Location *location_of(const Pprof__Profile *message, size_t sample)
{
	const Pprof__Sample *s = message->sample[sample];

	assert_int_equal(s->n_location_id, 1);
	assert_in_range(s->location_id[0], 1, message->n_location);
	assert_int_equal(message->location[s->location_id[0] - 1]->id, s->location_id[0]);
	return message->location[s->location_id[0] - 1];
}

static const Pprof__Function *function_of(const Pprof__Profile *message, size_t sample)
{
	const Pprof__Location *location = location_of(message, sample);

	assert_int_equal(location->n_line, 1);
	assert_in_range(location->line[0]->function_id, 1, message->n_function);
	assert_int_equal(message->function[location->line[0]->function_id - 1]->id, location->line[0]->function_id);
	return message->function[location->line[0]->function_id - 1];
}

static void check_sample(const Pprof__Profile *message, size_t sample, const char *function, int64_t line, int64_t hits,
			 int64_t time_ns)
{
	assert_in_range(sample, 0, message->n_sample - 1);
	assert_string_equal(text(message, function_of(message, sample)->name), function);
	assert_int_equal(location_of(message, sample)->line[0]->line, line);
	assert_int_equal(message->sample[sample]->n_value, 2);
	assert_int_equal(message->sample[sample]->value[0], hits);
	assert_int_equal(message->sample[sample]->value[1], time_ns);
}

static void the_header(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f;
	Pprof__Profile *message;

	(void)state;
	profile->duration_ns = 1234567890;
	assert_int_equal(profile__add_note(profile, "all is well"), 0);
	f = reported__function(profile, "f", "/a/a.c", 3);
	assert_int_equal(profile_function__add_note(f, "less so"), 0);
	assert_int_equal(profile_function__add_line(f, &(struct profile_line){.line = 3, .hits_inexact = true}), 0);
	message = encoded(profile);
	assert_int_equal(message->n_sample_type, 2);
	assert_string_equal(text(message, message->sample_type[0]->type), "hits");
	assert_string_equal(text(message, message->sample_type[0]->unit), "count");
	assert_string_equal(text(message, message->sample_type[1]->type), "time");
	assert_string_equal(text(message, message->sample_type[1]->unit), "nanoseconds");
	assert_string_equal(text(message, message->default_sample_type), "time");
	assert_string_equal(text(message, message->period_type->type), "hits");
	assert_string_equal(text(message, message->period_type->unit), "count");
	assert_int_equal(message->period, 1);
	assert_int_equal(message->duration_nanos, 1234567890);
	assert_int_equal(message->n_sample, 1);
	assert_int_equal(message->n_comment, 3);
	assert_string_equal(text(message, message->comment[0]), "all is well");
	assert_string_equal(text(message, message->comment[1]), "f: less so");
	assert_string_equal(text(message, message->comment[2]),
			    "f: the hits of line 3 are the best estimate: the compiled code does not tell how often it "
			    "was executed");
	pprof__profile__free_unpacked(message, NULL);
	reported__check_failure(profile, &report_pprof);
	profile__free(profile);
}

static void lines_are_samples(void **state)
{
	struct profile *profile = reported__profile();
	struct profile_function *f;
	const Pprof__Function *function;
	const Pprof__Mapping *mapping;
	Pprof__Profile *message;

	(void)state;
	f = profile__add_function(profile, "ns::g", "_ZN2ns1gEv", "/a/a.cc", 20);
	assert_non_null(f);
	reported__line(f, 20, UINT64_MAX, 50);
	reported__line(f, 21, 0, 0);
	reported__line(f, 22, 0, 1);
	reported__line(reported__function(profile, "f", "/a/a.c", 3), 4, 10, 2000);
	reported__line(reported__function(profile, "h", "/a/b.c", 1), 1, 1, UINT64_C(10000000000));

	message = encoded(profile);
	assert_int_equal(message->n_sample, 4);
	check_sample(message, 0, "f", 4, 10, 2000);
	check_sample(message, 1, "ns::g", 20, INT64_MAX, 50);
	check_sample(message, 2, "ns::g", 22, 0, 1);
	check_sample(message, 3, "h", 1, 1, INT64_C(10000000000));
	function = function_of(message, 1);
	assert_string_equal(text(message, function->system_name), "_ZN2ns1gEv");
	assert_string_equal(text(message, function->filename), "/a/a.cc");
	assert_int_equal(function->start_line, 20);
	assert_string_equal(text(message, function_of(message, 0)->system_name), "f");
	/* One mapping for both functions of the program; no mapping for the function whose object is not known. */
	assert_int_equal(message->n_mapping, 1);
	mapping = message->mapping[0];
	assert_string_equal(text(message, mapping->filename), "/a/program");
	assert_string_equal(text(message, mapping->build_id), "c0ffee");
	assert_true(mapping->has_functions && mapping->has_filenames && mapping->has_line_numbers);
	assert_int_equal(location_of(message, 0)->mapping_id, mapping->id);
	assert_int_equal(location_of(message, 1)->mapping_id, 0);
	assert_int_equal(location_of(message, 3)->mapping_id, mapping->id);
	pprof__profile__free_unpacked(message, NULL);
	profile__free(profile);
}

static void check_label(const Pprof__Profile *message, size_t sample, size_t label, const char *key, int64_t number,
			const char *value)
{
	assert_in_range(label, 0, message->sample[sample]->n_label - 1);
	assert_string_equal(text(message, message->sample[sample]->label[label]->key), key);
	assert_int_equal(message->sample[sample]->label[label]->num, number);
	assert_string_equal(text(message, message->sample[sample]->label[label]->str), value);
}

static void owners_are_labels(void **state)
{
	static const struct profile_owner owners[] = {{.pid = 12, .tid = 14, .comm = "wor\nker"},
						      {.pid = 12, .comm = "main"},
						      {0},
						      {.pid = 13, .comm = "inside"},
						      {.pid = 14, .comm = "outside"}};
	struct profile *profile = reported__profile();
	Pprof__Profile *message;

	(void)state;
	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		struct profile_function *f = reported__function(profile, "f", "/a/a.c", 3);

		f->owner = owners[i];
		reported__line(f, 3, i + 1, 7);
		reported__line(f, (uint32_t)i + 10, 1, 7);
	}
	assert_int_equal(profile_processes__set(&profile->processes, 13, "/lxc.payload.web/a\n/nginx.service"), 0);
	assert_int_equal(profile_processes__set(&profile->processes, 14, "/"), 0);
	message = encoded(profile);
	assert_int_equal(message->n_function, 1);
	assert_int_equal(message->n_location, 6);
	assert_int_equal(message->n_sample, 10);
	check_sample(message, 0, "f", 3, 3, 7);
	assert_int_equal(message->sample[0]->n_label, 0);
	check_sample(message, 2, "f", 3, 2, 7);
	assert_int_equal(message->sample[2]->n_label, 2);
	check_label(message, 2, 0, "pid", 12, "");
	check_label(message, 2, 1, "comm", 0, "main");
	check_sample(message, 4, "f", 3, 1, 7);
	assert_int_equal(message->sample[4]->n_label, 3);
	check_label(message, 4, 0, "pid", 12, "");
	check_label(message, 4, 1, "tid", 14, "");
	check_label(message, 4, 2, "comm", 0, "wor\\x0aker");
	assert_int_equal(message->sample[6]->n_label, 5);
	check_label(message, 6, 0, "pid", 13, "");
	check_label(message, 6, 2, "cgroup", 0, "/lxc.payload.web/a\\x0a/nginx.service");
	check_label(message, 6, 3, "container", 0, "web");
	check_label(message, 6, 4, "unit", 0, "nginx.service");
	assert_int_equal(message->sample[8]->n_label, 2);
	check_label(message, 8, 0, "pid", 14, "");
	assert_ptr_equal(location_of(message, 0), location_of(message, 4));
	check_sample(message, 5, "f", 10, 1, 7);
	pprof__profile__free_unpacked(message, NULL);
	profile__free(profile);
}

static void a_file_has_what_is_encoded(void **state)
{
	struct profile *profile = reported__profile();
	uint8_t *data;
	size_t size, n;
	char *file;

	(void)state;
	reported__line(reported__function(profile, "f", "/a/a.c", 3), 4, 10, 2000);
	file = reported__as(profile, &report_pprof, &n);
	assert_int_equal(pprof__encode(profile, &data, &size), 0);
	assert_int_equal(n, size);
	assert_memory_equal(file, data, size);
	free(data);
	free(file);
	profile__free(profile);
}

static void hostile_names_are_harmless_text(void **state)
{
	(void)state;
	for (size_t i = 0; reported_hostile_names[i]; i++) {
		struct profile *profile = reported__profile();
		const char *name = reported_hostile_names[i];
		struct profile_function *f = profile__add_function(profile, name, name, name, 1);
		Pprof__Profile *message;

		assert_non_null(f);
		assert_int_equal(profile_function__set_place(f, name, name, NULL), 0);
		assert_int_equal(profile_function__add_note(f, "%s", name), 0);
		f->owner.pid = 1;
		snprintf(f->owner.comm, sizeof(f->owner.comm), "%s", name);
		reported__line(f, 1, 1, 1);
		message = encoded(profile);
		for (size_t s = 0; s < message->n_string_table; s++) {
			reported__check_harmless(message->string_table[s]);
			assert_null(strpbrk(message->string_table[s], "\r\n"));
		}
		check_sample(message, 0, text(message, function_of(message, 0)->filename), 1, 1, 1);
		pprof__profile__free_unpacked(message, NULL);
		profile__free(profile);
	}
}

static void a_long_name_is_whole(void **state)
{
	struct profile *profile = reported__profile();
	char *name = reported__long_name();
	Pprof__Profile *message;

	(void)state;
	reported__line(reported__function(profile, name, "f", 1), 1, 2, 3);
	message = encoded(profile);
	check_sample(message, 0, name, 1, 2, 3);
	pprof__profile__free_unpacked(message, NULL);
	free(name);
	profile__free(profile);
}

/* The stack of a sample as "inner:line@file;outer...", with its values; owned by the caller. */
static char *sample_text(const Pprof__Profile *message, size_t sample)
{
	const Pprof__Sample *s = message->sample[sample];
	char *result = NULL;
	size_t size;
	FILE *out = open_memstream(&result, &size);

	assert_non_null(out);
	for (size_t i = 0; i < s->n_location_id; i++) {
		const Pprof__Location *location = message->location[s->location_id[i] - 1];
		const Pprof__Function *function = message->function[location->line[0]->function_id - 1];

		fprintf(out, "%s%s:%d@%s", i ? ";" : "", text(message, function->name), (int)location->line[0]->line,
			text(message, function->filename));
	}
	for (size_t i = 0; i < s->n_value; i++)
		fprintf(out, " %lld", (long long)s->value[i]);
	fclose(out);
	return result;
}

static void check_samples(const struct profile *profile, const char *const *expected, size_t n)
{
	Pprof__Profile *message = encoded(profile);

	assert_int_equal(message->n_sample, n);
	for (size_t i = 0; i < n; i++) {
		char *sample = sample_text(message, i);

		assert_string_equal(sample, expected[i]);
		assert_int_equal(message->sample[i]->n_value, message->n_sample_type);
		free(sample);
	}
	pprof__profile__free_unpacked(message, NULL);
}

static struct profile *sampled_profile(void)
{
	static const struct profile_owner nobody;
	struct profile *profile = reported__profile();
	struct profile_function *f = profile__add_function(profile, "f", "", "f.c", 1);

	assert_int_equal(profile_function__set_place(f, "/a/program", "", NULL), 0);
	reported__line(f, 10, 3, 99);
	reported__line(f, 12, 0, 99);
	profile->stacks = stacks__new();
	profile->stacks->period_ns = 1000000;
	stacked__add(profile->stacks, &nobody, "main:3;f:10", 1, 5, 7);
	stacked__add(profile->stacks, &nobody, "main:3;f:10@b.h;[unknown]", 1, UINT64_MAX, 1);
	stacked__add(profile->stacks, &nobody, "main:3;f:11;f:10", 2, 20, 0);
	return profile;
}

static void sampled_stacks_are_whole(void **state)
{
	static const char *const wall[] = {
		"f:10@f.c 3 0 0 0",
		"f:10@f.c;main:3@main.c 0 1 5 12",
		"[unknown]:0@;f:10@b.h;main:3@main.c 0 1 9223372036854775807 9223372036854775807",
		"f:10@f.c;f:11@f.c;main:3@main.c 0 2 20 20",
	};
	static const char *const cpu[] = {
		"f:10@f.c 3 0 0",
		"f:10@f.c;main:3@main.c 0 1 5",
		"[unknown]:0@;f:10@b.h;main:3@main.c 0 1 9223372036854775807",
		"f:10@f.c;f:11@f.c;main:3@main.c 0 2 20",
	};
	struct profile *profile = sampled_profile();

	(void)state;
	check_samples(profile, wall, 4);
	profile->clock = PROFILE_CLOCK_CPU;
	check_samples(profile, cpu, 4);
	profile__free(profile);
}

static void the_tables_of_sampled_stacks(void **state)
{
	static const struct profile_owner thread = {.pid = 12, .tid = 13, .comm = "w"};
	static const char *const types[] = {"hits", "samples", "cpu", "wall"};
	struct profile *profile = sampled_profile();
	Pprof__Profile *message;

	(void)state;
	stacked__add(profile->stacks, &thread, "main:3;f:10", 1, 5, 7);
	message = encoded(profile);
	assert_int_equal(message->n_sample_type, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(text(message, message->sample_type[i]->type), types[i]);
		assert_string_equal(text(message, message->sample_type[i]->unit), i < 2 ? "count" : "nanoseconds");
	}
	assert_string_equal(text(message, message->default_sample_type), "wall");
	assert_string_equal(text(message, message->period_type->type), "cpu");
	assert_string_equal(text(message, message->period_type->unit), "nanoseconds");
	assert_int_equal(message->period, 1000000);
	/* f in two files, main, [unknown]; of f the line with hits is that of the stacks. */
	assert_int_equal(message->n_function, 4);
	assert_int_equal(message->n_location, 5);
	assert_int_equal(message->n_mapping, 1);
	assert_int_equal(message->location[0]->mapping_id, 1);
	assert_int_equal(message->n_sample, 5);
	assert_int_equal(message->sample[1]->n_label, 0);
	check_label(message, 4, 0, "pid", 12, "");
	check_label(message, 4, 1, "tid", 13, "");
	check_label(message, 4, 2, "comm", 0, "w");
	pprof__profile__free_unpacked(message, NULL);
	profile__free(profile);
}

/* Stacks in which nothing was sampled yet change nothing. */
static void without_samples_all_is_as_before(void **state)
{
	static const char *const expected[] = {"f:10@f.c 3 99", "f:12@f.c 0 99"};
	struct profile *profile = reported__profile();
	struct profile_function *f = reported__function(profile, "f", "f.c", 1);

	(void)state;
	reported__line(f, 10, 3, 99);
	reported__line(f, 12, 0, 99);
	profile->stacks = stacks__new();
	check_samples(profile, expected, 2);
	profile__free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_header),
		cmocka_unit_test(lines_are_samples),
		cmocka_unit_test(owners_are_labels),
		cmocka_unit_test(a_file_has_what_is_encoded),
		cmocka_unit_test(hostile_names_are_harmless_text),
		cmocka_unit_test(a_long_name_is_whole),
		cmocka_unit_test(sampled_stacks_are_whole),
		cmocka_unit_test(the_tables_of_sampled_stacks),
		cmocka_unit_test(without_samples_all_is_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
