// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/objfile.h"

#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elf/build_id.h"
#include "elf/elf_bytes.h"
#include "elf/symbols.h"
#include "files/regular_file.h"

/* The unit in which the kernel maps files. */
#define PAGE_SIZE 4096

struct objfile {
	char *name;
	char *path;
	int fd;
	Elf *elf;
	const Elf64_Ehdr *header;
	GElf_Phdr *segments;
	size_t n_segments;
	const uint8_t *file; /* borrowed from elf */
	size_t file_size;
	char *build_id;
	const char *interpreter;
	struct symbols **symbols; /* read at their first use */
};

/* The SIZE bytes at OFFSET of the file, or NULL. */
static const uint8_t *file_bytes(const struct objfile *obj, uint64_t offset, uint64_t size)
{
	if (offset > obj->file_size || size > obj->file_size - offset)
		return NULL;
	return obj->file + offset;
}

static void read_interpreter(struct objfile *obj)
{
	for (size_t i = 0; i < obj->n_segments; i++) {
		const GElf_Phdr *segment = &obj->segments[i];
		const uint8_t *text = file_bytes(obj, segment->p_offset, segment->p_filesz);

		if (segment->p_type == PT_INTERP && text && segment->p_filesz && memchr(text, '\0', segment->p_filesz))
			obj->interpreter = (const char *)text;
	}
}

/* The segments are copied, since in the file they may be misaligned. */
static int read_segments(struct objfile *obj)
{
	size_t n;

	if (elf_getphdrnum(obj->elf, &n) || !n)
		return -ENOEXEC;
	obj->segments = calloc(n, sizeof(*obj->segments));
	if (!obj->segments)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		if (!gelf_getphdr(obj->elf, (int)i, &obj->segments[i]))
			return -ENOEXEC;
	obj->n_segments = n;
	return 0;
}

static int read_headers(struct objfile *obj)
{
	const char *ident;
	int err;

	if (elf_kind(obj->elf) != ELF_K_ELF)
		return -ENOEXEC;
	ident = elf_getident(obj->elf, NULL);
	if (!ident || ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB)
		return -EOPNOTSUPP;
	obj->header = elf64_getehdr(obj->elf);
	if (!obj->header)
		return -ENOEXEC;
	if (obj->header->e_machine != EM_X86_64 || (obj->header->e_type != ET_EXEC && obj->header->e_type != ET_DYN))
		return -EOPNOTSUPP;
	err = read_segments(obj);
	if (err)
		return err;
	obj->file = (const uint8_t *)elf_rawfile(obj->elf, &obj->file_size);
	if (!obj->file)
		return -ENOMEM;
	read_interpreter(obj);
	obj->build_id = build_id__of(obj->elf);
	return obj->build_id ? 0 : -ENOMEM;
}

static int open_elf(struct objfile *obj, const char *path)
{
	int err;

	obj->fd = regular_file__open(path);
	if (obj->fd < 0)
		return obj->fd;
	err = elf_bytes__open(obj->fd, &obj->elf);
	return err ? err : read_headers(obj);
}

int objfile__open(const char *path, const char *name, struct objfile **out)
{
	struct objfile *obj = calloc(1, sizeof(*obj));
	int err = -ENOMEM;

	if (!obj)
		return -ENOMEM;
	obj->fd = -1;
	obj->name = strdup(name);
	obj->path = strdup(path);
	obj->symbols = calloc(1, sizeof(struct symbols *));
	if (obj->name && obj->path && obj->symbols)
		err = open_elf(obj, path);
	if (err) {
		objfile__close(obj);
		return err;
	}
	*out = obj;
	return 0;
}

void objfile__close(struct objfile *obj)
{
	if (!obj)
		return;
	if (obj->symbols)
		symbols__free(*obj->symbols);
	free(obj->symbols);
	if (obj->elf)
		elf_end(obj->elf);
	if (obj->fd >= 0)
		close(obj->fd);
	free(obj->segments);
	free(obj->build_id);
	free(obj->name);
	free(obj->path);
	free(obj);
}

const char *objfile__name(const struct objfile *obj)
{
	return obj->name;
}

