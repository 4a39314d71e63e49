// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_file.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "dwarf/compressed_debug.h"
#include "dwarf/separate_debug.h"
#include "dwarf/split_files.h"
#include "files/debuginfod.h"

struct debug_file {
	struct objfile *obj; /* borrowed */
	struct diag diag;
	const struct target_files *files; /* borrowed */
	struct separate_debug separate;	  /* fd of -1: the object itself has it */
	struct separate_debug supplement;
	struct symbols *symbols; /* of the separate file, or NULL */
	Dwarf *dwarf;
	Dwarf *shared; /* of the supplement, or NULL */
	bool partial;  /* there should be a supplement, but it cannot be read */
	bool noted_dwo;
	bool settled; /* those of its split units that can be opened are open */
};

/* Says, of an object whose debug information is required, that there is none. */
static void say_missing(const struct debug_file *file)
{
	const char *name = objfile__name(file->obj), *id = objfile__build_id(file->obj);

	if (!*id)
		diag__error(&file->diag,
			    "%s has neither debug information nor a build ID by which to find it; build it with -g",
			    name);
	else if (debuginfod__is_named())
		diag__error(&file->diag,
			    "%s has no debug information, and none with its build ID %s is installed under "
			    "/usr/lib/debug or is on the servers of DEBUGINFOD_URLS; install its debug symbols "
			    "package, or build it with -g",
			    name, id);
	else
		diag__error(&file->diag,
			    "%s has no debug information, and none with its build ID %s is installed under "
			    "/usr/lib/debug; install its debug symbols package, let DEBUGINFOD_URLS name a server "
			    "that has them, or build it with -g",
			    name, id);
}

