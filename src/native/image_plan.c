// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/image_plan.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "flow/loops.h"

/* Probes on one line, the jumps that need none, and what the probes cost when each is hit once. */
struct planned_line {
	struct debug_place place;
	uint32_t n_sites;
	uint32_t n_spared;
	uint64_t cost_ns;
};

/* First the lines of the function's own file, then those of others, by name. */
static int compare_planned(const void *x, const void *y)
{
	const struct debug_place *a = &((const struct planned_line *)x)->place;
	const struct debug_place *b = &((const struct planned_line *)y)->place;
	int order = strcmp(a->file ? a->file : "", b->file ? b->file : "");

	return order ? order : (a->line > b->line) - (a->line < b->line);
}

/* Makes one entry for each instruction with a line, then merges those of a line. Returns the number of lines. */
static size_t merge_planned(struct planned_line *planned, size_t n)
{
	size_t kept = 0;

	qsort(planned, n, sizeof(*planned), compare_planned);
	for (size_t i = 0; i < n; i++) {
		if (!kept || compare_planned(&planned[kept - 1], &planned[i]) != 0) {
			planned[kept++] = planned[i];
			continue;
		}
		planned[kept - 1].n_sites += planned[i].n_sites;
		planned[kept - 1].n_spared += planned[i].n_spared;
		planned[kept - 1].cost_ns += planned[i].cost_ns;
	}
	return kept;
}

/* *N lines, to be freed; NULL when out of memory. */
static struct planned_line *plan_lines(const struct body *body, const struct insn_line *lines,
				       const struct debug_places *places, const uint32_t *prices, size_t *n)
{
	struct planned_line *planned = calloc(body->cfg->n_insns, sizeof(*planned));

	*n = 0;
	for (uint32_t i = 0; planned && i < body->cfg->n_insns; i++) {
		uint32_t number = body->plan->site_of[i];
		bool spared = number && body->plan->sites[number - 1].spared, site = number && !spared;

		if (lines[i].line)
			planned[(*n)++] = (struct planned_line){
				.place = debug_places__at(places, lines[i].line),
				.n_sites = site,
				.n_spared = spared,
				.cost_ns = site ? prices[body->cfg->insns[i].insn.probe] : 0,
			};
	}
	if (planned)
		*n = merge_planned(planned, *n);
	return planned;
}

/* Why a loop that calls nothing carries a probe. */
static const char *const refusals[] = {
	[PLAN_REFUSAL_NONE] = "as one register cannot tell all its counts",
	[PLAN_REFUSAL_LEAVES] = "as control can leave the function from it, where no probe could read a register",
	[PLAN_REFUSAL_UNCOUNTED] = "as no register tells how often it goes round",
	[PLAN_REFUSAL_UNKNOWN] = "as no probe sees what the register that counts it begins with",
};

static const char *register_name(uint8_t reg)
{
	static const char *const names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
					    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

	return names[reg % (sizeof(names) / sizeof(*names))];
}

/* What is planned for a loop. */
struct planned_loop {
	uint32_t line; /* of its first instruction that has one; 0: it has none */
	bool calls;    /* something that may take long */
	bool probed;
	uint8_t refusal;
	uint32_t variable; /* 1 + the index of the variable that tells how often it goes round, or 0 */
};

static struct planned_loop plan_loop(const struct body *body, const struct loop *loop, const struct insn_line *lines)
{
	struct planned_loop planned = {0};

	for (uint32_t k = 0; k < loop->n; k++) {
		const struct cfg_block *block = &body->cfg->blocks[loop->blocks[k]];

		for (uint32_t i = block->first; i <= block->last; i++) {
			uint32_t number = body->plan->site_of[i];
			const struct plan_site *site = number ? &body->plan->sites[number - 1] : NULL;

			if (lines[i].line && (!planned.line || lines[i].line < planned.line))
				planned.line = lines[i].line;
			planned.calls |= body->cfg->insns[i].insn.lng != INSN_SHORT;
			planned.probed |= site && !site->spared;
			if (site && site->refusal > planned.refusal)
				planned.refusal = site->refusal;
			if (site && site->variable)
				planned.variable = site->variable;
		}
	}
	return planned;
}

