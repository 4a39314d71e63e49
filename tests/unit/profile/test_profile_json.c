// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <unistd.h>

#include "profile/profile_json.h"
#include "report/report.h"
#include "unit/scratch.h"
#include "unit/stacked.h"

/* The text that report_json writes for PROFILE, owned by the caller. */
static char *written(const struct profile *profile, size_t *size)
{
	const struct report_style style = {.unit = 1e-6, .details = true};
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	assert_non_null(out);
	assert_int_equal(report_json.write(profile, &style, out), 0);
	fclose(out);
	return text;
}

/* Parses a copy in a block of exactly SIZE bytes, so that a sanitizer detects any read beyond its end. */
static int parse(const char *text, size_t size, struct profile **out, struct profile_json_error *error)
{
	char *copy = malloc(size ? size : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, text, size);
	err = profile_json__parse(copy, size, out, error);
	free(copy);
	return err;
}

static void add_line(struct profile_function *function, const struct profile_line *line, const char *text)
{
	assert_int_equal(profile_function__add_line(function, line), 0);
	if (text)
		assert_int_equal(profile_function__set_text(function, &function->lines[function->n_lines - 1], text,
							    strlen(text)),
				 0);
}

static struct stacks *full_stacks(void)
{
	const struct profile_owner owner = {.pid = 11, .tid = 12, .comm = "w", .has_rank = true, .rank = 0},
				   nobody = {0};
	struct stacks *stacks = stacks__new();

	stacked__add(stacks, &owner, "main:3;f:10@b.h;g:5@c.h;[unknown]", 1, 5, 7);
	stacked__add(stacks, &nobody, "main:3;main:4294967295", INT64_MAX, INT64_MAX, INT64_MAX);
	stacks__close_owners(stacks); /* as merged profiles have it: two processes with the same number */
	stacked__add(stacks, &owner, "main:3;f:10@b.h", 1, 5, 7);
	stacks->period_ns = 1;
	stacks->unprobed_ns = 2;
	stacks->cut_samples = 3;
	stacks->lost_samples = 4;
	stacks->probed_samples = 5;
	return stacks;
}

/* A profile with everything that a profile can hold. */
static struct profile *full_profile(void)
{
	char *const argv[] = {(char *)"sh", (char *)"-c", (char *)"a\n\"b\" \xc3\xa9 \\", (char *)"", NULL};
	struct profile *profile = profile__new();
	struct profile_function *f;

	profile->clock = PROFILE_CLOCK_CPU;
	profile->duration_ns = 5000000000;
	profile->probe.sites = 3;
	profile->probe.hits = 4;
	profile->probe.missed = 5;
	profile->probe.overhead_ns = 6;
	profile->budget.percent = 0.5;
	profile->budget.pause_ns = 10000000;
	profile->budget.spent_ns = 7;
	profile->budget.target_ns = INT64_MAX;
	profile->budget.windows = 8;
	assert_int_equal(profile__set_command(profile, argv), 0);
	assert_int_equal(profile__add_pid(profile, 11), 0);
	assert_int_equal(profile__add_pid(profile, INT32_MAX), 0);
	assert_int_equal(profile_processes__set(&profile->processes, INT32_MAX, "/lxc.payload.a/b.service"), 0);
	assert_int_equal(profile_processes__set(&profile->processes, 11, "/a\x1b\xff"), 0);
	assert_int_equal(profile__add_note(profile, "whole 100 %%"), 0);

