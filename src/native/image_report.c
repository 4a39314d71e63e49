// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/image_report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "flow/attribute.h"
#include "flow/inlined_calls.h"
#include "flow/linehits.h"
#include "flow/looped_calls.h"
#include "flow/merged_lines.h"
#include "flow/resumption.h"
#include "native/absent_lines.h"
#include "native/recursion.h"
#include "profiler/profile_time.h"

#define DWARF_RBP 6

void image__static_costs(const struct image *image, double *costs)
{
	for (size_t b = 0; b < image->n_bodies; b++) {
		const struct body *body = &image->bodies[b];

		for (uint32_t e = 0; e < 2 * body->plan->n_sites; e++)
			/* Without frames there is no time at all, so none is estimated either. */
			*costs++ = body->frameless ? -1
						   : attribute__static_cost(body->plan, e / 2, e % 2,
									    body->cfa[e / 2].reg == DWARF_RBP);
	}
}

static int add_notes(const struct body *body, struct profile_function *function)
{
	int err = 0;

	if (body->cfg->n_undecodable)
		err |= profile_function__add_note(
			function,
			"%u bytes among its code are not known to be instructions and are not "
			"counted",
			body->cfg->n_undecodable);
	if (body->cfg->n_unresolved)
		err |= profile_function__add_note(
			function, "%u indirect jumps have no known table; every block they might reach is probed",
			body->cfg->n_unresolved);
	if (body->plan->n_blind)
		err |= profile_function__add_note(
			function,
			"%u places have no instruction that can carry a probe; counts behind them may be too low",
			body->plan->n_blind);
	if (body->unbalanced)
		err |= profile_function__add_note(
			function, "some of its hits are wrong: probes are on as few jumps as tell all counts, and "
				  "these contradict "
				  "each other, or something was lost; add --all-jumps for a probe on each jump");
	if (body->wrapped)
		err |= profile_function__add_note(
			function, "a loop without a probe went on for so long that the 32 bits of the register that "
				  "tells how often may have begun anew; then the hits marked ~ are too low; add "
				  "--all-jumps for a probe on each jump");
	if (body->unsettled)
		err |= profile_function__add_note(
			function,
			"it is still being counted, and some of its hits are differences of others, read a moment "
			"apart: those marked ~ are near; at the end they are exact");
	if (body->frameless)
		err |= profile_function__add_note(
			function,
			"its time is not measured: neither call frame information nor its code tells where its frames "
			"are; its hits are right as far as each call in it returned");
	return err;
}

/* What is reported of one instance of a function. */
struct reported {
	const struct own_calls *own_calls;
	const struct debug_function *info;
	const struct debug_instance *instance;
	const struct body *body;
	const struct attribution *attribution; /* of the body */
	const struct debug_places *places;     /* of the functions */
	struct absent_lines *absent;	       /* of the function's copies so far */
};

/*
 * Notes on which lines a call at the end of the function was compiled into a jump. What is called returns to the
 * function's caller then, so the time of the call is not on the line.
 */
static int note_tail_calls(const struct reported *it, const struct insn_line *lines, struct profile_function *function)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < it->body->cfg->n_insns; i++) {
		struct debug_place place;

		if (!plan__is_tail_call(it->body->plan, i) || !lines[i].line || lines[i].call ||
		    !it->attribution->counts[i] || own_calls__has(it->own_calls, it->instance, i))
			continue;
		place = debug_places__at(it->places, lines[i].line);
		err = profile_function__add_note(function,
						 "the call that ends the function on line %u%s%s was compiled into a "
						 "jump; its time is not included",
						 place.line, place.file ? " of " : "", place.file ? place.file : "");
	}
	return err;
}

