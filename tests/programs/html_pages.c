// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * html_pages DIRECTORY: writes html reports of constructed profiles, and the json reports of the same
 * ones, with their source files: "functions", "calls" (sampled stacks of some of them and of what they call),
 * "hostile" (names and source that try to be HTML), "large" (20 functions of 5000 lines), "crowd" (stacks of 50 000
 * different places) and "empty".
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile/profile.h"
#include "profile/profile_source.h"
#include "profile/stacks.h"
#include "report/report.h"

static const char *directory;

static void need(int ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(EXIT_FAILURE);
}

static void path_of(char *path, const char *name, const char *suffix)
{
	snprintf(path, PATH_MAX, "%s/%s%s", directory, name, suffix);
}

static void write_report(const struct profile *profile, const char *name, const char *format_name)
{
	const struct report_format *format = report__by_name(format_name);
	const struct report_style style = {.unit = 1e-6, .details = true};
	char path[PATH_MAX];
	FILE *out;

	path_of(path, name, format->suffix);
	out = fopen(path, "w");
	need(out && !format->write(profile, &style, out) && !fclose(out), path);
}

static void write_reports(struct profile *profile, const char *name)
{
	const struct source_dirs nowhere = {0};
	struct target_files *files;

	need(!target_files__of_command(NULL, &files), name);
	for (size_t i = 0; i < profile->n_functions; i++)
		profile->functions[i].files = files;
	need(!profile_source__record(profile, &nowhere, NULL), name);
	write_report(profile, name, "html");
	write_report(profile, name, "json");
	target_files__unref(files);
	profile__free(profile);
}

static FILE *open_source(char *path, const char *name)
{
	FILE *out;

	path_of(path, name, ".c");
	out = fopen(path, "w");
	need(out != NULL, path);
	return out;
}

static struct profile_function *add_function(struct profile *profile, const char *name, const char *file, uint32_t line)
{
	struct profile_function *function = profile__add_function(profile, name, "", file, line);

	need(function != NULL, name);
	need(!profile_function__set_place(function, "/usr/bin/example", "0123456789abcdef", NULL), name);
	return function;
}

static void add_line(struct profile_function *function, const struct profile_line *line)
{
	need(!profile_function__add_line(function, line), "line");
}

static struct profile *new_profile(void)
{
	static char *const command[] = {"./example", "--depth", "12", "input.dat", NULL};
	struct profile *profile = profile__new();

	need(profile && !profile__set_command(profile, command) && !profile__add_pid(profile, 4711), "profile");
	profile->duration_ns = 10000000000;
	profile->probe.sites = 87;
	profile->probe.hits = 12345678;
	profile->probe.overhead_ns = 6543210987;
	return profile;
}

/* A reproducible pseudorandom number. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

static const char *const text[] = {
	"/* How many steps the Collatz sequence takes from N down to 1. */",
	"static long collatz(long n)",
	"{",
	"\tlong steps = 0;",
	"",
	"\twhile (n != 1) {",
	"\t\tif (n % 2)",
	"\t\t\tn = 3 * n + 1; /* an odd number: even afterwards, so that the next turn halves it at once */",
	"\t\telse",
	"\t\t\tn /= 2;",
	"\t\tsteps++;",
	"\t}",
	"\tif (steps < 0)",
	"\t\tabort();",
	"\treturn steps;",
	"}",
	"",
	"static long longest_chain(long below, struct queue *queue)",
	"{",
	"\tlong best = 0;",
	"",
	"\tfor (long n = 1; n < below; n++) {",
	"\t\tlong steps = collatz(n);",
	"",
	"\t\tif (steps > best)",
	"\t\t\tbest = steps;",
	"\t}",
	"\tqueue_wait(queue);",
	"\tqueue_push(queue, best);",
	"\treturn best;",
	"}",
};

#define LINE(number, n, time, uncertainty, blocked, waiting)                                                           \
	{                                                                                                              \
		.line = (number), .hits = (n), .time_ns = (time), .uncertainty_ns = (uncertainty),                     \
		.blocked_ns = (blocked), .waiting_ns = (waiting)                                                       \
	}

static void add_collatz(struct profile *profile, const char *file)
{
	static const struct profile_line lines[] = {
		LINE(2, 10000, 2412000, 310000, 0, 0),
		LINE(4, 10000, 123456, 350000, 0, 0),
		LINE(6, 859666, 152310987, 1500000, 0, 0),
		LINE(7, 849666, 126776544, 1400000, 0, 0),
		LINE(8, 283222, 30012345, 900000, 0, 0),
		LINE(10, 566444, 61234567, 950000, 0, 0),
		LINE(11, 849666, 15432109, 16000000, 0, 0),
		LINE(13, 10000, 100000, 300000, 0, 0),
		LINE(14, 0, 0, 0, 0, 0),
		LINE(15, 10000, 200000, 300000, 0, 0),
		LINE(16, 10000, 150000, 300000, 0, 0),
	};
	struct profile_function *function = add_function(profile, "collatz", file, 2);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		add_line(function, &lines[i]);
	function->calls = 10000;
}

