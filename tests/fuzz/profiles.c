// SPDX-License-Identifier: GPL-2.0-or-later
/* Saved profiles: the whole input is one. What can be read is written in each format, merged and compared with itself. */
#include <errno.h>
#include <string.h>

#include "fuzz/common/fuzz.h"
#include "profile/profile_diff.h"
#include "profile/profile_json.h"
#include "profile/profile_merge.h"
#include "profile/profile_source.h"
#include "report/diff_report.h"
#include "report/report.h"

static const struct report_format *const formats[] = {
	&report_text,	   &report_json, &report_html,	 &report_csv,
	&report_callgrind, &report_lcov, &report_folded, &report_pprof,
};

/* A style that depends on the input. */
static struct report_style style_of(size_t size)
{
	return (struct report_style){
		.unit = 1e-6,
		.skip_zero = size & 1,
		.sort = size & 2,
		.summarize = size & 4,
		.details = (size & 12) != 12,
		.color = false,
		.estimate_mark = size & 16 ? "*" : NULL,
		.columns = size & 32 ? 80 : 0,
	};
}

static char *write_json(const struct profile *profile)
{
	const struct report_style style = {.unit = 1e-6, .details = true};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fuzz__assert(out && !report_json.write(profile, &style, out) && !fclose(out));
	return text;
}

/* What was written is read again, and is the same then. */
static void check_round_trip(const struct profile *profile)
{
	struct profile_json_error error;
	struct profile *again = NULL;
	char *first = write_json(profile), *second;

	if (profile_json__parse(first, strlen(first), &again, &error)) {
		fprintf(stderr, "%s\n%s\n", error.text, first);
		abort();
	}
	second = write_json(again);
	fuzz__assert(!strcmp(first, second));
	free(first);
	free(second);
	profile__free(again);
}

static void write_all(const struct profile *profile, const struct report_style *style)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct fuzz_output output;

		fuzz__open_output(&output);
		fuzz__assert(!formats[i]->write(profile, style, output.stream));
		if (formats[i]->binary)
			fuzz__drop_output(&output);
		else
			fuzz__close_output(&output);
	}
}

static struct profile *merge(const struct profile *profile, enum profile_by by, int times)
{
	struct profile_merge *it = profile_merge__new(by);
	struct profile *merged;

	fuzz__assert(it);
	while (times-- > 0)
		fuzz__assert(!profile_merge__add(it, profile, "a.json"));
	merged = profile_merge__finish(it);
	fuzz__assert(merged);
	profile_merge__free(it);
	return merged;
}

static void compare(const struct profile *before, const struct profile *after, const struct report_style *style)
{
	const struct diff_format *const diffs[] = {&diff_text, &diff_json};
	struct profile_diff diff;

	fuzz__assert(!profile_diff__compute(before, after, &diff));
	diff.before_name = "a.json";
	diff.after_name = "b.json";
	for (size_t i = 0; i < 2; i++) {
		struct fuzz_output output;

		fuzz__open_output(&output);
		fuzz__assert(!diffs[i]->write(&diff, style, output.stream));
		fuzz__close_output(&output);
	}
	profile_diff__release(&diff);
}

/* A file is read piece by piece; what a text in memory may say, it may. What is skipped in it is hardly looked at. */
static void read_file(const uint8_t *data, size_t size, bool valid)
{
	struct profile *profile = NULL;
	struct fuzz_output output;
	struct diag diag;

	fuzz__open_output(&output);
	diag = fuzz__diag(&output);
	fuzz__assert(!profile_json__read(fuzz__file(data, size), &diag, &profile) || !valid);
	profile__free(profile);
	fuzz__close_output(&output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct source_dirs nowhere = {.n = 0};
	const struct report_style style = style_of(size);
	struct profile *profile = NULL, *once, *twice;
	struct profile_json_error error;
	int err = profile_json__parse((const char *)data, size, &profile, &error);

	fuzz__assert(!err || err == -EINVAL);
	read_file(data, size, !err);
	if (err)
		return 0;
	check_round_trip(profile);
	write_all(profile, &style);
	once = merge(profile, PROFILE_BY_NOTHING, 1);
	twice = merge(profile, PROFILE_BY_NOTHING, 2);
	compare(once, twice, &style);
	check_round_trip(twice);
	profile__free(twice);
	twice = merge(profile, PROFILE_BY_PROCESS, 2);
	fuzz__assert(!profile_source__record(twice, &nowhere, NULL));
	write_all(twice, &style);
	profile__free(once);
	profile__free(twice);
	profile__free(profile);
	return 0;
}
