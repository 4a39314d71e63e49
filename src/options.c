// SPDX-License-Identifier: GPL-2.0-or-later
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "push_profile.h"

enum { N_VERBS = OPTIONS_DOCTOR + 1 };
enum {
	FOR_PROFILE = 1 << OPTIONS_PROFILE,
	FOR_LIST = 1 << OPTIONS_LIST,
	FOR_REPORT = 1 << OPTIONS_REPORT,
	FOR_DIFF = 1 << OPTIONS_DIFF,
	FOR_WRITING = FOR_PROFILE | FOR_REPORT | FOR_DIFF,
	FOR_ALL = ~0
};

struct verb_spec;

struct parser {
	const struct diag *diag;
	struct options *options;
	const struct verb_spec *verb; /* NULL: none was given */
	const char *refused[N_VERBS]; /* by verb: an option given that is not for it, or NULL */
	bool done;		      /* --help or --version did all there is to do */
};

struct verb_spec {
	const char *name;
	enum options_verb verb;
	int (*take)(struct parser *parser, const char *word); /* what follows it */
	int (*check)(const struct options *options, const struct diag *diag);
	const char *instead; /* of a COMMAND; NULL: what comes after "--" are words like the others */
};

struct option_spec {
	const char *heading; /* a row that begins a group of --help, and nothing else */
	const char *name;
	const char *value; /* what its argument is called, or NULL when it takes none */
	const char *help;
	int (*apply)(struct parser *parser, const struct option_spec *spec, const char *value);
	size_t field;		    /* in struct options, for the functions that only set one */
	const char *const *choices; /* for apply_choice(): the words it may be, NULL at their end */
	const char *(*words)(void); /* where others know what it may be: their words, separated by ", " */
	int verbs;		    /* FOR_... */
	char letter;		    /* 0: none */
};

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

static int apply_seconds(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const double most = 1e9; /* thirty years: converts to any type of time without overflow */
	double *field = field_of(parser, spec);
	char *end;

	*field = strtod(value, &end);
	/* strtod() would also take hexadecimal, "inf" and leading blanks */
	if (*end || value[strspn(value, "0123456789.eE+-")] || !(*field > 0 && *field <= most)) {
		diag__error(parser->diag,
			    "--%s must be a positive number of seconds such as 10 or 0.5 or 1e-3, not \"%s\"",
			    spec->name, value);
		return -EINVAL;
	}
	return 0;
}

static int add_selector(struct parser *parser, const char *text)
{
	struct options *options = parser->options;
	struct selector **grown;
	int err;

	grown = reallocarray(options->functions, options->n_functions + 1, sizeof(struct selector *));
	if (!grown) {
		diag__error(parser->diag, "out of memory");
		return -ENOMEM;
	}
	options->functions = grown;
	err = selector__parse(text, &grown[options->n_functions]);
	if (err == -ENOMEM)
		diag__error(parser->diag, "out of memory");
	else if (err)
		diag__error(parser->diag,
			    "\"%s\" cannot select a function; give a NAME, a 'GLOB*', a '/REGEX/', FILE:FUNC, "
			    "FILE:LINE or FILE:LINE-LINE",
			    text);
	if (err)
		return err;
	options->n_functions++;
	return 0;
}

static int apply_function(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	return add_selector(parser, value);
}

