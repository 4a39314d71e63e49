// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/insn.h"
#include "unit/test.h"

#define ADDR 0x401000u

#define X86(...) ((const uint8_t[15]){__VA_ARGS__})

static struct insn decode(const uint8_t *code)
{
	struct insn insn;

	memset(&insn, 0xa5, sizeof(insn));
	assert_int_equal(insn__decode(code, 15, ADDR, &insn), 0);
	assert_int_equal(insn.addr, ADDR);
	return insn;
}

static void errors(void **state)
{
	struct insn insn;

	(void)state;
	assert_int_equal(insn__decode(X86(0xe8, 1, 2, 3), 4, ADDR, &insn), -ENODATA);
	assert_int_equal(insn__decode(X86(0x48), 1, ADDR, &insn), -ENODATA);
	assert_int_equal(insn__decode(X86(0x90), 0, ADDR, &insn), -ENODATA);
	assert_int_equal(insn__decode(X86(0x06), 15, ADDR, &insn), -EILSEQ); /* push %es: not in 64-bit mode */
	assert_int_equal(insn__decode(X86(0x0f, 0x04), 15, ADDR, &insn), -EILSEQ);
	/* exactly enough bytes */
	assert_int_equal(insn__decode(X86(0xe8, 1, 2, 3, 4), 5, ADDR, &insn), 0);
	assert_int_equal(insn.len, 5);
}

struct flow_case {
	uint8_t code[15];
	uint8_t len;
	enum insn_flow flow;
	enum insn_long lng;
	uint64_t target;
};

static void flows(void **state)
{
	static const struct flow_case cases[] = {
		{{0x89, 0xd8}, 2, INSN_FLOW_NEXT, INSN_SHORT, 0},
		{{0xeb, 0x10}, 2, INSN_FLOW_JUMP, INSN_SHORT, ADDR + 0x12},
		{{0xeb, 0xfe}, 2, INSN_FLOW_JUMP, INSN_SHORT, ADDR},
		{{0xe9, 0x00, 0x01, 0, 0}, 5, INSN_FLOW_JUMP, INSN_SHORT, ADDR + 0x105},
		{{0xe9, 0xfb, 0xff, 0xff, 0xff}, 5, INSN_FLOW_JUMP, INSN_SHORT, ADDR},
		{{0xff, 0xe0}, 2, INSN_FLOW_JUMP_INDIRECT, INSN_SHORT, 0},
		{{0x3e, 0xff, 0xe0}, 3, INSN_FLOW_JUMP_INDIRECT, INSN_SHORT, 0},
		{{0xff, 0x24, 0xc5, 0, 0x20, 0x40, 0}, 7, INSN_FLOW_JUMP_INDIRECT, INSN_SHORT, 0},
		{{0xff, 0x25, 1, 0, 0, 0}, 6, INSN_FLOW_JUMP_INDIRECT, INSN_SHORT, 0},
		{{0x74, 0x02}, 2, INSN_FLOW_COND, INSN_SHORT, ADDR + 4},
		{{0x0f, 0x85, 0xfa, 0xff, 0xff, 0xff}, 6, INSN_FLOW_COND, INSN_SHORT, ADDR},
		{{0xe3, 0x02}, 2, INSN_FLOW_COND, INSN_SHORT, ADDR + 4},
		{{0xe2, 0x80}, 2, INSN_FLOW_COND, INSN_SHORT, ADDR + 2 - 128},
		{{0xc7, 0xf8, 4, 0, 0, 0}, 6, INSN_FLOW_COND, INSN_SHORT, ADDR + 10}, /* xbegin */
		{{0xe8, 0, 0, 0, 0x80}, 5, INSN_FLOW_CALL, INSN_LONG_CALL, ADDR + 5 - 0x80000000ull},
		{{0x67, 0xe8, 0, 0, 0, 0}, 6, INSN_FLOW_CALL, INSN_LONG_CALL, ADDR + 6},
		{{0xff, 0xd0}, 2, INSN_FLOW_CALL_INDIRECT, INSN_LONG_CALL, 0},
		{{0xff, 0x15, 0, 0, 0, 0}, 6, INSN_FLOW_CALL_INDIRECT, INSN_LONG_CALL, 0},
		{{0xc3}, 1, INSN_FLOW_RETURN, INSN_SHORT, 0},
		{{0xf3, 0xc3}, 2, INSN_FLOW_RETURN, INSN_SHORT, 0},
		{{0xc2, 8, 0}, 3, INSN_FLOW_RETURN, INSN_SHORT, 0},
		{{0x0f, 0x0b}, 2, INSN_FLOW_STOP, INSN_SHORT, 0},
		{{0xf4}, 1, INSN_FLOW_STOP, INSN_SHORT, 0},
		{{0xcc}, 1, INSN_FLOW_STOP, INSN_SHORT, 0},
		{{0x0f, 0x05}, 2, INSN_FLOW_NEXT, INSN_LONG_SYSCALL, 0},
		{{0x0f, 0x34}, 2, INSN_FLOW_NEXT, INSN_LONG_SYSCALL, 0},
		{{0xcd, 0x80}, 2, INSN_FLOW_NEXT, INSN_LONG_SYSCALL, 0},
		{{0xcd, 0x81}, 2, INSN_FLOW_NEXT, INSN_SHORT, 0},
		{{0xf3, 0xa4}, 2, INSN_FLOW_NEXT, INSN_LONG_REP, 0},
		{{0xf3, 0x48, 0xab}, 3, INSN_FLOW_NEXT, INSN_LONG_REP, 0},
		{{0xf3, 0xa6}, 2, INSN_FLOW_NEXT, INSN_LONG_REP, 0},
		{{0xf2, 0xae}, 2, INSN_FLOW_NEXT, INSN_LONG_REP, 0},
		{{0xf3, 0xac}, 2, INSN_FLOW_NEXT, INSN_LONG_REP, 0},
		{{0xa4}, 1, INSN_FLOW_NEXT, INSN_SHORT, 0},
		{{0xf2, 0x0f, 0x10, 0x06}, 4, INSN_FLOW_NEXT, INSN_SHORT, 0}, /* the other movsd */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct insn insn = decode(cases[i].code);

		assert_int_equal(insn.len, cases[i].len);
		assert_int_equal(insn.flow, cases[i].flow);
		assert_int_equal(insn.lng, cases[i].lng);
		assert_int_equal(insn.target, cases[i].target);
	}
}

