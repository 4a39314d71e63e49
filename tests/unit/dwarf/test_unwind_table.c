// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/unwind_table.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdbool.h>
#include <sys/auxv.h>

#include "unit/compiled.h"

/* A memory that does not exist: each of its words is made from its address, and is a good CFA. */
#define STACK	 UINT64_C(0x7ff000000000)
#define MADE(at) (STACK + 0x300000 + (((at)*UINT64_C(0x9e3779b97f4a7c15) >> 40) & 0xffff8))

static inline int read_made(__u64 addr, __u64 *value)
{
	*value = MADE(addr);
	return 0;
}

#define unwind_read(memory, addr, value) read_made(addr, value)
#include "unwind.h"

static const struct unwind_registers registers = {.sp = STACK, .bp = STACK + 0x100000, .bx = STACK + 0x200000};

/* The file PATH, or the object NAME in the scratch directory, read as a whole. */
struct image {
	uint8_t *bytes;
	size_t size;
	Elf *elf;
	struct unwind_table table;
};

static struct image image__of(const char *path)
{
	struct image image = {.bytes = NULL};
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	image.size = (size_t)ftell(file);
	rewind(file);
	image.bytes = malloc(image.size);
	assert_non_null(image.bytes);
	assert_int_equal(fread(image.bytes, 1, image.size, file), image.size);
	fclose(file);
	image.elf = elf_memory((char *)image.bytes, image.size);
	assert_non_null(image.elf);
	return image;
}

static void image__release(struct image *image)
{
	unwind_table__release(&image->table);
	elf_end(image->elf);
	free(image->bytes);
}

/* What libdw says of a frame: whether a value can be told, and which it is. */
struct told {
	bool known;
	uint64_t value;
};

static uint64_t register_of(unsigned number, uint64_t ip, bool *known)
{
	switch (number) {
	case 3:
		return registers.bx;
	case 6:
		return registers.bp;
	case 7:
		return registers.sp;
	case 16:
		return ip;
	default:
		*known = false;
		return 0;
	}
}

/* Evaluates N operations, of which only those are known that compilers, linkers and libdw use. */
static struct told evaluate(const Dwarf_Op *ops, size_t n, uint64_t ip, uint64_t cfa)
{
	uint64_t stack[16] = {0}, *top = stack;
	bool known = n > 0;

	for (size_t i = 0; i < n && known && top < stack + 14; i++) {
		unsigned op = ops[i].atom;

		if (op >= DW_OP_breg0 && op <= DW_OP_breg31)
			*++top = register_of(op - DW_OP_breg0, ip, &known) + ops[i].number;
		else if (op == DW_OP_bregx)
			*++top = register_of((unsigned)ops[i].number, ip, &known) + ops[i].number2;
		else if (op >= DW_OP_lit0 && op <= DW_OP_lit31)
			*++top = op - DW_OP_lit0;
		else if (op == DW_OP_call_frame_cfa)
			*++top = cfa;
		else if (op == DW_OP_plus_uconst)
			*top += ops[i].number;
		else if (op == DW_OP_deref)
			*top = MADE(*top);
		else if (op == DW_OP_and || op == DW_OP_ge || op == DW_OP_shl || op == DW_OP_plus) {
			uint64_t right = *top--;

			*top = op == DW_OP_and	 ? *top & right
			       : op == DW_OP_ge	 ? *top >= right
			       : op == DW_OP_shl ? *top << right
						 : *top + right;
		} else
			known = false;
	}
	return (struct told){known, *top};
}

/* The caller's value of a register; *undefined: it is said that there is none. RESTORED: rsp + offset is the CFA. */
static struct told caller_register(Dwarf_Frame *frame, int number, uint64_t ip, uint64_t cfa, bool restored,
				   bool *undefined)
{
	Dwarf_Op memory[3], *ops;
	size_t n;
	struct told where;
	bool known = true;

	assert_int_equal(dwarf_frame_register(frame, number, memory, &ops, &n), 0);
	*undefined = n == 0 && ops;
	/* elfutils takes another register for rbx, of which it knows that callees keep it. */
	if (n == 0 && (!ops || number == 3))
		return (struct told){true, register_of((unsigned)number, ip, &known)};
	if (n == 0 || ops[n - 1].atom == DW_OP_stack_value)
		return (struct told){false, 0};
	/* What unwind_rule.c says of functions that align their stack. */
	if (restored && ops[n - 1].atom == DW_OP_breg0 + 6)
		return (struct told){true, register_of((unsigned)number, ip, &known)};
	where = evaluate(ops, n, ip, cfa);
	return (struct told){where.known, MADE(where.value)};
}