	f = profile__add_function(profile, "ns::f", "_ZN2ns1fEv", "/src/f.cc", 6);
	assert_int_equal(profile_function__set_place(f, "/bin/f", "00ff", NULL), 0);
	assert_int_equal(profile_function__add_note(f, "part"), 0);
	f->calls = 9;
	f->calls_uncertainty = 4;
	f->estimated = true;
	f->owner = (struct profile_owner){.pid = 11, .tid = 12, .comm = "wor\033ker", .has_rank = true, .rank = 0};
	add_line(f, &(struct profile_line){7, .hits = INT64_MAX, .time_ns = INT64_MAX, .uncertainty_ns = 3},
		 "\tint \"a\";");
	add_line(f, &(struct profile_line){9, .hits_inexact = true, .hits_uncertainty = 600, .time_ns = 1}, NULL);
	add_line(f,
		 &(struct profile_line){UINT32_MAX, .hits = 1, .time_ns = 2, .uncertainty_ns = 3, .blocked_ns = 1,
					.waiting_ns = 5},
		 "\xe2\x82\xac }");
	assert_int_equal(profile_function__add_between(f, 0, 6, "f()", 3), 0);
	assert_int_equal(profile_function__add_between(f, 0, 8, "", 0), 0);
	f = profile__add_function(profile, "g", "", "", 0);
	f->last = 20;
	assert_int_equal(profile_function__add_note(f, "one"), 0);
	assert_int_equal(profile_function__add_note(f, "two"), 0);
	f->uncounted = true;
	profile->stacks = full_stacks();
	return profile;
}

static void check_stacks(const struct stacks *read, const struct stacks *stacks)
{
	char *text = stacked__text(stacks), *again = stacked__text(read);

	assert_string_equal(text, again);
	assert_int_equal(read->n_owners, 3);
	assert_string_equal(read->owners[0].comm, "w");
	assert_true(read->owners[0].has_rank);
	assert_int_equal(read->owners[1].pid, 0);
	assert_int_equal(read->n_functions, 4);
	assert_memory_equal(&read->period_ns, &stacks->period_ns, 5 * sizeof(uint64_t));
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(read->functions[i].file, stacks->functions[i].file);
		assert_string_equal(read->functions[i].object, stacks->functions[i].object);
		assert_int_equal(read->functions[i].line, stacks->functions[i].line);
	}
	free(text);
	free(again);
}

