// SPDX-License-Identifier: GPL-2.0-or-later
#include "run/saved.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "files/debuginfod.h"
#include "profile/profile_diff.h"
#include "profile/profile_json.h"
#include "profile/profile_merge.h"
#include "profile/profile_source.h"
#include "report/diff_report.h"
#include "run/output.h"

static const char *clock_name(const struct profile *profile)
{
	return profile->clock == PROFILE_CLOCK_CPU ? "cpu" : "wall";
}

/*
 * Reads the profile at PATH and merges it. FIRST is the first file of the merge, named in the message when clocks
 * differ. 0, or -errno that was reported to DIAG.
 */
static int merge_file(struct profile_merge *merge, const char *path, const char *first, const struct diag *diag)
{
	struct profile *profile;
	int err = profile_json__read(path, diag, &profile);

	if (err)
		return err;
	err = profile_merge__add(merge, profile, path);
	if (err == -EINVAL)
		diag__error(diag, "%s has the %s clock and %s the other one; their times cannot be added up", path,
			    clock_name(profile), first);
	profile__free(profile);
	return err;
}

static int merge_files(const char *const *paths, size_t n, enum profile_by by, const struct diag *diag,
		       struct profile **out)
{
	struct profile_merge *merge = profile_merge__new(by);
	int err = 0;

	if (!merge)
		return -ENOMEM;
	for (size_t i = 0; !err && i < n; i++)
		err = merge_file(merge, paths[i], paths[0], diag);
	if (!err) {
		*out = profile_merge__finish(merge);
		err = *out ? 0 : -ENOMEM;
	}
	profile_merge__free(merge);
	return err;
}

/* Who is told what servers do that are asked for sources; NULL: none is named. */
static const struct diag *servers(const struct diag *diag)
{
	return debuginfod__is_named() ? diag : NULL;
}

/*
 * Reads the profile that is to be reported. A single file is left as it was recorded, unless --by asks for something
 * else. Source text that the profile does not hold is looked for where the user says that sources are.
 */
static int read_report(const struct options *options, const struct diag *diag, struct profile **out)
{
	int err;

	if (options->n_saved == 1 && !options->by)
		err = profile_json__read(options->saved[0], diag, out);
	else
		err = merge_files(options->saved, options->n_saved, options->by, diag, out);
	return err ? err : profile_source__record(*out, &options->source_dirs, servers(diag));
}

int saved__report(const struct options *options, const struct diag *diag)
{
	struct output *output = NULL;
	struct profile *profile = NULL;
	int err = read_report(options, diag, &profile);

	/* The output is opened only now, so that a failure above leaves no empty file behind. */
	if (!err)
		err = output__open(options->output, diag, &output);
	if (!err)
		err = output__write(output, options->format, &options->style, profile, diag);
	profile__free(profile);
	output__close(output);
	return diag__end(diag, err);
}

static const struct diff_format *const diff_formats[] = {&diff_text, &diff_json, NULL};

static const struct diff_format *find_diff_format(const char *name)
{
	for (size_t i = 0; diff_formats[i]; i++)
		if (!strcmp(diff_formats[i]->name, name))
			return diff_formats[i];
	return NULL;
}

struct formatted {
	const struct diff_format *format;
	struct profile_diff diff;
};

static int write_formatted(const void *what, const struct report_style *style, FILE *out)
{
	const struct formatted *formatted = what;

	return formatted->format->write(&formatted->diff, style, out);
}

static int compare(const struct options *options, struct formatted *formatted, const struct diag *diag,
		   struct profile **profiles)
{
	int err = 0;

	for (size_t i = 0; !err && i < 2; i++)
		err = merge_files(&options->saved[i], 1, PROFILE_BY_NOTHING, diag, &profiles[i]);
	for (size_t i = 0; !err && i < 2; i++)
		err = profile_source__record(profiles[i], &options->source_dirs, servers(diag));
	if (err)
		return err;
	if (profiles[0]->clock != profiles[1]->clock) {
		diag__error(diag, "%s has the %s clock and %s the %s clock; their times cannot be compared",
			    options->saved[0], clock_name(profiles[0]), options->saved[1], clock_name(profiles[1]));
		return -EINVAL;
	}
	err = profile_diff__compute(profiles[0], profiles[1], &formatted->diff);
	formatted->diff.before_name = options->saved[0];
	formatted->diff.after_name = options->saved[1];
	return err;
}

int saved__diff(const struct options *options, const struct diag *diag)
{
	struct formatted formatted = {.format = find_diff_format(options->format->name)};
	struct profile *profiles[2] = {NULL, NULL};
	struct output *output = NULL;
	int err;

	if (!formatted.format) {
		diag__error(diag, "diff has no format \"%s\"; --format takes one of: text, json",
			    options->format->name);
		return EXIT_FAILURE;
	}
	err = compare(options, &formatted, diag, profiles);
	if (!err)
		err = output__open(options->output, diag, &output);
	if (!err)
		err = output__write_by(output, write_formatted, &formatted, &options->style, diag);
	profile_diff__release(&formatted.diff);
	profile__free(profiles[0]);
	profile__free(profiles[1]);
	output__close(output);
	return diag__end(diag, err);
}
