// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit/stacked.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit/test.h"

static uint32_t checked(int64_t index)
{
	assert_true(index >= 0);
	return (uint32_t)index;
}

/* Adds the node of FRAME, which is taken apart. */
static void add_frame(struct stacks *stacks, struct stack_node *node, char *frame)
{
	char file[64] = "", *other = strchr(frame, '@'), *line = strchr(frame, ':');
	struct stack_function function = {.name = frame, .linkage_name = (char *)"", .file = file};

	if (other)
		*other++ = '\0';
	if (line) {
		*line++ = '\0';
		function.line = 1;
		node->line = (uint32_t)strtoul(line, NULL, 10);
		snprintf(file, sizeof(file), "%s.c", frame);
	}
	function.object = (char *)(line ? "/a/program" : "");
	function.build_id = (char *)"";
	node->file = other ? checked(stacks__file(stacks, other)) : 0;
	node->function = checked(stacks__function(stacks, &function));
}

uint32_t stacked__add(struct stacks *stacks, const struct profile_owner *owner, const char *frames, uint64_t samples,
		      uint64_t cpu_ns, uint64_t blocked_ns)
{
	char *text = strdup(frames), *rest = text, *frame;
	uint32_t parent = STACKS_NONE;

	assert_non_null(text);
	while ((frame = strsep(&rest, ";"))) {
		struct stack_node node = {.parent = parent, .owner = checked(stacks__owner(stacks, owner))};

		add_frame(stacks, &node, frame);
		if (!rest) {
			node.samples = samples;
			node.cpu_ns = cpu_ns;
			node.blocked_ns = blocked_ns;
		}
		parent = checked(stacks__add(stacks, &node));
	}
	free(text);
	return parent;
}

uint32_t stacked__sample(struct stacks *stacks, const char *frames, uint64_t samples)
{
	static const struct profile_owner all;

	return stacked__add(stacks, &all, frames, samples, samples * 1000000, 0);
}

uint32_t stacked__function(const struct stacks *stacks, const char *name)
{
	uint32_t f = 0;

	while (f < stacks->n_functions && strcmp(stacks->functions[f].name, name) != 0)
		f++;
	assert_true(f < stacks->n_functions);
	return f;
}

static void put_frames(const struct stacks *stacks, uint32_t index, FILE *out)
{
	const struct stack_node *node = &stacks->nodes[index];
	const struct profile_owner *owner = &stacks->owners[node->owner];

	if (node->parent != STACKS_NONE) {
		assert_true(node->parent < index);
		put_frames(stacks, node->parent, out);
		fputc(';', out);
	} else if (owner->pid) {
		fprintf(out, "[%d/%d]", owner->pid, owner->tid);
	}
	fputs(stacks->functions[node->function].name, out);
	if (node->line)
		fprintf(out, ":%" PRIu32, node->line);
	if (node->file)
		fprintf(out, "@%s", stacks->files[node->file - 1]);
}

char *stacked__text(const struct stacks *stacks)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (uint32_t i = 0; i < stacks->n_nodes; i++) {
		const struct stack_node *node = &stacks->nodes[i];

		put_frames(stacks, i, out);
		fprintf(out, " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", node->samples, node->cpu_ns, node->blocked_ns);
	}
	fclose(out);
	return text;
}