static void nothing_is_lost(void **state)
{
	struct profile *profile = full_profile(), *read;
	struct profile_json_error error;
	const struct profile_function *f;
	size_t size, again_size;
	char *text = written(profile, &size), *again;

	(void)state;
	assert_int_equal(parse(text, size, &read, &error), 0);
	again = written(read, &again_size);
	assert_string_equal(text, again);

	assert_int_equal(read->clock, PROFILE_CLOCK_CPU);
	assert_int_equal(read->duration_ns, 5000000000);
	assert_int_equal(read->n_command, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(read->command[i], profile->command[i]);
	assert_null(read->command[4]);
	assert_int_equal(read->n_pids, 2);
	assert_int_equal(read->pids[1], INT32_MAX);
	assert_int_equal(read->processes.n, 2);
	assert_string_equal(profile_processes__cgroup(&read->processes, 11), "/a\x1b\\xff");
	assert_string_equal(profile_processes__cgroup(&read->processes, INT32_MAX), "/lxc.payload.a/b.service");
	assert_non_null(strstr(text, "\"runtime\":\"lxc\",\"container\":\"a\",\"unit\":\"b.service\""));
	assert_null(strstr(text, "\"pod\""));
	assert_memory_equal(&read->probe, &profile->probe, sizeof(read->probe));
	assert_int_equal(read->n_notes, 1);
	assert_string_equal(read->notes[0], "whole 100 %");
	assert_int_equal(read->n_functions, 2);
	f = &read->functions[0];
	assert_string_equal(f->linkage_name, "_ZN2ns1fEv");
	assert_string_equal(f->object, "/bin/f");
	assert_string_equal(f->build_id, "00ff");
	assert_null(f->files); /* the view of files only has a meaning on the machine where the profile was made */
	assert_int_equal(f->calls, 9);
	assert_int_equal(f->calls_uncertainty, 4);
	assert_true(f->estimated && !read->functions[1].estimated);
	assert_int_equal(f->lines[0].hits_uncertainty, 0);
	assert_int_equal(f->lines[1].hits_uncertainty, 600);
	assert_memory_equal(&read->budget, &profile->budget, sizeof(read->budget));
	assert_int_equal(read->functions[1].last, 20);
	assert_int_equal(f->owner.tid, 12);
	assert_string_equal(f->owner.comm, "wor\033ker");
	assert_true(f->owner.has_rank);
	assert_int_equal(f->n_lines, 3);
	assert_string_equal(profile_function__text(f, &f->lines[0]), "\tint \"a\";");
	assert_null(profile_function__text(f, &f->lines[1]));
	assert_string_equal(profile_function__text(f, &f->lines[2]), "\xe2\x82\xac }");
	assert_int_equal(f->n_between, 2);
	assert_int_equal(f->between[0].line, 6);
	assert_string_equal(profile_function__text_between(f, &f->between[0]), "f()");
	assert_int_equal(f->between[1].line, 8);
	assert_string_equal(profile_function__text_between(f, &f->between[1]), "");
	assert_false(f->lines[0].hits_inexact);
	assert_true(f->lines[1].hits_inexact);
	assert_int_equal(f->lines[2].uncertainty_ns, 3);
	assert_int_equal(f->lines[2].blocked_ns, 1);
	assert_int_equal(f->lines[2].waiting_ns, 5);
	assert_int_equal(f->waiting_ns, 5);
	assert_int_equal(read->functions[1].n_notes, 2);
	assert_false(read->functions[1].owner.has_rank);
	assert_false(f->uncounted);
	assert_true(read->functions[1].uncounted);
	check_stacks(read->stacks, profile->stacks);

	free(text);
	free(again);
	profile__free(profile);
	profile__free(read);
}

/* A thread's name may be any fifteen bytes. It grows when it is escaped, and must still be read back whole. */
static void names_that_grow_are_read_back(void **state)
{
	struct profile *profile = profile__new(), *read;
	struct profile_function *f = profile__add_function(profile, "f", "", "f.c", 1);
	struct profile_json_error error;
	size_t size, again_size;
	char *text, *again;

	(void)state;
	f->owner.pid = 1;
	memset(f->owner.comm, 0xff, 15);
	text = written(profile, &size);
	assert_int_equal(parse(text, size, &read, &error), 0);
	again = written(read, &again_size);
	assert_string_equal(text, again);
	free(text);
	free(again);
	profile__free(profile);
	profile__free(read);
}

/* Names of two functions that differ by a byte that JSON cannot hold may become one name. */
static void functions_that_became_equal_are_one(void **state)
{
	struct profile *profile = profile__new(), *read;
	struct profile_json_error error;
	size_t size;
	char *text, *again;

	(void)state;
	profile->stacks = stacks__new();
	stacked__sample(profile->stacks, "\xff:3;x:1", 1);
	stacked__sample(profile->stacks, "\\xff:3;x:1", 2);
	profile->stacks->functions[0].file[0] = '\0';
	profile->stacks->functions[2].file[0] = '\0';
	text = written(profile, &size);
	assert_int_equal(parse(text, size, &read, &error), 0);
	again = stacked__text(read->stacks);
	assert_string_equal(again, "\\xff:3 0 0 0\n\\xff:3;x:1 3 3000000 0\n");
	free(text);
	free(again);
	profile__free(profile);
	profile__free(read);
}

#define START                                                                                                          \
	"{\"format\":\"lprof-bpf\",\"version\":1,\"clock\":\"wall\",\"duration_ns\":1,\"command\":[],\"pids\":[1],"
#define PROBE "\"probe\":{\"sites\":0,\"hits\":0,\"missed\":0,\"overhead_ns\":0},"
#define FUNCTION                                                                                                       \
	"{\"name\":\"f\",\"linkage_name\":\"\",\"file\":\"f.c\",\"line\":1,\"object\":\"\",\"build_id\":\"\","         \
	"\"calls\":1,"
#define STACKS                                                                                                         \
	"\"functions\":[],\"stacks\":{\"period_ns\":0,\"unprobed_ns\":0,\"cut_samples\":0,\"lost_samples\":0,"         \
	"\"probed_samples\":0,\"functions\":[{\"name\":\"f\",\"linkage_name\":\"\",\"file\":\"\",\"line\":0,"          \
	"\"object\":\"\",\"build_id\":\"\"}],\"files\":[\"a\"],\"owners\":[{},{\"pid\":1}],\"nodes\":["

static void what_is_not_needed_may_be_missing_or_more(void **state)
{
	static const char text[] =
		START PROBE "\"later\":{\"a\":[1.5,null,-3]},\"functions\":[" FUNCTION
			    "\"time_ns\":5,\"new\":\"key\",\"lines\":[{\"line\":3,\"hits\":2,\"time_ns\":5,"
			    "\"x\":false}]}]}";
	struct profile_json_error error;
	struct profile *profile;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &profile, &error), 0);
	assert_int_equal(profile->n_command, 0);
	assert_null(profile->command);
	assert_int_equal(profile->functions[0].time_ns, 5);
	profile__free(profile);
}