const char *objfile__path(const struct objfile *obj)
{
	return obj->path;
}

Elf *objfile__elf(const struct objfile *obj)
{
	return obj->elf;
}

const char *objfile__build_id(const struct objfile *obj)
{
	return obj->build_id;
}

const char *objfile__interpreter(const struct objfile *obj)
{
	return obj->interpreter;
}

bool objfile__is_executable(const struct objfile *obj)
{
	return obj->header->e_type == ET_EXEC || (obj->header->e_entry && obj->interpreter);
}

/* The loaded segment that holds [vaddr, vaddr + len), by its size in the file or in memory, or NULL. */
static const GElf_Phdr *find_segment(const struct objfile *obj, uint64_t vaddr, uint64_t len, bool in_file)
{
	for (size_t i = 0; i < obj->n_segments; i++) {
		const GElf_Phdr *segment = &obj->segments[i];
		uint64_t size = in_file ? segment->p_filesz : segment->p_memsz;

		if (segment->p_type == PT_LOAD && vaddr >= segment->p_vaddr && vaddr - segment->p_vaddr < size &&
		    len <= size - (vaddr - segment->p_vaddr))
			return segment;
	}
	return NULL;
}

const uint8_t *objfile__bytes(const struct objfile *obj, uint64_t vaddr, size_t len)
{
	const GElf_Phdr *segment = find_segment(obj, vaddr, len, true);
	uint64_t offset;

	if (!segment || __builtin_add_overflow(segment->p_offset, vaddr - segment->p_vaddr, &offset))
		return NULL;
	return file_bytes(obj, offset, len);
}

bool objfile__has_code(const struct objfile *obj)
{
	Elf_Scn *section = NULL;
	bool missing = false;

	while ((section = elf_nextscn(obj->elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);

		if (!header || !(header->sh_flags & SHF_EXECINSTR) || !header->sh_size)
			continue;
		if (header->sh_type != SHT_NOBITS)
			return true;
		missing = true;
	}
	return !missing;
}

bool objfile__is_code(const struct objfile *obj, uint64_t vaddr)
{
	const GElf_Phdr *segment = find_segment(obj, vaddr, 1, true);

	return segment && (segment->p_flags & PF_X);
}

bool objfile__is_writable(const struct objfile *obj, uint64_t vaddr)
{
	const GElf_Phdr *segment = find_segment(obj, vaddr, 1, false);

	return segment && (segment->p_flags & PF_W);
}

int objfile__data_offset(const struct objfile *obj, uint64_t vaddr, uint64_t *offset)
{
	const GElf_Phdr *segment = find_segment(obj, vaddr, 1, true);

	if (!segment || __builtin_add_overflow(segment->p_offset, vaddr - segment->p_vaddr, offset))
		return -ERANGE;
	return 0;
}

int objfile__mapped_at(const struct objfile *obj, uint64_t offset, uint64_t *vaddr)
{
	for (size_t i = 0; i < obj->n_segments; i++) {
		const GElf_Phdr *segment = &obj->segments[i];
		uint64_t begin = segment->p_offset & ~(uint64_t)(PAGE_SIZE - 1);

		if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) || offset < begin ||
		    offset - begin >= segment->p_filesz + (segment->p_offset - begin))
			continue;
		*vaddr = segment->p_vaddr - segment->p_offset + offset;
		return 0;
	}
	return -ERANGE;
}

int objfile__file_offset(const struct objfile *obj, uint64_t vaddr, uint64_t *offset)
{
	return objfile__is_code(obj, vaddr) ? objfile__data_offset(obj, vaddr, offset) : -ERANGE;
}

const uint8_t *objfile__code(const struct objfile *obj, uint64_t vaddr, size_t len, uint64_t *offset)
{
	const uint8_t *bytes = objfile__bytes(obj, vaddr, len);

	return bytes && !objfile__file_offset(obj, vaddr, offset) ? bytes : NULL;
}

const struct symbols *objfile__symbols(const struct objfile *obj)
{
	if (!*obj->symbols && symbols__new(obj->elf, obj->symbols))
		return NULL;
	return *obj->symbols;
}

