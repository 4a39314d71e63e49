// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debuginfo.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "dwarf/compressed_debug.h"
#include "dwarf/function_part.h"
#include "dwarf/function_reader.h"
#include "dwarf/separate_debug.h"
#include "dwarf/split_files.h"
#include "dwarf/unit_filter.h"

struct debuginfo {
	struct objfile *obj; /* borrowed */
	struct diag diag;
	const struct target_files *files; /* borrowed */
	struct separate_debug separate;	  /* fd of -1: the object itself has it */
	struct separate_debug supplement;
	struct symbols *symbols; /* of the separate file, or NULL */
	Dwarf *dwarf;
	Dwarf *shared;		 /* of the supplement, or NULL */
	bool partial;		 /* there should be a supplement, but it cannot be read */
	Dwarf_CFI *frames;	 /* .eh_frame of the object, or NULL */
	Dwarf_CFI *debug_frames; /* .debug_frame, owned by dwarf, or NULL */
	bool noted_dwo;
};

static int find_file(struct debuginfo *info, bool optional)
{
	const char *name = objfile__name(info->obj);
	const char *id = objfile__build_id(info->obj);
	int err;

	if (objfile__has_code(info->obj) && separate_debug__is_in(objfile__elf(info->obj)))
		return 0;
	if (!objfile__has_code(info->obj)) {
		if (!optional)
			diag__error(&info->diag,
				    "%s holds debug information only, no code; name the program or library that it "
				    "belongs to",
				    name);
		return -ENOENT;
	}
	err = separate_debug__open(info->obj, info->files, &info->separate);
	if (err == -ESTALE) {
		diag__error(&info->diag,
			    "%s: the debug information in %s belongs to another build (wanted: build ID %s); "
			    "install the debug symbols of exactly this version",
			    name, info->separate.path ? info->separate.path : "its debug file", *id ? id : "unknown");
	} else if (err == -ENOENT && !optional && *id) {
		diag__error(&info->diag,
			    "%s has no debug information, and none with its build ID %s is installed under "
			    "/usr/lib/debug; install its debug symbols package, or build it with -g",
			    name, id);
	} else if (err == -ENOENT && !optional) {
		diag__error(&info->diag,
			    "%s has neither debug information nor a build ID by which to find it; build it with -g",
			    name);
	} else if (err && err != -ENOENT) {
		diag__failure(&info->diag, err, "%s: cannot read its debug information", name);
	}
	return err;
}

/*
 * libdw would look for the supplement by itself, with our rights. It does so only once; so it is made to look now,
 * while no file can be opened.
 */
static void forgo_supplement(Dwarf *dwarf)
{
	struct rlimit before, none;

	if (getrlimit(RLIMIT_NOFILE, &before))
		return;
	none = before;
	none.rlim_cur = 0;
	if (setrlimit(RLIMIT_NOFILE, &none))
		return;
	(void)dwarf_getalt(dwarf);
	(void)setrlimit(RLIMIT_NOFILE, &before);
}

static int find_supplement(struct debuginfo *info, const char *path)
{
	const char *name;
	int err = separate_debug__open_supplement(info->dwarf, path, info->files, &name, &info->supplement);

	if (err == -ENOMEM)
		return err;
	if (!err)
		info->shared = dwarf_begin_elf(info->supplement.elf, DWARF_C_READ, NULL);
	if (info->shared)
		dwarf_setalt(info->dwarf, info->shared);
	else
		forgo_supplement(info->dwarf);
	info->partial = !info->shared && name;
	if (info->partial)
		diag__note(&info->diag,
			   "%s needs the file %s for a part of its debug information, which cannot be read; functions "
			   "described there are not found",
			   path, name);
	return 0;
}

/* Says why the debug information in ELF cannot be read. Returns -EINVAL. */
static int refuse(const struct debuginfo *info, Elf *elf, const char *path, const char *why)
{
	if (compressed_debug__is_zstd(elf))
		diag__error(
			&info->diag,
			"%s: its debug information is compressed with zstd, which elfutils %s cannot read; `objcopy "
			"--decompress-debug-sections %s` makes it readable",
			path, dwfl_version(NULL), path);
	else
		diag__error(&info->diag, "%s: its debug information is damaged: %s", path, why);
	return -EINVAL;
}

static int read_dwarf(struct debuginfo *info)
{
	Elf *elf = info->separate.elf ? info->separate.elf : objfile__elf(info->obj);
	const char *path = info->separate.path ? info->separate.path : objfile__name(info->obj);

	info->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (!info->dwarf)
		return refuse(info, elf, path, dwarf_errmsg(-1));
	if (compressed_debug__is_left(elf))
		return refuse(info, elf, path, "a compressed section cannot be read");
	info->frames = dwarf_getcfi_elf(objfile__elf(info->obj));
	info->debug_frames = dwarf_getcfi(info->dwarf);
	diag__debug(&info->diag, "%s: debug information from %s", objfile__name(info->obj), path);
	return find_supplement(info, path);
}

