/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * separate_debug: finds the file that holds an object's debug information when the object itself does not.
 */
#ifndef LPROF_SEPARATE_DEBUG_H
#define LPROF_SEPARATE_DEBUG_H

#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdbool.h>

#include "base/diag.h"
#include "elf/objfile.h"
#include "files/target_files.h"

struct separate_debug {
	int fd;
	Elf *elf;
	char *path;
};

/* Whether ELF holds a .debug_info section with contents. */
bool separate_debug__is_in(Elf *elf);

/*
 * Looks for OBJ's debug file: by build ID among the files that the target sees (FILES), then by build ID among the
 * files of this machine that everybody may read, then by .gnu_debuglink among FILES, then in the directories that the
 * user named for FILES (debug_dirs.h). Returns 0 and an open file owned by the caller; -ENOENT when there is none;
 * -ESTALE when only files of another build were found (found->path is then the path of one); or -ENOMEM.
 * separate_debug__close() must be called in every case.
 */
int separate_debug__open(const struct objfile *obj, const struct target_files *files, struct separate_debug *found);

/*
 * Asks the debuginfod servers for OBJ's debug file (debuginfod.h). Returns 0, and *found, which separate_debug__open()
 * has filled in, is replaced by an open file; -ENOENT when none has it, or sent a file of another build, which is said;
 * or -ENOMEM.
 */
int separate_debug__fetch(const struct objfile *obj, const struct diag *diag, struct separate_debug *found);

/*
 * Looks for the supplement of DWARF (.gnu_debugaltlink, which dwz makes), by its name and then by its build ID. PATH is
 * the file that DWARF was read from. *name becomes DWARF's name for the supplement, borrowed from DWARF, or NULL when
 * there is no need of one. Returns 0 and an open file owned by the caller, -ENOENT or -ENOMEM.
 */
int separate_debug__open_supplement(Dwarf *dwarf, const char *path, const struct target_files *files, const char **name,
				    struct separate_debug *found);
void separate_debug__close(struct separate_debug *file);

#endif
