// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options/options_parse.h"
#include "unit/test.h"

#define MAX_ARGS 16

/* The result of parsing a command line, and the messages printed. */
struct parsed {
	char *argv[MAX_ARGS + 2];
	struct options options;
	char *message;
	int result;
};

/* Takes the arguments up to a NULL. */
static void parse(struct parsed *parsed, const char *first, ...)
{
	struct diag diag = {0};
	size_t size = 0;
	int argc = 1;
	va_list args;

	memset(parsed, 0, sizeof(*parsed));
	parsed->argv[0] = strdup("lprof-bpf");
	va_start(args, first);
	for (const char *arg = first; arg; arg = va_arg(args, const char *)) {
		assert_in_range(argc, 1, MAX_ARGS);
		parsed->argv[argc++] = strdup(arg);
	}
	va_end(args);

	diag.stream = open_memstream(&parsed->message, &size);
	assert_non_null(diag.stream);
	parsed->result = options__parse(argc, parsed->argv, &diag, &parsed->options);
	fclose(diag.stream);
}

static void release(struct parsed *parsed)
{
	options__free(&parsed->options);
	free(parsed->message);
	for (size_t i = 0; parsed->argv[i]; i++)
		free(parsed->argv[i]);
}

#define ACCEPT(parsed, ...)                                                                                            \
	do {                                                                                                           \
		parse(parsed, __VA_ARGS__, NULL);                                                                      \
		assert_string_equal((parsed)->message, "");                                                            \
		assert_int_equal((parsed)->result, 0);                                                                 \
	} while (0)

/* Compares the whole message, because it is all that the user has to go on. */
#define REFUSE(sentence, ...)                                                                                          \
	do {                                                                                                           \
		struct parsed refused;                                                                                 \
		parse(&refused, __VA_ARGS__, NULL);                                                                    \
		assert_string_equal(refused.message, "lprof-bpf: " sentence "\n");                                     \
		assert_int_equal(refused.result, -EINVAL);                                                             \
		release(&refused);                                                                                     \
	} while (0)

static void defaults(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "-f", "foo", "-p", "12");
	assert_int_equal(o->verb, OPTIONS_PROFILE);
	assert_int_equal(o->n_functions, 1);
	assert_string_equal(selector__text(o->functions[0]), "foo");
	assert_int_equal(o->n_patterns, 0);
	assert_int_equal(o->n_pids, 1);
	assert_int_equal(o->pids[0], 12);
	assert_null(o->file);
	assert_null(o->command);
	assert_null(o->output);
	assert_null(o->user);
	assert_true(o->duration == 0);
	assert_true(o->interval == 0);
	assert_ptr_equal(o->format, &report_text);
	assert_true(o->style.unit == 1e-6);
	assert_true(o->style.details);
	assert_false(o->style.skip_zero || o->style.sort || o->style.summarize || o->style.color);
	assert_int_equal(o->color, COLOR_AUTO);
	assert_int_equal(o->by, PROFILE_BY_NOTHING);
	assert_int_equal(o->clock, PROFILE_CLOCK_WALL);
	assert_int_equal(o->hottest, 0);
	assert_false(o->no_probes || o->every_line || o->dry_run || o->top || o->no_pager || o->no_follow);
	assert_int_equal(o->verbosity, 0);
	release(&parsed);
}

static void terminal_options(void **state)
{
	struct parsed parsed;

	(void)state;
	ACCEPT(&parsed, "--top", "-f", "a", "-p3");
	assert_true(parsed.options.top && !parsed.options.no_pager);
	release(&parsed);
	ACCEPT(&parsed, "--no-pager", "-f", "a", "-p3");
	assert_true(parsed.options.no_pager && !parsed.options.top);
	release(&parsed);
	REFUSE("--top is not for list; leave it out", "list", "--top", "-p3");
}