/* What the processor does on jcc number CC, from its manual. */
static bool manual_says_taken(unsigned cc, uint64_t flags)
{
	bool cf = flags & 1, pf = flags & 4, zf = flags & 0x40, sf = flags & 0x80, of = flags & 0x800;
	const bool by_number[] = {of, cf, zf, cf || zf, sf, pf, sf != of, zf || sf != of};

	return by_number[cc >> 1] != (cc & 1);
}

/* The formula of insn.h. */
static bool formula_says_taken(struct insn_condition condition, uint64_t flags)
{
	uint64_t f = flags;

	if (condition.sf_xor_of)
		f = (f & ~0x80ull) | ((flags >> 7 ^ flags >> 11) & 1) << 7;
	return ((f & condition.mask) != 0) != condition.invert;
}

static void conditions(void **state)
{
	(void)state;
	for (unsigned cc = 0; cc < 16; cc++) {
		struct insn near = decode(X86(0x0f, (uint8_t)(0x80 + cc), 0, 0, 0, 0));
		struct insn brief = decode(X86((uint8_t)(0x70 + cc), 0));

		assert_int_equal(brief.condition.rcx_width, 0);
		for (uint64_t flags = 0; flags < 0x1000; flags++) {
			assert_int_equal(formula_says_taken(brief.condition, flags), manual_says_taken(cc, flags));
			assert_int_equal(formula_says_taken(near.condition, flags), manual_says_taken(cc, flags));
		}
	}
}

static void conditions_on_rcx(void **state)
{
	struct insn insn = decode(X86(0xe3, 0));

	(void)state;
	assert_int_equal(insn.condition.rcx_width, 8);
	assert_int_equal(insn.condition.mask, 0);
	assert_int_equal(decode(X86(0x67, 0xe3, 0)).condition.rcx_width, 4);
}

