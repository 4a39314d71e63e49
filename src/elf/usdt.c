// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The notes are those of SystemTap's <sys/sdt.h>: three addresses (of the probe, of the section .stapsdt.base when the
 * program was linked, of the semaphore), then three strings (provider, name, arguments).
 */
#include "elf/usdt.h"

#include <errno.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NT_STAPSDT 3

/* By DWARF number; each in its 64, 32, 16 and 8 bits. */
static const char *const registers[16][4] = {
	{"rax", "eax", "ax", "al"},	 {"rdx", "edx", "dx", "dl"},	  {"rcx", "ecx", "cx", "cl"},
	{"rbx", "ebx", "bx", "bl"},	 {"rsi", "esi", "si", "sil"},	  {"rdi", "edi", "di", "dil"},
	{"rbp", "ebp", "bp", "bpl"},	 {"rsp", "esp", "sp", "spl"},	  {"r8", "r8d", "r8w", "r8b"},
	{"r9", "r9d", "r9w", "r9b"},	 {"r10", "r10d", "r10w", "r10b"}, {"r11", "r11d", "r11w", "r11b"},
	{"r12", "r12d", "r12w", "r12b"}, {"r13", "r13d", "r13w", "r13b"}, {"r14", "r14d", "r14w", "r14b"},
	{"r15", "r15d", "r15w", "r15b"},
};

/* A register at TEXT after its percent sign; *end is behind it. */
static int parse_register(const char *text, const char **end, uint8_t *reg)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789");

	for (uint8_t r = 0; r < 16; r++)
		for (int width = 0; width < 4; width++)
			if (strlen(registers[r][width]) == length && !strncmp(registers[r][width], text, length)) {
				*reg = r;
				*end = text + length;
				return 0;
			}
	return -ENOTSUP;
}

static bool ends(const char *text)
{
	return !*text || *text == ' ';
}

/* "%reg", "$constant" or "offset(%reg)". */
static int parse_operand(const char *text, struct usdt_argument *out)
{
	char *end;
	const char *rest;
	int err;

	out->place = *text == '%' ? USDT_REGISTER : *text == '$' ? USDT_CONSTANT : USDT_MEMORY;
	if (out->place == USDT_REGISTER) {
		err = parse_register(text + 1, &rest, &out->reg);
		return err ? err : ends(rest) ? 0 : -ENOTSUP;
	}
	out->offset = strtoll(text + (*text == '$'), &end, 0);
	if (out->place == USDT_CONSTANT)
		return ends(end) ? 0 : -ENOTSUP;
	if (strncmp(end, "(%", 2) != 0)
		return -ENOTSUP;
	err = parse_register(end + 2, &rest, &out->reg);
	return err ? err : *rest == ')' && ends(rest + 1) ? 0 : -ENOTSUP;
}

int usdt__argument(const char *text, unsigned index, struct usdt_argument *out)
{
	char *end;
	long size;

	for (; index && *text; index--) {
		text += strcspn(text, " ");
		text += strspn(text, " ");
	}
	if (!*text)
		return -ENOENT;
	size = labs(strtol(text, &end, 10));
	if (*end != '@' || (size != 1 && size != 2 && size != 4 && size != 8))
		return -EINVAL;
	*out = (struct usdt_argument){.size = (uint8_t)size};
	return parse_operand(end + 1, out);
}

/* The string at *at, or NULL when it does not end before END. */
static const char *take_string(const char **at, const char *end)
{
	const char *string = *at;
	const char *nul = string < end ? memchr(string, '\0', (size_t)(end - string)) : NULL;

	*at = nul ? nul + 1 : end;
	return nul ? string : NULL;
}

static bool parse_note(const char *content, size_t size, uint64_t base, struct usdt_probe *probe)
{
	const char *at = content + 3 * sizeof(uint64_t), *end = content + size;
	uint64_t addresses[3];

	if (size < sizeof(addresses))
		return false;
	memcpy(addresses, content, sizeof(addresses));
	/* Prelinking moves the program, but does not change the addresses in its notes. */
	probe->vaddr = addresses[0] + (base ? base - addresses[1] : 0);
	probe->semaphore = addresses[2] && base ? addresses[2] + base - addresses[1] : addresses[2];
	probe->provider = take_string(&at, end);
	probe->name = take_string(&at, end);
	probe->arguments = take_string(&at, end);
	return probe->provider && probe->name && probe->arguments;
}

static Elf_Data *find_section(Elf *elf, const char *wanted, GElf_Shdr *header)
{
	size_t names;
	Elf_Scn *section = NULL;

	if (elf_getshdrstrndx(elf, &names))
		return NULL;
	while ((section = elf_nextscn(elf, section))) {
		const char *name = gelf_getshdr(section, header) ? elf_strptr(elf, names, header->sh_name) : NULL;

		if (name && !strcmp(name, wanted))
			return elf_getdata(section, NULL);
	}
	return NULL;
}

int usdt__each(const struct objfile *obj, int (*fn)(const struct usdt_probe *probe, void *ctx), void *ctx)
{
	Elf *elf = objfile__elf(obj);
	GElf_Shdr header;
	uint64_t base = find_section(elf, ".stapsdt.base", &header) ? header.sh_addr : 0;
	Elf_Data *notes = find_section(elf, ".note.stapsdt", &header);
	size_t offset = 0, name, content;
	GElf_Nhdr note;
	int err = 0;

	while (!err && notes && (offset = gelf_getnote(notes, offset, &note, &name, &content)) > 0) {
		const char *data = notes->d_buf;
		struct usdt_probe probe;

		if (note.n_type == NT_STAPSDT && note.n_namesz == sizeof("stapsdt") &&
		    !memcmp(data + name, "stapsdt", sizeof("stapsdt")) &&
		    parse_note(data + content, note.n_descsz, base, &probe))
			err = fn(&probe, ctx);
	}
	return err;
}