static void add_longest_chain(struct profile *profile, const char *file)
{
	static const struct profile_line lines[] = {
		LINE(18, 1, 900, 1200, 0, 0),
		LINE(20, 1, 800, 1200, 0, 0),
		LINE(22, 10000, 2345678, 260000, 0, 0),
		LINE(23, 9999, 412345678, 300000, 0, 12345678),
		LINE(25, 9999, 1345678, 260000, 0, 0),
		LINE(26, 61, 8000, 9000, 0, 0),
		LINE(28, 1, 250123456, 1000, 249876543, 1234567),
		LINE(29, 1, 34567, 1000, 12000, 0),
		LINE(30, 1, 500, 900, 0, 0),
		LINE(31, 1, 400, 900, 0, 0),
	};
	struct profile_function *function = add_function(profile, "longest_chain", file, 18);

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		add_line(function, &lines[i]);
	function->calls = 1;
	need(!profile_function__add_note(function, "two calls could not be told apart on line 28"), "note");
}

static void add_others(struct profile *profile)
{
	static const char *const names[] = {"queue_push", "queue_wait", "parse_header", "std::vector<int>::push_back"};
	uint64_t state = 7;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char file[64];
		struct profile_function *function;

		snprintf(file, sizeof(file), "/nowhere/part%zu/file%zu.c", i, i);
		function = add_function(profile, names[i], file, 30 + (uint32_t)i);
		for (uint32_t line = 30 + (uint32_t)i; line < 36; line++)
			add_line(function, &(struct profile_line){.line = line,
								  .hits = next_random(&state) % 5000,
								  .time_ns = next_random(&state) % 9000000});
		function->calls = next_random(&state) % 5000;
	}
}

static void write_functions(void)
{
	struct profile *profile = new_profile();
	char path[PATH_MAX];
	FILE *source = open_source(path, "functions");

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		fprintf(source, "%s\n", text[i]);
	fclose(source);
	add_collatz(profile, path);
	add_longest_chain(profile, path);
	add_others(profile);
	need(!profile__add_note(profile, "samples say that the probes took 3 %% more than their price"), "note");
	write_reports(profile, "functions");
}

#define PROGRAM	  "/usr/bin/example"
#define LIBC	  "/usr/lib/x86_64-linux-gnu/libc.so.6"
#define LIBSTDCXX "/usr/lib/x86_64-linux-gnu/libstdc++.so.6"
#define BUILD_ID  "0123456789abcdef"

static void new_stacks(struct profile *profile)
{
	profile->stacks = stacks__new();
	need(profile->stacks && stacks__owner(profile->stacks, &(struct profile_owner){0}) == 0, "stacks");
	profile->stacks->period_ns = 1000000;
}

static uint32_t sampled(struct profile *profile, const char *name, const char *file, uint32_t line, const char *object)
{
	const struct stack_function function = {.name = (char *)name,
						.linkage_name = "",
						.file = (char *)file,
						.line = line,
						.object = (char *)object,
						.build_id = BUILD_ID};
	int64_t index = stacks__function(profile->stacks, &function);

	need(index >= 0, name);
	return (uint32_t)index;
}

/* Adds a node where samples ended that stand for so many milliseconds on a processor and off it. */
static uint32_t add_node(struct profile *profile, uint32_t parent, uint32_t function, uint32_t line, uint64_t cpu_ms,
			 uint64_t blocked_ms)
{
	const struct stack_node node = {.parent = parent,
					.function = function,
					.line = line,
					.samples = cpu_ms + (blocked_ms ? 1 : 0),
					.cpu_ns = cpu_ms * 1000000,
					.blocked_ns = blocked_ms * 1000000};
	int64_t index = stacks__add(profile->stacks, &node);

	need(index >= 0, "node");
	return (uint32_t)index;
}

/* A call in a list of them, each below the last one before it that is less deep. */
struct call {
	uint32_t depth;
	const char *name;
	uint32_t declared; /* in the source of the page; 0: the function has no debug information */
	const char *object;
	uint32_t line;
	uint64_t cpu_ms, blocked_ms;
};