static void every_option(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "-zmtnvv", "-d0.5", "--interval=2", "-u", "1e-3", "--clock", "cpu", "--every-line", "--color",
	       "always", "-f", "a", "-f", "b.c:12", "-p3");
	assert_true(o->style.skip_zero && o->style.summarize && o->style.sort && o->dry_run && o->every_line);
	assert_true(o->style.details);
	assert_int_equal(o->verbosity, 2);
	assert_true(o->duration == 0.5);
	assert_true(o->interval == 2);
	assert_true(o->style.unit == 1e-3);
	assert_int_equal(o->clock, PROFILE_CLOCK_CPU);
	assert_int_equal(o->color, COLOR_ALWAYS);
	assert_int_equal(o->n_functions, 2);
	assert_string_equal(selector__text(o->functions[1]), "b.c:12");
	release(&parsed);

	ACCEPT(&parsed, "-f", "a", "-p", "3", "-v", "-q", "--color", "never", "--clock=wall", "--by", "thread");
	assert_int_equal(o->verbosity, -1);
	assert_int_equal(o->color, COLOR_NEVER);
	assert_int_equal(o->by, PROFILE_BY_THREAD);
	assert_int_equal(o->clock, PROFILE_CLOCK_WALL);
	release(&parsed);
}

static void process_ids(void **state)
{
	struct parsed parsed;

	(void)state;
	ACCEPT(&parsed, "-f", "a", "-p", "1,22,333", "-p", "22", "-p", "2147483647");
	assert_int_equal(parsed.options.n_pids, 4);
	assert_int_equal(parsed.options.pids[0], 1);
	assert_int_equal(parsed.options.pids[1], 22);
	assert_int_equal(parsed.options.pids[2], 333);
	assert_int_equal(parsed.options.pids[3], 2147483647);
	release(&parsed);
}

#define NO_PID(text)                                                                                                   \
	REFUSE("-p " text " is not a process ID; give one number or several as in -p 1234,5678 "                       \
	       "(pidof PROGRAM prints them)",                                                                          \
	       "-f", "a", "-p", text)

static void no_process_ids(void **state)
{
	(void)state;
	NO_PID("12x");
	NO_PID("");
	NO_PID("0");
	NO_PID("-1");
	NO_PID("+1");
	NO_PID(" 1");
	NO_PID("1,");
	NO_PID(",1");
	NO_PID("1,,2");
	NO_PID("1 2");
	NO_PID("2147483648");
	NO_PID("99999999999999999999999");
}

static void a_command(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "-f", "a", "--user", "nobody", "--", "list", "-p", "x", "--", "--help");
	assert_int_equal(o->verb, OPTIONS_PROFILE);
	assert_ptr_equal(o->command, &parsed.argv[6]);
	assert_string_equal(o->command[0], "list");
	assert_string_equal(o->command[4], "--help");
	assert_null(o->command[5]);
	assert_string_equal(o->user, "nobody");
	assert_int_equal(o->n_pids, 0);
	release(&parsed);

	/* "--" as an option's argument separates nothing */
	ACCEPT(&parsed, "-f", "a", "-p", "1", "-o", "--");
	assert_string_equal(o->output, "--");
	assert_null(o->command);
	release(&parsed);
}

static void what_to_profile(void **state)
{
	struct parsed parsed;

	(void)state;
	ACCEPT(&parsed, "-f", "a", "-x", "libfoo.so");
	assert_string_equal(parsed.options.file, "libfoo.so");
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "-x", "libfoo.so", "-p", "1");
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "-x", "libfoo.so", "--", "ls");
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "--cgroup", "system.slice/nginx.service");
	assert_string_equal(parsed.options.cgroup, "system.slice/nginx.service");
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "--cgroup", "a", "-x", "libfoo.so");
	release(&parsed);

	REFUSE("nothing to profile; give -p PID, -x FILE, --cgroup PATH or a command after \"--\"", "-f", "a");
	REFUSE("-p PID and a COMMAND after \"--\" exclude each other; profile one or the other", "-f", "a", "-p", "1",
	       "--", "ls");
	REFUSE("\"--\" is followed by no COMMAND; say which to start", "-f", "a", "--");
	REFUSE("\"ls\" is none of list, report, diff and doctor; a command to profile goes after \"--\", as in: "
	       "lprof-bpf -f FUNC -- ls",
	       "-f", "a", "ls", "-l");
	REFUSE("--user is the user to start a COMMAND as, and there is none; give one after \"--\"", "-f", "a", "-p",
	       "1", "--user", "nobody");
	REFUSE("--object can be given once, but came as \"b\" and \"c\"", "-f", "a", "-x", "b", "-x", "c");
	REFUSE("--object needs a FILE that is not empty", "-f", "a", "-x", "");
	REFUSE("\"/(/\" cannot select a function; give a NAME, a 'GLOB*', a '/REGEX/', FILE:FUNC, FILE:LINE, "
	       "FILE:LINE-LINE or several of them with commas between",
	       "-p", "1", "-f", "good", "-f", "/(/");
	REFUSE("\"good,\" cannot select a function; give a NAME, a 'GLOB*', a '/REGEX/', FILE:FUNC, FILE:LINE, "
	       "FILE:LINE-LINE or several of them with commas between",
	       "-p", "1", "-f", "good,");
}