/* Each file of a function is looked for among all of them. */
static void a_function_has_not_any_number_of_files(void **state)
{
	(void)state;
	for (unsigned n = 256; n <= 257; n++) {
		struct profile *profile = NULL;
		struct profile_json_error error;
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		fputs(START PROBE "\"functions\":[" FUNCTION "\"time_ns\":0,\"lines\":[", out);
		for (unsigned i = 0; i < n; i++)
			fprintf(out, "%s{\"line\":1,\"file\":\"%04u.h\",\"hits\":1,\"time_ns\":0}", i ? "," : "", i);
		fputs("]}]}", out);
		fclose(out);
		assert_int_equal(parse(text, size, &profile, &error), n > 256 ? -EINVAL : 0);
		if (n > 256)
			assert_non_null(strstr(error.text, "in more than 256 files"));
		profile__free(profile);
		free(text);
	}
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"", "it ends too early"},
		{"ELF", "an object was expected"},
		{"[]", "an object was expected"},
		{"{}", "a key is missing (\"format\""},
		{"{\"format\":\"perf\"}", "not in lprof-bpf's format"},
		{"{\"format\":\"lprof-bpf-diff\"}", "not in lprof-bpf's format"},
		{"{\"format\":1}", "a string was expected (\"format\""},
		{"{\"format\":\"lprof-bpf\",\"version\":2}", "version is 2, and only 1 is known"},
		{"{\"format\":\"lprof-bpf\",\"version\":1,\"clock\":\"sun\"}", "no such clock"},
		{START "\"clock\":\"wall\"}", "a key is given twice (\"clock\""},
		{START "\"notes\":[]}", "a key is missing (\"probe\""},
		{START "\"processes\":[{\"pid\":1}]}", "a key is missing (\"cgroup\""},
		{START "\"processes\":[{\"pid\":0,\"cgroup\":\"\"}]}", "must not be 0 here"},
		{START "\"processes\":[{\"pid\":2,\"cgroup\":\"\"},{\"pid\":2,\"cgroup\":\"\"}]}", "not in the order"},
		{START "\"notes\":[3]}", "a string was expected (\"notes\""},
		{START "\"notes\":[\"\\u0000\"]}", "NUL"},
		{START "\"probe\":{\"sites\":-1}", "must not be negative here (\"sites\""},
		{START "\"probe\":{\"sites\":9223372036854775808}", "too large (\"sites\""},
		{START PROBE "\"budget\":{\"percent\":\"none\"}}", "a number was expected (\"percent\""},
		{START PROBE "\"budget\":{\"percent\":100.5}}", "too large (\"percent\""},
		{START PROBE "\"budget\":{\"percent\":2}}", "a key is missing (\"pause_ns\""},
		{START PROBE "\"functions\":{}}", "an array was expected (\"functions\""},
		{START PROBE "\"functions\":[" FUNCTION
			     "\"time_ns\":6,\"lines\":[{\"line\":3,\"hits\":2,\"time_ns\":5}]}]}",
		 "not the sums over its lines"},
		{START PROBE "\"functions\":[" FUNCTION
			     "\"time_ns\":0,\"blocked_ns\":1,\"lines\":[{\"line\":3,\"hits\":2,\"time_ns\":0}]}]}",
		 "not the sums over its lines"},
		{START PROBE "\"functions\":[" FUNCTION "\"lines\":[{\"line\":3,\"hits\":2,\"time_ns\":5},{\"line\":3,"
			     "\"hits\":2,\"time_ns\":5}]}]}",
		 "in order"},
		{START PROBE "\"functions\":[" FUNCTION "\"lines\":[{\"line\":4294967296,\"hits\":2}]}]}",
		 "too large (\"line\""},
		{START PROBE "\"functions\":[" FUNCTION "\"pid\":0}]}", "must not be 0 here (\"pid\""},
		{START PROBE "\"functions\":[" FUNCTION "\"rank\":2147483648}]}", "too large (\"rank\""},
		{START PROBE "\"functions\":[" FUNCTION
			     "\"comm\":\"0123456789012345678901234567890123456789012345678901234567890123\"}]}",
		 "too long (\"comm\""},
		{START PROBE "\"functions\":[]} x", "something follows"},
		{START PROBE STACKS "[0,1,0,0,0,1,1,1]]}}", "has a function that is not in the list (\"nodes\""},
		{START PROBE STACKS "[0,0,0,2,0,1,1,1]]}}", "has a file that is not in the list (\"nodes\""},
		{START PROBE STACKS "[0,0,0,0,2,1,1,1]]}}", "has an owner that is not in the list (\"nodes\""},
		{START PROBE STACKS "[1,0,0,0,0,1,1,1]]}}", "comes before its caller (\"nodes\""},
		{START PROBE STACKS "[0,0,0,0,0,1,1,1],[1,0,0,0,1,1,1,1]]}}", "another owner than its caller"},
		{START PROBE STACKS "[0,0,0,0,0,1,1]]}}", "too few numbers (\"nodes\""},
		{START PROBE STACKS "[0,0,0,0,0,1,1,9223372036854775808]]}}", "too large (\"nodes\""},
		{START PROBE STACKS "[0,0,4294967296,0,0,1,1,1]]}}", "too large (\"nodes\""},
		{START PROBE STACKS "[0,0,0,0,0,1,1,1]]},\"stacks\":{}}", "a key is given twice (\"stacks\""},
		{START PROBE STACKS "],\"owners\":[]}}", "a key is given twice (\"owners\""},
		{START PROBE "\"functions\":[],\"stacks\":{\"period_ns\":0}}", "a key is missing (\"unprobed_ns\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct profile_json_error error = {""};
		struct profile *profile;

		assert_int_equal(parse(cases[i].text, strlen(cases[i].text), &profile, &error), -EINVAL);
		if (!strstr(error.text, cases[i].said))
			fail_msg("\"%s\" does not hold \"%s\"", error.text, cases[i].said);
	}
}

