/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_reading: reads debug information in this very process. For others, debuginfo.h does that where it cannot do
 * harm; its functions and these say the same.
 */
#ifndef LPROF_DEBUG_READING_H
#define LPROF_DEBUG_READING_H

#include "base/diag.h"
#include "dwarf/cfa_rule.h"
#include "dwarf/debug_file.h"
#include "dwarf/debug_function.h"
#include "elf/objfile.h"
#include "files/target_files.h"
#include "target/selector.h"

struct debug_reading;

int debug_reading__open(struct objfile *obj, const struct target_files *files, enum debuginfo_need need,
			const struct diag *diag, struct debug_reading **out);
void debug_reading__close(struct debug_reading *reading);

/* Opens the files of split units now, since none can be opened later. */
void debug_reading__settle(struct debug_reading *reading);

bool debug_reading__is_partial(const struct debug_reading *reading);
int debug_reading__find(struct debug_reading *reading, const struct selector *const *selectors, size_t n, bool *matched,
			struct debug_functions *out);
int debug_reading__cfa(struct debug_reading *reading, uint64_t vaddr, struct cfa_rule *rule);
int debug_reading__each_name(struct debug_reading *reading, const struct selector *const *selectors, size_t n,
			     int (*fn)(const char *name, const char *file, unsigned line, void *ctx), void *ctx);

#endif