/* Compares ROW with FRAME at IP. Returns whether ROW, unlike FRAME, cannot tell the caller. */
static bool check_row(const struct unwind_row *row, Dwarf_Frame *frame, uint64_t ip)
{
	struct unwind_registers regs = registers;
	bool undefined, nothing, restored;
	enum unwind_end end;
	Dwarf_Op *ops;
	size_t n;
	struct told cfa, rip, rbp, rbx;

	regs.ip = ip;
	assert_int_equal(dwarf_frame_cfa(frame, &ops, &n), 0);
	cfa = evaluate(ops, n, ip, 0);
	restored = n == 1 && ((ops[0].atom == DW_OP_bregx && ops[0].number == 7) || ops[0].atom == DW_OP_breg0 + 7);
	rip = caller_register(frame, 16, ip, cfa.value, restored, &undefined);
	rbp = caller_register(frame, 6, ip, cfa.value, restored, &nothing);
	rbx = caller_register(frame, 3, ip, cfa.value, restored, &nothing);
	assert_non_null(row);
	end = unwind__step(&regs, row, NULL);
	assert_int_equal(end == UNWIND_DONE, undefined);
	if (undefined)
		return false;
	if (end == UNWIND_NO_RULE)
		return cfa.known;
	if (end != UNWIND_GOES_ON || regs.ip != rip.value || regs.sp != cfa.value ||
	    regs.bp != (rbp.known ? rbp.value : 0) || regs.bx != (rbx.known ? rbx.value : 0))
		fail_msg("at %#lx: end %d, ip %#lx %#lx, sp %#lx %#lx, bp %#lx %#lx, bx %#lx %#lx", (unsigned long)ip,
			 (int)end, (unsigned long)regs.ip, (unsigned long)rip.value, (unsigned long)regs.sp,
			 (unsigned long)cfa.value, (unsigned long)regs.bp, (unsigned long)rbp.value,
			 (unsigned long)regs.bx, (unsigned long)rbx.value);
	return false;
}

static void assert_well_formed(const struct unwind_table *table)
{
	for (size_t i = 1; i < table->n; i++)
		assert_true(table->rows[i - 1].addr < table->rows[i].addr);
	assert_true(table->n == 0 || table->rows[table->n - 1].cfa == UNWIND_UNKNOWN);
}

/* Compares TABLE with FRAMES at each address. Returns how many were told; *unknown of them only by libdw. */
static size_t compare(const struct unwind_table *table, Dwarf_CFI *frames, size_t *unknown)
{
	uint64_t addr = table->base + table->rows[0].addr, end = table->base + table->rows[table->n - 1].addr;
	size_t told = 0;

	*unknown = 0;
	assert_well_formed(table);
	while (addr < end) {
		Dwarf_Frame *frame;
		Dwarf_Addr lo, hi = addr + 1;

		if (dwarf_cfi_addrframe(frames, addr, &frame)) {
			addr++;
			continue;
		}
		dwarf_frame_info(frame, &lo, &hi, NULL);
		for (; addr < hi; addr++, told++)
			*unknown += check_row(unwind_table__find(table, addr), frame, addr);
		free(frame);
	}
	return told;
}

/* Makes the table of ELF, and compares it with what libdw says of .eh_frame. */
static size_t check_against_libdw(Elf *elf, size_t *unknown)
{
	struct unwind_table table;
	Dwarf_CFI *frames = dwarf_getcfi_elf(elf);
	size_t told;

	assert_non_null(frames);
	assert_int_equal(unwind_table__make(elf, NULL, &table), 0);
	assert_true(table.n > 1);
	told = compare(&table, frames, unknown);
	dwarf_cfi_end(frames);
	unwind_table__release(&table);
	return told;
}

static void as_libdw_says_in_this_program(void **state)
{
	struct image image = image__of("/proc/self/exe");
	size_t unknown;

	(void)state;
	assert_true(check_against_libdw(image.elf, &unknown) > 5000);
	assert_int_equal(unknown, 0);
	image__release(&image);
}

static void as_libdw_says_in_the_c_library(void **state)
{
	struct image image = image__of("/lib/x86_64-linux-gnu/libc.so.6");
	size_t unknown, told = check_against_libdw(image.elf, &unknown);

	(void)state;
	assert_true(told > 1000000);
	assert_true(unknown < 500);
	image__release(&image);
}

