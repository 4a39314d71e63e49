/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debuginfo: what DWARF says of an object's functions, and of the frames of its code.
 *
 * Only the compilation units that can hold a selected function are read, so that one function of an
 * object with hundreds of megabytes of debug information is found in well under two seconds.
 *
 * What debug information holds was written by strangers, and this program may have the rights to do anything. So a
 * process of its own opens the object's files and their sections, and then reads what is in them in a sandbox
 * (base/sandbox.h). What it tells of that is checked. Where it ends for another reason than that it is not needed any
 * more, or tells nonsense, that is said, and the functions below return -EIO.
 */
#ifndef LPROF_DEBUGINFO_H
#define LPROF_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "dwarf/cfa_rule.h"
#include "dwarf/debug_file.h"
#include "dwarf/debug_function.h"
#include "elf/objfile.h"
#include "files/target_files.h"
#include "target/selector.h"

struct debuginfo;

/*
 * Finds OBJ's debug information: in the file itself, else by build ID and .gnu_debuglink in the usual
 * places under /usr/lib/debug, as far as the target sees these files (FILES, borrowed as long as the result),
 * verifying the build ID (or the debuglink CRC). On failure says why in DIAG, and returns
 * -ENOENT (none was found; the wanted build ID is named), -ESTALE (it belongs to another build),
 * -EINVAL (damaged) or -ENOMEM. OBJ must outlive the result. Unless the information is required, -ENOENT is
 * returned without a message.
 */
int debuginfo__open(struct objfile *obj, const struct target_files *files, enum debuginfo_need need,
		    const struct diag *diag, struct debuginfo **out);
void debuginfo__close(struct debuginfo *info);

/* Whether a part of the debug information is in a file that cannot be read, which was said when INFO was opened. */
bool debuginfo__is_partial(const struct debuginfo *info);

/*
 * All functions that any of the N selectors selects and that have code. Functions found in several
 * compilation units with the same file, line and linkage name are one, with the instances of all.
 * matched[i] (may be NULL) is set to whether selector i selected anything. OUT is owned by the
 * caller: debug_functions__free(). Returns 0 (also when nothing was selected) or -errno. A function
 * without any line row is returned with n_lines of 0 in its instances.
 */
int debuginfo__find(struct debuginfo *info, const struct selector *const *selectors, size_t n, bool *matched,
		    struct debug_functions *out);

/* Rule for the CFA before the instruction at VADDR (.eh_frame, else .debug_frame). 0, -ENOENT or -ENOTSUP. */
int debuginfo__cfa(struct debuginfo *info, uint64_t vaddr, struct cfa_rule *rule);

/* The same for each of the N addresses, with errors[i] for rules[i]. 0 or -errno: nothing can be read any more. */
int debuginfo__cfas(struct debuginfo *info, const uint64_t *addresses, size_t n, struct cfa_rule *rules, int *errors);

/*
 * Calls FN with the qualified name, file and line of every function with code that one of the N selectors selects by
 * name, or of every one if N is 0 (for listings and for suggesting close names); stops at its first value that is not
 * zero, and returns it. 0, or -errno.
 */
int debuginfo__each_name(struct debuginfo *info, const struct selector *const *selectors, size_t n,
			 int (*fn)(const char *name, const char *file, unsigned line, void *ctx), void *ctx);

#endif
