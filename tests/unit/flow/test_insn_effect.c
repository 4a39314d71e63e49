// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>

#include "flow/insn_effect.h"
#include "unit/test.h"

#define N(a)	 (sizeof(a) / sizeof(*(a)))
#define BIT(reg) (1u << (reg))

enum { RAX = 0, RCX = 1, RDX = 2, RBX = 3, RSI = 6, RDI = 7, R11 = 11, R12 = 12 };

static const struct {
	const char *name;
	uint8_t code[10];
	struct insn_effect effect;
} cases[] = {
	{"push %rbp", {0x55}, {.stack_change = -8}},
	{"push %r12", {0x41, 0x54}, {.stack_change = -8}},
	{"push $1", {0x6a, 0x01}, {.stack_change = -8}},
	{"pushw %ax", {0x66, 0x50}, {.stack_change = -2}},
	{"push 8(%rax)", {0xff, 0x70, 0x08}, {.stack_change = -8}},
	{"pop %rbp", {0x5d}, {.unknown = BIT(INSN_RBP), .stack_change = 8}},
	{"pop %rsp", {0x5c}, {.unknown = BIT(INSN_RSP)}},
	{"pop (%rax)", {0x8f, 0x00}, {.stack_change = 8}},
	{"pushfq", {0x9c}, {.stack_change = -8}},
	{"popfq", {0x9d}, {.stack_change = 8}},
	{"mov %rsp,%rbp", {0x48, 0x89, 0xe5}, {.assigns = true, .dest = INSN_RBP, .source = INSN_RSP}},
	{"mov %rsp,%rbp, other form", {0x48, 0x8b, 0xec}, {.assigns = true, .dest = INSN_RBP, .source = INSN_RSP}},
	{"mov %rbp,%rsp", {0x48, 0x89, 0xec}, {.assigns = true, .dest = INSN_RSP, .source = INSN_RBP}},
	{"mov %esp,%ebp",
	 {0x89, 0xe5},
	 {.unknown = BIT(INSN_RBP), .narrow = true, .dest = INSN_RBP, .source = INSN_RSP}},
	{"mov (%rsp),%rbp", {0x48, 0x8b, 0x2c, 0x24}, {.unknown = BIT(INSN_RBP)}},
	{"mov %rbp,(%rsp)", {0x48, 0x89, 0x2c, 0x24}, {.unknown = 0}},
	{"mov $1,%bpl", {0x40, 0xb5, 0x01}, {.unknown = BIT(INSN_RBP)}},
	{"mov %fs,%eax", {0x8c, 0xe0}, {.unknown = BIT(RAX)}},
	{"lea 8(%rsp),%r12",
	 {0x4c, 0x8d, 0x64, 0x24, 0x08},
	 {.assigns = true, .dest = R12, .source = INSN_RSP, .offset = 8}},
	{"lea -0xf0(%rsp),%rsp",
	 {0x48, 0x8d, 0xa4, 0x24, 0x10, 0xff, 0xff, 0xff},
	 {.assigns = true, .dest = INSN_RSP, .source = INSN_RSP, .offset = -0xf0}},
	{"lea 8(%rsp),%esp",
	 {0x8d, 0x64, 0x24, 0x08},
	 {.unknown = BIT(INSN_RSP), .narrow = true, .dest = INSN_RSP, .source = INSN_RSP, .offset = 8}},
	{"lea 8(%esp),%rsp", {0x67, 0x48, 0x8d, 0x64, 0x24, 0x08}, {.unknown = BIT(INSN_RSP)}},
	{"lea (%rsp,%rax),%rsp", {0x48, 0x8d, 0x24, 0x04}, {.unknown = BIT(INSN_RSP)}},
	{"lea 8(%rip),%rbp",
	 {0x48, 0x8d, 0x2d, 0x08, 0, 0, 0},
	 {.unknown = BIT(INSN_RBP), .address = true, .dest = INSN_RBP}},
	{"lea 8(%rip),%ebp", {0x8d, 0x2d, 0x08, 0, 0, 0}, {.unknown = BIT(INSN_RBP)}},
	{"lea 8,%rbp", {0x48, 0x8d, 0x2c, 0x25, 0x08, 0, 0, 0}, {.unknown = BIT(INSN_RBP)}},
	{"sub $8,%rsp",
	 {0x48, 0x83, 0xec, 0x08},
	 {.assigns = true, .dest = INSN_RSP, .source = INSN_RSP, .offset = -8}},
	{"sub $-128,%rsp",
	 {0x48, 0x83, 0xec, 0x80},
	 {.assigns = true, .dest = INSN_RSP, .source = INSN_RSP, .offset = 128}},
	{"add $0x128,%rsp",
	 {0x48, 0x81, 0xc4, 0x28, 0x01, 0, 0},
	 {.assigns = true, .dest = INSN_RSP, .source = INSN_RSP, .offset = 0x128}},
	{"sub %rax,%rsp", {0x48, 0x29, 0xc4}, {.unknown = BIT(INSN_RSP)}},
	{"and $-16,%rsp", {0x48, 0x83, 0xe4, 0xf0}, {.unknown = BIT(INSN_RSP)}},
	{"inc %rbp", {0x48, 0xff, 0xc5}, {.assigns = true, .dest = INSN_RBP, .source = INSN_RBP, .offset = 1}},
	{"inc %eax", {0xff, 0xc0}, {.unknown = BIT(RAX), .narrow = true, .dest = RAX, .source = RAX, .offset = 1}},
	{"dec %r12d",
	 {0x41, 0xff, 0xcc},
	 {.unknown = BIT(R12), .narrow = true, .dest = R12, .source = R12, .offset = -1}},
	{"inc %ax", {0x66, 0xff, 0xc0}, {.unknown = BIT(RAX)}},
	{"inc %al", {0xfe, 0xc0}, {.unknown = BIT(RAX)}},
	{"incl (%rax)", {0xff, 0x00}, {.unknown = 0}},
	{"add $4,%ecx",
	 {0x83, 0xc1, 0x04},
	 {.unknown = BIT(RCX), .narrow = true, .dest = RCX, .source = RCX, .offset = 4}},
	{"sub $4,%ecx",
	 {0x83, 0xe9, 0x04},
	 {.unknown = BIT(RCX), .narrow = true, .dest = RCX, .source = RCX, .offset = -4}},
	{"add $-1,%eax",
	 {0x83, 0xc0, 0xff},
	 {.unknown = BIT(RAX), .narrow = true, .dest = RAX, .source = RAX, .offset = -1}},
	{"add %ecx,%eax", {0x01, 0xc8}, {.unknown = BIT(RAX)}},
	{"movslq %edi,%rax", {0x48, 0x63, 0xc7}, {.unknown = BIT(RAX), .narrow = true, .dest = RAX, .source = RDI}},
	{"movslq (%rdi),%rax", {0x48, 0x63, 0x07}, {.unknown = BIT(RAX)}},
	{"mov %al,%cl", {0x88, 0xc1}, {.unknown = BIT(RCX)}},
	{"mov $5,%eax", {0xb8, 0x05, 0, 0, 0}, {.unknown = BIT(RAX), .constant = true, .dest = RAX, .offset = 5}},
	{"mov $-1,%eax", {0xb8, 0xff, 0xff, 0xff, 0xff}, {.unknown = BIT(RAX)}},
	{"mov $-1,%rax",
	 {0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff, 0xff},
	 {.unknown = BIT(RAX), .constant = true, .dest = RAX, .offset = -1}},
	{"movabs $0x100000000,%rax", {0x48, 0xb8, 0, 0, 0, 0, 1}, {.unknown = BIT(RAX)}},
	{"xor %eax,%eax", {0x31, 0xc0}, {.unknown = BIT(RAX), .constant = true, .dest = RAX}},
	{"xor %r12,%r12", {0x4d, 0x31, 0xe4}, {.unknown = BIT(R12), .constant = true, .dest = R12}},
	{"xor %ecx,%eax", {0x31, 0xc8}, {.unknown = BIT(RAX)}},
	{"sub %eax,%eax", {0x29, 0xc0}, {.unknown = BIT(RAX), .constant = true, .dest = RAX}},
	{"setne %al", {0x0f, 0x95, 0xc0}, {.unknown = BIT(RAX)}},
	{"lea -1(%rdi),%r12d",
	 {0x44, 0x8d, 0x67, 0xff},
	 {.unknown = BIT(R12), .narrow = true, .dest = R12, .source = RDI, .offset = -1}},
	{"lea (%rdi,%rsi,2),%eax", {0x8d, 0x04, 0x77}, {.unknown = BIT(RAX)}},
	{"xchg %rsp,%rax", {0x48, 0x94}, {.unknown = BIT(INSN_RSP) | BIT(RAX)}},
	{"cmove %rax,%rbp", {0x48, 0x0f, 0x44, 0xe8}, {.unknown = BIT(INSN_RBP)}},
	{"cmp %rax,%rbp", {0x48, 0x39, 0xc5}, {.unknown = 0}},
	{"cpuid", {0x0f, 0xa2}, {.unknown = BIT(RAX) | BIT(RBX) | BIT(RCX) | BIT(RDX)}},
	{"syscall", {0x0f, 0x05}, {.unknown = BIT(RCX) | BIT(R11)}},
	{"rep movsb", {0xf3, 0xa4}, {.unknown = BIT(RCX) | BIT(RSI) | BIT(RDI)}},
	{"leave",
	 {0xc9},
	 {.assigns = true, .dest = INSN_RSP, .source = INSN_RBP, .unknown = BIT(INSN_RBP), .stack_change = 8}},
	{"call", {0xe8, 0, 0, 0, 0}, {.stack_change = -8}},
	{"call *%rax", {0xff, 0xd0}, {.stack_change = -8}},
	{"ret", {0xc3}, {.stack_change = 8}},
	{"jmp", {0xeb, 0x00}, {.unknown = 0}},
};