static void conditions_unknown(void **state)
{
	static const uint8_t codes[][15] = {{0xe0, 0}, {0xe1, 0}, {0xe2, 0}, {0xc7, 0xf8, 0, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		struct insn insn = decode(codes[i]);

		assert_int_equal(insn.flow, INSN_FLOW_COND);
		assert_int_equal(insn.probe, INSN_PROBE_NEVER);
		assert_int_equal(insn.condition.mask, 0);
		assert_int_equal(insn.condition.rcx_width, 0);
	}
}

struct probe_case {
	uint8_t code[15];
	enum insn_probe probe;
};

static void check_probes(const struct probe_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct insn insn = decode(cases[i].code);

		if (insn.probe != cases[i].probe)
			print_error("case %zu: %02x %02x %02x\n", i, cases[i].code[0], cases[i].code[1],
				    cases[i].code[2]);
		assert_int_equal(insn.probe, cases[i].probe);
	}
}

static void probes_emulated(void **state)
{
	static const struct probe_case cases[] = {
		{{0xeb, 0}, INSN_PROBE_JMP},
		{{0xe9, 0, 0, 0, 0}, INSN_PROBE_JMP},
		{{0x66, 0xe9, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0xf2, 0xe9, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0x48, 0xe9, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0xff, 0xe0}, INSN_PROBE_NEVER},
		{{0xff, 0x25, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0x70, 0}, INSN_PROBE_JCC},
		{{0x7f, 0}, INSN_PROBE_JCC},
		{{0x0f, 0x80, 0, 0, 0, 0}, INSN_PROBE_JCC},
		{{0x0f, 0x8f, 0, 0, 0, 0}, INSN_PROBE_JCC},
		{{0x2e, 0x74, 0}, INSN_PROBE_NEVER}, /* branch hints */
		{{0x3e, 0x74, 0}, INSN_PROBE_NEVER},
		{{0xf2, 0x74, 0}, INSN_PROBE_NEVER},
		{{0xe8, 0, 0, 0, 0}, INSN_PROBE_CALL},
		{{0x67, 0xe8, 0, 0, 0, 0}, INSN_PROBE_CALL},
		{{0x66, 0xe8, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0x66, 0x66, 0x48, 0xe8, 0, 0, 0, 0}, INSN_PROBE_NEVER}, /* __tls_get_addr */
		{{0xff, 0xd0}, INSN_PROBE_NEVER},
		{{0x55}, INSN_PROBE_PUSH},
		{{0x54}, INSN_PROBE_PUSH},
		{{0x41, 0x57}, INSN_PROBE_PUSH},
		{{0x48, 0x55}, INSN_PROBE_NEVER},
		{{0x66, 0x55}, INSN_PROBE_NEVER},
		{{0x66, 0x41, 0x55}, INSN_PROBE_NEVER},
		{{0x6a, 1}, INSN_PROBE_NEVER},
		{{0xff, 0x36}, INSN_PROBE_NEVER},
		{{0x0f, 0xa0}, INSN_PROBE_NEVER}, /* push %fs */
		{{0x90}, INSN_PROBE_NOP},
		{{0x66, 0x90}, INSN_PROBE_NEVER},
		{{0xf3, 0x90}, INSN_PROBE_NEVER},
		{{0x41, 0x90}, INSN_PROBE_NEVER}, /* xchg %r8,%rax: the kernel skips it as if a nop */
		{{0x0f, 0x1f, 0x00}, INSN_PROBE_NEVER},
		{{0x0f, 0x1f, 0x40, 0}, INSN_PROBE_NEVER},
		{{0x0f, 0x1f, 0x44, 0, 0}, INSN_PROBE_NEVER},
		{{0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0xcc}, INSN_PROBE_NEVER},
	};

	(void)state;
	check_probes(cases, sizeof(cases) / sizeof(*cases));
}