static void as_libdw_says_in_the_vdso(void **state)
{
	const Elf64_Ehdr *header = (const void *)getauxval(AT_SYSINFO_EHDR);
	size_t unknown;
	Elf *elf;

	(void)state;
	if (!header)
		skip();
	elf = elf_memory((char *)header, header->e_shoff + (size_t)header->e_shnum * header->e_shentsize);
	assert_true(check_against_libdw(elf, &unknown) > 500);
	assert_int_equal(unknown, 0);
	elf_end(elf);
}

/* Each function begins at a multiple of 16 bytes; its instructions are of one byte each. */
static const char written_by_hand[] =
	".macro function\n.p2align 4\n.cfi_startproc\n.endm\n"
	".macro ends\nret\n.cfi_endproc\n.endm\n"
	/* 0x10000: a frame pointer */
	"function\nnop\n.cfi_def_cfa_offset 16\n.cfi_offset rbp, -16\nnop\n.cfi_def_cfa_register rbp\nnop\n"
	".cfi_remember_state\n.cfi_def_cfa rsp, 8\n.cfi_restore rbp\nnop\n.cfi_restore_state\nends\n"
	/* 0x10010: GCC's frame that is realigned: the CFA is stored at rbp - 8, rbp at rbp, rbx at rbp - 16 */
	"function\n.cfi_escape 0xf,3,0x76,0x78,0x6\n.cfi_escape 0x10,6,2,0x76,0\n.cfi_escape 0x10,3,2,0x76,0x70\n"
	"nop\n.cfi_def_cfa r10, 0\nnop\n.cfi_def_cfa rsp, 8\nnop\n"
	/* 0x10013: the CFA is stored at rsp + 16, less 24, and rbp at the CFA */
	".cfi_escape 0xf,5,0x77,0x10,0x6,0x23,0x18\n.cfi_offset rbp, -16\nends\n"
	/* 0x10020: the outermost frame, and one whose return address is elsewhere */
	"function\n.cfi_undefined rip\nnop\n.cfi_offset rip, -16\nends\n"
	/* 0x10030: rbx holds the CFA, and the caller's rbx and rbp cannot be told */
	"function\n.cfi_def_cfa rbx, 32\n.cfi_register rbx, r12\n.cfi_undefined rbp\nnop\n"
	".cfi_offset rbx, -40000\n.cfi_escape 0x10,6,2,0x73,8\nends\n"
	/* 0x10040: an offset that does not fit */
	"function\n.cfi_escape 0xe,0x80,0x80,0x80,0x80,0x20\nends\n"
	/* 0x10050: a signal frame; one where rip is not where it should be */
	"function\n.cfi_escape 0xf,4,0x77,0xa0,1,6\n.cfi_escape 0x10,16,3,0x77,0xa8,1\n"
	".cfi_escape 0x10,6,3,0x77,0xf8,0\n.cfi_escape 0x10,3,3,0x77,0x80,1\nnop\n"
	".cfi_escape 0x10,16,3,0x77,0xa0,1\nends\n"
	/* 0x10060: a PLT */
	"function\n.cfi_escape 0xf,11,0x77,8,0x80,0,0x3f,0x1a,0x3b,0x2a,0x33,0x24,0x22\nends\n"
	/* 0x10070: nothing is said of this; then something, and of the padding behind it nothing */
	".p2align 4\npush %rbp\npop %rbp\nret\n"
	"function\nends\n"
	/* 0x10090: more states are remembered than anybody would */
	"function\n.rept 20\n.cfi_remember_state\n.endr\nends\n"
	"function\nends\n"
	".p2align 4\n";

struct expected {
	uint64_t addr;
	struct unwind_row row;
};

#define LOST UNWIND_LOST
#define SAME UNWIND_SAME

