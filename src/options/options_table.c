// SPDX-License-Identifier: GPL-2.0-or-later
#include "options/options_table.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/version.h"
#include "push/push_run.h"

#define FIELD(name) offsetof(struct options, name)

static void *field_of(struct parser *parser, const struct option_spec *spec)
{
	return (char *)parser->options + spec->field;
}

static int apply_flag(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)value;
	*(bool *)field_of(parser, spec) = true;
	return 0;
}

static int apply_string(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const char **field = field_of(parser, spec);

	if (!*value) {
		diag__error(parser->diag, "--%s needs a %s that is not empty", spec->name, spec->value);
		return -EINVAL;
	}
	if (*field) {
		diag__error(parser->diag, "--%s can be given once, but came as \"%s\" and \"%s\"", spec->name, *field,
			    value);
		return -EINVAL;
	}
	*field = value;
	return 0;
}

/*
 * Sets *number to the positive number, at most MOST, at the beginning of TEXT, and returns what follows it; NULL if
 * there is none.
 */
static const char *positive_number(const char *text, double most, double *number)
{
	char *end;

	*number = strtod(text, &end);
	/* strtod() would also accept hexadecimal numbers, "inf" and leading blanks. */
	return strspn(text, "0123456789.eE+-") >= (size_t)(end - text) && *number > 0 && *number <= most ? end : NULL;
}

static int apply_seconds(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const double most = 1e9; /* thirty years: fits into every time type without overflow */
	const char *rest = positive_number(value, most, field_of(parser, spec));

	if (rest && !*rest)
		return 0;
	diag__error(parser->diag, "--%s must be a positive number of seconds such as 10 or 0.5 or 1e-3, not \"%s\"",
		    spec->name, value);
	return -EINVAL;
}

static int apply_milliseconds(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const char *rest = positive_number(value, 1e6, field_of(parser, spec));

	if (rest && !*rest)
		return 0;
	diag__error(parser->diag, "--%s must be a positive number of milliseconds such as 10 or 0.5, not \"%s\"",
		    spec->name, value);
	return -EINVAL;
}

/* The word for a budget without limit, which is also what completions offer. */
static const char *no_limit(void)
{
	return "none";
}

static int apply_overhead(struct parser *parser, const struct option_spec *spec, const char *value)
{
	double *field = field_of(parser, spec);
	const char *rest;

	if (!strcmp(value, no_limit())) {
		*field = 0;
		return 0;
	}
	rest = positive_number(value, 100, field);
	if (rest && (!*rest || !strcmp(rest, "%")))
		return 0;
	diag__error(parser->diag,
		    "--%s must be a percentage above 0 and at most 100 such as 2 or 0.5, or %s, not \"%s\"", spec->name,
		    no_limit(), value);
	return -EINVAL;
}

static int add_one_selector(struct options *options, const char *text, size_t length)
{
	char *one = strndup(text, length);
	int err = one ? 0 : -ENOMEM;

	if (!err && grow__counted(&options->functions, options->n_functions, 1, sizeof(struct selector *)))
		err = -ENOMEM;
	if (!err)
		err = selector__parse(one, &options->functions[options->n_functions]);
	free(one);
	if (!err)
		options->n_functions++;
	return err;
}

int options_table__add_selector(struct parser *parser, const char *text)
{
	const char *rest = text;
	int err;

	for (;;) {
		size_t length = selector__first_of(rest);

		err = add_one_selector(parser->options, rest, length);
		rest += length;
		if (err || !*rest)
			break;
		rest += 1 + strspn(rest + 1, " ");
	}
	if (err && err != -ENOMEM)
		diag__error(parser->diag,
			    "\"%s\" cannot select a function; give a NAME, a 'GLOB*', a '/REGEX/', FILE:FUNC, "
			    "FILE:LINE, FILE:LINE-LINE or several of them with commas between",
			    text);
	return err;
}

static int apply_function(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	return options_table__add_selector(parser, value);
}

static int apply_hottest(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const long most = 1000;
	char *end;
	long n = isdigit((unsigned char)*value) ? strtol(value, &end, 10) : 0;

	if (n < 1 || n > most || *end) {
		diag__error(parser->diag, "--%s must be a number from 1 to %ld, not \"%s\"", spec->name, most, value);
		return -EINVAL;
	}
	*(int *)field_of(parser, spec) = (int)n;
	return 0;
}

