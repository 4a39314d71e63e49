// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program's function hot() is run in a simulation and counted in windows, cool() all the time. So the lines of the
 * one are estimates, those of the other exact.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "native/estimated_report.h"
#include "native/image_report.h"
#include "unit/opened.h"
#include "unit/scratch.h"
#include "unit/simulated.h"
#include "unit/synthetic.h"

#define OWN_NS 1e10

struct program {
	struct scratch *scratch;
	struct target_files *files;
	struct target_objects objects;
	struct image *image;
	struct attribute_edge *edges;
	double own_ns[2];
	struct estimated_report report;
};

static const char source[] = "int hot(int n)\n"				      /* 1 */
			     "{\n"					      /* 2 */
			     "	int sum = 0;\n"				      /* 3 */
			     "	for (int i = 0; i < n; i++) {\n"	      /* 4 */
			     "		if (i % 8 == 3)\n"		      /* 5 */
			     "			sum += i;\n"		      /* 6 */
			     "		if (i % 16 == 99)\n"		      /* 7 */
			     "			sum -= 1;\n"		      /* 8 */
			     "	}\n"					      /* 9 */
			     "	return sum;\n"				      /* 10 */
			     "}\n"					      /* 11 */
			     "int cool(int n)\n"			      /* 12 */
			     "{\n"					      /* 13 */
			     "	if (n)\n"				      /* 14 */
			     "		n++;\n"				      /* 15 */
			     "	return n;\n"				      /* 16 */
			     "}\n"					      /* 17 */
			     "int main(void) { return hot(9) + cool(1); }\n"; /* 18 */

static void open_image(struct program *program)
{
	struct selector *hot = NULL, *cool = NULL;
	const struct selector *selectors[2];
	bool matched[2] = {false, false};
	char *path = scratch__path(program->scratch, "program");

	assert_int_equal(target_objects__add(&program->objects, path, path, program->files, true), 0);
	assert_int_equal(selector__parse("hot", &hot), 0);
	assert_int_equal(selector__parse("cool", &cool), 0);
	selectors[0] = hot;
	selectors[1] = cool;
	assert_int_equal(image__open(&(struct image_request){program->objects.items, selectors, 2, matched, true},
				     &program->scratch->diag, &program->image),
			 0);
	assert_int_equal(image__plan(program->image, &(struct image_planning){.prices = synthetic_prices},
				     &program->scratch->diag),
			 0);
	assert_int_equal(program->image->n_bodies, 2);
	selector__free(hot);
	selector__free(cool);
	free(path);
}

/* cool() was entered 7 times, which took the first edge of each site; hot() was never entered. */
static void open_all(struct program *program)
{
	const struct body *bodies;

	*program = (struct program){.scratch = scratch__new(), .files = seen__by_us()};
	free(scratch__write(program->scratch, "a.c", source, 0644));
	compiled__run(program->scratch, "cd @ && gcc -g -O0 -o program a.c");
	open_image(program);
	bodies = program->image->bodies;
	program->edges = calloc((size_t)2 * program->image->n_sites, sizeof(*program->edges));
	for (uint32_t s = 0; s < bodies[1].plan->n_sites; s++)
		program->edges[2 * (bodies[0].plan->n_sites + s)] = (struct attribute_edge){7, 7, {.ns = 100}};
	program->report = (struct estimated_report){
		.image = program->image,
		.exact = program->edges,
		.own_ns = program->own_ns,
		.log = window_log__new(program->image->n_sites),
	};
}

static void close_all(struct program *program)
{
	image__close(program->image);
	target_objects__free(&program->objects);
	target_files__unref(program->files);
	window_log__free((struct window_log *)program->report.log);
	free(program->edges);
	scratch__free(program->scratch);
}

static struct profile *report(const struct program *program)
{
	struct profile *profile = profile__new();

	assert_int_equal(estimated_report__add(&program->report, &(struct profile_owner){0}, profile), 0);
	assert_int_equal(profile->n_functions, 2);
	assert_string_equal(profile->functions[0].name, "hot");
	return profile;
}

static const struct profile_line *line_of(const struct profile *profile, size_t function, uint32_t line)
{
	const struct profile_line wanted = {.line = line};
	const struct profile_line *found =
		profile_function__find(&profile->functions[function], &profile->functions[function], &wanted);

	assert_non_null(found);
	return found;
}

/* Whether all figures of the function are known exactly. */
static bool is_exact(const struct profile_function *function)
{
	bool exact = !function->estimated && !function->calls_uncertainty;

	for (size_t i = 0; i < function->n_lines; i++)
		exact &= !function->lines[i].hits_uncertainty;
	return exact;
}

static void nothing_was_in_windows(void **state)
{
	struct program program;
	struct profile *profile;

	(void)state;
	open_all(&program);
	profile = report(&program);
	assert_true(is_exact(&profile->functions[0]) && is_exact(&profile->functions[1]));
	assert_int_equal(profile->functions[1].calls, 7);
	assert_int_equal(line_of(profile, 1, 14)->hits, 7);
	assert_int_equal(line_of(profile, 0, 4)->hits, 0);
	profile__free(profile);
	close_all(&program);
}