static const struct call calls[] = {
	{0, "_start", 0, PROGRAM, 0, 0, 0},
	{1, "__libc_start_main", 0, LIBC, 0, 0, 0},
	{2, "main", 33, PROGRAM, 41, 2, 0},
	{3, "longest_chain", 18, PROGRAM, 22, 4, 0},
	{3, "longest_chain", 18, PROGRAM, 23, 9, 0},
	{4, "collatz", 2, PROGRAM, 6, 152, 0},
	{4, "collatz", 2, PROGRAM, 7, 127, 0},
	{4, "collatz", 2, PROGRAM, 8, 30, 0},
	{4, "collatz", 2, PROGRAM, 10, 61, 0},
	{4, "trace", 0, PROGRAM, 0, 6, 0},
	{5, "vsnprintf", 0, LIBC, 0, 11, 0},
	{6, "__vfprintf_internal", 0, LIBC, 0, 21, 0},
	{7, "_itoa_word", 0, LIBC, 0, 9, 0},
	{7, "strchrnul", 0, LIBC, 0, 7, 0},
	{4, "check_a", 50, PROGRAM, 50, 3, 0},
	{4, "check_b", 51, PROGRAM, 51, 2, 0},
	{4, "check_c", 52, PROGRAM, 52, 2, 0},
	{4, "check_d", 53, PROGRAM, 53, 1, 0},
	{4, "check_e", 54, PROGRAM, 54, 1, 0},
	{3, "longest_chain", 18, PROGRAM, 28, 0, 0},
	{4, "queue_wait", 31, "/nowhere/libqueue.so", 33, 1, 0},
	{5, "pthread_cond_wait", 0, LIBC, 0, 2, 240},
	{3, "longest_chain", 18, PROGRAM, 29, 0, 0},
	{4, "queue_push", 30, "/nowhere/libqueue.so", 31, 14, 0},
	{5, "std::vector<int>::push_back", 33, LIBSTDCXX, 34, 18, 0},
	{6, "std::vector<int>::_M_realloc_insert", 70, LIBSTDCXX, 71, 12, 0},
	{7, "operator new(unsigned long)", 0, LIBSTDCXX, 0, 2, 0},
	{8, "malloc", 0, LIBC, 0, 11, 0},
	{9, "_int_malloc", 0, LIBC, 0, 23, 0},
	{7, "__memmove_avx_unaligned_erms", 0, LIBC, 0, 34, 0},
	{3, "parse_header", 32, PROGRAM, 34, 21, 0},
	{4, "getline", 0, LIBC, 0, 5, 0},
	{5, "read", 0, LIBC, 0, 12, 61},
	{4, "strtol", 0, LIBC, 0, 17, 0},
	{4, "collatz", 2, PROGRAM, 7, 8, 0},
	{0, "[unknown]", 0, "", 0, 13, 0},
};

#define N_CALLS (sizeof(calls) / sizeof(*calls))

static void add_calls(struct profile *profile, const char *file)
{
	uint32_t last[16] = {0};

	for (size_t i = 0; i < N_CALLS; i++) {
		const struct call *call = &calls[i];
		const char *place = strncmp(call->object, "/nowhere", 8) ? file : "/nowhere/part1/file1.c";
		uint32_t function =
			sampled(profile, call->name, call->declared ? place : "", call->declared, call->object);

		last[call->depth] = add_node(profile, call->depth ? last[call->depth - 1] : STACKS_NONE, function,
					     call->line, call->cpu_ms, call->blocked_ms);
	}
}

static void write_calls(void)
{
	struct profile *profile = new_profile();
	struct profile_function *uncounted;
	char path[PATH_MAX];
	FILE *source = open_source(path, "calls");

	for (size_t i = 0; i < sizeof(text) / sizeof(*text); i++)
		fprintf(source, "%s\n", text[i]);
	fclose(source);
	add_collatz(profile, path);
	add_longest_chain(profile, path);
	uncounted = add_function(profile, "parse_header", path, 32);
	add_line(uncounted, &(struct profile_line){.line = 34, .time_ns = 124000000, .blocked_ns = 61000000});
	uncounted->uncounted = true;
	add_function(profile, "queue_drain", path, 60)->calls = 5; /* no sample fell on it */
	new_stacks(profile);
	add_calls(profile, path);
	write_reports(profile, "calls");
}

