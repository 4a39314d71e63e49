// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/imports.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "files/regular_file.h"

static bool is_listed(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (!strcmp(*names, name))
			return true;
	return false;
}

static bool wants_any(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *const *names)
{
	Elf_Data *data = elf_getdata(section, NULL);
	size_t n = header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	GElf_Sym symbol;

	for (size_t i = 0; data && i < n && gelf_getsym(data, (int)i, &symbol); i++) {
		const char *name = elf_strptr(elf, header->sh_link, symbol.st_name);

		if (symbol.st_shndx == SHN_UNDEF && name && is_listed(name, names))
			return true;
	}
	return false;
}

/* What the tables of symbols of a file are. */
struct tables {
	bool elf, dynamic, all;
	bool wanted; /* one of the names is wanted */
};

/* NAMES: see imports__any(). */
static struct tables read_tables(const char *path, const char *const *names)
{
	struct tables tables = {0};
	int fd = regular_file__open(path);
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	Elf *elf;

	if (fd < 0)
		return tables;
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	tables.elf = elf && elf_kind(elf) == ELF_K_ELF;
	while (elf && (section = elf_nextscn(elf, section))) {
		if (!gelf_getshdr(section, &header))
			continue;
		tables.all |= header.sh_type == SHT_SYMTAB;
		tables.dynamic |= header.sh_type == SHT_DYNSYM;
		if (header.sh_type == SHT_DYNSYM)
			tables.wanted |= wants_any(elf, section, &header, names);
	}
	elf_end(elf);
	close(fd);
	return tables;
}

bool imports__any(const char *path, const char *const *names)
{
	return read_tables(path, names).wanted;
}

bool imports__are_hidden(const char *path)
{
	const char *const none[] = {NULL};
	const struct tables tables = read_tables(path, none);

	return tables.elf && !tables.dynamic && !tables.all;
}
