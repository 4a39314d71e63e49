/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * elf_bytes: libelf on the bytes that a file really has.
 *
 * libelf maps a file privately, and into private mappings the kernel puts the breakpoints of every system-wide
 * uprobe on the file, whoever set it. A shared mapping is never patched.
 */
#ifndef LPROF_ELF_BYTES_H
#define LPROF_ELF_BYTES_H

#include <libelf.h>

/*
 * Opens the file behind FD, which must stay open until elf_end(*OUT). Returns 0 and *OUT owned by the caller (also
 * for a file that is not ELF: ask elf_kind()); or *OUT is NULL, with -ENOEXEC when libelf cannot read the file, or
 * with another -errno.
 */
int elf_bytes__open(int fd, Elf **out);

#endif