static void probes_stepped(void **state)
{
	static const struct probe_case cases[] = {
		{{0x48, 0x89, 0xe5}, INSN_PROBE_STEP}, /* mov %rsp,%rbp */
		{{0xb8, 1, 0, 0, 0}, INSN_PROBE_STEP},
		{{0xc7, 0x45, 0xfc, 0, 0, 0, 0}, INSN_PROBE_STEP}, /* movl $0,-4(%rbp) */
		{{0x66, 0xc7, 0x45, 0xfc, 0, 0}, INSN_PROBE_STEP},
		{{0x8b, 0x04, 0x25, 0, 0x10, 0, 0}, INSN_PROBE_STEP}, /* mov 0x1000,%eax: absolute, not relative */
		{{0x48, 0x8d, 0x44, 0x24, 8}, INSN_PROBE_STEP},
		{{0x83, 0xc0, 1}, INSN_PROBE_STEP},
		{{0x31, 0xc0}, INSN_PROBE_STEP},
		{{0x84, 0xc0}, INSN_PROBE_STEP},
		{{0x0f, 0xb6, 0xc0}, INSN_PROBE_STEP},
		{{0x48, 0x63, 0xc7}, INSN_PROBE_STEP},
		{{0x48, 0x98}, INSN_PROBE_STEP},
		{{0x99}, INSN_PROBE_STEP},
		{{0x0f, 0x94, 0xc0}, INSN_PROBE_STEP},
		{{0x48, 0x0f, 0x44, 0xc1}, INSN_PROBE_STEP},
		{{0xc1, 0xe0, 2}, INSN_PROBE_STEP},
		{{0x0f, 0xaf, 0xc7}, INSN_PROBE_STEP},
		{{0x5d}, INSN_PROBE_STEP},
		{{0x41, 0x5c}, INSN_PROBE_STEP},
		{{0xc9}, INSN_PROBE_STEP},
		{{0xc3}, INSN_PROBE_STEP},
		{{0xf3, 0xc3}, INSN_PROBE_STEP},
		{{0xf3, 0x0f, 0x1e, 0xfa}, INSN_PROBE_STEP}, /* endbr64 */
		{{0xe3, 0}, INSN_PROBE_STEP},
		{{0xf2, 0x0f, 0x58, 0xc1}, INSN_PROBE_STEP}, /* addsd */
		{{0x66, 0x48, 0x0f, 0x6e, 0xc0}, INSN_PROBE_STEP},
		{{0x0f, 0x28, 0xc1}, INSN_PROBE_STEP},
		{{0x48, 0x8b, 0x05, 0, 0, 0, 0}, INSN_PROBE_STEP}, /* mov 0(%rip),%rax */
		{{0x48, 0x8d, 0x05, 0, 0, 0, 0}, INSN_PROBE_STEP},
		{{0xf2, 0x0f, 0x58, 0x05, 0, 0, 0, 0}, INSN_PROBE_STEP},
	};

	(void)state;
	check_probes(cases, sizeof(cases) / sizeof(*cases));
}

static void probes_never(void **state)
{
	static const struct probe_case cases[] = {
		{{0xff, 0x15, 0, 0, 0, 0}, INSN_PROBE_NEVER},			   /* call *0(%rip) */
		{{0xc5, 0xfb, 0x10, 0x05, 0, 0, 0, 0}, INSN_PROBE_NEVER},	   /* vmovsd 0(%rip),%xmm0 */
		{{0x64, 0x48, 0x8b, 0x04, 0x25, 0x28, 0, 0, 0}, INSN_PROBE_NEVER}, /* mov %fs:0x28,%rax */
		{{0x2e, 0x8b, 0x06}, INSN_PROBE_NEVER},
		{{0x67, 0x8b, 0x06}, INSN_PROBE_NEVER},
		{{0x67, 0xe3, 0}, INSN_PROBE_NEVER},
		{{0xf0, 0xff, 0x07}, INSN_PROBE_NEVER},	      /* lock incl (%rdi) */
		{{0xf2, 0xf0, 0xff, 0x07}, INSN_PROBE_NEVER}, /* xacquire */
		{{0xf3, 0xc7, 0x07, 0, 0, 0, 0}, INSN_PROBE_NEVER},
		{{0x8e, 0xd0}, INSN_PROBE_NEVER}, /* mov %eax,%ss */
		{{0x8c, 0xd8}, INSN_PROBE_NEVER},
		{{0x0f, 0x20, 0xc0}, INSN_PROBE_NEVER}, /* mov %cr0,%rax */
		{{0x0f, 0xa1}, INSN_PROBE_NEVER},	/* pop %fs */
		{{0x8f, 0x00}, INSN_PROBE_NEVER},
		{{0x9c}, INSN_PROBE_NEVER},
		{{0x9d}, INSN_PROBE_NEVER},
		{{0xa4}, INSN_PROBE_NEVER},
		{{0xa5}, INSN_PROBE_NEVER}, /* movsl */
		{{0xf3, 0x48, 0xab}, INSN_PROBE_NEVER},
		{{0xf7, 0xf9}, INSN_PROBE_NEVER}, /* idiv */
		{{0x48, 0x87, 0x07}, INSN_PROBE_NEVER},
		{{0x0f, 0x05}, INSN_PROBE_NEVER},
		{{0x0f, 0xa2}, INSN_PROBE_NEVER},
		{{0x0f, 0x0b}, INSN_PROBE_NEVER},
		{{0xc5, 0xfb, 0x58, 0xc1}, INSN_PROBE_NEVER}, /* vaddsd */
		{{0xc5, 0xf8, 0x28, 0xc1}, INSN_PROBE_NEVER},
		{{0xc4, 0xe2, 0x78, 0xf2, 0xc1}, INSN_PROBE_NEVER}, /* andn */
		{{0xcb}, INSN_PROBE_NEVER},			    /* far return */
	};

	(void)state;
	check_probes(cases, sizeof(cases) / sizeof(*cases));
}