int objfile__each_function(const struct objfile *obj, int (*fn)(const struct objfile_symbol *symbol, void *ctx),
			   void *ctx)
{
	const struct symbols *symbols = objfile__symbols(obj);

	return symbols ? symbols__each(symbols, fn, ctx) : -ENOMEM;
}

int objfile__each_needed(const struct objfile *obj, int (*fn)(const char *name, void *ctx), void *ctx)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Dyn entry;
	int err = 0;

	while (!err && (section = elf_nextscn(obj->elf, section))) {
		Elf_Data *data = gelf_getshdr(section, &header) && header.sh_type == SHT_DYNAMIC
					 ? elf_getdata(section, NULL)
					 : NULL;

		for (int i = 0; !err && data && gelf_getdyn(data, i, &entry); i++) {
			const char *name = entry.d_tag == DT_NEEDED
						   ? elf_strptr(obj->elf, header.sh_link, entry.d_un.d_val)
						   : NULL;

			if (name)
				err = fn(name, ctx);
		}
	}
	return err;
}

static int find_data_in(Elf_Scn *section, const GElf_Shdr *header, Elf *elf, const char *name, uint64_t *vaddr,
			uint64_t *size)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;

	for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
		const char *found = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (GELF_ST_TYPE(symbol.st_info) != STT_OBJECT || symbol.st_shndx == SHN_UNDEF || !found ||
		    strcmp(found, name) != 0)
			continue;
		*vaddr = symbol.st_value;
		*size = symbol.st_size;
		return 0;
	}
	return -ENOENT;
}

int objfile__find_data(const struct objfile *obj, const char *name, uint64_t *vaddr, uint64_t *size)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(obj->elf, section)))
		if (gelf_getshdr(section, &header) && (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB) &&
		    !find_data_in(section, &header, obj->elf, name, vaddr, size))
			return 0;
	return -ENOENT;
}

/* The GOT slot through which a PLT stub at VADDR jumps ([endbr64] [bnd] jmp *slot(%rip)), or 0. */
static uint64_t stub_slot(const struct objfile *obj, uint64_t vaddr)
{
	static const uint8_t endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
	static const uint8_t jump[] = {0xff, 0x25};
	const uint8_t *bytes = objfile__bytes(obj, vaddr, sizeof(endbr64));
	int32_t displacement;

	if (bytes && memcmp(bytes, endbr64, sizeof(endbr64)) == 0)
		vaddr += sizeof(endbr64);
	bytes = objfile__bytes(obj, vaddr, 1);
	if (bytes && *bytes == 0xf2)
		vaddr++;
	bytes = objfile__bytes(obj, vaddr, sizeof(jump) + sizeof(displacement));
	if (!bytes || memcmp(bytes, jump, sizeof(jump)) != 0)
		return 0;
	memcpy(&displacement, bytes + sizeof(jump), sizeof(displacement));
	return vaddr + sizeof(jump) + sizeof(displacement) + (uint64_t)(int64_t)displacement;
}

const char *objfile__callee_name(const struct objfile *obj, uint64_t target)
{
	const struct symbols *symbols = objfile__symbols(obj);
	const char *name;
	uint64_t slot;

	if (!symbols)
		return NULL;
	name = symbols__at(symbols, target);
	if (name)
		return name;
	slot = objfile__is_code(obj, target) ? stub_slot(obj, target) : target;
	return slot ? symbols__behind_slot(symbols, slot) : NULL;
}

const char *objfile__stub_name(const struct objfile *obj, uint64_t vaddr, uint64_t *start)
{
	/* Stubs of eight bytes come first: those of sixteen have no jump to a slot in their second half. */
	static const uint64_t sizes[] = {8, 16};
	const struct symbols *symbols = objfile__symbols(obj);

	for (size_t i = 0; symbols && i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint64_t at = vaddr & ~(sizes[i] - 1);
		uint64_t slot = objfile__is_code(obj, at) ? stub_slot(obj, at) : 0;
		const char *name = slot ? symbols__behind_slot(symbols, slot) : NULL;

		*start = at;
		if (name)
			return name;
	}
	return NULL;
}
