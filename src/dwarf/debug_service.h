/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug_service: the process that reads debug information for another (see debuginfo.h), and what the two say to each
 * other.
 *
 * The reader opens what it needs with the rights that it has from its parent. Then it enters a sandbox, and begins to
 * read units, rows of line tables and call frame information.
 */
#ifndef LPROF_DEBUG_SERVICE_H
#define LPROF_DEBUG_SERVICE_H

#include "base/diag.h"
#include "base/sandbox.h"
#include "dwarf/debug_file.h"
#include "elf/objfile.h"
#include "files/target_files.h"

enum debug_message {
	/* To the reader: */
	DEBUG_FIND,  /* with selectors */
	DEBUG_NAMES, /* likewise */
	DEBUG_RULES, /* with an array of addresses */
	/* From it: */
	DEBUG_SAID,  /* a sentence for the user; the number tells whether it is an error */
	DEBUG_NAMED, /* some of the names that DEBUG_NAMES asks for */
	/*
	 * The end of what was asked, or of opening; the number is 0 or -errno. With whether the information is partial;
	 * what matched, and functions; nothing; or an error and a rule for each address.
	 */
	DEBUG_DONE,
};

struct debug_service {
	int socket;
	struct objfile *obj; /* these are borrowed */
	const struct target_files *files;
	enum debuginfo_need need;
	struct diag diag;
	struct sandbox_limits limits;
};

/* In the process that is the reader. */
void debug_service__run(struct debug_service *service) __attribute__((noreturn));

#endif
