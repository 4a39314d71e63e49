// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "options/options_table.h"

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
	printf("  %-26s  ", left);
	for (const char *newline; (newline = strchr(line, '\n')); line = newline + 1)
		printf("%.*s\n%30s", (int)(newline - line), line, "");
	puts(line);
}

int options_help__print(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	puts("Profiles the source lines of functions in running programs, native ones and Python.\n"
	     "\n"
	     "Usage:\n"
	     "  lprof-bpf [OPTIONS] [-f FUNC...] -p PID[,PID...]      running processes\n"
	     "  lprof-bpf [OPTIONS] [-f FUNC...] -- COMMAND [ARG...]  start a command under the profiler\n"
	     "  lprof-bpf [OPTIONS] [-f FUNC...] --cgroup PATH        processes in a cgroup: a service, a pod\n"
	     "  lprof-bpf [OPTIONS] [-f FUNC...] -x FILE              every process that maps FILE\n"
	     "  lprof-bpf list -p PID | -x FILE [PATTERN]             what can be profiled; with -f FUNC:\n"
	     "                                                        its lines, sites and predicted cost\n"
	     "  lprof-bpf report [OPTIONS] FILE...                    show, merge and convert saved profiles\n"
	     "  lprof-bpf diff [OPTIONS] BEFORE AFTER                 two profiles, line against line\n"
	     "  lprof-bpf doctor                                      what this kernel offers, and what is missing");
	for (size_t i = 0; i < options_table_size; i++)
		print_spec(&options_table[i]);
	puts("\n"
	     "Examples:\n"
	     "  lprof-bpf -p 1234                                   where its time goes, until Ctrl-C\n"
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

static void list_option(const struct option_spec *spec)
{
	char letter[] = {'-', spec->letter, '\0'}, all[OPTIONS_WORDS_SIZE]; /* "-" where there is no letter */
	const char *words = options_table__words(spec, all);

	printf("option\t--%s\t%s\t%s\t%s\t", spec->name, letter, spec->value ? spec->value : "-", *words ? words : "-");
	if (spec->verbs & FOR_PROFILE)
		fputs("profile,", stdout);
	for (size_t i = 0; i < options_n_verbs; i++)
		if (spec->verbs & 1 << options_verbs[i].verb)
			printf("%s,", options_verbs[i].name);
	putchar('\t');
	for (const char *c = spec->help; *c; c++)
		putchar(*c == '\n' ? ' ' : *c);
	putchar('\n');
}

/*
 * Prints all verbs and options for shell completions, so that these need no lists of their own. There is a line "verb
 * NAME" for each verb, and "option --NAME -LETTER VALUE WORDS VERBS HELP" for each option, separated by tabs. A
 * missing part is written as "-".
 */
int options_help__list(struct parser *parser, const struct option_spec *spec, const char *value)
{
	(void)spec;
	(void)value;
	for (size_t i = 0; i < options_n_verbs; i++)
		printf("verb\t%s\n", options_verbs[i].name);
	for (size_t i = 0; i < options_table_size; i++)
		if (options_table[i].help)
			list_option(&options_table[i]);
	parser->done = true;
	return 0;
}
