/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * address_frames: which functions, at which lines, an address of an object belongs to: the function whose code it is
 * and the functions that are inlined there.
 */
#ifndef LPROF_ADDRESS_FRAMES_H
#define LPROF_ADDRESS_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "files/target_files.h"

struct address_frames;

/* Strings live as long as the struct address_frames. */
struct address_frame {
	const char *name;    /* as in struct debug_function; of the symbol where there is no debug information */
	const char *linkage; /* likewise; "" when there is none */
	const char *file;    /* the function's; "" when it is not known */
	/* Where the address is in this function: of an inlined call, where that is. */
	const char *line_file;
	uint64_t entry; /* vaddr of the body that the code is in: what tells functions of one name apart */
	uint32_t line;	/* 0: not known */
	/*
	 * The function's, as in struct debug_function. 0: not known; or debug information has no line of it and it is
	 * always inlined, for which struct debug_function has the least line of all of that code.
	 */
	uint32_t decl_line;
	bool inlined;	/* its code is in the body of the next frame */
	bool has_lines; /* there is debug information of the function */
};

/*
 * Opens the object that PATH opens, called NAME, with its debug information as debuginfo__open() finds it among FILES.
 * Without debug information, names come from the symbol table. 0 or -errno; nothing is reported to the user.
 */
int address_frames__open(const char *path, const char *name, struct target_files *files, struct address_frames **out);
void address_frames__close(struct address_frames *object); /* NULL is allowed */

const char *address_frames__build_id(const struct address_frames *object); /* hexadecimal, or "" */

/*
 * Writes to FRAMES, which has room for MOST, what is at vaddr ADDR, the innermost inlined function first. Of more than
 * MOST, the outermost ones. Returns how many were written; 0: nothing is known of the address; or -ENOMEM. For the
 * return address of a call, ask for the byte before it. Code without a name is called "puts@plt" if it is the stub of
 * an imported function, or "libfoo.so+0x1234" after where .eh_frame says that its function begins.
 */
int address_frames__at(struct address_frames *object, uint64_t addr, struct address_frame *frames, size_t most);

/*
 * Calls FN with the file and line of the code that FRAME's function has in the body at FRAME's entry, some of them more
 * than once; stops at its first value that is not zero, and returns it. 0 or -ENOMEM.
 */
int address_frames__each_line(struct address_frames *object, const struct address_frame *frame,
			      int (*fn)(const char *file, uint32_t line, void *ctx), void *ctx);

#endif
