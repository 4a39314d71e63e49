// SPDX-License-Identifier: GPL-2.0-or-later
#include "options/options_parse.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "options/options_table.h"
#include "push/push_run.h"

#define MAX_OVERHEAD 2	/* in percent, for programs that others depend on */
#define MAX_PAUSE    10 /* in milliseconds */
#define NOT_GIVEN    (-1.0)

#define HOTTEST 5 /* functions whose lines are shown without -f and --functions */

static int apply_verb(struct parser *parser, const char *word)
{
	for (size_t i = 0; i < options_n_verbs; i++) {
		if (strcmp(options_verbs[i].name, word) != 0)
			continue;
		parser->options->verb = options_verbs[i].verb;
		parser->verb = &options_verbs[i];
		return 0;
	}
	diag__error(parser->diag,
		    "\"%s\" is none of list, report, diff and doctor; a command to profile goes after \"--\", as in: "
		    "lprof-bpf -f FUNC -- %s",
		    word, word);
	return -EINVAL;
}

static int apply_word(struct parser *parser, const char *word)
{
	return parser->verb ? parser->verb->take(parser, word) : apply_verb(parser, word);
}

/* How getopt_long() names option I: its letter or else a number that is no character. */
static int code_of(size_t i)
{
	return options_table[i].letter ? options_table[i].letter : UCHAR_MAX + 1 + (int)i;
}

static const struct option_spec *spec_of(int code)
{
	for (size_t i = 0; i < options_table_size; i++) {
		if (!options_table[i].heading && code_of(i) == code)
			return &options_table[i];
	}
	return NULL;
}

/* What getopt_long() wants to know; "-" makes it hand out words in order, ":" keeps it silent. */
struct getopt_tables {
	char letters[2 + 2 * OPTIONS_MOST + 1];
	struct option names[OPTIONS_MOST + 1];
};

static void fill_tables(struct getopt_tables *tables)
{
	struct option *name = tables->names;
	char *letter = tables->letters;

	memset(tables, 0, sizeof(*tables));
	*letter++ = '-';
	*letter++ = ':';
	for (size_t i = 0; i < options_table_size; i++) {
		if (options_table[i].heading)
			continue;
		*name++ = (struct option){.name = options_table[i].name,
					  .has_arg = options_table[i].value ? required_argument : no_argument,
					  .val = code_of(i)};
		if (!options_table[i].letter)
			continue;
		*letter++ = options_table[i].letter;
		if (options_table[i].value)
			*letter++ = ':';
	}
}

/* Explains why getopt_long() refused WORD ("?" or ":" was returned, optopt set). */
static int refuse_option(const struct parser *parser, int code, const char *word)
{
	const struct option_spec *spec = spec_of(optopt);

	if (code == ':')
		diag__error(parser->diag, "--%s needs its %s; lprof-bpf --help explains it", spec->name, spec->value);
	else if (spec)
		diag__error(parser->diag, "--%s takes no value, but \"%s\" gives one", spec->name, word);
	else if (optopt)
		diag__error(parser->diag, "there is no option -%c; lprof-bpf --help lists them", optopt);
	else
		diag__error(parser->diag, "\"%s\" is no option or could be several; lprof-bpf --help lists them", word);
	return -EINVAL;
}

static int apply_option(struct parser *parser, int code)
{
	const struct option_spec *spec = spec_of(code);

	for (int verb = 0; verb < N_VERBS; verb++) {
		if (!(spec->verbs & 1 << verb) && !parser->refused[verb])
			parser->refused[verb] = spec->name;
	}
	return spec->apply(parser, spec, optarg);
}

static int apply_words_after(struct parser *parser, char *const *words)
{
	int err = 0;

	if (parser->verb && parser->verb->instead) {
		diag__error(parser->diag, "only profiling takes a COMMAND after \"--\"; %s", parser->verb->instead);
		return -EINVAL;
	}
	if (parser->verb) {
		for (; !err && *words; words++)
			err = parser->verb->take(parser, *words);
		return err;
	}
	if (!*words) {
		diag__error(parser->diag, "\"--\" is followed by no COMMAND; say which to start");
		return -EINVAL;
	}
	parser->options->command = words;
	return 0;
}

static int parse_words(struct parser *parser, int argc, char **argv)
{
	struct getopt_tables tables;
	int err = 0;

	fill_tables(&tables);
	optind = 0; /* a fresh start, also of what glibc keeps to itself */
	opterr = 0;
	while (!err && !parser->done) {
		int at = optind ? optind : 1;
		int code = getopt_long(argc, argv, tables.letters, tables.names, NULL);

		if (code == -1)
			return at < argc ? apply_words_after(parser, &argv[at + 1]) : 0;
		if (code == 1)
			err = apply_word(parser, optarg);
		else if (code == '?' || code == ':')
			err = refuse_option(parser, code, argv[at]);
		else
			err = apply_option(parser, code);
	}
	return err;
}

static int check(const struct parser *parser)
{
	const struct verb_spec *verb = parser->verb ? parser->verb : &options_no_verb;
	const char *refused = parser->refused[verb->verb];

	if (refused) {
		diag__error(parser->diag, "--%s is not for %s; leave it out", refused, verb->name);
		return -EINVAL;
	}
	return verb->check ? verb->check(parser->options, parser->diag) : 0;
}

/*
 * A COMMAND runs for nobody but the user, who wants exact counts. The other options here ask for what a budget would
 * spoil: a measurement of what probes cost, and the counts of all instructions.
 */
static void choose_budget(struct options *options)
{
	bool for_user = options->verb == OPTIONS_LIST || options->command || options->every_line ||
			options->empty_probe || options->dump_counts;

	if (options->max_overhead == NOT_GIVEN)
		options->max_overhead = for_user ? 0 : MAX_OVERHEAD;
	if (options->max_overhead && !options->max_pause)
		options->max_pause = MAX_PAUSE;
}

static void choose_defaults(struct options *options)
{
	if (options->output && !strcmp(options->output, "-"))
		options->output = NULL;
	if (!options->format && options->output)
		options->format = report__by_suffix(options->output);
	if (!options->format)
		options->format = &report_text;
	if (!options->n_functions && !options->hottest)
		options->hottest = HOTTEST;
	if (options->push && !options->interval)
		options->interval = PUSH_INTERVAL_SECONDS;
	choose_budget(options);
}

int options__parse(int argc, char **argv, const struct diag *diag, struct options *options)
{
	struct parser parser = {.diag = diag, .options = options};
	int err;

	*options = (struct options){.style = {.unit = 1e-6, .details = true}, .max_overhead = NOT_GIVEN};
	err = parse_words(&parser, argc, argv);
	if (err)
		return err;
	if (parser.done)
		return 1;
	choose_defaults(options);
	return check(&parser);
}
