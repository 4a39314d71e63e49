// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stack on code assembled by hand, and on that of whole objects whose compilers say where the frame is.
 */
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/stack.h"
#include "unit/cfg_body.h"

#define U STACK_UNKNOWN

struct expected {
	uint64_t at;
	int32_t from_rsp, from_rbp;
};

static void check(struct body *body, const struct expected *expected, size_t n)
{
	struct cfg *cfg = build(body);
	struct stack_place *places;

	assert_int_equal(stack__find(&body->input, cfg, &places), 0);
	for (size_t i = 0; i < n; i++) {
		uint32_t k = cfg__find(cfg, ADDR + expected[i].at);

		assert_int_not_equal(k, CFG_NONE);
		if (places[k].from_rsp != expected[i].from_rsp || places[k].from_rbp != expected[i].from_rbp)
			fail_msg("at %d: from rsp %d, from rbp %d", (int)expected[i].at, places[k].from_rsp,
				 places[k].from_rbp);
	}
	free(places);
	cfg__free(cfg);
}

static void a_frame_pointer(void **state)
{
	static const uint8_t code[] = {
		0x55,			   /* 0: push %rbp */
		0x48, 0x89, 0xe5,	   /* 1: mov %rsp,%rbp */
		0x48, 0x83, 0xec, 0x20,	   /* 4: sub $32,%rsp */
		0xe8, 0,    1,	  0,	0, /* 8: call outside */
		0x48, 0x83, 0xe4, 0xf0,	   /* 13: and $-16,%rsp */
		0x90,			   /* 17: nop */
		0xc9,			   /* 18: leave */
		0xc3,			   /* 19: ret */
	};
	static const struct expected expected[] = {{0, 8, U},	 {1, 16, U},  {4, 16, 16}, {8, 48, 16},
						   {13, 48, 16}, {17, U, 16}, {18, U, 16}, {19, 8, U}};
	struct body body;

	(void)state;
	check(make_body(&body, code, sizeof(code)), expected, N(expected));
}

static void no_frame_pointer(void **state)
{
	static const uint8_t code[] = {
		0x53,		     /* 0: push %rbx */
		0x85, 0xff,	     /* 1: test %edi,%edi */
		0x74, 0x07,	     /* 3: je 12 */
		0x6a, 0x01,	     /* 5: push $1 */
		0xe8, 0,    1, 0, 0, /* 7: call outside; its argument is popped behind 12 on this way only */
		0x5b,		     /* 12: pop %rbx: 16 from one side, 24 from the other */
		0xc3,		     /* 13: ret */
	};
	static const struct expected expected[] = {{0, 8, U},  {1, 16, U}, {5, 16, U},
						   {7, 24, U}, {12, U, U}, {13, U, U}};
	struct body body;

	(void)state;
	check(make_body(&body, code, sizeof(code)), expected, N(expected));
}

/* Go, and compilers that omit the frame pointer but restore it. */
static void another_register(void **state)
{
	static const uint8_t code[] = {
		0x48, 0x83, 0xec, 0x18,	      /* 0: sub $24,%rsp */
		0x48, 0x89, 0x6c, 0x24, 0x10, /* 4: mov %rbp,16(%rsp) */
		0x48, 0x8d, 0x6c, 0x24, 0x10, /* 9: lea 16(%rsp),%rbp */
		0x49, 0x89, 0xe4,	      /* 14: mov %rsp,%r12 */
		0x48, 0x83, 0xe4, 0xf0,	      /* 17: and $-16,%rsp */
		0xe8, 0,    1,	  0,	0,    /* 21: call outside */
		0x4c, 0x89, 0xe4,	      /* 26: mov %r12,%rsp: callees keep it */
		0x48, 0x8b, 0x6c, 0x24, 0x10, /* 29: mov 16(%rsp),%rbp */
		0x48, 0x83, 0xc4, 0x18,	      /* 34: add $24,%rsp */
		0xc3,			      /* 38: ret */
	};
	static const struct expected expected[] = {{4, 32, U},	 {14, 32, 16}, {21, U, 16},
						   {29, 32, 16}, {34, 32, U},  {38, 8, U}};
	struct body body;

	(void)state;
	check(make_body(&body, code, sizeof(code)), expected, N(expected));
}

/* A return that is not where the call was pushed: whatever it is, it is not understood. */
static void contradiction(void **state)
{
	static const uint8_t code[] = {
		0x55,		  /* 0: push %rbp */
		0xe8, 0, 1, 0, 0, /* 1: call outside, which pops rbp in its caller's stead */
		0xc3,		  /* 6: ret */
	};
	static const struct expected expected[] = {{0, U, U}, {1, U, U}, {6, U, U}};
	struct body body;

	(void)state;
	check(make_body(&body, code, sizeof(code)), expected, N(expected));
}