static const struct expected expected_rows[] = {
	{0x10000, {.cfa = UNWIND_RSP, .cfa_offset = 8, .rbp = SAME, .rbx = SAME}},
	{0x10001, {.cfa = UNWIND_RSP, .cfa_offset = 16, .rbp = -16, .rbx = SAME}},
	{0x10002, {.cfa = UNWIND_RBP, .cfa_offset = 16, .rbp = -16, .rbx = SAME}},
	{0x10003, {.cfa = UNWIND_RSP, .cfa_offset = 8, .rbp = SAME, .rbx = SAME}},
	{0x10004, {.cfa = UNWIND_RBP, .cfa_offset = 16, .rbp = -16, .rbx = SAME}},
	{0x10010, {.cfa = UNWIND_RBP_DEREF, .cfa_offset = -8, .rbp = 0, .rbx = -16, .from_register = 1}},
	{0x10011, {.cfa = UNWIND_UNKNOWN, .rbp = LOST, .rbx = LOST}},
	{0x10012, {.cfa = UNWIND_RSP, .cfa_offset = 8, .rbp = SAME, .rbx = SAME}},
	{0x10013, {.cfa = UNWIND_RSP_DEREF, .cfa_offset = 16, .cfa_add = 24, .rbp = -16, .rbx = LOST}},
	{0x10020, {.cfa = UNWIND_OUTERMOST, .rbp = LOST, .rbx = LOST}},
	{0x10021, {.cfa = UNWIND_UNKNOWN, .rbp = LOST, .rbx = LOST}},
	{0x10030, {.cfa = UNWIND_RBX, .cfa_offset = 32, .rbp = LOST, .rbx = LOST}},
	{0x10031, {.cfa = UNWIND_RBX, .cfa_offset = 32, .rbp = -24, .rbx = LOST}},
	{0x10040, {.cfa = UNWIND_UNKNOWN, .rbp = LOST, .rbx = LOST}},
	{0x10050, {.cfa = UNWIND_SIGNAL, .rbp = LOST, .rbx = LOST}},
	{0x10051, {.cfa = UNWIND_UNKNOWN, .rbp = LOST, .rbx = LOST}},
	{0x10060, {.cfa = UNWIND_PLT, .cfa_offset = 8, .cfa_add = 11, .rbp = SAME, .rbx = SAME}},
	{0x10070, {.cfa = UNWIND_FRAME_POINTER, .rbp = SAME, .rbx = SAME}},
	{0x10080, {.cfa = UNWIND_RSP, .cfa_offset = 8, .rbp = SAME, .rbx = SAME}},
	{0x10090, {.cfa = UNWIND_UNKNOWN, .rbp = LOST, .rbx = LOST}},
	{0x100a0, {.cfa = UNWIND_RSP, .cfa_offset = 8, .rbp = SAME, .rbx = SAME}},
};

static void assert_row(const struct unwind_row *row, const struct expected *expected)
{
	const struct unwind_row *wanted = &expected->row;

	assert_non_null(row);
	if (row->addr != expected->addr || row->cfa != wanted->cfa || row->rbp != wanted->rbp ||
	    row->rbx != wanted->rbx || row->from_register != wanted->from_register)
		fail_msg("at %#lx: row of %#x, CFA %d, rbp %d, rbx %d", (unsigned long)expected->addr, row->addr,
			 row->cfa, row->rbp, row->rbx);
	if (wanted->cfa != UNWIND_UNKNOWN) {
		assert_int_equal(row->cfa_offset, wanted->cfa_offset);
		assert_int_equal(row->cfa_add, wanted->cfa_add);
	}
}

/* Compiles the functions above to the object NAME with FLAGS; .eh_frame or .debug_frame describes them. */
static struct image write_by_hand(struct scratch *scratch, const char *sections, const char *command)
{
	char *text, *path = scratch__path(scratch, "object");
	struct image image;

	assert_true(asprintf(&text, ".cfi_sections %s\n.text\n%s", sections, written_by_hand) > 0);
	free(scratch__write(scratch, "a.s", text, 0644));
	compiled__run(scratch, command);
	image = image__of(path);
	free(path);
	free(text);
	return image;
}

static void assert_expected(const struct unwind_table *table)
{
	const size_t n = sizeof(expected_rows) / sizeof(*expected_rows);

	assert_well_formed(table);
	assert_int_equal(table->base, 0);
	for (size_t i = 0; i < n; i++)
		assert_row(unwind_table__find(table, expected_rows[i].addr), &expected_rows[i]);
	assert_int_equal(table->n, n + 1);
	assert_int_equal(table->rows[n].addr, 0x100b0);
	assert_null(unwind_table__find(table, 0xffff));
	assert_non_null(unwind_table__find(table, 0x100af));
	assert_null(unwind_table__find(table, 0x100b0));
	assert_null(unwind_table__find(table, UINT64_MAX));
}

#define LINK "cd @ && gcc -shared -nostdlib -Wl,-Ttext=0x10000 -o object a.s "