/* Instructions that name rip, and no others, are probed as a last resort only. */
static void last_resorts(void **state)
{
	(void)state;
	assert_true(decode(X86(0x48, 0x83, 0x05, 0, 0, 0, 0, 1)).last_resort); /* add $1,0(%rip) */
	assert_true(decode(X86(0x48, 0x8d, 0x05, 0, 0, 0, 0)).last_resort);
	assert_false(decode(X86(0x48, 0x8b, 0x45, 0)).last_resort);
	assert_false(decode(X86(0x55)).last_resort);
}

static void data_addresses(void **state)
{
	(void)state;
	assert_int_equal(decode(X86(0x48, 0x8d, 0x05, 0x10, 0, 0, 0)).data, ADDR + 0x17); /* lea 0x10(%rip),%rax */
	assert_int_equal(decode(X86(0x48, 0x8d, 0x05, 0xf9, 0xff, 0xff, 0xff)).data, ADDR);
	assert_int_equal(decode(X86(0x48, 0x8b, 0x05, 0x10, 0, 0, 0)).data, 0); /* mov loads, it names nothing */
	/* jmp *0x402000(,%rax,8); mov 0x402000(,%rax,8),%rax; mov 0x402000(%rax),%al */
	assert_int_equal(decode(X86(0xff, 0x24, 0xc5, 0, 0x20, 0x40, 0)).data, 0x402000);
	assert_int_equal(decode(X86(0x48, 0x8b, 0x04, 0xc5, 0, 0x20, 0x40, 0)).data, 0x402000);
	assert_int_equal(decode(X86(0x8a, 0x80, 0, 0x20, 0x40, 0)).data, 0x402000);
	/* lea 0(,%rax,4),%rdx; mov -8(%rbp),%eax; mov -0x1000(%rbp),%eax */
	assert_int_equal(decode(X86(0x48, 0x8d, 0x14, 0x85, 0, 0, 0, 0)).data, 0);
	assert_int_equal(decode(X86(0x8b, 0x45, 0xf8)).data, 0);
	assert_int_equal(decode(X86(0x8b, 0x85, 0, 0xf0, 0xff, 0xff)).data, 0);
	/* add $0x401020,%rax; add $0x401020,%edx; sub */
	assert_int_equal(decode(X86(0x48, 0x05, 0x20, 0x10, 0x40, 0)).data, 0x401020);
	assert_int_equal(decode(X86(0x81, 0xc2, 0x20, 0x10, 0x40, 0)).data, 0x401020);
	assert_int_equal(decode(X86(0x48, 0x2d, 0x20, 0x10, 0x40, 0)).data, 0);
	/* mov $0x401020,%eax; movq $0x401020,-8(%rbp); movabs; too small a number */
	assert_int_equal(decode(X86(0xb8, 0x20, 0x10, 0x40, 0)).data, 0x401020);
	assert_int_equal(decode(X86(0x48, 0xc7, 0x45, 0xf8, 0x20, 0x10, 0x40, 0)).data, 0x401020);
	assert_int_equal(decode(X86(0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 0)).data, 0x07060504030201);
	assert_int_equal(decode(X86(0xb8, 0xff, 0x0f, 0, 0)).data, 0);
	assert_int_equal(decode(X86(0xb8, 0x00, 0x10, 0, 0)).data, 0x1000);
}