/* How often control entered the instance. */
static struct inlined_calls count_entries(const struct reported *it, const struct line_code *code,
					  const struct statement_hits_list *statements)
{
	uint32_t entry = cfg__find(it->body->cfg, it->instance->entry);

	if (it->instance->inlined)
		return inlined_calls__count(it->attribution, code, statements, entry, it->info->line,
					    it->instance->n_ranges > 1);
	/* A function that jumps to its own entry is not called by that. */
	return (struct inlined_calls){entry == CFG_NONE ? 0 : it->attribution->rooted[entry], false};
}

/* Every instance says the same, which is kept once. */
static int note_calls(struct profile_function *function)
{
	return profile_function__add_note(function,
					  "how often it was called is an estimate: the compiler mixed the code of "
					  "inlined calls of it with other code, duplicated it or left it out, and does "
					  "not say where each call begins; compile with -fno-inline for the exact "
					  "number");
}

/* Every instance of the function says the same, which is kept once. */
static int note_rounds(struct profile_function *function)
{
	return profile_function__add_note(
		function,
		"the compiler let code of loops do several rounds at once (it unrolled or vectorised them): hits "
		"marked ~ are estimates, and other lines of these loops may be counted too low; compile with "
		"-fno-unroll-loops -fno-tree-vectorize, or optimise less, for exact hits");
}

/* Sets *HITS to those of the instance's lines; the items are to be freed with free(). */
static int find_hits(const struct reported *it, const struct attribution *attribution, struct line_code *code,
		     const struct statement_hits_list *statements, struct line_hits_list *hits)
{
	struct line_hits_list again = {0};
	int err = 0;

	if (it->instance->part == PART_RESUMING)
		err = resumption__find(attribution, code, it->info->line, it->info->last_line, &again);
	if (!err)
		err = linehits__compute(attribution, code, statements, hits);
	resumption__forget(&again, hits);
	free(again.items);
	return err;
}

/* Adds the instance's lines. Those of a shell were hit in the body around which it is the shell. */
static int add_lines(const struct reported *it, const struct line_hits_list *hits, struct profile_function *function)
{
	bool shell = own_calls__is_shell(it->own_calls, it->instance);
	bool several = false;
	int err = 0;

	for (size_t i = 0; !err && i < hits->n; i++) {
		const struct line_hits *item = &hits->items[i];
		const struct debug_place place = debug_places__at(it->places, item->line);
		struct profile_line line = profile_time__line(place.line, shell ? 0 : item->hits, &item->time);

		line.hits_inexact = item->inexact && !shell;
		several = several || (line.hits_inexact && item->several && item->hits);
		if (place.file)
			err = profile_function__add_file(function, place.file, &line.file);
		if (!err)
			err = profile_function__add_line(function, &line);
	}
	return err || !several ? err : note_rounds(function);
}

static int note_looped_calls(struct profile_function *function)
{
	return profile_function__add_note(function,
					  "how often it was called is an estimate: the compiler seems to have made a "
					  "loop of one of its calls of itself; compile with "
					  "-fno-optimize-sibling-calls or -O0 for the exact number");
}

/*
 * Adds to *ENTERED, which is how often control entered the instance, the calls that became a loop. The line of the
 * declaration was hit as often.
 */
static int add_looped_calls(const struct reported *it, const struct line_code *code, struct line_hits_list *hits,
			    uint64_t *entered, struct profile_function *function)
{
	struct line_hits *declared;
	uint64_t calls = 0;
	int err = 0;

	if (!it->instance->inlined && !it->instance->part)
		err = looped_calls__count(it->attribution, code, hits, it->info->line, &calls);
	if (err || calls <= *entered)
		return err;
	declared = line_hits__find(hits, it->info->line);
	if (declared) {
		declared->hits += calls - *entered;
		declared->inexact = true;
	}
	*entered = calls;
	return note_looped_calls(function);
}

/*
 * Adds the hits of the line of the declaration by N calls that were inlined. Without optimisation a function begins on
 * that line. In optimised code GCC has a mark of it in each inlined call, and others have nothing. They may have merged
 * two calls, so the number is a guess.
 */