static void write_crowd(void)
{
	static const char *const objects[] = {PROGRAM, LIBC, LIBSTDCXX, "/opt/lib/libcrypto.so.3", ""};
	struct profile *profile = new_profile();
	uint32_t functions[700], nodes[50000];
	uint64_t state = 3;

	new_stacks(profile);
	for (size_t i = 0; i < 700; i++) {
		char name[64], file[64];

		snprintf(name, sizeof(name), "%s_%03zu", text[i % 3] ? "module::handle" : "", i);
		snprintf(file, sizeof(file), "/src/crowd/file%zu.cc", i % 37);
		functions[i] = sampled(profile, name, file, (uint32_t)i + 1, objects[i * i % 5]);
	}
	nodes[0] = add_node(profile, STACKS_NONE, functions[0], 1, 1, 0);
	for (size_t i = 1; i < 50000; i++) {
		uint64_t a = next_random(&state) % i, b = next_random(&state) % i;
		uint64_t ms = next_random(&state) % 50 ? 1 : 60;

		/* Below the later one of two nodes, so that the tree is deep. */
		nodes[i] = add_node(profile, nodes[a > b ? a : b], functions[i % 700], (uint32_t)i, ms, 0);
	}
	write_reports(profile, "crowd");
}

#define ATTACK "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg/onload=alert(3)>"

static void write_hostile(void)
{
	static char *const command[] = {"</title>" ATTACK, "\x1b[31m", NULL};
	static const char lines[] =
		ATTACK "\n"
		       "--><!-- </td></table></section>" ATTACK "\n"
		       "\xff\xfe \xc0\xaf \x1b]0;x\x07 caf\xc3\xa9 &amp; &lt;b&gt;\n"
		       "<base href=//example.invalid/><link rel=stylesheet href=//example.invalid/a.css>"
		       "<meta http-equiv=refresh content=0;url=//example.invalid/>\n"
		       "</style><iframe src=//example.invalid/></iframe>\n";
	struct profile *profile = new_profile();
	struct profile_function *function;
	uint32_t index, node;
	char path[PATH_MAX];
	FILE *source = open_source(path, "hostile");

	need(fwrite(lines, 1, sizeof(lines) - 1, source) == sizeof(lines) - 1 && !fclose(source), path);
	need(!profile__set_command(profile, command), "command");
	function = add_function(profile, ATTACK "\x1b[31m", path, 1);
	for (uint32_t line = 1; line <= 5; line++)
		add_line(function, &(struct profile_line){.line = line, .hits = line, .time_ns = 1000 * line});
	function->owner = (struct profile_owner){.pid = 1, .tid = 2, .comm = "\"><b onx=1>"};
	need(!profile_function__set_place(function, "/" ATTACK, ATTACK, NULL), "place");
	need(!profile_function__add_note(function, "%s", ATTACK) && !profile__add_note(profile, "%s", ATTACK), "note");
	new_stacks(profile);
	index = sampled(profile, function->name, path, 1, function->object);
	profile->stacks->functions[index].build_id[0] = '\0';
	node = add_node(profile, STACKS_NONE, index, 1, 5, 0);
	index = sampled(profile, "\n\t<!--" ATTACK "\xff\x1b[31m&lt;", "</div>" ATTACK, 7,
			"/'\"><style>*{display:none}");
	node = add_node(profile, node, index, 7, 5, 5);
	index = sampled(profile, "--></div></main>", "", 0, ATTACK);
	add_node(profile, node, index, 0, 5, 0);
	add_line(add_function(profile, "elsewhere", "/\"><script>alert(4)</script>/x.c", 3),
		 &(struct profile_line){.line = 3, .hits = 1});
	write_reports(profile, "hostile");
}

static void write_large(void)
{
	struct profile *profile = new_profile();
	uint64_t state = 1;

	for (int f = 0; f < 20; f++) {
		char path[PATH_MAX], name[32];
		struct profile_function *function;
		FILE *source;

		snprintf(name, sizeof(name), "large%d", f);
		source = open_source(path, name);
		function = add_function(profile, name, path, 1);
		function->last = 5000;
		for (uint32_t line = 1; line <= 5000; line++) {
			const char *words = text[next_random(&state) % (sizeof(text) / sizeof(*text))];

			fprintf(source, "%s\n", words);
			if (next_random(&state) % 3)
				add_line(function, &(struct profile_line){.line = line,
									  .hits = next_random(&state) % 1000000,
									  .time_ns = next_random(&state) % 100000000 >>
										     next_random(&state) % 20,
									  .uncertainty_ns = 1000});
		}
		fclose(source);
	}
	write_reports(profile, "large");
}

int main(int argc, char **argv)
{
	need(argc == 2, "usage: html_pages DIRECTORY");
	directory = argv[1];
	write_functions();
	write_calls();
	write_crowd();
	write_hostile();
	write_large();
	write_reports(profile__new(), "empty");
	return EXIT_SUCCESS;
}