static void rules_of_frames(void **state)
{
	struct scratch *scratch = scratch__new();
	struct image image = write_by_hand(scratch, ".eh_frame", LINK);

	(void)state;
	assert_int_equal(unwind_table__make(image.elf, NULL, &image.table), 0);
	assert_expected(&image.table);
	image__release(&image);
	/* Of the same frames in .debug_frame, also where that is compressed. */
	image = write_by_hand(scratch, ".debug_frame", LINK "-Wl,--compress-debug-sections=zlib");
	assert_int_equal(unwind_table__make(image.elf, NULL, &image.table), 0);
	assert_expected(&image.table);
	image__release(&image);
	scratch__free(scratch);
}

static void rules_of_a_separate_debug_file(void **state)
{
	struct scratch *scratch = scratch__new();
	struct image image = write_by_hand(scratch, ".debug_frame",
					   LINK "&& objcopy --only-keep-debug object debug"
						" && strip object");
	char *path = scratch__path(scratch, "debug");
	struct image debug = image__of(path);

	(void)state;
	assert_int_equal(unwind_table__make(image.elf, NULL, &image.table), 0);
	assert_int_equal(image.table.n, 2);
	assert_int_equal(image.table.rows[0].cfa, UNWIND_FRAME_POINTER);
	unwind_table__release(&image.table);
	assert_int_equal(unwind_table__make(image.elf, debug.elf, &image.table), 0);
	assert_expected(&image.table);
	image__release(&debug);
	image__release(&image);
	free(path);
	scratch__free(scratch);
}

/* Where the contents of .eh_frame are in the image. */
static uint8_t *find_eh_frame(const struct image *image, size_t *size)
{
	Elf_Scn *section = NULL;
	size_t names;

	*size = 0;
	assert_int_equal(elf_getshdrstrndx(image->elf, &names), 0);
	while ((section = elf_nextscn(image->elf, section))) {
		const Elf64_Shdr *header = elf64_getshdr(section);

		*size = header->sh_size;
		if (strcmp(elf_strptr(image->elf, names, header->sh_name), ".eh_frame") == 0)
			return image->bytes + header->sh_offset;
	}
	fail();
	return NULL;
}

/* Makes tables of a library whose call frame information was changed at random. */
static void damaged_frames(void **state)
{
	struct scratch *scratch = scratch__new();
	struct image image;
	uint32_t random = 1;
	uint8_t *frames, *intact;
	size_t size;
	Elf *elf;

	(void)state;
	image = write_by_hand(scratch, ".eh_frame", LINK);
	frames = find_eh_frame(&image, &size);
	assert_true(size > 300);
	intact = malloc(size);
	assert_non_null(intact);
	memcpy(intact, frames, size);
	for (int round = 0; round < 5000; round++) {
		for (int change = round % 7; change >= 0; change--) {
			random = random * 1103515245 + 12345;
			frames[(random >> 8) % size] = (uint8_t)(random >> 24 ^ random >> 16);
		}
		elf = elf_memory((char *)image.bytes, image.size);
		assert_int_equal(unwind_table__make(elf, NULL, &image.table), 0);
		assert_well_formed(&image.table);
		/* A row for each byte at most. */
		assert_true(image.table.n > 0 && image.table.n <= 0xb0);
		unwind_table__release(&image.table);
		elf_end(elf);
		memcpy(frames, intact, size);
	}
	free(intact);
	image__release(&image);
	scratch__free(scratch);
}

static void other_files_have_no_table(void **state)
{
	struct scratch *scratch = scratch__new();
	struct image image = write_by_hand(scratch, ".eh_frame", "cd @ && gcc -c -o object a.s");
	struct unwind_table table;

	(void)state;
	assert_int_equal(unwind_table__make(image.elf, NULL, &table), -EINVAL);
	image__release(&image);
	image = write_by_hand(scratch, ".eh_frame", "cd @ && echo 'no object at all' >object");
	assert_int_equal(unwind_table__make(image.elf, NULL, &table), -EINVAL);
	image__release(&image);
	scratch__free(scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_libdw_says_in_this_program),  cmocka_unit_test(as_libdw_says_in_the_c_library),
		cmocka_unit_test(as_libdw_says_in_the_vdso),	  cmocka_unit_test(rules_of_frames),
		cmocka_unit_test(rules_of_a_separate_debug_file), cmocka_unit_test(damaged_frames),
		cmocka_unit_test(other_files_have_no_table),
	};

	elf_version(EV_CURRENT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