static int add_declaration(const struct reported *it, const struct line_code *code, struct line_hits_list *hits,
			   uint64_t n, struct profile_function *function)
{
	struct profile_line line = {.line = it->info->line, .hits = n, .hits_inexact = true};
	const struct line_hits *item = line_hits__find(hits, line.line);

	if (!it->instance->inlined || !it->info->line || !code->optimised || code->marked || !n || (item && item->hits))
		return 0;
	return profile_function__add_line(function, &line);
}

/*
 * Whether the last line of the function is that of its closing brace: it has a body of its own, which ends there, or
 * there is no part of it that is called, statements are marked, and none begins on that line.
 */
static bool ends_with_brace(const struct debug_function *info)
{
	bool marked = false, parts = false;

	for (size_t k = 0; k < info->n_instances; k++) {
		const struct debug_instance *instance = &info->instances[k];

		if (!instance->inlined && !instance->part)
			return true;
		marked = marked || instance->marked;
		parts = parts || instance->part;
		for (size_t m = 0; m < instance->n_marks; m++)
			if (instance->marks[m].line == info->last_line)
				return false;
	}
	return marked && !parts;
}

/*
 * The line of the closing brace, on which a body returns, may have no code in an inlined call, of which there were N,
 * or only that of some ways out. It is executed by every call that returns. (Some compilers have the last statement
 * there, which may be skipped.)
 */
static int add_end(const struct reported *it, const struct line_code *code, struct line_hits_list *hits, uint64_t n,
		   struct profile_function *function)
{
	struct profile_line line = {.line = it->info->last_line, .hits = n, .hits_inexact = true};
	const struct line_hits *item = line_hits__find(hits, line.line);

	if (!it->instance->inlined || line.line <= it->info->line || !code->optimised || !n ||
	    !ends_with_brace(it->info) || (item && (line_code__has_mark(code, line.line) || item->hits == n)))
		return 0;
	line.hits = item ? 0 : n;
	return profile_function__add_line(function, &line);
}

/*
 * Where statements are not marked, code of the first line may have been moved into a loop, or behind a branch: then the
 * line of the declaration was not hit as often as the function was entered.
 */
static void doubt_declaration(const struct reported *it, const struct line_code *code, uint64_t entered,
			      struct line_hits_list *hits)
{
	struct line_hits *declared = line_hits__find(hits, it->info->line);

	if (declared && declared->hits != entered && code->optimised && !code->marked && !it->instance->inlined &&
	    !it->instance->part)
		declared->inexact = true;
}

/* Where calls of the function by itself may be gone, it began and ended more often than its body was entered. */
static int doubt_looped_calls(const struct reported *it, const struct line_code *code, struct line_hits_list *hits)
{
	bool may_be = false;
	int err = 0;

	if (!it->instance->inlined && !it->instance->part)
		err = looped_calls__may_be(it->attribution, code, it->info->line, &may_be);
	if (!err && may_be) {
		line_hits__doubt(hits, it->info->line);
		line_hits__doubt(hits, it->info->last_line);
	}
	return err;
}

static int report_lines(const struct reported *it, const struct attribution *own, struct line_code *code,
			const struct statement_hits_list *statements, struct inlined_calls *entries,
			struct profile_function *function)
{
	struct line_hits_list hits = {0};
	int err = find_hits(it, own, code, statements, &hits);

	if (!err)
		err = add_looped_calls(it, code, &hits, &entries->n, function);
	if (!err)
		err = doubt_looped_calls(it, code, &hits);
	if (!err)
		doubt_declaration(it, code, entries->n, &hits);
	if (!err && code->optimised && !it->instance->part)
		err = absent_lines__note(it->absent, &hits, entries->n, code->marked);
	if (!err)
		err = add_lines(it, &hits, function);
	if (!err)
		err = add_declaration(it, code, &hits, entries->n, function);
	if (!err)
		err = add_end(it, code, &hits, entries->n, function);
	free(hits.items);
	return err;
}

