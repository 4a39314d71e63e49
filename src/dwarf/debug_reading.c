// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_reading.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dwarf/debug_file.h"
#include "dwarf/function_part.h"
#include "dwarf/function_reader.h"
#include "dwarf/unit_filter.h"

struct debug_reading {
	struct objfile *obj; /* borrowed */
	struct diag diag;
	struct debug_file *file;
	Dwarf_CFI *frames;	 /* .eh_frame of the object, or NULL */
	Dwarf_CFI *debug_frames; /* .debug_frame, owned by libdw, or NULL */
};

int debug_reading__open(struct objfile *obj, const struct target_files *files, enum debuginfo_need need,
			const struct diag *diag, struct debug_reading **out)
{
	struct debug_reading *info = calloc(1, sizeof(*info));
	int err;

	if (!info)
		return -ENOMEM;
	info->obj = obj;
	info->diag = *diag;
	err = debug_file__open(obj, files, need, diag, &info->file);
	if (err) {
		debug_reading__close(info);
		return err;
	}
	info->frames = dwarf_getcfi_elf(objfile__elf(obj));
	info->debug_frames = dwarf_getcfi(debug_file__dwarf(info->file));
	*out = info;
	return 0;
}

void debug_reading__close(struct debug_reading *info)
{
	if (!info)
		return;
	if (info->frames)
		dwarf_cfi_end(info->frames);
	debug_file__close(info->file);
	free(info);
}

void debug_reading__settle(struct debug_reading *info)
{
	debug_file__open_splits(info->file);
}

bool debug_reading__is_partial(const struct debug_reading *info)
{
	return debug_file__is_partial(info->file);
}

/* Reads one unit, or what its skeleton stands for. */
static int read_unit(struct debug_reading *info, struct function_reader *reader, struct unit *unit)
{
	Dwarf_Die die, skeleton;

	unit->wanted = false;
	unit->read = true;
	/* A damaged unit hides its own functions only. */
	if (!debug_file__unit(info->file, unit->die, &die, &skeleton))
		return 0;
	return function_reader__read(reader, &die, &skeleton);
}

/* Marks the units that SELECTOR needs. */
static int want(struct unit_filter *filter, const struct selector *selector)
{
	const char *name = selector__exact_name(selector);
	const char *file = selector__file(selector);

	if (name)
		return unit_filter__want_name(filter, name);
	if (file)
		return unit_filter__want_file(filter, file);
	unit_filter__want_all(filter);
	return 0;
}

/* Reads the marked units, then those that refer to what was found in them, until there are none. */
static int read_wanted(struct debug_reading *info, struct unit_filter *filter, struct function_reader *reader)
{
	size_t n_units;
	struct unit *units = unit_filter__units(filter, &n_units);
	size_t seen = 0;
	size_t n_new;
	int err = 0;

	do {
		Dwarf_Off *offsets;

		for (size_t i = 0; i < n_units && !err; i++)
			if (units[i].wanted)
				err = read_unit(info, reader, &units[i]);
		if (err)
			return err;
		offsets = function_reader__offsets(reader, seen, &n_new);
		seen += n_new;
		err = unit_filter__want_references(filter, offsets, n_new);
	} while (!err && n_new);
	return err;
}

/* Reads the units that have the code which the names of symbols ask for, unless it was found by its name already. */
static int read_asked(struct debug_reading *info, struct unit_filter *filter, struct function_reader *reader,
		      const struct function_reader_input *input)
{
	uint64_t *addresses = calloc(input->asked->n + 1, sizeof(*addresses));
	size_t n = 0;
	int err;

	if (!addresses)
		return -ENOMEM;
	for (size_t i = 0; i < input->asked->n; i++) {
		const struct asked_symbol *asked = &input->asked->items[i];

		/* For a pattern all units are read. */
		if (selector__exact_name(input->selectors[asked->selector]) &&
		    !function_reader__knows(reader, asked->vaddr))
			addresses[n++] = asked->vaddr;
	}
	err = unit_filter__want_addresses(filter, addresses, n);
	free(addresses);
	return err ? err : read_wanted(info, filter, reader);
}

static int read_functions(struct debug_reading *info, struct function_reader *reader,
			  const struct function_reader_input *input)
{
	struct unit_filter *filter;
	int err = unit_filter__new(debug_file__dwarf(info->file), &filter);

	if (err == -EINVAL)
		diag__error(&info->diag, "%s: its debug information is damaged", objfile__name(info->obj));
	if (err)
		return err;
	if (!input->n)
		unit_filter__want_all(filter);
	for (size_t i = 0; i < input->n && !err; i++)
		err = want(filter, input->selectors[i]);
	if (!err)
		err = read_wanted(info, filter, reader);
	if (!err && input->asked)
		err = read_asked(info, filter, reader, input);
	unit_filter__free(filter);
	return err;
}