static void functions_to_find(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "-p", "12", "-f", "one,two(int, int), three", "-f", "four");
	assert_int_equal(o->n_functions, 4);
	assert_string_equal(selector__text(o->functions[1]), "two(int, int)");
	assert_string_equal(selector__text(o->functions[2]), "three");
	release(&parsed);
	ACCEPT(&parsed, "-p", "12");
	assert_int_equal(o->n_functions, 0);
	assert_int_equal(o->hottest, 5);
	release(&parsed);
	ACCEPT(&parsed, "-x", "libfoo.so", "--functions", "1");
	assert_int_equal(o->hottest, 1);
	release(&parsed);
	ACCEPT(&parsed, "--functions=1000", "--top", "--", "ls");
	assert_int_equal(o->hottest, 1000);
	release(&parsed);
	ACCEPT(&parsed, "-p", "1", "-f", "a");
	assert_int_equal(o->hottest, 0);
	release(&parsed);

	ACCEPT(&parsed, "-p", "1", "-f", "a*", "--functions", "3");
	assert_int_equal(o->hottest, 3);
	assert_int_equal(o->n_functions, 1);
	release(&parsed);
	REFUSE("--dry-run shows what is planned for all functions of -f; leave out --functions", "-p", "1", "-f", "a",
	       "-n", "--functions", "3");
	REFUSE("--dry-run needs -f FUNC: without -f the functions are found by watching the program run", "-n", "-p",
	       "1");
	REFUSE("--functions is not for list; leave it out", "list", "-p", "1", "--functions", "3");
}

#define NO_NUMBER(text)                                                                                                \
	REFUSE("--functions must be a number from 1 to 1000, not \"" text "\"", "-p", "1", "--functions", text)

static void no_numbers_of_functions(void **state)
{
	(void)state;
	NO_NUMBER("0");
	NO_NUMBER("1001");
	NO_NUMBER("99999999999999999999");
	NO_NUMBER("-1");
	NO_NUMBER("+1");
	NO_NUMBER(" 1");
	NO_NUMBER("1 ");
	NO_NUMBER("0x10");
	NO_NUMBER("5.0");
	NO_NUMBER("all");
	NO_NUMBER("");
}

static void samples_alone(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "--no-probes", "-p", "1");
	assert_true(o->no_probes);
	assert_int_equal(o->hottest, 5);
	release(&parsed);
	ACCEPT(&parsed, "--no-probes", "-f", "a*", "-x", "f", "--top", "--clock", "cpu", "-o", "a.csv");
	assert_true(o->no_probes);
	release(&parsed);
	ACCEPT(&parsed, "-p", "1", "--format", "lcov");
	assert_false(o->no_probes);
	release(&parsed);

	REFUSE("--all-jumps puts a probe on each jump, and --no-probes puts in none; leave one out", "--no-probes",
	       "--all-jumps", "-p", "1");
	REFUSE("--every-line and --all-jumps both say where probes are; leave one out", "--every-line", "--all-jumps",
	       "-p", "1", "-f", "a");
	REFUSE("--every-line puts a probe on each line, and --no-probes puts in none; leave one out", "--no-probes",
	       "--every-line", "-p", "1");
	REFUSE("--dry-run shows where probes would be, and --no-probes puts in none; leave one out", "--no-probes",
	       "-n", "-f", "a", "-p", "1");
	REFUSE("the format lcov holds nothing but hits, which --no-probes does not count; choose another --format",
	       "--no-probes", "-p", "1", "-o", "a.info");
	REFUSE("--empty-probe and --dump-counts need probes, and --no-probes puts in none; leave one out",
	       "--no-probes", "-p", "1", "--empty-probe");
	REFUSE("--empty-probe and --dump-counts need probes, and --no-probes puts in none; leave one out",
	       "--no-probes", "-p", "1", "--dump-counts", "f");
	REFUSE("--no-probes is not for report; leave it out", "report", "--no-probes", "a");
}