int debuginfo__open(struct objfile *obj, const struct target_files *files, bool optional, const struct diag *diag,
		    struct debuginfo **out)
{
	struct debuginfo *info = calloc(1, sizeof(*info));
	int err;

	if (!info)
		return -ENOMEM;
	info->obj = obj;
	info->diag = *diag;
	info->files = files;
	info->separate.fd = info->supplement.fd = -1;
	err = find_file(info, optional);
	if (!err)
		err = read_dwarf(info);
	if (err) {
		debuginfo__close(info);
		return err;
	}
	*out = info;
	return 0;
}

void debuginfo__close(struct debuginfo *info)
{
	if (!info)
		return;
	symbols__free(info->symbols);
	if (info->frames)
		dwarf_cfi_end(info->frames);
	if (info->dwarf)
		dwarf_end(info->dwarf);
	if (info->shared)
		dwarf_end(info->shared);
	separate_debug__close(&info->supplement);
	separate_debug__close(&info->separate);
	free(info);
}

bool debuginfo__is_partial(const struct debuginfo *info)
{
	return info->partial;
}

/* Notes once that the .dwo file of UNIT, and perhaps others, cannot be read. */
static void note_dwo(struct debuginfo *info, Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;

	if (info->noted_dwo)
		return;
	info->noted_dwo = true;
	if (dwarf_attr(unit, DW_AT_dwo_name, &attribute) || dwarf_attr(unit, DW_AT_GNU_dwo_name, &attribute))
		name = dwarf_formstring(&attribute);
	diag__note(&info->diag,
		   "%s was built with -gsplit-dwarf, and %s cannot be read: it is looked for beside the object and "
		   "where it "
		   "was compiled, and a .dwp file is not read; of the functions described there only symbols and lines "
		   "are "
		   "known: what was inlined into them is counted as their own lines",
		   objfile__name(info->obj), name ? name : "one of its .dwo files");
}

/* Sets *SPLIT to the split unit of the skeleton UNIT. Its address is NULL when that cannot be read. */
static void find_split(struct debuginfo *info, Dwarf_Die *unit, Dwarf_Die *split)
{
	const char *path = objfile__path(info->obj);
	struct file_rights_before before;
	char separate[32];

	if (info->separate.fd >= 0) {
		snprintf(separate, sizeof(separate), "/proc/self/fd/%d", info->separate.fd);
		path = separate;
	}
	if (!split_files__may_open(unit, path, info->files) || target_files__assume(info->files, &before))
		return;
	if (dwarf_cu_info(unit->cu, NULL, NULL, NULL, split, NULL, NULL, NULL))
		split->addr = NULL;
	file_rights__resume(&before);
}

/* Reads one unit, or what its skeleton stands for. */
static int read_unit(struct debuginfo *info, struct function_reader *reader, struct unit *unit)
{
	uint8_t type = 0;
	Dwarf_Die die, split;

	unit->wanted = false;
	unit->read = true;
	memset(&split, 0, sizeof(split));
	/* A damaged unit hides its own functions only. */
	if (!dwarf_offdie(info->dwarf, unit->die, &die) ||
	    dwarf_cu_info(die.cu, NULL, &type, NULL, NULL, NULL, NULL, NULL))
		return 0;
	if (type != DW_UT_skeleton)
		return function_reader__read(reader, &die, &die);
	find_split(info, &die, &split);
	if (!split.addr) {
		note_dwo(info, &die);
		split = die;
	}
	return function_reader__read(reader, &split, &die);
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
static int read_wanted(struct debuginfo *info, struct unit_filter *filter, struct function_reader *reader)
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
static int read_asked(struct debuginfo *info, struct unit_filter *filter, struct function_reader *reader,
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

static int read_functions(struct debuginfo *info, struct function_reader *reader,
			  const struct function_reader_input *input)
{
	struct unit_filter *filter;
	int err = unit_filter__new(info->dwarf, &filter);

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

/* The symbols of the object: a stripped one has left them in its debug file. */
static int find_symbols(struct debuginfo *info, const struct symbols **out)
{
	if (info->separate.elf && !info->symbols) {
		int err = symbols__new(info->separate.elf, &info->symbols);

		if (err)
			return err;
	}
	*out = info->symbols && symbols__count(info->symbols) ? info->symbols : objfile__symbols(info->obj);
	return *out ? 0 : -ENOMEM;
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
static int read_input(struct debuginfo *info, struct function_reader_input *input, struct asked_symbols *asked,
		      struct function_reader **reader)
{
	int err = find_symbols(info, &input->symbols);

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

int debuginfo__find(struct debuginfo *info, const struct selector *const *selectors, size_t n, bool *matched,
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

int debuginfo__each_name(struct debuginfo *info, const struct selector *const *selectors, size_t n,
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

int debuginfo__cfa(struct debuginfo *info, uint64_t vaddr, struct cfa_rule *rule)
{
	int err = find_rule(info->frames, vaddr, rule);

	return err == -ENOENT ? find_rule(info->debug_frames, vaddr, rule) : err;
}