static void fillers(void **state)
{
	(void)state;
	assert_true(decode(X86(0x90)).filler);
	assert_true(decode(X86(0x66, 0x90)).filler);
	assert_true(decode(X86(0x0f, 0x1f, 0x44, 0, 0)).filler);
	assert_true(decode(X86(0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0)).filler);
	assert_true(decode(X86(0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0)).filler);
	assert_true(decode(X86(0xcc)).filler);
	assert_false(decode(X86(0x41, 0x90)).filler);		  /* xchg %r8,%rax */
	assert_false(decode(X86(0xf3, 0x90)).filler);		  /* pause */
	assert_false(decode(X86(0xf3, 0x0f, 0x1e, 0xfa)).filler); /* endbr64 */
	assert_false(decode(X86(0x0f, 0x0b)).filler);		  /* ud2 */
	assert_false(decode(X86(0x0f, 0x18, 0x08)).filler);	  /* prefetcht0 */
}

static void through_got(void **state)
{
	(void)state;
	assert_true(decode(X86(0xff, 0x25, 0, 0, 0, 0)).through_got);
	assert_true(decode(X86(0xff, 0x15, 0, 0, 0, 0)).through_got);
	assert_true(decode(X86(0x3e, 0xff, 0x25, 0, 0, 0, 0)).through_got);
	assert_false(decode(X86(0xff, 0xe0)).through_got);
	assert_false(decode(X86(0xff, 0x60, 0x08)).through_got);
	assert_false(decode(X86(0xff, 0x24, 0xc5, 0, 0x20, 0x40, 0)).through_got);
	assert_false(decode(X86(0x48, 0x8b, 0x05, 0, 0, 0, 0)).through_got);
}

static void costs(void **state)
{
	uint16_t add = decode(X86(0x01, 0xd8)).cost;
	uint16_t load = decode(X86(0x8b, 0x06)).cost;
	uint16_t store = decode(X86(0x89, 0x06)).cost;
	uint16_t idiv = decode(X86(0xf7, 0xf9)).cost;
	uint16_t addsd = decode(X86(0xf2, 0x0f, 0x58, 0xc1)).cost;
	uint16_t sqrtsd = decode(X86(0xf2, 0x0f, 0x51, 0xc1)).cost;

	(void)state;
	assert_in_range(add, 10, 30);
	assert_in_range(load, 50, 100);
	assert_in_range(store, 20, 40);
	assert_in_range(decode(X86(0x0f, 0xaf, 0xc7)).cost, 80, 120);
	assert_in_range(idiv, 800, 1000);
	assert_in_range(addsd, 100, 160);
	assert_in_range(sqrtsd, 400, 500);
	assert_in_range(decode(X86(0x74, 0)).cost, 20, 40);
	assert_in_range(decode(X86(0xe8, 0, 0, 0, 0)).cost, 50, 70);
	assert_in_range(decode(X86(0xf0, 0xff, 0x07)).cost, 500, 700);
	assert_in_range(decode(X86(0x48, 0x87, 0x07)).cost, 500, 700); /* xchg with memory locks by itself */
	assert_in_range(decode(X86(0x48, 0x87, 0xc1)).cost, 20, 100);
	assert_in_range(decode(X86(0x0f, 0xa2)).cost, 5000, 20000);
	/* the operand of a lea and of a nop is not memory */
	assert_in_range(decode(X86(0x48, 0x8d, 0x46, 8)).cost, 10, 30);
	assert_in_range(decode(X86(0x0f, 0x1f, 0x44, 0, 0)).cost, 1, 30);
}