static int find_file(struct debug_file *file, enum debuginfo_need need)
{
	const char *name = objfile__name(file->obj);
	const char *id = objfile__build_id(file->obj);
	int err;

	if (objfile__has_code(file->obj) && separate_debug__is_in(objfile__elf(file->obj)))
		return 0;
	if (!objfile__has_code(file->obj)) {
		if (need == DEBUGINFO_REQUIRED)
			diag__error(&file->diag,
				    "%s holds debug information only, no code; name the program or library that it "
				    "belongs to",
				    name);
		return -ENOENT;
	}
	err = separate_debug__open(file->obj, file->files, &file->separate);
	if ((err == -ENOENT || err == -ESTALE) && need != DEBUGINFO_AT_HAND)
		err = separate_debug__fetch(file->obj, &file->diag, &file->separate) ? err : 0;
	/* A file of a library's name in a directory that the user named may be anything. */
	if (err == -ESTALE && need == DEBUGINFO_AT_HAND && target_files__debug_dirs(file->files))
		err = -ENOENT;
	if (err == -ESTALE) {
		diag__error(&file->diag,
			    "%s: the debug information in %s belongs to another build (wanted: build ID %s); "
			    "install the debug symbols of exactly this version",
			    name, file->separate.path ? file->separate.path : "its debug file", *id ? id : "unknown");
	} else if (err == -ENOENT && need == DEBUGINFO_REQUIRED) {
		say_missing(file);
	} else if (err && err != -ENOENT) {
		diag__failure(&file->diag, err, "%s: cannot read its debug information", name);
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

static int find_supplement(struct debug_file *file, const char *path)
{
	const char *name;
	int err = separate_debug__open_supplement(file->dwarf, path, file->files, &name, &file->supplement);

	if (err == -ENOMEM)
		return err;
	if (!err)
		file->shared = dwarf_begin_elf(file->supplement.elf, DWARF_C_READ, NULL);
	if (file->shared)
		dwarf_setalt(file->dwarf, file->shared);
	else
		forgo_supplement(file->dwarf);
	file->partial = !file->shared && name;
	if (file->partial)
		diag__note(&file->diag,
			   "%s needs the file %s for a part of its debug information, which cannot be read; functions "
			   "described there are not found",
			   path, name);
	return 0;
}

/* Says why the debug information in ELF cannot be read. Returns -EINVAL. */
static int refuse(const struct debug_file *file, Elf *elf, const char *path, const char *why)
{
	if (compressed_debug__is_zstd(elf))
		diag__error(
			&file->diag,
			"%s: its debug information is compressed with zstd, which elfutils %s cannot read; `objcopy "
			"--decompress-debug-sections %s` makes it readable",
			path, dwfl_version(NULL), path);
	else
		diag__error(&file->diag, "%s: its debug information is damaged: %s", path, why);
	return -EINVAL;
}

static int read_dwarf(struct debug_file *file)
{
	Elf *elf = file->separate.elf ? file->separate.elf : objfile__elf(file->obj);
	const char *path = file->separate.path ? file->separate.path : objfile__name(file->obj);

	file->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (!file->dwarf)
		return refuse(file, elf, path, dwarf_errmsg(-1));
	if (compressed_debug__is_left(elf))
		return refuse(file, elf, path, "a compressed section cannot be read");
	diag__debug(&file->diag, "%s: debug information from %s", objfile__name(file->obj), path);
	return find_supplement(file, path);
}

int debug_file__open(struct objfile *obj, const struct target_files *files, enum debuginfo_need need,
		     const struct diag *diag, struct debug_file **out)
{
	struct debug_file *file = calloc(1, sizeof(*file));
	int err;

	if (!file)
		return -ENOMEM;
	file->obj = obj;
	file->diag = *diag;
	file->files = files;
	file->separate.fd = file->supplement.fd = -1;
	err = find_file(file, need);
	if (!err)
		err = read_dwarf(file);
	if (err) {
		debug_file__close(file);
		return err;
	}
	*out = file;
	return 0;
}

void debug_file__close(struct debug_file *file)
{
	if (!file)
		return;
	symbols__free(file->symbols);
	if (file->dwarf)
		dwarf_end(file->dwarf);
	if (file->shared)
		dwarf_end(file->shared);
	separate_debug__close(&file->supplement);
	separate_debug__close(&file->separate);
	free(file);
}

bool debug_file__is_partial(const struct debug_file *file)
{
	return file->partial;
}

Dwarf *debug_file__dwarf(const struct debug_file *file)
{
	return file->dwarf;
}

/* Notes once that the .dwo file of UNIT, and perhaps others, cannot be read. */
static void note_dwo(struct debug_file *file, Dwarf_Die *unit)
{
	Dwarf_Attribute attribute;
	const char *name = NULL;

	if (file->noted_dwo)
		return;
	file->noted_dwo = true;
	if (dwarf_attr(unit, DW_AT_dwo_name, &attribute) || dwarf_attr(unit, DW_AT_GNU_dwo_name, &attribute))
		name = dwarf_formstring(&attribute);
	diag__note(&file->diag,
		   "%s was built with -gsplit-dwarf, and %s cannot be read: it is looked for beside the object and "
		   "where it "
		   "was compiled, and a .dwp file is not read; of the functions described there only symbols and lines "
		   "are "
		   "known: what was inlined into them is counted as their own lines",
		   objfile__name(file->obj), name ? name : "one of its .dwo files");
}

/* Sets *SPLIT to the split unit of the skeleton UNIT. Its address is NULL when that cannot be read. */
static void find_split(struct debug_file *file, Dwarf_Die *unit, Dwarf_Die *split)
{
	const char *path = objfile__path(file->obj);
	struct file_rights_before before;
	char separate[32];

	if (file->separate.fd >= 0) {
		snprintf(separate, sizeof(separate), "/proc/self/fd/%d", file->separate.fd);
		path = separate;
	}
	if (file->settled) {
		if (dwarf_cu_info(unit->cu, NULL, NULL, NULL, split, NULL, NULL, NULL))
			split->addr = NULL;
		return;
	}
	if (!split_files__may_open(unit, path, file->files) || target_files__assume(file->files, &before))
		return;
	if (dwarf_cu_info(unit->cu, NULL, NULL, NULL, split, NULL, NULL, NULL))
		split->addr = NULL;
	file_rights__resume(&before);
}

void debug_file__open_splits(struct debug_file *file)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die unit, split;
	uint8_t type = 0;

	while (!dwarf_get_units(file->dwarf, cu, &cu, NULL, &type, &unit, NULL))
		if (type == DW_UT_skeleton)
			find_split(file, &unit, &split);
	file->settled = true;
}

bool debug_file__unit(struct debug_file *file, Dwarf_Off offset, Dwarf_Die *unit, Dwarf_Die *skeleton)
{
	uint8_t type = 0;

	if (!dwarf_offdie(file->dwarf, offset, skeleton) ||
	    dwarf_cu_info(skeleton->cu, NULL, &type, NULL, NULL, NULL, NULL, NULL))
		return false;
	*unit = *skeleton;
	if (type != DW_UT_skeleton)
		return true;
	memset(unit, 0, sizeof(*unit));
	find_split(file, skeleton, unit);
	if (!unit->addr) {
		note_dwo(file, skeleton);
		*unit = *skeleton;
	}
	return true;
}

int debug_file__symbols(struct debug_file *file, const struct symbols **out)
{
	if (file->separate.elf && !file->symbols) {
		int err = symbols__new(file->separate.elf, &file->symbols);

		if (err)
			return err;
	}
	*out = file->symbols && symbols__count(file->symbols) ? file->symbols : objfile__symbols(file->obj);
	return *out ? 0 : -ENOMEM;
}
