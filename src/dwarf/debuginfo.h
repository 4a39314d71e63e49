/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debuginfo: what DWARF says of an object's functions.
 *
 * Only the compilation units that can hold a selected function are read, so that one function of an
 * object with hundreds of megabytes of debug information is found in well under two seconds.
 */
#ifndef LPROF_DEBUGINFO_H
#define LPROF_DEBUGINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "elf/objfile.h"
#include "files/target_files.h"
#include "target/selector.h"

struct debuginfo;

struct addr_range {
	uint64_t lo, hi; /* [lo, hi), link-time virtual addresses */
};

/* Code of one source line. */
struct line_span {
	uint64_t lo, hi;
	uint32_t line;
	/* 0: the function's own code; otherwise code of a callee inlined there, the same number for one call. */
	uint32_t call;
	bool is_stmt; /* a recommended breakpoint location begins at lo */
};

/*
 * One concrete piece of a function: its out-of-line body (with its .cold part), or one place where it
 * was inlined.
 */
struct debug_instance {
	struct addr_range *ranges; /* sorted, disjoint, not empty: the instance's own code, inlined callees included */
	size_t n_ranges;
	uint64_t entry; /* DW_AT_entry_pc, else low_pc, else lo of the first range */
	bool inlined;
	/*
	 * The out-of-line subprogram that holds this instance (itself when not inlined). Instances with the
	 * same body_entry live in the same body.
	 */
	struct addr_range *body_ranges; /* sorted, disjoint */
	size_t n_body_ranges;
	uint64_t body_entry;
	/*
	 * Sorted, disjoint, covering `ranges`: the line in the function's own source file that each
	 * instruction belongs to. Code inlined into the instance is on the line of its outermost call;
	 * rows without a line (0) and rows of other files continue the line before. The prologue is on the
	 * line that declares the function, also where the opening brace stands on a later one.
	 * Adjacent spans with the same line are kept apart only where a new is_stmt row begins.
	 */
	struct line_span *lines;
	size_t n_lines;
};

struct debug_function {
	char *name;	    /* qualified where the language has scopes: "ns::Class::method" */
	char *linkage_name; /* mangled name, "" when there is none */
	char *file;	    /* DW_AT_decl_file, absolute where the compilation directory makes it so */
	uint32_t line;	    /* DW_AT_decl_line, 0 when unknown */
	uint32_t last_line; /* the largest line among the instances' line spans */
	struct debug_instance *instances;
	size_t n_instances;
	bool noreturn; /* DW_AT_noreturn */
};

struct debug_functions {
	struct debug_function *items; /* sorted by file, line, name */
	size_t n;
};

/*
 * Register rule for the canonical frame address: reg + offset, or, with deref, the eight bytes at
 * reg + offset, plus deref_offset. REG is the DWARF number (7 = rsp, 6 = rbp).
 */
struct cfa_rule {
	uint8_t reg;
	bool deref;
	int32_t offset;
	int32_t deref_offset;
};

/*
 * Finds OBJ's debug information: in the file itself, else by build ID and .gnu_debuglink in the usual
 * places under /usr/lib/debug, as far as the target sees these files (FILES, borrowed as long as the result),
 * verifying the build ID (or the debuglink CRC). On failure says why in DIAG, and returns
 * -ENOENT (none was found; the wanted build ID is named), -ESTALE (it belongs to another build),
 * -EINVAL (damaged) or -ENOMEM. OBJ must outlive the result. An object without debug information can
 * be opened with `optional`: then -ENOENT is returned without a message.
 */
int debuginfo__open(struct objfile *obj, const struct target_files *files, bool optional, const struct diag *diag,
		    struct debuginfo **out);
void debuginfo__close(struct debuginfo *info);

/*
 * All functions that any of the N selectors selects and that have code. Functions found in several
 * compilation units with the same file, line and linkage name are one, with the instances of all.
 * matched[i] (may be NULL) is set to whether selector i selected anything. OUT is owned by the
 * caller: debug_functions__free(). Returns 0 (also when nothing was selected) or -errno. A function
 * without any line row is returned with n_lines of 0 in its instances.
 */
int debuginfo__find(struct debuginfo *info, const struct selector *const *selectors, size_t n, bool *matched,
		    struct debug_functions *out);
void debug_functions__free(struct debug_functions *functions);

/* Rule for the CFA before the instruction at VADDR (.eh_frame, else .debug_frame). 0, -ENOENT or -ENOTSUP. */
int debuginfo__cfa(struct debuginfo *info, uint64_t vaddr, struct cfa_rule *rule);

/*
 * Calls FN with the qualified name, file and line of every function with code (for listings and for
 * suggesting close names); stops at and returns its first non-zero value. Reads all units. 0, or -errno.
 */
int debuginfo__each_name(struct debuginfo *info,
			 int (*fn)(const char *name, const char *file, unsigned line, void *ctx), void *ctx);

#endif