/* Parses a command line that is right, and compares the budget: percent, and milliseconds in one piece. */
#define BUDGET(percent, pause, ...)                                                                                    \
	do {                                                                                                           \
		struct parsed budget;                                                                                  \
		ACCEPT(&budget, __VA_ARGS__);                                                                          \
		assert_true(budget.options.max_overhead == (percent));                                                 \
		assert_true(budget.options.max_pause == (pause));                                                      \
		release(&budget);                                                                                      \
	} while (0)

static void budgets(void **state)
{
	(void)state;
	BUDGET(2, 10, "-p", "1");
	BUDGET(2, 10, "-x", "f", "-f", "a");
	BUDGET(2, 10, "-x", "f", "-p", "1");
	BUDGET(2, 10, "-p", "1", "--no-probes");
	BUDGET(0, 0, "--", "ls");
	BUDGET(0, 0, "-x", "f", "--", "ls");
	BUDGET(0, 0, "-p", "1", "--every-line", "-f", "a");
	BUDGET(0, 0, "-p", "1", "--every-line", "--max-overhead", "none");
	BUDGET(0, 0, "-p", "1", "--empty-probe");
	BUDGET(0, 0, "-p", "1", "--dump-counts", "f");

	BUDGET(0, 0, "-p", "1", "--max-overhead", "none");
	BUDGET(100, 10, "-p", "1", "--max-overhead", "100");
	BUDGET(0.5, 10, "-p", "1", "--max-overhead=.5%");
	BUDGET(5, 10, "--max-overhead=5%", "--", "ls");
	BUDGET(1e-3, 0.25, "--max-overhead", "1e-3", "--max-pause", "0.25", "--", "ls");
	BUDGET(2, 50, "-p", "1", "--max-pause=50");
	BUDGET(3, 10, "-p", "1", "--dump-counts", "f", "--max-overhead", "3");
	BUDGET(3, 10, "-p", "1", "--max-overhead", "none", "--max-overhead", "3");
}

#define NO_OVERHEAD(text)                                                                                              \
	REFUSE("--max-overhead must be a percentage above 0 and at most 100 such as 2 or 0.5, or none, not \"" text    \
	       "\"",                                                                                                   \
	       "-p", "1", "--max-overhead", text)
#define NO_PAUSE(text)                                                                                                 \
	REFUSE("--max-pause must be a positive number of milliseconds such as 10 or 0.5, not \"" text "\"", "-p", "1", \
	       "--max-pause", text)

static void no_budgets(void **state)
{
	(void)state;
	NO_OVERHEAD("0");
	NO_OVERHEAD("-1");
	NO_OVERHEAD("100.1");
	NO_OVERHEAD("2%%");
	NO_OVERHEAD("2 %");
	NO_OVERHEAD(" 2");
	NO_OVERHEAD("%");
	NO_OVERHEAD("");
	NO_OVERHEAD("0x2");
	NO_OVERHEAD("nan");
	NO_OVERHEAD("inf");
	NO_OVERHEAD("all");
	NO_OVERHEAD("None");
	NO_PAUSE("0");
	NO_PAUSE("-1");
	NO_PAUSE("10ms");
	NO_PAUSE("10%");
	NO_PAUSE("none");
	NO_PAUSE("");
	NO_PAUSE("inf");

	REFUSE("--max-pause is part of a budget, and there is none; give --max-overhead PCT or leave it out", "-p", "1",
	       "--max-overhead", "none", "--max-pause", "5");
	REFUSE("--max-pause is part of a budget, and there is none; give --max-overhead PCT or leave it out",
	       "--max-pause", "5", "--", "ls");
	REFUSE("--every-line measures what probes on all lines cost, and --max-overhead takes them out; leave one "
	       "out",
	       "-p", "1", "--every-line", "--max-overhead", "2");
	REFUSE("--max-overhead is not for list; leave it out", "list", "-p", "1", "--max-overhead", "2");
	REFUSE("--max-pause is not for report; leave it out", "report", "a", "--max-pause", "2");
}

static void no_arguments_at_all(void **state)
{
	struct parsed parsed;

	(void)state;
	parse(&parsed, NULL);
	assert_int_equal(parsed.result, -EINVAL);
	assert_string_equal(parsed.message, "lprof-bpf: nothing to profile; give -p PID, -x FILE, --cgroup PATH or a "
					    "command after \"--\"\n");
	release(&parsed);
}

