// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "doctor.h"
#include "list.h"
#include "options.h"
#include "privilege.h"
#include "run.h"
#include "saved.h"

#define EXIT_USAGE 2

static int profile(const struct options *options, const struct diag *diag)
{
	char missing[128];

	/* A dry run attaches nothing; what it may not read it will say. */
	if (!options->dry_run && privilege__missing(missing, sizeof(missing))) {
		diag__error(diag, "not permitted: %s missing; run it with sudo", missing);
		return EXIT_FAILURE;
	}
	return run__profile(options, diag);
}

static int run_verb(const struct options *options, const struct diag *diag)
{
	switch (options->verb) {
	case OPTIONS_LIST:
		return list__run(options, diag);
	case OPTIONS_REPORT:
		return saved__report(options, diag);
	case OPTIONS_DIFF:
		return saved__diff(options, diag);
	case OPTIONS_DOCTOR:
		return doctor__run(stdout, diag);
	default:
		return profile(options, diag);
	}
}

int main(int argc, char **argv)
{
	struct diag diag = {.stream = stderr};
	struct options options;
	int status, err;

	err = options__parse(argc, argv, &diag, &options);
	if (err) {
		status = err > 0 ? EXIT_SUCCESS : err == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	} else {
		diag.verbosity = options.verbosity;
		diag.status = options.verbosity < 0 ? NULL : status__open(stderr);
		status = run_verb(&options, &diag);
		status__close(diag.status);
		diag.status = NULL;
	}
	options__free(&options);
	if (fflush(stdout) && !status) {
		diag__error(&diag, "cannot write to standard output");
		status = EXIT_FAILURE;
	}
	return status;
}