static int add_pid(struct parser *parser, pid_t pid)
{
	struct options *options = parser->options;

	for (size_t i = 0; i < options->n_pids; i++) {
		if (options->pids[i] == pid)
			return 0;
	}
	if (grow__counted(&options->pids, options->n_pids, 1, sizeof(*options->pids)))
		return -ENOMEM;
	options->pids[options->n_pids++] = pid;
	return 0;
}

static int apply_pids(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const char *at = value;

	(void)spec;
	for (;;) {
		char *end = NULL;
		long pid = isdigit((unsigned char)*at) ? strtol(at, &end, 10) : 0;
		int err;

		if (pid <= 0 || pid > INT_MAX || (*end && *end != ',')) {
			diag__error(parser->diag,
				    "-p %s is not a process ID; give one number or several as in -p 1234,5678 "
				    "(pidof PROGRAM prints them)",
				    value);
			return -EINVAL;
		}
		err = add_pid(parser, (pid_t)pid);
		if (err || !*end)
			return err;
		at = end + 1;
	}
}

/*
 * Every user can read the arguments of a process, for instance with ps(1). If VALUE, which is in this process's own
 * argv, may contain a secret, it is overwritten with the form of the address that may be shown.
 */
static void hide_push(const char *value, const struct push_url *url)
{
	size_t size = strlen(value) + 1;
	char *argument = (char *)value;

	if (!strpbrk(value, "@?"))
		return;
	explicit_bzero(argument, size);
	snprintf(argument, size, "%s", url->shown);
}

/* Unlike those of other options, this value is never quoted in messages, because it may contain a password. */
static int apply_push(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const char *why = "";
	int err;

	if (parser->options->push) {
		diag__error(parser->diag, "--%s can be given once", spec->name);
		return -EINVAL;
	}
	err = push_url__parse(value, &parser->options->push, &why);
	if (err == -ELIBACC)
		diag__error(parser->diag,
			    "--%s needs the library libcurl, which cannot be loaded (%s); install it, on Debian the "
			    "package libcurl4",
			    spec->name, why);
	else if (err == -EINVAL)
		diag__error(parser->diag,
			    "--%s needs an address with http, https, parca+http or parca+https such as "
			    "http://localhost:4040, which this is not: %s",
			    spec->name, why);
	if (!err)
		hide_push(value, parser->options->push);
	return err;
}

static int apply_source_dir(struct parser *parser, const struct option_spec *spec, const char *value)
{
	int err = source_dirs__add(&parser->options->source_dirs, value);

	if (err == -EINVAL)
		diag__error(parser->diag,
			    "--%s needs the directory where the sources are, or OLD=NEW for the name that debug "
			    "information gives a directory and where it is here, not \"%s\"",
			    spec->name, value);
	else if (err)
		diag__failure(parser->diag, err, "--%s %s names no directory that can be used", spec->name, value);
	return err && err != -ENOMEM ? -EINVAL : err;
}

static int apply_debug_dir(struct parser *parser, const struct option_spec *spec, const char *value)
{
	int err = debug_dirs__add(&parser->options->debug_dirs, value);

	if (err && err != -ENOMEM)
		diag__failure(parser->diag, err, "--%s %s names no directory that can be used", spec->name, value);
	return err && err != -ENOMEM ? -EINVAL : err;
}

static int apply_format(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	parser->options->format = report__by_name(value);
	if (parser->options->format)
		return 0;
	diag__error(parser->diag, "there is no format \"%s\"; --format takes one of: %s", value, report__names());
	return -EINVAL;
}

/* The values that the option SPEC accepts, separated by ", "; "" if it accepts any text. */
const char *options_table__words(const struct option_spec *spec, char all[OPTIONS_WORDS_SIZE])
{
	if (spec->words)
		return spec->words();
	*all = '\0';
	for (int i = 0; spec->choices && spec->choices[i]; i++) {
		size_t used = strlen(all);

		if (*spec->choices[i])
			snprintf(all + used, OPTIONS_WORDS_SIZE - used, "%s%s", used ? ", " : "", spec->choices[i]);
	}
	return all;
}

/* Sets the field, an enumeration, to the index of VALUE in the choices. */
static int apply_choice(struct parser *parser, const struct option_spec *spec, const char *value)
{
	char all[OPTIONS_WORDS_SIZE];

	for (int i = 0; spec->choices[i]; i++) {
		if (*value && !strcmp(spec->choices[i], value)) {
			*(int *)field_of(parser, spec) = i;
			return 0;
		}
	}
	diag__error(parser->diag, "--%s takes one of: %s; not \"%s\"", spec->name, options_table__words(spec, all),
		    value);
	return -EINVAL;
}