static void jump_tables(void **state)
{
	static const uint8_t code[] = {
		0x50,				       /* 0: push %rax */
		0xff, 0x24, 0xfd, 0x00, 0x20, 0x40, 0, /* 1: jmp *0x402000(,%rdi,8) */
		0x58,				       /* 8: pop %rax */
		0xc3,				       /* 9: ret */
		0x90,				       /* 10: nop */
		0xeb, 0xfb,			       /* 11: jmp 8 */
	};
	static const uint64_t table[] = {ADDR + 8, ADDR + 10};
	static const struct expected expected[] = {{8, 16, U}, {10, 16, U}, {11, 16, U}};
	struct body body;

	(void)state;
	make_body(&body, code, sizeof(code));
	body.table = table;
	body.table_size = sizeof(table);
	check(&body, expected, N(expected));
}

/* What a pad is entered with is not known, nor is it in what comes after. */
static void ways_in_from_elsewhere(void **state)
{
	static const uint8_t code[] = {
		0x50,		     /* 0: push %rax */
		0xe8, 0,    1, 0, 0, /* 1: call outside */
		0x58,		     /* 6: pop %rax, from the pad as well */
		0xc3,		     /* 7: ret */
		0x90,		     /* 8: nop: the pad */
		0xeb, 0xfb,	     /* 9: jmp 6 */
	};
	static const struct cfg_throwing throwing[] = {{.pad = ADDR + 8}};
	static const struct expected expected[] = {{1, 16, U}, {6, U, U}, {8, U, U}, {9, U, U}};
	struct body body;

	(void)state;
	make_body(&body, code, sizeof(code));
	body.input.throwing = throwing;
	body.input.n_throwing = 1;
	check(&body, expected, N(expected));
}

static void calls_of_its_own_parts(void **state)
{
	static const uint8_t code[] = {
		0x55,			/* 0: push %rbp */
		0x48, 0x89, 0xe5,	/* 1: mov %rsp,%rbp */
		0xe8, 0,    0,	  0, 0, /* 4: call 9, to ask for an address */
		0x58,			/* 9: pop %rax */
		0xe2, 0xfd,		/* 10: loop 9: who can tell how often */
		0x5d,			/* 12: pop %rbp */
		0xc3,			/* 13: ret */
	};
	static const struct expected expected[] = {{4, 16, 16}, {9, U, 16}, {10, U, 16}, {12, U, 16}, {13, U, U}};
	struct body body;

	(void)state;
	check(make_body(&body, code, sizeof(code)), expected, N(expected));
}

/* An object, and what was compared in it. */
struct object {
	const char *path;
	Elf *elf;
	const char *raw;
	size_t raw_size, n_known, n_insns, n_differ;
};

static const uint8_t *object_bytes(const struct object *object, uint64_t vaddr, size_t len)
{
	size_t n = 0;

	elf_getphdrnum(object->elf, &n);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr phdr;

		if (gelf_getphdr(object->elf, (int)i, &phdr) && phdr.p_type == PT_LOAD && vaddr >= phdr.p_vaddr &&
		    vaddr + len <= phdr.p_vaddr + phdr.p_filesz && phdr.p_offset + phdr.p_filesz <= object->raw_size)
			return (const uint8_t *)object->raw + phdr.p_offset + (vaddr - phdr.p_vaddr);
	}
	return NULL;
}

static const uint8_t *read_object(uint64_t vaddr, size_t len, void *ctx)
{
	return object_bytes(ctx, vaddr, len);
}

/* The offset from rsp, or from rbp, by call frame information; STACK_UNKNOWN for what is said otherwise. */
static struct stack_place place_by_cfi(Dwarf_CFI *cfi, uint64_t addr)
{
	struct stack_place place = {U, U, U};
	Dwarf_Frame *frame;
	Dwarf_Op *ops;
	size_t n;

	if (dwarf_cfi_addrframe(cfi, addr, &frame))
		return place;
	if (!dwarf_frame_cfa(frame, &ops, &n) && n == 1) {
		if (ops[0].atom == DW_OP_bregx && ops[0].number == 7)
			place.from_rsp = (int32_t)ops[0].number2;
		if (ops[0].atom == DW_OP_bregx && ops[0].number == 6)
			place.from_rbp = (int32_t)ops[0].number2;
		if (ops[0].atom == DW_OP_breg7)
			place.from_rsp = (int32_t)ops[0].number;
		if (ops[0].atom == DW_OP_breg6)
			place.from_rbp = (int32_t)ops[0].number;
	}
	free(frame);
	return place;
}

static bool differs(int32_t found, int32_t right)
{
	return found != U && right != U && found != right;
}

