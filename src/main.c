// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/privilege.h"
#include "options/options_parse.h"
#include "run/doctor.h"
#include "run/list.h"
#include "run/run.h"
#include "run/saved.h"

#define EXIT_USAGE 2

static int profile(const struct options *options, const struct diag *diag)
{
	/* Whether each process of -p may be looked into is said when that is done. */
	enum privilege_reach reach = options->command || options->n_pids ? PRIVILEGE_OWN : PRIVILEGE_ALL;
	char missing[128];

	/* A dry run attaches nothing; what it may not read it will say. */
	if (!options->dry_run && privilege__missing(reach, missing, sizeof(missing))) {
		diag__error(diag, "not permitted: %s missing; %s", missing, privilege__advice());
		return EXIT_FAILURE;
	}
	return run__profile(options, diag);
}

/* What reads files alone needs no rights to anything else. To predict costs, these are measured. */
static bool reads_files_alone(const struct options *options)
{
	return options->verb == OPTIONS_REPORT || options->verb == OPTIONS_DIFF ||
	       (options->verb == OPTIONS_LIST && !options->n_pids && !options->n_functions);
}

static int run_verb(const struct options *options, const struct diag *diag)
{
	int err = reads_files_alone(options) ? privilege__renounce() : 0;

	if (err) {
		diag__failure(diag, err, "cannot give up capabilities");
		return EXIT_FAILURE;
	}
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

static void do_nothing(int signal)
{
	(void)signal;
}

/* A handler, since unlike what is ignored it ends with an exec: no command that we start is to inherit it. */
static void survive(int signal)
{
	struct sigaction action = {.sa_handler = do_nothing, .sa_flags = SA_RESTART}, before;

	if (!sigaction(signal, NULL, &before) && before.sa_handler == SIG_DFL)
		sigaction(signal, &action, NULL);
}

/*
 * A write that fails is to be said, and nothing to be left in disorder. Filters, though, end in silence when nobody
 * reads any more.
 */
static void survive_failing_writes(const struct options *options)
{
	survive(SIGXFSZ);
	if (options->verb == OPTIONS_PROFILE && !options->dry_run)
		survive(SIGPIPE);
}

/* What has been written to standard output and not been looked after. */
static int finish_output(int status, const struct diag *diag)
{
	bool failed = fflush(stdout);

	if (failed)
		diag__error(diag, "cannot write to standard output: %s", strerror(errno));
	else if (ferror(stdout))
		diag__error(diag, "cannot write all of it to standard output");
	return failed || ferror(stdout) ? EXIT_FAILURE : status;
}

int main(int argc, char **argv)
{
	struct diag diag = {.stream = stderr};
	struct options options;
	int status, err;

	if (privilege__confine()) {
		diag__error(&diag, "this program is not made to be set-user-ID or set-group-ID; take that bit off its "
				   "file, and give it capabilities instead (see SECURITY CONSIDERATIONS in "
				   "lprof-bpf(8))");
		return EXIT_FAILURE;
	}
	err = options__parse(argc, argv, &diag, &options);
	if (err) {
		status = err > 0 ? EXIT_SUCCESS : err == -EINVAL ? EXIT_USAGE : diag__end(&diag, err);
	} else {
		survive_failing_writes(&options);
		diag.verbosity = options.verbosity;
		diag.status = options.verbosity < 0 ? NULL : status__open(stderr);
		status = run_verb(&options, &diag);
		status__close(diag.status);
		diag.status = NULL;
	}
	options__free(&options);
	return finish_output(status, &diag);
}