static int apply_verbose(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	parser->options->verbosity = parser->options->verbosity < 0 ? 1 : parser->options->verbosity + 1;
	return 0;
}

static int apply_quiet(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	parser->options->verbosity = -1;
	return 0;
}

static int print_version(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	puts("lprof-bpf " LPROF_VERSION);
	parser->done = true;
	return 0;
}

static const char *const clocks[] = {[PROFILE_CLOCK_WALL] = "wall", [PROFILE_CLOCK_CPU] = "cpu", NULL};
/* The empty first word cannot be given on the command line; it is the default, when --by is absent. */
static const char *const owners[] = {
	[PROFILE_BY_NOTHING] = "", [PROFILE_BY_PROCESS] = "process", [PROFILE_BY_THREAD] = "thread", NULL};
static const char *const colors[] = {[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};

/* clang-format off */
const struct option_spec options_table[] = {
	{.heading = "What to profile"},
	{.letter = 'f', .name = "function", .value = "FUNC", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_function,
	 .help = "a function's NAME, 'GLOB*', '/REGEX/', FILE:FUNC, FILE:LINE (the\n"
		 "function around that line) or FILE:LINE-LINE, or several with\n"
		 "commas between; may be repeated; a pattern looks into libraries\n"
		 "if nothing in the program matches;\n"
		 "without -f the functions that take most time are found"},
	{.name = "functions", .value = "N", .verbs = FOR_PROFILE, .apply = apply_hottest, .field = FIELD(hottest),
	 .help = "show the lines of the N functions that take most time (default 5),\n"
		 "or of the N that do so among those that -f selects (default all)"},
	{.letter = 'p', .name = "pid", .value = "PID[,PID...]", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_pids,
	 .help = "running processes"},
	{.name = "cgroup", .value = "PATH", .verbs = FOR_PROFILE, .apply = apply_string, .field = FIELD(cgroup),
	 .help = "all processes that are, and will be, in this cgroup (version 2) and\n"
		 "in those below it, such as system.slice/nginx.service"},
	{.letter = 'x', .name = "object", .value = "FILE", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_string,
	 .field = FIELD(file),
	 .help = "only this program or library; without -p, --cgroup and COMMAND in\n"
		 "every process, present and future, that maps it"},
	{.name = "user", .value = "NAME", .verbs = FOR_PROFILE, .apply = apply_string, .field = FIELD(user),
	 .help = "the user that COMMAND runs as"},

	{.name = "no-follow", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(no_follow),
	 .help = "do not profile the processes that COMMAND or those of -p start,\n"
		 "nor other programs that they execute"},

	{.heading = "How to measure"},
	{.letter = 'd', .name = "duration", .value = "SEC", .verbs = FOR_PROFILE, .apply = apply_seconds,
	 .field = FIELD(duration), .help = "stop after SEC seconds; otherwise on Ctrl-C or the target's end"},
	{.letter = 'i', .name = "interval", .value = "SEC", .verbs = FOR_PROFILE, .apply = apply_seconds,
	 .field = FIELD(interval), .help = "print the table every SEC seconds as well"},
	{.name = "top", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(top),
	 .help = "watch functions and lines while profiling, updated each second or\n"
		 "every SEC of -i; the table comes at the end"},
	{.name = "clock", .value = "wall|cpu", .verbs = FOR_PROFILE, .apply = apply_choice,
	 .field = FIELD(clock), .choices = clocks,
	 .help = "count all time (the default), or only time on the CPU"},
	{.name = "by", .value = "process|thread", .verbs = FOR_PROFILE | FOR_REPORT, .apply = apply_choice,
	 .field = FIELD(by), .choices = owners,
	 .help = "separate tables for each process or thread; with several saved\n"
		 "profiles, for those of each profile"},
	{.name = "no-probes", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(no_probes),
	 .help = "take samples only and leave the program's code as it is: times and\n"
		 "shares, but no hits"},
	{.name = "max-overhead", .value = "PCT", .verbs = FOR_PROFILE, .apply = apply_overhead,
	 .field = FIELD(max_overhead), .words = no_limit,
	 .help = "percentage of the target's processor time that profiling may take\n"
		 "(default 2; with COMMAND none, which is no limit): lines executed\n"
		 "too often for it are counted now and then, and hits estimated"},
	{.name = "max-pause", .value = "MS", .verbs = FOR_PROFILE, .apply = apply_milliseconds,
	 .field = FIELD(max_pause),
	 .help = "what it may take of a thread's time in one piece, in milliseconds\n"
		 "(default 10)"},
	{.name = "all-jumps", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_flag, .field = FIELD(all_jumps),
	 .help = "a probe on every conditional jump, not only on as many as tell all\n"
		 "counts: slower, to measure against"},
	{.name = "every-line", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_flag, .field = FIELD(every_line),
	 .help = "one probe on each line's first address, as other tracers place\n"
		 "them: slower and less exact, to measure against"},
	{.name = "debug-dir", .value = "DIR", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_debug_dir,
	 .help = "look for separate debug information in the directory DIR as well;\n"
		 "may be repeated; files are read with your rights"},
	{.letter = 'n', .name = "dry-run", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(dry_run),
	 .help = "prepare everything, attach nothing"},

	{.heading = "How to report"},
	{.letter = 'o', .name = "output", .value = "FILE", .verbs = FOR_WRITING, .apply = apply_string,
	 .field = FIELD(output), .help = "write the report to FILE, not to standard output"},
	{.name = "format", .value = "NAME", .verbs = FOR_WRITING, .apply = apply_format,
	 .words = report__names,
	 .help = "text, json, html, csv, callgrind, lcov, folded or pprof; the\n"
		 "default follows FILE's suffix, else text"},
	{.name = "source-dir", .value = "[OLD=]NEW", .verbs = FOR_WRITING, .apply = apply_source_dir,
	 .help = "look for sources in the directory NEW; with OLD, replace OLD by NEW\n"
		 "in file names; may be repeated; files are read with your rights"},
	{.letter = 'u', .name = "unit", .value = "SEC", .verbs = FOR_WRITING, .apply = apply_seconds,
	 .field = FIELD(style.unit), .help = "unit of Time and Per Hit in seconds (default 1e-6)"},
	{.letter = 'z', .name = "skip-zero", .verbs = FOR_WRITING, .apply = apply_flag, .field = FIELD(style.skip_zero),
	 .help = "leave out functions that were not called"},
	{.letter = 't', .name = "sort", .verbs = FOR_WRITING, .apply = apply_flag, .field = FIELD(style.sort),
	 .help = "functions by time, the longest last"},
	{.letter = 'm', .name = "summarize", .verbs = FOR_PROFILE | FOR_REPORT, .apply = apply_flag,
	 .field = FIELD(style.summarize),
	 .help = "add one line for each function at the end"},
	{.name = "push", .value = "URL", .verbs = FOR_PROFILE, .apply = apply_push,
	 .help = "send what was counted, every SEC seconds of -i (default 10), to\n"
		 "Pyroscope (http://HOST:4040) or Parca (parca+http://HOST:7070);\n"
		 "the table comes at the end; " PUSH_TOKEN " holds a\n"
		 "token, ?service=NAME at the URL's end names the profiles there"},
	{.name = "spool", .value = "DIR", .verbs = FOR_PROFILE, .apply = apply_string, .field = FIELD(spool),
	 .help = "where --push keeps what cannot be sent yet (default\n" PUSH_SPOOL ")"},
	{.name = "color", .value = "WHEN", .verbs = FOR_ALL, .apply = apply_choice,
	 .field = FIELD(color), .choices = colors,
	 .help = "auto (the default), always or never"},
	{.name = "no-pager", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(no_pager),
	 .help = "do not use PAGER (less) for a report longer than the screen"},

	{.heading = "Other"},
	{.letter = 'v', .name = "verbose", .verbs = FOR_ALL, .apply = apply_verbose, .help = "say more; -vv: still more"},
	{.letter = 'q', .name = "quiet", .verbs = FOR_ALL, .apply = apply_quiet, .help = "say nothing but errors"},
	{.letter = 'h', .name = "help", .verbs = FOR_ALL, .apply = options_help__print, .help = "print this help"},
	{.name = "version", .verbs = FOR_ALL, .apply = print_version, .help = "print the version"},

	/* For completions, tests and benchmarks. Without a help text they are not shown by --help. */
	{.name = "list-options", .verbs = FOR_ALL, .apply = options_help__list},
	{.name = "empty-probe", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(empty_probe)},
	{.name = "dump-counts", .value = "FILE", .verbs = FOR_PROFILE, .apply = apply_string,
	 .field = FIELD(dump_counts)},
};
/* clang-format on */

const size_t options_table_size = sizeof(options_table) / sizeof(*options_table);

_Static_assert(sizeof(options_table) / sizeof(*options_table) <= OPTIONS_MOST, "raise OPTIONS_MOST");