#define NO_SECONDS(option, name, text)                                                                                 \
	REFUSE("--" name " must be a positive number of seconds such as 10 or 0.5 or 1e-3, not \"" text "\"", "-f",    \
	       "a", "-p", "1", option, text)

static void no_seconds(void **state)
{
	(void)state;
	NO_SECONDS("-u", "unit", "0");
	NO_SECONDS("-u", "unit", "-1");
	NO_SECONDS("-u", "unit", "1e-6s");
	NO_SECONDS("-u", "unit", "");
	NO_SECONDS("-u", "unit", "nan");
	NO_SECONDS("-u", "unit", "inf");
	NO_SECONDS("-d", "duration", "0x10");
	NO_SECONDS("-d", "duration", " 1");
	NO_SECONDS("-d", "duration", "1e10");
	NO_SECONDS("-d", "duration", ".");
	NO_SECONDS("-i", "interval", "1e-999");
}

static void formats(void **state)
{
	static const struct {
		const char *output;
		const struct report_format *format;
	} cases[] = {
		{"a.json", &report_json},     {"a.html", &report_html},	  {"a.txt", &report_text},
		{"dir.json/a", &report_text}, {"a.svg", &report_text},	  {"a", &report_text},
		{"a.csv", &report_csv},	      {"a.info", &report_lcov},	  {"a.callgrind", &report_callgrind},
		{"a.folded", &report_folded}, {"a.pb.gz", &report_pprof}, {"a.gz", &report_text},
	};
	struct parsed parsed;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		ACCEPT(&parsed, "-f", "a", "-p", "1", "-o", cases[i].output);
		assert_string_equal(parsed.options.output, cases[i].output);
		assert_ptr_equal(parsed.options.format, cases[i].format);
		release(&parsed);
	}
	ACCEPT(&parsed, "--format", "text", "-f", "a", "-p", "1", "-o", "a.json");
	assert_ptr_equal(parsed.options.format, &report_text);
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "-p", "1", "-o", "-", "--format=json");
	assert_null(parsed.options.output);
	assert_ptr_equal(parsed.options.format, &report_json);
	release(&parsed);

	REFUSE("there is no format \"xml\"; --format takes one of: text, json, html, csv, callgrind, lcov, folded, "
	       "pprof",
	       "--format", "xml");
}

static void where_to_push(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "-f", "a", "-p", "1");
	assert_null(o->push);
	assert_null(o->spool);
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "-p", "1", "--push", "http://u:secret@h:4040?service=s");
	assert_string_equal(o->push->address, "http://h:4040/ingest");
	assert_string_equal(o->push->service, "s");
	assert_string_equal(o->push->password, "secret");
	assert_true(o->interval == 10);
	/*
	 * The password is overwritten, because the list of processes would show it; an address without a secret stays.
	 */
	assert_string_equal(parsed.argv[6], "http://h:4040/ingest");
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "-p", "1", "--push=http://u:s@h");
	assert_string_equal(parsed.argv[5], "--push=http://h/ing");
	release(&parsed);
	ACCEPT(&parsed, "-f", "a", "-p", "1", "--push=http://h");
	assert_string_equal(parsed.argv[5], "--push=http://h");
	release(&parsed);
	ACCEPT(&parsed, "-i3", "-f", "a", "-p", "1", "--push=parca+http://h", "--spool", "/some/where");
	assert_int_equal(o->push->protocol, PUSH_PARCA);
	assert_true(o->interval == 3);
	assert_string_equal(o->spool, "/some/where");
	release(&parsed);

	/* The message must not repeat the value, which may contain a password. */
	REFUSE("--push needs an address with http, https, parca+http or parca+https such as http://localhost:4040, "
	       "which this is not: its scheme is none of those",
	       "--push", "ftp://u:secret@h");
	REFUSE("--push can be given once", "--push", "http://u:secret@h", "--push", "http://u:secret@h");
	REFUSE("--spool is where --push keeps profiles; say with --push where they go", "-f", "a", "-p", "1", "--spool",
	       "/some/where");
	REFUSE("--push is not for list; leave it out", "list", "-p", "1", "--push", "http://u:secret@h");
}

static void words_that_options_take(void **state)
{
	(void)state;
	REFUSE("--clock takes one of: wall, cpu; not \"sun\"", "--clock", "sun");
	REFUSE("--color takes one of: auto, always, never; not \"red\"", "--color", "red");
	REFUSE("--by takes one of: process, thread; not \"core\"", "--by", "core");
	REFUSE("--by takes one of: process, thread; not \"\"", "--by", "");
}