/* A chain of calls of this depth. */
static int parse_chain(unsigned depth, struct profile_json_error *error)
{
	struct profile *profile = NULL;
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);
	int err;

	fputs(START PROBE STACKS, out);
	for (unsigned i = 0; i < depth; i++)
		fprintf(out, "%s[%u,0,0,0,0,1,1,1]", i ? "," : "", i);
	fputs("]}}", out);
	fclose(out);
	err = parse(text, size, &profile, error);
	profile__free(profile);
	free(text);
	return err;
}

static void stacks_may_be_deep_but_not_too_deep(void **state)
{
	struct profile_json_error error = {""};

	(void)state;
	assert_int_equal(parse_chain(STACKS_DEEPEST, &error), 0);
	assert_int_equal(parse_chain(STACKS_DEEPEST + 1, &error), -EINVAL);
	assert_non_null(strstr(error.text, "a stack is too deep (\"nodes\""));
}

static void a_cut_file_is_refused(void **state)
{
	struct profile *profile = full_profile(), *read;
	struct profile_json_error error;
	size_t size;
	char *text = written(profile, &size);

	(void)state;
	for (size_t cut = 0; cut < size - 1; cut++) /* all but the last byte, a newline, is needed */
		assert_int_equal(parse(text, cut, &read, &error), -EINVAL);
	free(text);
	profile__free(profile);
}