static void memory(void **state)
{
	(void)state;
	assert_int_equal(decode(X86(0x48, 0x89, 0x04, 0x24)).memory, INSN_MEMORY_STACK);       /* mov %rax,(%rsp) */
	assert_int_equal(decode(X86(0x48, 0x8b, 0x44, 0x24, 0x08)).memory, INSN_MEMORY_STACK); /* mov 8(%rsp),%rax */
	assert_int_equal(decode(X86(0x8b, 0x45, 0xf8)).memory, INSN_MEMORY_FRAME);	       /* mov -8(%rbp),%eax */
	assert_int_equal(decode(X86(0x83, 0x6d, 0xf8, 1)).memory, INSN_MEMORY_FRAME);	       /* subl $1,-8(%rbp) */
	/* Registers whose numbers differ from these in one bit, and indices. */
	assert_int_equal(decode(X86(0x41, 0x8b, 0x45, 0xf8)).memory, INSN_MEMORY_OTHER); /* mov -8(%r13),%eax */
	assert_int_equal(decode(X86(0x41, 0x8b, 0x04, 0x24)).memory, INSN_MEMORY_OTHER); /* mov (%r12),%eax */
	assert_int_equal(decode(X86(0x4a, 0x8b, 0x04, 0x24)).memory, INSN_MEMORY_OTHER); /* mov (%rsp,%r12),%rax */
	assert_int_equal(decode(X86(0x48, 0x8b, 0x04, 0xc4)).memory, INSN_MEMORY_OTHER); /* mov (%rsp,%rax,8),%rax */
	assert_int_equal(decode(X86(0x8b, 0x06)).memory, INSN_MEMORY_OTHER);		 /* mov (%rsi),%eax */
	assert_int_equal(decode(X86(0x8b, 0x05, 0, 0, 0, 0)).memory, INSN_MEMORY_OTHER); /* mov 0(%rip),%eax */
	assert_int_equal(decode(X86(0xa4)).memory, INSN_MEMORY_OTHER);			 /* movsb */
	/* None, or the stack as it is pushed and popped. */
	assert_int_equal(decode(X86(0x01, 0xd8)).memory, INSN_MEMORY_NONE);
	assert_int_equal(decode(X86(0x48, 0x8d, 0x46, 8)).memory, INSN_MEMORY_NONE);
	assert_int_equal(decode(X86(0x0f, 0x1f, 0x44, 0, 0)).memory, INSN_MEMORY_NONE);
	assert_int_equal(decode(X86(0x55)).memory, INSN_MEMORY_NONE);
	assert_int_equal(decode(X86(0xe8, 0, 0, 0, 0)).memory, INSN_MEMORY_NONE);
	assert_int_equal(decode(X86(0xc3)).memory, INSN_MEMORY_NONE);
}

static void step(void **state)
{
	(void)state;
	assert_int_equal(decode(X86(0x48, 0x83, 0xc1, 0x02)).step, 2);	     /* add $2,%rcx */
	assert_int_equal(decode(X86(0x83, 0xe9, 0x08)).step, -8);	     /* sub $8,%ecx */
	assert_int_equal(decode(X86(0x48, 0xff, 0xc0)).step, 1);	     /* inc %rax */
	assert_int_equal(decode(X86(0xff, 0xc8)).step, -1);		     /* dec %eax */
	assert_int_equal(decode(X86(0x48, 0x8d, 0x7f, 0x04)).step, 4);	     /* lea 4(%rdi),%rdi */
	assert_int_equal(decode(X86(0x4d, 0x8d, 0x40, 0xfc)).step, -4);	     /* lea -4(%r8),%r8 */
	assert_int_equal(decode(X86(0x48, 0x8d, 0x77, 0x04)).step, 0);	     /* lea 4(%rdi),%rsi */
	assert_int_equal(decode(X86(0x49, 0x8d, 0x78, 0x04)).step, 0);	     /* lea 4(%r8),%rdi */
	assert_int_equal(decode(X86(0x48, 0x8d, 0x64, 0x24, 0x08)).step, 0); /* lea 8(%rsp),%rsp */
	assert_int_equal(decode(X86(0x48, 0x8d, 0x05, 4, 0, 0, 0)).step, 0); /* lea 4(%rip),%rax */
	assert_int_equal(decode(X86(0x83, 0x07, 0x02)).step, 0);	     /* addl $2,(%rdi) */
	assert_int_equal(decode(X86(0x01, 0xd8)).step, 0);		     /* add %ebx,%eax */
	assert_int_equal(decode(X86(0x48, 0x81, 0xc1, 0, 2, 0, 0)).step, 0); /* add $512,%rcx */
	assert_int_equal(decode(X86(0x48, 0x83, 0xe1, 0x02)).step, 0);	     /* and $2,%rcx */
}

struct work_case {
	uint8_t code[15];
	uint8_t work, lanes;
	bool selects;
};