/* Finds out which bodies of each function are parts of it. */
static void mark_parts(const struct symbols *symbols, struct debug_functions *functions)
{
	for (size_t f = 0; f < functions->n; f++) {
		struct debug_function *function = &functions->items[f];

		for (size_t k = 0; function->n_instances > 1 && k < function->n_instances; k++) {
			struct debug_instance *instance = &function->instances[k];

			if (!instance->inlined && !instance->part)
				instance->part = function_part__of_symbol(symbols__at(symbols, instance->entry));
		}
	}
}

/* Reads what INPUT asks for with a reader that is the caller's to free in any case. */
static int read_input(struct debug_reading *info, struct function_reader_input *input, struct asked_symbols *asked,
		      struct function_reader **reader)
{
	int err = debug_file__symbols(info->file, &input->symbols);

	*reader = NULL;
	if (!err && input->n)
		err = asked_symbols__find(info->obj, input->symbols, input->selectors, input->n, asked);
	input->asked = input->n ? asked : NULL;
	if (err)
		return err;
	*reader = function_reader__new(input);
	if (!*reader)
		return -ENOMEM;
	return input->n || input->each ? read_functions(info, *reader, input) : 0;
}

int debug_reading__find(struct debug_reading *info, const struct selector *const *selectors, size_t n, bool *matched,
			struct debug_functions *out)
{
	struct function_reader_input input = {.obj = info->obj, .selectors = selectors, .n = n};
	struct asked_symbols asked = {NULL, 0, 0};
	struct function_reader *reader;
	int err = read_input(info, &input, &asked, &reader);

	*out = (struct debug_functions){.n = 0};
	if (!err)
		err = function_reader__finish(reader, matched, out);
	if (!err)
		mark_parts(input.symbols, out);
	function_reader__free(reader);
	asked_symbols__clear(&asked);
	return err;
}

int debug_reading__each_name(struct debug_reading *info, const struct selector *const *selectors, size_t n,
			     int (*fn)(const char *name, const char *file, unsigned line, void *ctx), void *ctx)
{
	struct function_reader_input input = {.obj = info->obj, .selectors = selectors, .n = n, .each = fn, .ctx = ctx};
	struct asked_symbols asked = {NULL, 0, 0};
	struct function_reader *reader;
	int err = read_input(info, &input, &asked, &reader);

	function_reader__free(reader);
	asked_symbols__clear(&asked);
	return err;
}

/* Understands "register + offset", and that followed by "deref" and perhaps "+ offset". */
static int parse_rule(const Dwarf_Op *ops, size_t n, struct cfa_rule *rule)
{
	int64_t reg, offset;

	if (n == 0)
		return -ENOTSUP;
	if (ops[0].atom == DW_OP_bregx) {
		reg = (int64_t)ops[0].number;
		offset = (int64_t)ops[0].number2;
	} else if (ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31) {
		reg = ops[0].atom - DW_OP_breg0;
		offset = (int64_t)ops[0].number;
	} else {
		return -ENOTSUP;
	}
	if (reg < 0 || reg > 15 || offset != (int32_t)offset)
		return -ENOTSUP;
	*rule = (struct cfa_rule){.reg = (uint8_t)reg, .offset = (int32_t)offset};
	if (n == 1)
		return 0;
	if (ops[1].atom != DW_OP_deref)
		return -ENOTSUP;
	rule->deref = true;
	if (n == 2)
		return 0;
	if (n != 3 || ops[2].atom != DW_OP_plus_uconst || ops[2].number > INT32_MAX)
		return -ENOTSUP;
	rule->deref_offset = (int32_t)ops[2].number;
	return 0;
}

static int find_rule(Dwarf_CFI *frames, uint64_t vaddr, struct cfa_rule *rule)
{
	Dwarf_Frame *frame;
	Dwarf_Op *ops;
	size_t n;
	int err = -ENOTSUP;

	if (!frames || dwarf_cfi_addrframe(frames, vaddr, &frame))
		return -ENOENT;
	if (dwarf_frame_cfa(frame, &ops, &n) == 0)
		err = parse_rule(ops, n, rule);
	free(frame);
	return err;
}

int debug_reading__cfa(struct debug_reading *info, uint64_t vaddr, struct cfa_rule *rule)
{
	int err = find_rule(info->frames, vaddr, rule);

	return err == -ENOENT ? find_rule(info->debug_frames, vaddr, rule) : err;
}