static int report_code(const struct reported *it, struct line_code *code, int64_t *calls,
		       struct profile_function *function)
{
	struct attribution own = *it->attribution;
	struct statement_hits_list statements = {NULL, 0};
	struct inlined_calls entries = {0, false};
	int err;

	own.times = own_calls__times(it->own_calls, it->instance, it->attribution);
	if (!own.times)
		return -ENOMEM;
	own_calls__hide(it->own_calls, it->info, it->instance, it->body, code);
	err = statements__count(&own, code, &statements);
	if (!err) {
		entries = count_entries(it, code, &statements);
		err = report_lines(it, &own, code, &statements, &entries, function);
	}
	free(own.times);
	if (!err)
		err = note_tail_calls(it, code->lines, function);
	if (!err)
		*calls += own_calls__count(it->own_calls, it->instance, it->attribution, entries.n);
	free(statements.items);
	return err || !entries.inexact ? err : note_calls(function);
}

/* Whether the instance is a body with all of the function: not inlined, no part, and it calls no part of its own. */
static bool is_whole(const struct reported *it)
{
	for (size_t k = 0; k < it->info->n_instances; k++)
		if (it->info->instances[k].part)
			return false;
	return !it->instance->inlined;
}

static int report_instance(const struct reported *it, int64_t *calls, struct profile_function *function)
{
	struct line_code code;
	int err = body__code(it->body, it->instance, &code);

	if (err)
		return err;
	code.whole = is_whole(it);
	err = report_code(it, &code, calls, function);
	line_code__release(&code);
	return err ? err : add_notes(it->body, function);
}

/*
 * Notes that the function called itself. The time of its own calls is taken out of their lines (own_calls.h), but a
 * call of another function has the time of all that goes on in it, also that of inner calls of this one.
 */
static int note_recursion(const struct image *image, const struct debug_function *info,
			  struct attribution *const *attributions, struct profile_function *function)
{
	bool *own = calloc(2 * image->n_bodies + 1, sizeof(*own)), direct = false, through;

	if (!own)
		return -ENOMEM;
	for (size_t k = 0; k < info->n_instances; k++) {
		const struct debug_instance *instance = &info->instances[k];
		size_t b = image__find_body(image, instance->body_entry);

		if (b >= image->n_bodies)
			continue;
		own[b] |= !instance->inlined;
		direct |= own_calls__recursed(&image->own_calls, instance, attributions[b]);
	}
	through = recursion__was(image->bodies, attributions, image->n_bodies, own, own + image->n_bodies);
	free(own);
	if (through)
		return profile_function__add_note(
			function, "it called itself through other functions: the time of an inner call is in the lines "
				  "of all outer ones too, so that times, and what it waited, " TIMES_OVERLAP);
	/* One variant of a destructor may hold another, which is no call by itself. */
	if (direct && !strchr(info->name, '~'))
		return profile_function__add_note(
			function, "it called itself: the time of an inner call is on the lines of that call, not on "
				  "the line that made it as well");
	return 0;
}

/* Says that the hits of LINE, a number as in debug_places.h, are inexact. */
static int doubt_line(const struct debug_places *places, uint32_t line, struct profile_function *function)
{
	struct debug_place place = debug_places__at(places, line);
	struct profile_line doubted = {.line = place.line, .hits_inexact = true};
	int err = place.file ? profile_function__add_file(function, place.file, &doubted.file) : 0;

	return err ? err : profile_function__add_line(function, &doubted);
}

/*
 * An inlined call that has no code of a line, though other copies of the function do, may have executed the line all
 * the same: the compiler knew its result.
 */
static int mark_absent(const struct image *image, struct absent_lines *absent, struct profile_function *function)
{
	int err = 0;

	absent_lines__choose(absent);
	for (size_t k = 0; !err && k < absent->n; k++)
		err = doubt_line(&image->functions.places, absent->items[k].line, function);
	return err;
}