/* Runs hot() in a simulation: 100 rounds a call, line 6 in each eighth of them, line 8 never. */
static void count_in_windows(struct program *program, struct simulated *run, unsigned n)
{
	const struct plan *plan = program->image->bodies[0].plan;

	simulated__init(run, plan, 1, 300, 1234567);
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		const struct insn *insn = &plan->cfg->insns[plan->sites[s].insn].insn;
		uint32_t to = plan->sites[s].next[1];

		if (insn->flow != INSN_FLOW_COND)
			continue;
		/* The jump back at the loop's end; the others go over what is executed under a condition. */
		run->phases[0].taken[s] = to <= s ? 0.99 : 0.875;
	}
	simulated__run(run, 20);
	simulated__windows(run, n, (struct window_log *)program->report.log);
	program->own_ns[0] = OWN_NS;
}

static double hits_of(const struct simulated *run, uint32_t s)
{
	return (run->truth[(size_t)2 * s] + run->truth[(size_t)2 * s + 1]) * OWN_NS;
}

static void assert_holds(uint64_t value, uint64_t uncertainty, double truth)
{
	if (fabs((double)value - truth) > (double)uncertainty)
		fail_msg("%g is not within %g +- %g", truth, (double)value, (double)uncertainty);
	assert_true(uncertainty > 0 && (double)uncertainty < 0.5 * truth);
}

static void estimates_have_intervals(void **state)
{
	struct program program;
	struct simulated run;
	struct profile *profile;
	const struct profile_line *line;

	(void)state;
	open_all(&program);
	count_in_windows(&program, &run, 40);
	profile = report(&program);
	assert_true(profile->functions[0].estimated);
	assert_true(is_exact(&profile->functions[1]));
	assert_int_equal(line_of(profile, 1, 14)->hits, 7);
	assert_true(profile->functions[1].time_ns > 0);
	line = line_of(profile, 0, 10);
	assert_holds(profile->functions[0].calls, profile->functions[0].calls_uncertainty, hits_of(&run, 0));
	assert_holds(line->hits, line->hits_uncertainty, hits_of(&run, 0));
	assert_true(line_of(profile, 0, 5)->hits > 50 * line->hits);
	profile__free(profile);

	/* What was counted exactly in addition is added to the number, and changes nothing of its uncertainty. */
	for (int k = 0; k < 2; k++) {
		static uint64_t hits, uncertainty;

		program.edges[0] = (struct attribute_edge){.departures = k ? 1000000 : 0};
		profile = report(&program);
		line = line_of(profile, 0, 3);
		if (k) {
			assert_int_equal(line->hits, hits + 1000000);
			assert_true(llabs((long long)line->hits_uncertainty - (long long)uncertainty) < 5);
		}
		hits = line->hits;
		uncertainty = line->hits_uncertainty;
		profile__free(profile);
	}
	simulated__release(&run);
	close_all(&program);
}

/*
 * In the simulation 300 ns pass from hit to hit, for a few instructions. If samples say that the program was in hot()
 * all the time, that is too slow to be true.
 */
static void samples_tell_what_is_impossible(void **state)
{
	struct program program;
	struct simulated run;
	struct own_sample item = {.addr = 1, .samples = 10000, .cpu_ns = 1000000};
	const struct own_samples samples = {&item, 1, item.cpu_ns};
	struct profile *without, *elsewhere, *in;

	(void)state;
	open_all(&program);
	count_in_windows(&program, &run, 40);
	without = report(&program);
	program.report.samples = &samples;
	elsewhere = report(&program);
	assert_int_equal(elsewhere->functions[0].calls, without->functions[0].calls);
	assert_int_equal(elsewhere->functions[0].calls_uncertainty, without->functions[0].calls_uncertainty);
	item.addr = program.image->bodies[0].cfg->insns[1].insn.addr;
	in = report(&program);
	assert_true(in->functions[0].calls > 2 * without->functions[0].calls);
	assert_true(in->functions[0].calls_uncertainty > in->functions[0].calls);
	assert_int_equal(in->functions[1].calls, 7);
	profile__free(without);
	profile__free(elsewhere);
	profile__free(in);
	simulated__release(&run);
	close_all(&program);
}

/* Sites were to be counted in windows, and there was none. */
static void what_was_never_counted_is_told(void **state)
{
	struct program program;
	struct profile *profile;

	(void)state;
	open_all(&program);
	program.own_ns[0] = program.own_ns[1] = OWN_NS;
	profile = report(&program);
	assert_true(profile->functions[0].uncounted && !profile->functions[0].n_notes);
	assert_true(!profile->functions[1].uncounted && profile->functions[1].n_notes == 1);
	assert_non_null(strstr(profile->functions[1].notes[0], "its hits are too low"));
	assert_int_equal(profile->functions[1].calls, 7);
	profile__free(profile);
	close_all(&program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_was_in_windows),
		cmocka_unit_test(estimates_have_intervals),
		cmocka_unit_test(samples_tell_what_is_impossible),
		cmocka_unit_test(what_was_never_counted_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