static int add_pid(struct parser *parser, pid_t pid)
{
	struct options *options = parser->options;
	pid_t *grown;

	for (size_t i = 0; i < options->n_pids; i++) {
		if (options->pids[i] == pid)
			return 0;
	}
	grown = reallocarray(options->pids, options->n_pids + 1, sizeof(*grown));
	if (!grown) {
		diag__error(parser->diag, "out of memory");
		return -ENOMEM;
	}
	grown[options->n_pids++] = pid;
	options->pids = grown;
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

/* Unlike others, its value is never quoted: it may hold a password. */
static int apply_push(struct parser *parser, const struct option_spec *spec, const char *value)
{
	const char *why = "";
	int err;

	if (parser->options->push) {
		diag__error(parser->diag, "--%s can be given once", spec->name);
		return -EINVAL;
	}
	err = push_url__parse(value, &parser->options->push, &why);
	if (err == -ENOMEM)
		diag__error(parser->diag, "out of memory");
	else if (err)
		diag__error(parser->diag,
			    "--%s needs an address with http, https, parca+http or parca+https such as "
			    "http://localhost:4040, which this is not: %s",
			    spec->name, why);
	return err;
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

#define WORDS_SIZE 128

/* What the value may be, separated by ", "; "" if it may be anything. */
static const char *words_of(const struct option_spec *spec, char all[WORDS_SIZE])
{
	if (spec->words)
		return spec->words();
	*all = '\0';
	for (int i = 0; spec->choices && spec->choices[i]; i++) {
		size_t used = strlen(all);

		if (*spec->choices[i])
			snprintf(all + used, WORDS_SIZE - used, "%s%s", used ? ", " : "", spec->choices[i]);
	}
	return all;
}

/* The value's place among the choices is what the field, an enumeration, becomes. */
static int apply_choice(struct parser *parser, const struct option_spec *spec, const char *value)
{
	char all[WORDS_SIZE];

	for (int i = 0; spec->choices[i]; i++) {
		if (*value && !strcmp(spec->choices[i], value)) {
			*(int *)field_of(parser, spec) = i;
			return 0;
		}
	}
	diag__error(parser->diag, "--%s takes one of: %s; not \"%s\"", spec->name, words_of(spec, all), value);
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

static int print_help(struct parser *parser, const struct option_spec *spec, const char *value);
static int list_options(struct parser *parser, const struct option_spec *spec, const char *value);

static const char *const clocks[] = {[PROFILE_CLOCK_WALL] = "wall", [PROFILE_CLOCK_CPU] = "cpu", NULL};
/* What cannot be said is what it is without the option. */
static const char *const owners[] = {
	[PROFILE_BY_NOTHING] = "", [PROFILE_BY_PROCESS] = "process", [PROFILE_BY_THREAD] = "thread", NULL};
static const char *const colors[] = {
	[OPTIONS_COLOR_AUTO] = "auto", [OPTIONS_COLOR_ALWAYS] = "always", [OPTIONS_COLOR_NEVER] = "never", NULL};

/* clang-format off */
static const struct option_spec specs[] = {
	{.heading = "What to profile"},
	{.letter = 'f', .name = "function", .value = "FUNC", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_function,
	 .help = "a function's NAME, 'GLOB*', '/REGEX/', FILE:FUNC, FILE:LINE (the\n"
		 "function around it) or FILE:LINE-LINE; may be repeated; a\n"
		 "pattern looks into libraries if nothing in the program matches"},
	{.letter = 'p', .name = "pid", .value = "PID[,PID...]", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_pids,
	 .help = "running processes"},
	{.letter = 'x', .name = "object", .value = "FILE", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_string,
	 .field = FIELD(file),
	 .help = "only this program or library; without -p and COMMAND in every\n"
		 "process, present and future, that maps it"},
	{.name = "user", .value = "NAME", .verbs = FOR_PROFILE, .apply = apply_string, .field = FIELD(user),
	 .help = "the user that COMMAND runs as"},

	{.heading = "How to measure"},
	{.letter = 'd', .name = "duration", .value = "SEC", .verbs = FOR_PROFILE, .apply = apply_seconds,
	 .field = FIELD(duration), .help = "stop after SEC seconds; otherwise on Ctrl-C or the target's end"},
	{.letter = 'i', .name = "interval", .value = "SEC", .verbs = FOR_PROFILE, .apply = apply_seconds,
	 .field = FIELD(interval), .help = "print the table every SEC seconds as well"},
	{.name = "top", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(top),
	 .help = "watch functions and lines meanwhile, updated each second or every\n"
		 "SEC of -i; the table comes at the end"},
	{.name = "clock", .value = "wall|cpu", .verbs = FOR_PROFILE, .apply = apply_choice,
	 .field = FIELD(clock), .choices = clocks,
	 .help = "count all time (the default), or only time on the CPU"},
	{.name = "by", .value = "process|thread", .verbs = FOR_PROFILE | FOR_REPORT, .apply = apply_choice,
	 .field = FIELD(by), .choices = owners,
	 .help = "separate tables for each; of saved profiles: for each of them too"},
	{.name = "every-line", .verbs = FOR_PROFILE | FOR_LIST, .apply = apply_flag, .field = FIELD(every_line),
	 .help = "one probe on each line's first address, as other tracers place\n"
		 "them: slower and less exact, to measure against"},
	{.letter = 'n', .name = "dry-run", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(dry_run),
	 .help = "prepare everything, attach nothing"},

	{.heading = "How to report"},
	{.letter = 'o', .name = "output", .value = "FILE", .verbs = FOR_WRITING, .apply = apply_string,
	 .field = FIELD(output), .help = "write the report there, not to standard output"},
	{.name = "format", .value = "NAME", .verbs = FOR_WRITING, .apply = apply_format,
	 .words = report__names,
	 .help = "text, json, html, csv, callgrind, lcov, folded or pprof; the\n"
		 "default follows FILE's suffix, else text"},
	{.letter = 'u', .name = "unit", .value = "SEC", .verbs = FOR_WRITING, .apply = apply_seconds,
	 .field = FIELD(style.unit), .help = "unit of Time and Per Hit in seconds (default 1e-6)"},
	{.letter = 'z', .name = "skip-zero", .verbs = FOR_WRITING, .apply = apply_flag, .field = FIELD(style.skip_zero),
	 .help = "leave out functions that were not called"},
	{.letter = 't', .name = "sort", .verbs = FOR_WRITING, .apply = apply_flag, .field = FIELD(style.sort),
	 .help = "functions by time, the longest last"},
	{.letter = 'm', .name = "summarize", .verbs = FOR_PROFILE | FOR_REPORT, .apply = apply_flag,
	 .field = FIELD(style.summarize),
	 .help = "add one line a function at the end"},
	{.name = "push", .value = "URL", .verbs = FOR_PROFILE, .apply = apply_push,
	 .help = "send what was counted, every SEC seconds of -i (default 10), to\n"
		 "Pyroscope (http://HOST:4040) or Parca (parca+http://HOST:7070);\n"
		 "the table comes at the end; " PUSH_TOKEN " is a\n"
		 "token for it, ?service=NAME at the URL's end the name there"},
	{.name = "spool", .value = "DIR", .verbs = FOR_PROFILE, .apply = apply_string, .field = FIELD(spool),
	 .help = "where --push keeps what cannot be sent yet (default\n" PUSH_SPOOL ")"},
	{.name = "color", .value = "WHEN", .verbs = FOR_ALL, .apply = apply_choice,
	 .field = FIELD(color), .choices = colors,
	 .help = "auto (the default), always or never"},
	{.name = "no-pager", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(no_pager),
	 .help = "print also what is longer than the screen without PAGER (less)"},

	{.heading = "Other"},
	{.letter = 'v', .name = "verbose", .verbs = FOR_ALL, .apply = apply_verbose, .help = "say more; -vv: still more"},
	{.letter = 'q', .name = "quiet", .verbs = FOR_ALL, .apply = apply_quiet, .help = "say nothing but errors"},
	{.letter = 'h', .name = "help", .verbs = FOR_ALL, .apply = print_help, .help = "print this"},
	{.name = "version", .verbs = FOR_ALL, .apply = print_version, .help = "print the version"},

	/* For completions, tests and benchmarks; not in --help. */
	{.name = "list-options", .verbs = FOR_ALL, .apply = list_options},
	{.name = "empty-probe", .verbs = FOR_PROFILE, .apply = apply_flag, .field = FIELD(empty_probe)},
	{.name = "dump-counts", .value = "FILE", .verbs = FOR_PROFILE, .apply = apply_string,
	 .field = FIELD(dump_counts)},
};
/* clang-format on */

#define N_SPECS (sizeof(specs) / sizeof(*specs))

static void print_spec(const struct option_spec *spec)
{
	const char *line = spec->help;
	char left[64];

	if (spec->heading) {
		printf("\n%s:\n", spec->heading);
		return;
	}
	if (!spec->help)
		return;
	snprintf(left, sizeof(left), "%c%c%s --%s %s", spec->letter ? '-' : ' ', spec->letter ? spec->letter : ' ',
		 spec->letter ? "," : " ", spec->name, spec->value ? spec->value : "");
	printf("  %-26s ", left);
	for (const char *newline; (newline = strchr(line, '\n')); line = newline + 1)
		printf("%.*s\n%29s", (int)(newline - line), line, "");
	puts(line);
}

static int print_help(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	puts("Profiles the source lines of functions in running programs, native ones and Python.\n"
	     "\n"
	     "Usage:\n"
	     "  lprof-bpf [OPTIONS] -f FUNC... -p PID[,PID...]      running processes\n"
	     "  lprof-bpf [OPTIONS] -f FUNC... -- COMMAND [ARG...]  start a command under the profiler\n"
	     "  lprof-bpf [OPTIONS] -f FUNC... -x FILE              every process that maps FILE\n"
	     "  lprof-bpf list -p PID | -x FILE [PATTERN]           what can be profiled; with -f FUNC:\n"
	     "                                                      its lines, sites and predicted cost\n"
	     "  lprof-bpf report [OPTIONS] FILE...                  show, merge and convert saved profiles\n"
	     "  lprof-bpf diff [OPTIONS] BEFORE AFTER               two profiles, line against line\n"
	     "  lprof-bpf doctor                                    what this kernel offers, and what is missing");
	for (size_t i = 0; i < N_SPECS; i++)
		print_spec(&specs[i]);
	puts("\n"
	     "Examples:\n"
	     "  lprof-bpf -f collatz -p 1234                        until Ctrl-C\n"
	     "  lprof-bpf -f 'parse_*' -d 10 -o profile.json -p 1234,5678\n"
	     "  lprof-bpf -f main.c:42 -- ./program --its-option\n"
	     "  lprof-bpf list -x /usr/lib/libfoo.so 'foo_*'\n"
	     "  lprof-bpf diff before.json after.json\n"
	     "\n"
	     "The exit status is COMMAND's, or 0 on success, 1 when profiling failed, 2 for a usage error.");
	parser->done = true;
	return 0;
}

/* What is written in bytes that a terminal would take for commands. */
static int check_format(const struct options *options, const struct diag *diag)
{
	if (!options->format->binary || options->output || !isatty(STDOUT_FILENO))
		return 0;
	diag__error(diag, "a report as %s is nothing for a terminal; give a file with -o FILE%s", options->format->name,
		    options->format->suffix);
	return -EINVAL;
}

static int check_profile(const struct options *options, const struct diag *diag)
{
	if (options->n_pids && options->command)
		diag__error(diag, "-p PID and a COMMAND after \"--\" exclude each other; profile one or the other");
	else if (!options->n_functions)
		diag__error(diag,
			    "no function chosen; say which with -f NAME (lprof-bpf list -p PID shows what there is)");
	else if (!options->n_pids && !options->command && !options->file)
		diag__error(diag, "nothing to profile; give -p PID, -x FILE or a command after \"--\"");
	else if (options->user && !options->command)
		diag__error(diag, "--user is the user to start a COMMAND as, and there is none; give one after \"--\"");
	else if (options->spool && !options->push)
		diag__error(diag, "--spool is where --push keeps profiles; say with --push where they go");
	else if (options->top && options->push)
		diag__error(diag, "--top and --push exclude each other; watch with one run and send with another");
	else
		return check_format(options, diag);
	return -EINVAL;
}

static int check_list(const struct options *options, const struct diag *diag)
{
	if (options->pattern && options->n_functions > 1)
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
	if (parser->options->pattern) {
		diag__error(parser->diag,
			    "list takes one PATTERN, but \"%s\" is a second one; a '/ONE|OTHER/' matches both", word);
		return -EINVAL;
	}
	parser->options->pattern = true;
	return add_selector(parser, word);
}

static int add_saved(struct parser *parser, const char *word)
{
	struct options *options = parser->options;
	const char **grown = reallocarray(options->saved, options->n_saved + 1, sizeof(*grown));

	if (!grown) {
		diag__error(parser->diag, "out of memory");
		return -ENOMEM;
	}
	grown[options->n_saved++] = word;
	options->saved = grown;
	return 0;
}

static int refuse_word(struct parser *parser, const char *word)
{
	diag__error(parser->diag, "%s takes no argument, but \"%s\" was given", parser->verb->name, word);
	return -EINVAL;
}

static const struct verb_spec profile_verb = {.verb = OPTIONS_PROFILE, .check = check_profile};
static const struct verb_spec verbs[] = {
	{"list", OPTIONS_LIST, add_pattern, check_list, "list its program with -x FILE"},
	{"report", OPTIONS_REPORT, add_saved, check_report, NULL},
	{"diff", OPTIONS_DIFF, add_saved, check_diff, NULL},
	{"doctor", OPTIONS_DOCTOR, refuse_word, NULL, "doctor needs none"},
};

#define N_VERB_NAMES (sizeof(verbs) / sizeof(*verbs))

static void list_option(const struct option_spec *spec)
{
	char letter[] = {'-', spec->letter, '\0'}, all[WORDS_SIZE]; /* "-" where there is no letter */
	const char *words = words_of(spec, all);

	printf("option\t--%s\t%s\t%s\t%s\t", spec->name, letter, spec->value ? spec->value : "-", *words ? words : "-");
	if (spec->verbs & FOR_PROFILE)
		fputs("profile,", stdout);
	for (size_t i = 0; i < N_VERB_NAMES; i++)
		if (spec->verbs & 1 << verbs[i].verb)
			printf("%s,", verbs[i].name);
	putchar('\t');
	for (const char *c = spec->help; *c; c++)
		putchar(*c == '\n' ? ' ' : *c);
	putchar('\n');
}

/*
 * For the completions of shells, so that they need not know what there is: a line "verb NAME" for each verb, and
 * "option --NAME -LETTER VALUE WORDS VERBS HELP" for each option; what it has not is "-". Tabs separate.
 */
static int list_options(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	for (size_t i = 0; i < N_VERB_NAMES; i++)
		printf("verb\t%s\n", verbs[i].name);
	for (size_t i = 0; i < N_SPECS; i++)
		if (specs[i].help)
			list_option(&specs[i]);
	parser->done = true;
	return 0;
}

/* The first word that is not an option, where no "--" came before it. */
static int apply_verb(struct parser *parser, const char *word)
{
	for (size_t i = 0; i < N_VERB_NAMES; i++) {
		if (strcmp(verbs[i].name, word) != 0)
			continue;
		parser->options->verb = verbs[i].verb;
		parser->verb = &verbs[i];
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
	return specs[i].letter ? specs[i].letter : UCHAR_MAX + 1 + (int)i;
}

static const struct option_spec *spec_of(int code)
{
	for (size_t i = 0; i < N_SPECS; i++) {
		if (!specs[i].heading && code_of(i) == code)
			return &specs[i];
	}
	return NULL;
}

/* What getopt_long() wants to know; "-" makes it hand out words in order, ":" keeps it silent. */
struct getopt_tables {
	char letters[2 + 2 * N_SPECS + 1];
	struct option names[N_SPECS + 1];
};

static void fill_tables(struct getopt_tables *tables)
{
	struct option *name = tables->names;
	char *letter = tables->letters;

	memset(tables, 0, sizeof(*tables));
	*letter++ = '-';
	*letter++ = ':';
	for (size_t i = 0; i < N_SPECS; i++) {
		if (specs[i].heading)
			continue;
		*name++ = (struct option){.name = specs[i].name,
					  .has_arg = specs[i].value ? required_argument : no_argument,
					  .val = code_of(i)};
		if (!specs[i].letter)
			continue;
		*letter++ = specs[i].letter;
		if (specs[i].value)
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
	const struct verb_spec *verb = parser->verb ? parser->verb : &profile_verb;
	const char *refused = parser->refused[verb->verb];

	if (refused) {
		diag__error(parser->diag, "--%s is not for %s; leave it out", refused, verb->name);
		return -EINVAL;
	}
	return verb->check ? verb->check(parser->options, parser->diag) : 0;
}

static void choose_defaults(struct options *options)
{
	if (options->output && !strcmp(options->output, "-"))
		options->output = NULL;
	if (!options->format && options->output)
		options->format = report__by_suffix(options->output);
	if (!options->format)
		options->format = &report_text;
	if (options->push && !options->interval)
		options->interval = PUSH_INTERVAL_SECONDS;
}

int options__parse(int argc, char **argv, const struct diag *diag, struct options *options)
{
	struct parser parser = {.diag = diag, .options = options};
	int err;

	*options = (struct options){.style = {.unit = 1e-6, .details = true}};
	err = parse_words(&parser, argc, argv);
	if (err)
		return err;
	if (parser.done)
		return 1;
	choose_defaults(options);
	return check(&parser);
}

void options__free(struct options *options)
{
	for (size_t i = 0; i < options->n_functions; i++)
		selector__free(options->functions[i]);
	free(options->functions);
	free(options->pids);
	free(options->saved);
	options->saved = NULL;
	options->n_saved = 0;
	push_url__free(options->push);
	options->push = NULL;
	options->functions = NULL;
	options->n_functions = 0;
	options->pids = NULL;
	options->n_pids = 0;
}