static void compare_function(struct object *object, Dwarf_CFI *cfi, const char *name, const GElf_Sym *symbol)
{
	struct cfg_code code = {symbol->st_value, object_bytes(object, symbol->st_value, symbol->st_size),
				symbol->st_size};
	struct cfg_input input = {
		.code = &code, .n_code = 1, .entry = symbol->st_value, .read_data = read_object, .ctx = object};
	struct stack_place *places;
	struct cfg *cfg;

	if (!code.bytes || cfg__build(&input, &cfg))
		return;
	assert_int_equal(stack__find(&input, cfg, &places), 0);
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		struct stack_place right = place_by_cfi(cfi, cfg->insns[i].insn.addr);

		if (right.from_rsp == U && right.from_rbp == U)
			continue;
		object->n_insns++;
		object->n_known += places[i].from_rsp != U || places[i].from_rbp != U;
		if (!differs(places[i].from_rsp, right.from_rsp) && !differs(places[i].from_rbp, right.from_rbp))
			continue;
		if (object->n_differ++ < 20)
			print_error("%s: %s at %#lx: from rsp %d, from rbp %d instead of %d and %d\n", object->path,
				    name, (unsigned long)cfg->insns[i].insn.addr, places[i].from_rsp,
				    places[i].from_rbp, right.from_rsp, right.from_rbp);
	}
	free(places);
	cfg__free(cfg);
}

/* Parts that begin elsewhere than at their symbol; and what nobody called, so that its frames are of no interest. */
static bool is_no_function(const char *name)
{
	return strstr(name, ".cold") || !strcmp(name, "_start") || !strcmp(name, "clone") || !strcmp(name, "__clone");
}

static void compare_functions(struct object *object, Dwarf_CFI *cfi)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(object->elf, scn))) {
		Elf_Data *data;
		GElf_Sym symbol;

		if (!gelf_getshdr(scn, &shdr) || (shdr.sh_type != SHT_SYMTAB && shdr.sh_type != SHT_DYNSYM))
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &symbol); i++) {
			const char *name = elf_strptr(object->elf, shdr.sh_link, symbol.st_name);

			if (GELF_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_size && !is_no_function(name))
				compare_function(object, cfi, name, &symbol);
		}
	}
}

static void compare(const char *path)
{
	struct object object = {.path = path};
	int fd = open(path, O_RDONLY);
	Dwarf_CFI *cfi;

	assert_true(fd >= 0);
	elf_version(EV_CURRENT);
	object.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	object.raw = elf_rawfile(object.elf, &object.raw_size);
	cfi = dwarf_getcfi_elf(object.elf);
	assert_non_null(cfi);
	compare_functions(&object, cfi);
	assert_int_equal(object.n_differ, 0);
	print_message("%s: known at %zu of %zu instructions\n", path, object.n_known, object.n_insns);
	/* Most code is understood; otherwise nothing was compared. */
	assert_true(object.n_insns > 1000 && object.n_known > object.n_insns * 9 / 10);
	dwarf_cfi_end(cfi);
	elf_end(object.elf);
	close(fd);
}

/* The test's own code, and that of a library which it uses; LPROF_TEST_OBJECT may name another object. */
static void agrees_with_compilers(void **state)
{
	const char *more = getenv("LPROF_TEST_OBJECT");
	void *function = (void *)(uintptr_t)dwarf_begin;
	Dl_info library;

	(void)state;
	compare("/proc/self/exe");
	assert_true(dladdr(function, &library));
	compare(library.dli_fname);
	if (more)
		compare(more);
}

static void where_rbp_is_saved(void **state)
{
	static const uint8_t code[] = {
		0x55,			/* 0: push %rbp */
		0x53,			/* 1: push %rbx */
		0x48, 0x89, 0xf5,	/* 2: mov %rsi,%rbp */
		0x85, 0xff,		/* 5: test %edi,%edi */
		0x74, 0x03,		/* 7: je 12 */
		0x5b,			/* 9: pop %rbx */
		0x5d,			/* 10: pop %rbp */
		0xc3,			/* 11: ret */
		0x48, 0x83, 0xc4, 0x10, /* 12: add $16,%rsp: what was saved is gone */
		0xc3,			/* 16: ret */
	};
	static const struct {
		uint64_t at;
		int32_t saved;
	} expected[] = {{0, 0}, {1, 16}, {2, 16}, {5, 16}, {9, 16}, {10, 16}, {11, 0}, {12, 16}, {16, U}};
	struct stack_place *places;
	struct body body;
	struct cfg *cfg;

	(void)state;
	cfg = build(make_body(&body, code, sizeof(code)));
	assert_int_equal(stack__find(&body.input, cfg, &places), 0);
	for (size_t i = 0; i < N(expected); i++)
		assert_int_equal(places[cfg__find(cfg, ADDR + expected[i].at)].rbp_saved, expected[i].saved);
	free(places);
	cfg__free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_pointer),	  cmocka_unit_test(no_frame_pointer),
		cmocka_unit_test(another_register),	  cmocka_unit_test(where_rbp_is_saved),
		cmocka_unit_test(contradiction),	  cmocka_unit_test(jump_tables),
		cmocka_unit_test(ways_in_from_elsewhere), cmocka_unit_test(calls_of_its_own_parts),
		cmocka_unit_test(agrees_with_compilers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