static void unknown_options(void **state)
{
	(void)state;
	REFUSE("there is no option -K; lprof-bpf --help lists them", "-vK");
	REFUSE("\"--nothing\" is no option or could be several; lprof-bpf --help lists them", "--nothing");
	REFUSE("\"--s\" is no option or could be several; lprof-bpf --help lists them", "--s");
	REFUSE("--sort takes no value, but \"--sort=3\" gives one", "--sort=3");
	REFUSE("--duration needs its SEC; lprof-bpf --help explains it", "-f", "a", "-d");
	REFUSE("--clock needs its wall|cpu; lprof-bpf --help explains it", "--clock");
}

static void list(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "list", "-p", "12", "foo*");
	assert_int_equal(o->verb, OPTIONS_LIST);
	assert_int_equal(o->n_patterns, 1);
	assert_int_equal(o->n_functions, 1);
	assert_string_equal(selector__text(o->functions[0]), "foo*");
	assert_int_equal(o->pids[0], 12);
	release(&parsed);

	ACCEPT(&parsed, "list", "-p", "12", "a,b");
	assert_int_equal(o->n_patterns, 2);
	assert_int_equal(o->n_functions, 2);
	release(&parsed);

	ACCEPT(&parsed, "-v", "list", "-f", "a", "-f", "b", "-x", "/bin/ls");
	assert_int_equal(o->verb, OPTIONS_LIST);
	assert_false(o->n_patterns);
	assert_int_equal(o->n_functions, 2);
	assert_string_equal(o->file, "/bin/ls");
	assert_int_equal(o->verbosity, 1);
	release(&parsed);

	ACCEPT(&parsed, "list", "-p", "1");
	assert_int_equal(o->n_functions, 0);
	release(&parsed);

	REFUSE("nothing to list; give -p PID or -x FILE", "list", "foo");
	REFUSE("list takes either a PATTERN (which functions there are) or -f (their lines), not both", "list", "foo",
	       "-f", "bar", "-p", "1");
	REFUSE("list takes one PATTERN, but \"b\" is a second one; put a comma between them", "list", "a", "-p", "1",
	       "b");
	REFUSE("--duration is not for list; leave it out", "-d", "1", "list", "-p", "1");
	REFUSE("only profiling takes a COMMAND after \"--\"; list its program with -x FILE", "list", "--", "ls");
}

static void other_verbs(void **state)
{
	struct parsed parsed;

	(void)state;
	ACCEPT(&parsed, "doctor");
	assert_int_equal(parsed.options.verb, OPTIONS_DOCTOR);
	release(&parsed);

	REFUSE("doctor takes no argument, but \"me\" was given", "doctor", "me");
	REFUSE("--pid is not for doctor; leave it out", "doctor", "-p", "1");
	REFUSE("only profiling takes a COMMAND after \"--\"; doctor needs none", "doctor", "--", "ls");
}

static void saved_profiles(void **state)
{
	struct parsed parsed;
	const struct options *o = &parsed.options;

	(void)state;
	ACCEPT(&parsed, "report", "a.json", "-ztm", "b.json", "-u", "1", "--by", "process", "-o", "c.txt", "--", "-c",
	       "list");
	assert_int_equal(o->verb, OPTIONS_REPORT);
	assert_int_equal(o->n_saved, 4);
	assert_string_equal(o->saved[0], "a.json");
	assert_string_equal(o->saved[1], "b.json");
	assert_string_equal(o->saved[2], "-c");
	assert_string_equal(o->saved[3], "list");
	assert_null(o->command);
	assert_true(o->style.skip_zero && o->style.sort && o->style.summarize && o->style.unit == 1);
	assert_int_equal(o->by, PROFILE_BY_PROCESS);
	assert_string_equal(o->output, "c.txt");
	release(&parsed);

	ACCEPT(&parsed, "diff", "-zt", "--format", "json", "a", "b");
	assert_int_equal(o->verb, OPTIONS_DIFF);
	assert_int_equal(o->n_saved, 2);
	assert_string_equal(o->saved[1], "b");
	assert_ptr_equal(o->format, &report_json);
	release(&parsed);

	REFUSE("nothing to report; give the FILE of a profile, which `-o FILE.json` saves, or several", "report");
	REFUSE("diff compares two profiles, BEFORE and AFTER, but 1 was given; `-o FILE.json` saves one", "diff", "a");
	REFUSE("diff compares two profiles, BEFORE and AFTER, but 3 were given; `-o FILE.json` saves one", "diff", "a",
	       "b", "c");
	REFUSE("--pid is not for report; leave it out", "report", "-p", "1", "a");
	REFUSE("--summarize is not for diff; leave it out", "diff", "a", "b", "-m");
	REFUSE("--by is not for diff; leave it out", "diff", "--by", "process", "a", "b");
}