/* The innermost loops, which are what a probe costs most in. */
static int list_loops(const struct body *body, const struct insn_line *lines, FILE *out)
{
	struct loop_list loops;
	int err = loops__find(body->cfg, &loops);

	for (size_t k = 0; !err && k < loops.n; k++) {
		const struct planned_loop planned = plan_loop(body, &loops.items[k], lines);

		if (!planned.line || !loops__is_innermost(&loops, &loops.items[k]))
			continue;
		if (!planned.probed && planned.variable)
			fprintf(out,
				"  loop at line %" PRIu32 ": no probe, as register %s tells how often it goes round\n",
				planned.line, register_name(body->plan->variables[planned.variable - 1].reg));
		else if (planned.probed)
			fprintf(out, "  loop at line %" PRIu32 ": probed, %s\n", planned.line,
				planned.calls ? "as it calls something" : refusals[planned.refusal]);
	}
	loops__release(&loops);
	return err;
}

static void list_lines(const struct planned_line *planned, size_t n, FILE *out)
{
	struct planned_line total = {0};

	fprintf(out, "  %8s %8s %10s\n", "Line #", "Sites", "ns");
	for (size_t i = 0; i < n; i++) {
		const struct debug_place *place = &planned[i].place;

		/* The names of files are the same pointer throughout the object. */
		if (place->file && (!i || place->file != planned[i - 1].place.file)) {
			printable__print(out, "  lines of %s", place->file);
			fputc('\n', out);
		}
		fprintf(out, "  %8" PRIu32 " %8" PRIu32 " %10" PRIu64 "\n", place->line, planned[i].n_sites,
			planned[i].cost_ns);
		total.n_sites += planned[i].n_sites;
		total.n_spared += planned[i].n_spared;
		total.cost_ns += planned[i].cost_ns;
	}
	fprintf(out, "  %8s %8" PRIu32 " %10" PRIu64 "  when each site is hit once\n", "all", total.n_sites,
		total.cost_ns);
	if (total.n_spared)
		fprintf(out,
			"  %8s %8" PRIu32 " %10s  more jumps, without a probe: their counts follow from the others'\n",
			"", total.n_spared, "");
}

static int list_instance(const struct body *body, const struct debug_instance *instance,
			 const struct debug_places *places, const uint32_t *prices, FILE *out)
{
	struct insn_line *lines = body__lines(body, instance);
	struct planned_line *planned = NULL;
	int err = -ENOMEM;
	size_t n;

	if (lines)
		planned = plan_lines(body, lines, places, prices, &n);
	if (planned) {
		fprintf(out, "  %s at %#" PRIx64 "\n", instance->inlined ? "inlined" : "body", instance->entry);
		list_lines(planned, n, out);
		err = body->plan->n_spared ? list_loops(body, lines, out) : 0;
	}
	free(planned);
	free(lines);
	return err;
}

int image_plan__list(const struct image *image, const uint32_t *prices, FILE *out)
{
	int err = 0;

	for (size_t f = 0; f < image->functions.n; f++) {
		const struct debug_function *function = &image->functions.items[f];

		printable__print(out, "%s  %s:%" PRIu32 "  %s", function->name, function->file, function->line,
				 image->name);
		fputc('\n', out);
		for (size_t k = 0; !err && k < function->n_instances; k++) {
			size_t b = image__find_body(image, function->instances[k].body_entry);

			if (b < image->n_bodies)
				err = list_instance(&image->bodies[b], &function->instances[k],
						    &image->functions.places, prices, out);
		}
	}
	if (!err && ferror(out))
		err = -EIO;
	return err;
}
