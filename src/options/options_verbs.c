// SPDX-License-Identifier: GPL-2.0-or-later
/* The verbs: which words follow them, and which options must or must not be given together. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/grow.h"
#include "options/options_table.h"

static int check_format(const struct options *options, const struct diag *diag)
{
	if (!options->format->binary || options->output || !isatty(STDOUT_FILENO))
		return 0;
	diag__error(diag, "a report as %s is binary, which a terminal cannot show; give a file with -o FILE%s",
		    options->format->name, options->format->suffix);
	return -EINVAL;
}

static int check_profile(const struct options *options, const struct diag *diag)
{
	const bool find = !options->n_functions;
	const struct {
		bool wrong;
		const char *sentence;
	} faults[] = {
		{options->n_pids && options->command,
		 "-p PID and a COMMAND after \"--\" exclude each other; profile one or the other"},
		{!options->n_pids && !options->command && !options->file && !options->cgroup,
		 "nothing to profile; give -p PID, -x FILE, --cgroup PATH or a command after \"--\""},
		{options->cgroup && (options->n_pids || options->command),
		 "--cgroup names the processes to profile, and so do -p PID and a COMMAND after \"--\"; give one of "
		 "them"},
		{options->cgroup && options->no_follow,
		 "--cgroup profiles all processes in a cgroup, and --no-follow leaves out those that others of them "
		 "start; leave one out"},
		{options->cgroup && options->dry_run,
		 "--dry-run shows what is planned for programs that are known, and --cgroup waits for others; give -p "
		 "PID or -x FILE instead"},
		{options->user && !options->command,
		 "--user is the user to start a COMMAND as, and there is none; give one after \"--\""},
		{options->spool && !options->push,
		 "--spool is where --push keeps profiles; say with --push where they go"},
		{options->top && options->push,
		 "--top and --push exclude each other; watch with one run and send with another"},
		{options->n_functions && options->hottest && options->dry_run,
		 "--dry-run shows what is planned for all functions of -f; leave out --functions"},
		{find && options->dry_run,
		 "--dry-run needs -f FUNC: without -f the functions are found by watching the program run"},
		{options->no_probes && options->dry_run,
		 "--dry-run shows where probes would be, and --no-probes puts in none; leave one out"},
		{options->no_probes && options->every_line,
		 "--every-line puts a probe on each line, and --no-probes puts in none; leave one out"},
		{options->no_probes && options->all_jumps,
		 "--all-jumps puts a probe on each jump, and --no-probes puts in none; leave one out"},
		{options->every_line && options->all_jumps,
		 "--every-line and --all-jumps both say where probes are; leave one out"},
		{options->every_line && options->max_overhead, "--every-line measures what probes on all lines cost, "
							       "and --max-overhead takes them out; leave one out"},
		{options->max_pause && !options->max_overhead,
		 "--max-pause is part of a budget, and there is none; give --max-overhead PCT or leave it out"},
		{options->no_probes && options->format == &report_lcov,
		 "the format lcov holds nothing but hits, which --no-probes does not count; choose another --format"},
		{options->no_probes && (options->empty_probe || options->dump_counts),
		 "--empty-probe and --dump-counts need probes, and --no-probes puts in none; leave one out"},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		if (!faults[i].wrong)
			continue;
		diag__error(diag, "%s", faults[i].sentence);
		return -EINVAL;
	}
	return check_format(options, diag);
}

static int check_list(const struct options *options, const struct diag *diag)
{
	if (options->n_patterns && options->n_functions > options->n_patterns)
		diag__error(diag,
			    "list takes either a PATTERN (which functions there are) or -f (their lines), not both");
	else if (!options->n_pids && !options->file)
		diag__error(diag, "nothing to list; give -p PID or -x FILE");
	else
		return 0;
	return -EINVAL;
}

static int check_report(const struct options *options, const struct diag *diag)
{
	if (options->n_saved)
		return check_format(options, diag);
	diag__error(diag, "nothing to report; give the FILE of a profile, which `-o FILE.json` saves, or several");
	return -EINVAL;
}

static int check_diff(const struct options *options, const struct diag *diag)
{
	if (options->n_saved == 2)
		return 0;
	diag__error(diag, "diff compares two profiles, BEFORE and AFTER, but %zu %s given; `-o FILE.json` saves one",
		    options->n_saved, options->n_saved == 1 ? "was" : "were");
	return -EINVAL;
}

static int add_pattern(struct parser *parser, const char *word)
{
	size_t before = parser->options->n_functions;
	int err;

	if (parser->options->n_patterns) {
		diag__error(parser->diag,
			    "list takes one PATTERN, but \"%s\" is a second one; put a comma between them", word);
		return -EINVAL;
	}
	err = options_table__add_selector(parser, word);
	parser->options->n_patterns = parser->options->n_functions - before;
	return err;
}

static int add_saved(struct parser *parser, const char *word)
{
	struct options *options = parser->options;

	if (grow__counted(&options->saved, options->n_saved, 1, sizeof(*options->saved)))
		return -ENOMEM;
	options->saved[options->n_saved++] = word;
	return 0;
}

static int refuse_word(struct parser *parser, const char *word)
{
	diag__error(parser->diag, "%s takes no argument, but \"%s\" was given", parser->verb->name, word);
	return -EINVAL;
}

const struct verb_spec options_no_verb = {.verb = OPTIONS_PROFILE, .check = check_profile};
const struct verb_spec options_verbs[] = {
	{"list", OPTIONS_LIST, add_pattern, check_list, "list its program with -x FILE"},
	{"report", OPTIONS_REPORT, add_saved, check_report, NULL},
	{"diff", OPTIONS_DIFF, add_saved, check_diff, NULL},
	{"doctor", OPTIONS_DOCTOR, refuse_word, NULL, "doctor needs none"},
};

const size_t options_n_verbs = sizeof(options_verbs) / sizeof(*options_verbs);