/* Parses ARG, an option that prints something and ends; returns what went to standard output, owned by the caller. */
static char *printed_for(const char *arg)
{
	int saved = dup(STDOUT_FILENO);
	FILE *file = tmpfile();
	struct parsed parsed;
	char *text;
	ssize_t n;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	parse(&parsed, arg, NULL);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);

	assert_int_equal(parsed.result, 1);
	assert_string_equal(parsed.message, "");
	release(&parsed);
	text = calloc(1, 16384);
	assert_non_null(text);
	n = pread(fileno(file), text, 16383, 0);
	assert_in_range(n, 1, 16382);
	fclose(file);
	return text;
}

static void version(void **state)
{
	char *text = printed_for("--version");

	(void)state;
	assert_string_equal(text, "lprof-bpf 0.1.0\n");
	free(text);
}

static void help(void **state)
{
	static const char *const wanted[] = {
		"\n  lprof-bpf [OPTIONS] [-f FUNC...] -p PID[,PID...] ",
		"\n  lprof-bpf [OPTIONS] [-f FUNC...] -- COMMAND [ARG...] ",
		"\n  lprof-bpf report [OPTIONS] FILE... ",
		"\n  lprof-bpf diff [OPTIONS] BEFORE AFTER ",
		"\n  -d, --duration SEC          stop after SEC seconds",
		"\n      --clock wall|cpu        count",
		"\n      --functions N           show the lines of the N functions",
		"\n  -p, --pid PID[,PID...]      running processes\n",
		"\nExamples:\n",
	};
	char *text = printed_for("--help");

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		assert_non_null(strstr(text, wanted[i]));
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
		assert_in_range(end - line, 0, 110);
	free(text);
}

/* The list for shell completions: seven columns that are never empty, and no text that is missing in --help. */
static void options_for_completions(void **state)
{
	static const char *const wanted[] = {
		"verb\tlist\nverb\treport\nverb\tdiff\nverb\tdoctor\n",
		"\noption\t--clock\t-\twall|cpu\twall, cpu\tprofile,\tcount",
		"\noption\t--every-line\t-\t-\t-\tprofile,list,\tone probe",
		"\noption\t--help\t-h\t-\t-\tprofile,list,report,diff,doctor,\tprint this help\n",
	};
	char *text = printed_for("--list-options"), *help = printed_for("--help");

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		assert_non_null(strstr(text, wanted[i]));
	for (char *line = strtok(strstr(text, "option\t"), "\n"); line; line = strtok(NULL, "\n")) {
		int columns = 0;

		for (char *end = line; line; line = end, columns++) {
			char *column = strsep(&end, "\t");

			assert_true(*column);
			if (columns == 1)
				assert_non_null(strstr(help, column));
		}
		assert_int_equal(columns, 7);
	}
	free(text);
	free(help);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option),
		cmocka_unit_test(terminal_options),
		cmocka_unit_test(process_ids),
		cmocka_unit_test(no_process_ids),
		cmocka_unit_test(a_command),
		cmocka_unit_test(what_to_profile),
		cmocka_unit_test(budgets),
		cmocka_unit_test(no_budgets),
		cmocka_unit_test(no_arguments_at_all),
		cmocka_unit_test(functions_to_find),
		cmocka_unit_test(no_numbers_of_functions),
		cmocka_unit_test(samples_alone),
		cmocka_unit_test(no_seconds),
		cmocka_unit_test(formats),
		cmocka_unit_test(where_to_push),
		cmocka_unit_test(words_that_options_take),
		cmocka_unit_test(unknown_options),
		cmocka_unit_test(list),
		cmocka_unit_test(other_verbs),
		cmocka_unit_test(saved_profiles),
		cmocka_unit_test(version),
		cmocka_unit_test(help),
		cmocka_unit_test(options_for_completions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
