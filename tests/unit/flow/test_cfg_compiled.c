// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cfg on compiled code: what jump tables look like is the compilers' choice, so they are asked.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/cfg_build.h"
#include "unit/test.h"

#define N(a) (sizeof(a) / sizeof(*(a)))

static const char compiled_source[] = "int out(int);\n"
				      "int dense(int n, int x)\n"
				      "{\n"
				      "	for (int i = 0; i < n; i++)\n"
				      "		switch (x) {\n"
				      "		case 0: x = out(x) + 3; break;\n"
				      "		case 1: x = out(x + 1) * 5; /* fall through */\n"
				      "		case 2: x -= out(x * 7); break;\n"
				      "		case 3: x ^= out(x | 9) << 3; break;\n"
				      "		case 4: return out(4) / 3;\n"
				      "		case 5: x = out(out(x)); break;\n"
				      "		case 7: while (out(x) > 2) x++; break;\n"
				      "		case 9: x = out(-x); x += out(x); break;\n"
				      "		}\n"
				      "	return x;\n"
				      "}\n"
				      "int threaded(const unsigned char *p)\n"
				      "{\n"
				      "	static const void *const table[] = {&&add, &&sub, &&twice, &&done};\n"
				      "	int x = 0;\n"
				      "	goto *table[*p++];\n"
				      "add:	x += out(1); goto *table[*p++];\n"
				      "sub:	x -= out(2); goto *table[*p++];\n"
				      "twice:	x *= out(x); goto *table[*p++];\n"
				      "done:	return x;\n"
				      "}\n"
				      "int differences(const unsigned char *p)\n"
				      "{\n"
				      "	static const int table[] = {&&add - &&add, &&sub - &&add, &&done - &&add};\n"
				      "	int x = 0;\n"
				      "	goto *(&&add + table[*p++]);\n"
				      "add:	x += out(1); goto *(&&add + table[*p++]);\n"
				      "sub:	x -= out(2); goto *(&&add + table[*p++]);\n"
				      "done:	return x;\n"
				      "}\n"
				      "__attribute__((weak, noinline)) int out(int x) { return x * x % 11; }\n"
				      "__attribute__((section(\".text.start\"))) void _start(void) { for (;;) ; }\n";

struct image {
	Elf *elf;
	int fd;
};

static const uint8_t *read_image(uint64_t vaddr, size_t len, void *ctx)
{
	const struct image *image = ctx;
	size_t n = 0, size = 0;
	const char *raw = elf_rawfile(image->elf, &size);

	assert_int_equal(elf_getphdrnum(image->elf, &n), 0);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr phdr;

		assert_non_null(gelf_getphdr(image->elf, (int)i, &phdr));
		if (phdr.p_type == PT_LOAD && vaddr >= phdr.p_vaddr && vaddr + len <= phdr.p_vaddr + phdr.p_filesz)
			return (const uint8_t *)raw + phdr.p_offset + (vaddr - phdr.p_vaddr);
	}
	return NULL;
}

static Elf_Data *section_data(Elf *elf, uint32_t type, GElf_Shdr *shdr)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, shdr) && shdr->sh_type == type)
			return elf_getdata(scn, NULL);
	return NULL;
}

static GElf_Sym find_symbol(Elf *elf, const char *name)
{
	GElf_Shdr shdr = {0};
	Elf_Data *data = section_data(elf, SHT_SYMTAB, &shdr);
	GElf_Sym symbol;

	assert_non_null(data);
	for (int i = 0; gelf_getsym(data, i, &symbol); i++)
		if (!strcmp(elf_strptr(elf, shdr.sh_link, symbol.st_name), name))
			return symbol;
	fail_msg("no symbol %s", name);
	return symbol;
}

/* Pointers into the function that the dynamic linker fills in. */
static size_t find_pointers(Elf *elf, const GElf_Sym *symbol, uint64_t *roots, size_t max)
{
	GElf_Shdr shdr = {0};
	Elf_Data *data = section_data(elf, SHT_RELA, &shdr);
	size_t n = 0;
	GElf_Rela rela;

	if (!data)
		return 0;
	for (int i = 0; gelf_getrela(data, i, &rela); i++)
		if ((uint64_t)rela.r_addend - symbol->st_value < symbol->st_size && n < max)
			roots[n++] = rela.r_addend;
	return n;
}

static void check_compiled(struct image *image, const char *name, uint32_t min_targets)
{
	GElf_Sym symbol = find_symbol(image->elf, name);
	uint64_t roots[16];
	struct cfg_code code = {symbol.st_value, read_image(symbol.st_value, symbol.st_size, image), symbol.st_size};
	struct cfg_input input = {
		.code = &code,
		.n_code = 1,
		.entry = symbol.st_value,
		.roots = roots,
		.n_roots = find_pointers(image->elf, &symbol, roots, N(roots)),
		.read_data = read_image,
		.ctx = image,
	};
	uint32_t n_targets = 0;
	struct cfg *cfg;

	assert_non_null(code.bytes);
	assert_int_equal(cfg__build(&input, &cfg), 0);
	assert_int_equal(cfg->n_undecodable, 0);
	assert_int_equal(cfg->n_unresolved, 0);
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		assert_int_equal(cfg->insns[i].root & (CFG_ROOT_ORPHAN | CFG_ROOT_SUSPECT), 0);
		n_targets += (cfg->insns[i].root & (CFG_ROOT_INDIRECT | CFG_ROOT_PAD)) != 0;
	}
	if (n_targets < min_targets)
		fail_msg("%s has %u targets", name, n_targets);
	cfg__free(cfg);
}

static void check_build(const char *dir, const char *compiler)
{
	struct image image;
	char command[1024];

	(void)snprintf(command, sizeof(command), "%s -nostdlib -w -o %s/program %s/source.c", compiler, dir, dir);
	assert_int_equal(system(command), 0); // NOLINT(cert-env33-c): runs a compiler for the test
	(void)snprintf(command, sizeof(command), "%s/program", dir);
	image.fd = open(command, O_RDONLY | O_CLOEXEC);
	assert_true(image.fd >= 0);
	image.elf = elf_begin(image.fd, ELF_C_READ_MMAP, NULL);
	assert_non_null(image.elf);
	check_compiled(&image, "dense", 8);
	check_compiled(&image, "threaded", 4);
	check_compiled(&image, "differences", 3);
	elf_end(image.elf);
	close(image.fd);
	assert_int_equal(unlink(command), 0);
}

static void compiled(void **state)
{
	static const char *const compilers[] = {
		"gcc -O0 -fno-pie -no-pie -static",
		"gcc -O2 -fno-pie -no-pie -static",
		"gcc -O0 -fPIC -shared",
		"gcc -O2 -fPIC -shared",
		"gcc -O2 -fPIE -pie",
		"gcc -O2 -fcf-protection -fPIC -shared",
		"clang -O0 -fno-pie -no-pie -static",
		"clang -O2 -fno-pie -no-pie -static",
		"clang -O0 -fPIC -shared",
		"clang -O2 -fPIC -shared",
	};
	const char *tmp = getenv("TMPDIR");
	char dir[256], path[300];
	FILE *file;

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/test_cfg.XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/source.c", dir);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(compiled_source, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_not_equal(elf_version(EV_CURRENT), EV_NONE);
	for (size_t i = 0; i < N(compilers); i++) {
		print_message("%s\n", compilers[i]);
		check_build(dir, compilers[i]);
	}
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compiled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