static void work(void **state)
{
	static const struct work_case cases[] = {
		{{0x01, 0xd8}, INSN_WORK_COMPUTE, 1, false},		 /* add */
		{{0x89, 0xd8}, INSN_WORK_MOVE, 1, false},		 /* mov */
		{{0x55}, INSN_WORK_NONE, 1, false},			 /* push */
		{{0xc3}, INSN_WORK_NONE, 1, false},			 /* ret */
		{{0xf2, 0x0f, 0x58, 0xc1}, INSN_WORK_COMPUTE, 1, false}, /* addsd */
		{{0x0f, 0x58, 0xc1}, INSN_WORK_COMPUTE, 4, false},	 /* addps */
		{{0x66, 0x0f, 0xfe, 0xc1}, INSN_WORK_COMPUTE, 4, false}, /* paddd */
		{{0xc5, 0xf5, 0xfe, 0xc2}, INSN_WORK_COMPUTE, 8, false}, /* vpaddd ymm */
		{{0x0f, 0x10, 0x07}, INSN_WORK_MOVE, 1, false},		 /* movups */
		{{0x66, 0x0f, 0xef, 0xc0}, INSN_WORK_COMPUTE, 1, false}, /* pxor */
		{{0x0f, 0x44, 0xc1}, INSN_WORK_COMPUTE, 1, true},	 /* cmove */
		{{0x0f, 0x94, 0xc0}, INSN_WORK_COMPUTE, 1, true},	 /* sete */
		{{0x19, 0xc0}, INSN_WORK_COMPUTE, 1, true},		 /* sbb */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct insn insn = decode(cases[i].code);

		if (insn.work != cases[i].work || insn.lanes != cases[i].lanes || insn.selects != cases[i].selects)
			fail_msg("case %zu: work %d, lanes %d, selects %d", i, insn.work, insn.lanes, insn.selects);
	}
	assert_true(decode(X86(0x39, 0xd8)).compares);		   /* cmp */
	assert_true(decode(X86(0x85, 0xc0)).compares);		   /* test */
	assert_true(decode(X86(0x66, 0x0f, 0x2e, 0xc1)).compares); /* ucomisd */
	assert_false(decode(X86(0x29, 0xd8)).compares);		   /* sub */
	assert_false(decode(X86(0x0f, 0x94, 0xc0)).compares);	   /* sete */
	assert_int_equal(decode(X86(0x01, 0xd8)).operation, decode(X86(0x48, 0x01, 0xca)).operation);
	assert_int_not_equal(decode(X86(0x01, 0xd8)).operation, decode(X86(0x29, 0xd8)).operation);
}

static void stores(void **state)
{
	(void)state;
	assert_int_equal(decode(X86(0x89, 0x07)).store, INSN_STORE_VALUE);
	assert_int_equal(decode(X86(0xf3, 0x0f, 0x11, 0x07)).store, INSN_STORE_VALUE);	/* movss */
	assert_int_equal(decode(X86(0x0f, 0x29, 0x07)).store, INSN_STORE_VECTOR);	/* movaps */
	assert_int_equal(decode(X86(0x66, 0x0f, 0xd6, 0x07)).store, INSN_STORE_VALUE);	/* movq */
	assert_int_equal(decode(X86(0xc5, 0xfe, 0x7f, 0x07)).store, INSN_STORE_VECTOR); /* vmovdqu ymm */
	assert_int_equal(decode(X86(0x0f, 0x29, 0xc1)).store, INSN_STORE_NONE);		/* between registers */
	assert_int_equal(decode(X86(0x0f, 0x28, 0x07)).store, INSN_STORE_NONE);		/* a load */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors),
		cmocka_unit_test(flows),
		cmocka_unit_test(conditions),
		cmocka_unit_test(conditions_on_rcx),
		cmocka_unit_test(conditions_unknown),
		cmocka_unit_test(probes_emulated),
		cmocka_unit_test(probes_stepped),
		cmocka_unit_test(probes_never),
		cmocka_unit_test(last_resorts),
		cmocka_unit_test(data_addresses),
		cmocka_unit_test(fillers),
		cmocka_unit_test(through_got),
		cmocka_unit_test(costs),
		cmocka_unit_test(memory),
		cmocka_unit_test(step),
		cmocka_unit_test(work),
		cmocka_unit_test(stores),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