/* If a damaged text is still accepted, the result must be a valid profile: it is written and read once more. */
static void accept_again(const struct profile *profile)
{
	struct profile_json_error error;
	struct profile *read;
	size_t size, again_size;
	char *text = written(profile, &size), *again;

	assert_int_equal(parse(text, size, &read, &error), 0);
	again = written(read, &again_size);
	assert_string_equal(text, again);
	free(text);
	free(again);
	profile__free(read);
}

static void a_damaged_file_does_no_harm(void **state)
{
	static const char bytes[] = "\0\x01 \"\\{}[]:,-09e.ntu\x7f\x80\xc3\xff";
	struct profile *profile = full_profile(), *read;
	size_t size, n_accepted = 0, n_refused = 0;
	char *text = written(profile, &size);

	(void)state;
	for (size_t at = 0; at < size; at++) {
		char was = text[at];

		for (size_t k = 0; k < sizeof(bytes) - 1; k++) {
			struct profile_json_error error = {""};

			text[at] = bytes[k];
			if (parse(text, size, &read, &error)) {
				n_refused++;
				assert_true(strlen(error.text) > 10);
				continue;
			}
			n_accepted++;
			accept_again(read);
			profile__free(read);
		}
		text[at] = was;
	}
	assert_true(n_accepted && n_refused);
	free(text);
	profile__free(profile);
}

static void files_are_read(void **state)
{
	struct scratch *scratch = scratch__new();
	struct profile *profile = full_profile(), *read;
	char *dir = scratch__path(scratch, ""), *gone = scratch__path(scratch, "gone"), *text, *again, *path, *cut;
	size_t size;

	(void)state;
	text = written(profile, &size);
	path = scratch__write(scratch, "a.json", text, 0644);
	assert_int_equal(profile_json__read(path, &scratch->diag, &read), 0);
	assert_string_equal(scratch__said(scratch), "");
	again = written(read, &size);
	assert_string_equal(text, again);
	profile__free(read);

	text[100] = '\0';
	cut = scratch__write(scratch, "cut.json", text, 0644);
	assert_int_equal(profile_json__read(cut, &scratch->diag, &read), -EINVAL);
	assert_said(scratch, "cut.json is not a profile that can be read: it ends too early (");
	assert_int_equal(profile_json__read(gone, &scratch->diag, &read), -ENOENT);
	assert_said(scratch, "gone: No such file");
	assert_int_equal(profile_json__read(dir, &scratch->diag, &read), -EISDIR);
	assert_said(scratch, "directory");
	free(text);
	free(again);
	free(path);
	free(cut);
	free(dir);
	free(gone);
	profile__free(profile);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(names_that_grow_are_read_back),
		cmocka_unit_test(functions_that_became_equal_are_one),
		cmocka_unit_test(what_is_not_needed_may_be_missing_or_more),
		cmocka_unit_test(a_function_has_not_any_number_of_files),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(stacks_may_be_deep_but_not_too_deep),
		cmocka_unit_test(a_cut_file_is_refused),
		cmocka_unit_test(a_damaged_file_does_no_harm),
		cmocka_unit_test(files_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
