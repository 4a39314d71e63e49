// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. A `switch` is an indirect jump through a table of addresses or offsets. An instruction names the table's
 * address, but at -O2 it may stand far from the jump: hoisted out of loops, passed on through registers. To follow
 * the registers back from the jump would be exact, and would break with the next compiler. To take one target too
 * many costs one more probe, while to miss one makes counts wrong. So every address that any instruction of the body
 * names is read as a table, in each shape that is known, as long as its entries lead to instructions of this very
 * body. Data that is no table hardly ever passes: its first entry would have to hit the beginning of an instruction
 * of one function.
 *
 * The shapes are: four-byte offsets from the table (gcc, clang and rustc, in position-independent code); eight-byte
 * addresses (in other code); four-byte offsets from a label of the body (written by hand as `&&a - &&base`). Besides,
 * an instruction that names the address of an instruction of the body itself takes the address of a label
 * (`&&label`).
 */
#include "flow/jumptable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
/* No compiler makes larger ones; bounds the time spent on data that looks like an endless table. */
#define MAX_ENTRIES 65536

struct names {
	uint64_t *items; /* sorted, no duplicates */
	size_t n;
};

struct shape {
	size_t width;  /* of an entry: 4 (signed) or 8 */
	uint64_t base; /* to which an entry is relative */
};

static int collect_names(const struct cfg *cfg, struct names *names)
{
	size_t n = 0, unique = 0;

	for (uint32_t i = 0; i < cfg->n_insns; i++)
		n += cfg->insns[i].insn.data != 0;
	*names = (struct names){0};
	if (n == 0)
		return 0;
	names->items = calloc(n, sizeof(*names->items));
	if (!names->items)
		return -ENOMEM;
	n = 0;
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		if (cfg->insns[i].insn.data)
			names->items[n++] = cfg->insns[i].insn.data;
	sort__u64(names->items, n);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || names->items[i] != names->items[i - 1])
			names->items[unique++] = names->items[i];
	names->n = unique;
	return 0;
}

/*
 * Whether ADDR is the end of a range of the body. The entries of cases that are said to be unreachable
 * (__builtin_unreachable) lead there: valid entries, which nothing ever takes.
 */
static bool is_end(const struct cfg_input *input, uint64_t addr)
{
	for (size_t i = 0; i < input->n_code; i++)
		if (addr == input->code[i].addr + input->code[i].size)
			return true;
	return false;
}

static bool read_entry(const struct cfg_input *input, uint64_t addr, struct shape shape, uint64_t *target)
{
	const uint8_t *bytes = input->read_data(addr, shape.width, input->ctx);
	uint64_t absolute;
	int32_t offset;

	if (!bytes)
		return false;
	if (shape.width == sizeof(absolute)) {
		memcpy(&absolute, bytes, sizeof(absolute));
		*target = shape.base + absolute;
	} else {
		memcpy(&offset, bytes, sizeof(offset));
		*target = shape.base + (uint64_t)(int64_t)offset;
	}
	return true;
}

/* Reads the table and returns the number of its targets; marks these if MARK is set. */
static uint32_t walk_table(struct cfg *cfg, const struct cfg_input *input, uint64_t table, struct shape shape,
			   bool mark)
{
	uint32_t found = 0;
	uint64_t target;

	for (uint64_t i = 0; i < MAX_ENTRIES; i++) {
		uint32_t index;

		if (!read_entry(input, table + i * shape.width, shape, &target))
			break;
		index = cfg__find(cfg, target);
		if (index == CFG_NONE && !is_end(input, target))
			break;
		if (index == CFG_NONE)
			continue;
		found++;
		if (mark)
			cfg__add_root(cfg, index, CFG_ROOT_INDIRECT);
	}
	return found;
}

/* Marks the table's targets if there are at least MIN of them. */
static uint32_t try_table(struct cfg *cfg, const struct cfg_input *input, uint64_t table, struct shape shape,
			  uint32_t min)
{
	if (walk_table(cfg, input, table, shape, false) < min)
		return 0;
	return walk_table(cfg, input, table, shape, true);
}

static bool is_label(const struct cfg *cfg, uint64_t addr)
{
	uint32_t index = cfg__find(cfg, addr);

	/* A function that names its own entry passes itself to somebody. */
	return index != CFG_NONE && index != cfg->entry;
}

static uint32_t mark_labels(struct cfg *cfg, const struct names *names)
{
	uint32_t found = 0;

	for (size_t i = 0; i < names->n; i++) {
		if (!is_label(cfg, names->items[i]))
			continue;
		cfg__add_root(cfg, cfg__find(cfg, names->items[i]), CFG_ROOT_INDIRECT);
		found++;
	}
	return found;
}

static uint32_t mark_tables(struct cfg *cfg, const struct cfg_input *input, const struct names *names, uint32_t min)
{
	uint32_t found = 0;

	for (size_t i = 0; i < names->n; i++) {
		uint64_t table = names->items[i];

		found += try_table(cfg, input, table, (struct shape){4, table}, min);
		found += try_table(cfg, input, table, (struct shape){8, 0}, min);
	}
	return found;
}

/* Tables of differences of labels. Few bodies name labels at all, so this rarely takes time. */
static uint32_t mark_label_tables(struct cfg *cfg, const struct cfg_input *input, const struct names *names)
{
	uint32_t found = 0;

	for (size_t i = 0; i < names->n; i++) {
		if (!is_label(cfg, names->items[i]))
			continue;
		for (size_t j = 0; j < names->n; j++)
			found += try_table(cfg, input, names->items[j], (struct shape){4, names->items[i]}, 2);
	}
	return found;
}

int jumptable__mark(struct cfg *cfg, const struct cfg_input *input, uint32_t *found)
{
	struct names names;
	int err = collect_names(cfg, &names);

	*found = 0;
	if (err)
		return err;
	*found = mark_labels(cfg, &names);
	if (input->read_data) {
		*found += mark_label_tables(cfg, input, &names);
		*found += mark_tables(cfg, input, &names, 2);
		if (*found == 0)
			*found = mark_tables(cfg, input, &names, 1);
	}
	free(names.items);
	return 0;
}
