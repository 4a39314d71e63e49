// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes folded stacks for flame graph tools: "process;outer (file:line);inner (file:line) nanoseconds", for each stack
 * that was sampled, with the time that its samples stand for: that off the processor too, unless the clock is that of
 * the processor. A function whose lines are not known is a name alone.
 *
 * Without samples there is a frame for each line: "process;function (file:line) nanoseconds". The caller of a function
 * is not known then, so each function stands by itself; if both caller and callee are profiled, the callee's time is in
 * both.
 *
 * What has no time has no width in a flame graph and is left out. Notes are not included, because the format has no
 * place for them.
 *
 * Characters with a meaning in this format are escaped: a semicolon separates frames, and some readers take a line
 * that begins with "#" for a comment. The number is what follows the last blank, so other blanks need no escaping.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/printable.h"
#include "profile/stacks.h"
#include "report/report.h"

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

/*
 * Writes the name of the process or thread to which the figures belong. If they are sums over several processes,
 * writes the name of the profiled command or else of OBJECT, which may be "".
 */
static void put_process(const struct profile *profile, const struct profile_owner *owner, const char *object, FILE *out)
{
	const char *program = profile->n_command ? profile->command[0] : object;

	if (owner->pid)
		printable__write_except(owner->comm, ";#", out);
	else
		printable__write_except(*program ? last_part(program) : "[unknown]", ";#", out);
	if (owner->tid)
		fprintf(out, " (thread %d of process %d)", owner->tid, owner->pid);
	else if (owner->pid)
		fprintf(out, " (process %d)", owner->pid);
}

static void put_frame(const char *function, const char *file, uint32_t line, FILE *out)
{
	fputc(';', out);
	printable__write_except(function, ";", out);
	fputs(" (", out);
	printable__write_except(file, ";", out);
	fprintf(out, ":%" PRIu32 ")", line);
}

static void put_lines(const struct profile *profile, const struct profile_function *function, FILE *out)
{
	for (size_t i = 0; i < function->n_lines; i++) {
		const struct profile_line *line = &function->lines[i];

		if (!line->time_ns)
			continue;
		put_process(profile, &function->owner, function->object, out);
		put_frame(function->name, profile_function__file(function, line->file), line->line, out);
		fprintf(out, " %" PRIu64 "\n", line->time_ns);
	}
}

static void put_node(const struct stacks *stacks, const struct stack_node *node, FILE *out)
{
	const struct stack_function *function = &stacks->functions[node->function];

	if (node->line) {
		put_frame(function->name, stacks__file_name(stacks, node), node->line, out);
		return;
	}
	fputc(';', out);
	printable__write_except(function->name, ";", out);
}

/* The object of main(), after which a program is named if nothing else is known; "" if it was not sampled. */
static const char *find_program(const struct stacks *stacks)
{
	for (size_t f = 0; f < stacks->n_functions; f++)
		if (!strcmp(stacks->functions[f].name, "main"))
			return stacks->functions[f].object;
	return "";
}

/* Writes the stack of node INDEX. PATH has room for as many nodes as there are. */
static void put_stack(const struct profile *profile, uint32_t index, const char *program, uint32_t *path, FILE *out)
{
	const struct stacks *stacks = profile->stacks;
	const char *object = program;
	size_t depth = 0;

	for (uint32_t at = index; at != STACKS_NONE; at = stacks->nodes[at].parent)
		path[depth++] = at;
	if (!*object)
		object = stacks->functions[stacks->nodes[path[depth - 1]].function].object;
	put_process(profile, &stacks->owners[stacks->nodes[index].owner], object, out);
	while (depth)
		put_node(stacks, &stacks->nodes[path[--depth]], out);
}

static int put_stacks(const struct profile *profile, FILE *out)
{
	const struct stacks *stacks = profile->stacks;
	const char *program = find_program(stacks);
	uint32_t *path = calloc(stacks->n_nodes + 1, sizeof(*path));

	if (!path)
		return -ENOMEM;
	for (uint32_t i = 0; i < stacks->n_nodes; i++) {
		uint64_t time_ns = stack_node__time(&stacks->nodes[i], profile->clock == PROFILE_CLOCK_CPU);

		if (!time_ns)
			continue;
		put_stack(profile, i, program, path, out);
		fprintf(out, " %" PRIu64 "\n", time_ns);
	}
	free(path);
	return 0;
}

static int write_folded(const struct profile *profile, const struct report_style *style, FILE *out)
{
	int err = 0;

	(void)style;
	if (stacks__any(profile->stacks))
		err = put_stacks(profile, out);
	else
		for (size_t f = 0; f < profile->n_functions; f++)
			put_lines(profile, &profile->functions[f], out);
	if (err)
		return err;
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct report_format report_folded = {.name = "folded", .suffix = ".folded", .write = write_folded};
