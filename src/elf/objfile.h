/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objfile: an ELF file that holds x86-64 code, an executable or a shared library.
 *
 * All addresses are link-time virtual addresses of this file ("vaddr"), the ones debug information
 * uses; a uprobe wants the file offset instead, see objfile__file_offset().
 */
#ifndef LPROF_OBJFILE_H
#define LPROF_OBJFILE_H

#include <libelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "elf/symbols.h"

struct objfile;

/*
 * Opens PATH (which may be /proc/PID/map_files/... or /proc/self/fd/N) under the name NAME that users
 * shall see; a copy of NAME is taken. Returns 0 and a new objfile owned by the caller, or -errno of
 * regular_file__open(), -ENOEXEC when it is not an ELF file or has no segments, -EOPNOTSUPP when it is ELF but not
 * x86-64 ET_EXEC or ET_DYN.
 */
int objfile__open(const char *path, const char *name, struct objfile **out);
void objfile__close(struct objfile *obj);

const char *objfile__name(const struct objfile *obj);	     /* as given to objfile__open() */
const char *objfile__path(const struct objfile *obj);	     /* as given to objfile__open(): opens the same inode */
Elf *objfile__elf(const struct objfile *obj);		     /* borrowed */
const char *objfile__build_id(const struct objfile *obj);    /* lower-case hex, "" when it has none */
bool objfile__is_executable(const struct objfile *obj);	     /* has an entry point and PT_INTERP, or is ET_EXEC */
const char *objfile__interpreter(const struct objfile *obj); /* PT_INTERP or NULL */

/*
 * The LEN bytes that the file has at VADDR, borrowed until objfile__close(), or NULL when they are
 * not all backed by one loaded segment of the file.
 */
const uint8_t *objfile__bytes(const struct objfile *obj, uint64_t vaddr, size_t len);

/* Whether the file has the bytes of any code: one made by objcopy --only-keep-debug or eu-strip -f has none. */
bool objfile__has_code(const struct objfile *obj);

/* Whether VADDR lies in an executable loaded segment / in a writable loaded segment (RELRO is writable). */
bool objfile__is_code(const struct objfile *obj, uint64_t vaddr);
bool objfile__is_writable(const struct objfile *obj, uint64_t vaddr);

/* File offset of VADDR in an executable loaded segment. Returns 0 or -ERANGE. */
int objfile__file_offset(const struct objfile *obj, uint64_t vaddr, uint64_t *offset);

/*
 * The vaddr of what is at the first address of an executable mapping of the file that begins at OFFSET in it. 0 or
 * -ERANGE.
 */
int objfile__mapped_at(const struct objfile *obj, uint64_t offset, uint64_t *vaddr);

/*
 * The LEN bytes of code that the file has at VADDR, as objfile__bytes(), and their file offset. NULL when they are
 * not all in one executable loaded segment.
 */
const uint8_t *objfile__code(const struct objfile *obj, uint64_t vaddr, size_t len, uint64_t *offset);

/* File offset of VADDR in any loaded segment, where the file has something for it. Returns 0 or -ERANGE. */
int objfile__data_offset(const struct objfile *obj, uint64_t vaddr, uint64_t *offset);

/*
 * Calls FN for each symbol of .symtab, or else of .dynsym, that names code (see symbols.h); stops at and returns the
 * first non-zero value FN returns, otherwise 0; -ENOMEM when the symbols cannot be read.
 */
int objfile__each_function(const struct objfile *obj, int (*fn)(const struct objfile_symbol *symbol, void *ctx),
			   void *ctx);

/* All of these symbols, borrowed until objfile__close(), or NULL when they cannot be read for want of memory. */
const struct symbols *objfile__symbols(const struct objfile *obj);

/* Calls FN with the name of each library that the dynamic loader is to load for it. 0 or FN's first non-zero value. */
int objfile__each_needed(const struct objfile *obj, int (*fn)(const char *name, void *ctx), void *ctx);

/* Address and size of the defined data symbol NAME of .symtab or .dynsym. 0 or -ENOENT. */
int objfile__find_data(const struct objfile *obj, const char *name, uint64_t *vaddr, uint64_t *size);

/*
 * Name of what a direct call to TARGET reaches: the function symbol at exactly that address or, when
 * TARGET is a PLT stub (.plt, .plt.sec, .plt.got), the imported symbol behind it. NULL when unknown, or when out of
 * memory.
 */
const char *objfile__callee_name(const struct objfile *obj, uint64_t target);

/* Name of the imported symbol behind the PLT stub that VADDR is in, which begins at *start; NULL: it is in none. */
const char *objfile__stub_name(const struct objfile *obj, uint64_t vaddr, uint64_t *start);

#endif