/* Adds the code of INSTANCE, which has NUMBER, to MERGED. What tells its statements needs no guess: it is left out. */
static int add_merged_code(const struct body *body, const struct debug_instance *instance, uint32_t number,
			   struct merged_code *merged)
{
	struct line_code code;
	int err = body__code(body, instance, &code);

	if (err)
		return err;
	for (uint32_t i = 0; code.optimised && !code.marked && i < body->cfg->n_insns; i++)
		if (code.lines[i].line && !code.lines[i].call && !code.lines[i].quiet)
			merged[i] = (struct merged_code){number, code.lines[i].line};
	line_code__release(&code);
	return 0;
}

/* Marks the lines that several of the function's inlined calls in the body of instance FIRST may share. */
static int mark_merged(const struct image *image, const struct debug_function *info, size_t first,
		       const struct body *body, const struct attribution *attribution,
		       struct profile_function *function)
{
	struct merged_code *merged = calloc((size_t)body->cfg->n_insns + 1, sizeof(*merged));
	uint32_t *lines = NULL;
	size_t n = 0;
	int err = merged ? 0 : -ENOMEM;

	for (size_t k = first; !err && k < info->n_instances; k++)
		if (info->instances[k].inlined && info->instances[k].body_entry == info->instances[first].body_entry)
			err = add_merged_code(body, &info->instances[k], (uint32_t)k + 1, merged);
	if (!err)
		err = merged_lines__find(attribution, merged, &lines, &n);
	for (size_t k = 0; !err && k < n; k++)
		err = doubt_line(&image->functions.places, lines[k], function);
	free(lines);
	free(merged);
	return err;
}

/* Whether a copy of the function in a thunk was executed. */
static bool was_in_thunk(const struct image *image, const struct debug_function *info,
			 struct attribution *const *attributions)
{
	for (size_t k = 0; k < info->n_instances; k++) {
		const struct debug_instance *instance = &info->instances[k];
		size_t b = image__find_body(image, instance->body_entry);
		uint32_t entry;

		if (!instance->thunk || b >= image->n_bodies || own_calls__is_shell(&image->own_calls, instance))
			continue;
		entry = cfg__find(image->bodies[b].cfg, instance->entry);
		if (entry != CFG_NONE && attributions[b]->counts[entry])
			return true;
	}
	return false;
}

/* What is executed in a thunk is on none of the lines that the bodies have, so all of these may be too low. */
static int mark_thunks(const struct image *image, const struct debug_function *info,
		       struct attribution *const *attributions, struct profile_function *function)
{
	bool executed = was_in_thunk(image, info, attributions);

	for (size_t i = 0; (executed || info->copied) && i < function->n_lines; i++)
		function->lines[i].hits_inexact = true;
	if (!executed)
		return 0;
	return profile_function__add_note(
		function, "some calls of it went through another base of its class, for which the "
			  "compiler made a copy of it (a thunk) whose code has no lines: the copy is on "
			  "the line of the declaration, and other lines are counted too low; compile "
			  "with -Os or -O0 for exact hits");
}

/* Whether instance K is the first of several inlined ones in its body. */
static bool has_siblings(const struct debug_function *info, size_t k)
{
	const struct debug_instance *all = info->instances;
	size_t n = 0;

	for (size_t j = 0; all[k].inlined && j < info->n_instances; j++) {
		if (!all[j].inlined || all[j].body_entry != all[k].body_entry)
			continue;
		if (j < k)
			return false;
		n++;
	}
	return n > 1;
}

static int report_function(const struct image *image, const struct debug_function *info,
			   struct attribution *const *attributions, const struct profile_owner *owner,
			   struct profile *profile)
{
	/* An inlined call without code has no lines, and may have been executed. */
	struct absent_lines absent = {.n_executed = info->emptied};
	struct profile_function *function;
	int64_t calls = 0;
	int err;