static void decodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N(cases); i++) {
		const struct insn_effect *right = &cases[i].effect;
		struct insn_effect effect;

		assert_int_equal(insn_effect__decode(cases[i].code, sizeof(cases[i].code), &effect), 0);
		if (effect.assigns != right->assigns || effect.unknown != right->unknown ||
		    effect.stack_change != right->stack_change)
			fail_msg("%s: assigns %d, unknown %#x, stack %d", cases[i].name, effect.assigns, effect.unknown,
				 effect.stack_change);
		if (effect.narrow != right->narrow || effect.constant != right->constant ||
		    effect.address != right->address)
			fail_msg("%s: narrow %d, constant %d, address %d", cases[i].name, effect.narrow,
				 effect.constant, effect.address);
		if ((right->assigns || right->narrow || right->constant || right->address) &&
		    (effect.dest != right->dest || effect.source != right->source || effect.offset != right->offset))
			fail_msg("%s: %u := %u + %d", cases[i].name, effect.dest, effect.source, effect.offset);
	}
}

static void refuses_what_is_no_instruction(void **state)
{
	static const uint8_t code[] = {0x06};
	struct insn_effect effect;

	(void)state;
	assert_int_equal(insn_effect__decode(code, sizeof(code), &effect), -EILSEQ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(refuses_what_is_no_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