	function = profile__add_function(profile, info->name, info->linkage_name, info->file, info->line);
	if (!function)
		return -ENOMEM;
	function->owner = *owner;
	function->made_ns = image->made_ns;
	err = profile_function__set_place(function, image->name, image->build_id, image->files);
	for (size_t i = 0; !err && i < info->n_notes; i++)
		err = profile_function__add_note(function, "%s", info->notes[i]);
	for (size_t k = 0; !err && k < info->n_instances; k++) {
		size_t b = image__find_body(image, info->instances[k].body_entry);

		if (b < image->n_bodies)
			err = report_instance(&(struct reported){&image->own_calls, info, &info->instances[k],
								 &image->bodies[b], attributions[b],
								 &image->functions.places, &absent},
					      &calls, function);
		if (!err && b < image->n_bodies && has_siblings(info, k))
			err = mark_merged(image, info, k, &image->bodies[b], attributions[b], function);
	}
	function->calls = calls > 0 ? (uint64_t)calls : 0;
	if (!err)
		err = mark_absent(image, &absent, function);
	absent_lines__release(&absent);
	if (!err)
		err = mark_thunks(image, info, attributions, function);
	return err ? err : note_recursion(image, info, attributions, function);
}

static void free_attributions(const struct image *image, struct attribution **attributions)
{
	for (size_t b = 0; attributions && b < image->n_bodies; b++)
		attribution__free(attributions[b]);
	free(attributions);
}

/* Sets *OUT to an array with one attribution for each body of the image. */
static void mark_insn(uint32_t i, enum plan_transfer transfer, void *ctx)
{
	struct attribution *attribution = ctx;

	(void)transfer;
	attribution->unsure[i] = true;
}

/* The counts of what lies behind sites without a probe are unsure. */
static void mark_spared(const struct body *body, struct attribution *attribution)
{
	for (uint32_t e = 0; e < 2 * body->plan->n_sites; e++)
		if (body->plan->sites[e / 2].spared)
			plan__walk_edge(body->plan, e / 2, e % 2, mark_insn, attribution);
}

static int attribute_bodies(const struct image *image, const struct attribute_edge *edges, struct attribution ***out)
{
	struct attribution **attributions = calloc(image->n_bodies ? image->n_bodies : 1, sizeof(struct attribution *));
	int err = attributions ? 0 : -ENOMEM;

	for (size_t b = 0; !err && b < image->n_bodies; b++) {
		err = attribute__insns(image->bodies[b].plan, edges, &attributions[b]);
		if (!err && body__is_doubted(&image->bodies[b]))
			mark_spared(&image->bodies[b], attributions[b]);
		edges += (size_t)2 * image->bodies[b].plan->n_sites;
	}
	if (err) {
		free_attributions(image, attributions);
		return err;
	}
	*out = attributions;
	return 0;
}

int image__report(const struct image *image, const struct attribute_edge *edges, const struct profile_owner *owner,
		  struct profile *profile)
{
	struct attribution **attributions;
	int err = attribute_bodies(image, edges, &attributions);

	if (err)
		return err;
	for (size_t f = 0; !err && f < image->functions.n; f++)
		err = report_function(image, &image->functions.items[f], attributions, owner, profile);
	free_attributions(image, attributions);
	return err;
}

int image__dump(const struct image *image, const struct attribute_edge *edges, FILE *out)
{
	struct attribution **attributions;
	int err = attribute_bodies(image, edges, &attributions);

	if (err)
		return err;
	for (size_t b = 0; b < image->n_bodies; b++) {
		const struct cfg *cfg = image->bodies[b].cfg;

		for (uint32_t i = 0; i < cfg->n_insns; i++) {
			if (!image->bodies[b].plan->scope[i])
				continue;
			printable__write_except(image->name, "\t", out);
			fprintf(out, "\t%" PRIx64 "\t%" PRIu64 "\n", cfg->insns[i].insn.addr,
				attributions[b]->counts[i]);
		}
	}
	free_attributions(image, attributions);
	return ferror(out) ? -EIO : 0;
}
