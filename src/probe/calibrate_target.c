// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/calibrate_target.h"

#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>

#define DWARF_RSI	 4
#define DWARF_RBP	 6
#define DWARF_R8	 8
#define ZERO_FLAG	 0x40
#define LENGTH_TEXT_(x)	 #x
#define LENGTH_TEXT(x)	 LENGTH_TEXT_(x)
#define LENGTH_OF_CHAINS LENGTH_TEXT(CALIBRATE_TARGET_LENGTH)

/*
 * A function that runs ROUNDS times through the chain of INSTRUCTION, each copy of which leads to the next.
 * The frame is based on rbp, so that what the chain pushes does not matter and is dropped after each round.
 * The zero flag is set throughout the chain. What is not of the chain takes about a nanosecond a round.
 */
#define CHAIN(name, instruction) CHAIN_WITH(name, "", instruction)
#define CHAIN_WITH(name, setup, instruction)                                                                           \
	extern const uint8_t calibrate_target_##name##_chain[] __attribute__((visibility("hidden")));                  \
	void calibrate_target_##name(uint32_t rounds) __attribute__((visibility("hidden")));                           \
	__asm__(".pushsection .text\n"                                                                                 \
		".p2align 6\n"                                                                                         \
		".globl calibrate_target_" #name "\n"                                                                  \
		".hidden calibrate_target_" #name "\n"                                                                 \
		".type calibrate_target_" #name ", @function\n"                                                        \
		".globl calibrate_target_" #name "_chain\n"                                                            \
		".hidden calibrate_target_" #name "_chain\n"                                                           \
		"calibrate_target_" #name ":\n"                                                                        \
		"	push %rbp\n"                                                                                         \
		"	mov %rsp, %rbp\n" setup "1:	xor %eax, %eax\n"                                                  \
		"calibrate_target_" #name "_chain:\n"                                                                  \
		"	.rept " LENGTH_OF_CHAINS "\n"                                                                  \
		"	" instruction "\n"                                                                             \
		"2:\n"                                                                                                 \
		"	.endr\n"                                                                                             \
		"	mov %rbp, %rsp\n"                                                                                    \
		"	dec %edi\n"                                                                                          \
		"	jnz 1b\n"                                                                                            \
		"	pop %rbp\n"                                                                                          \
		"	ret\n"                                                                                               \
		".size calibrate_target_" #name ", . - calibrate_target_" #name "\n"                                   \
		".popsection\n")

CHAIN(jmp, "jmp 2f");
CHAIN(jcc, "jz 2f");
/* The return that a probed call leads to is one that the processor does not expect: it did not see the call. */
__asm__(".pushsection .text\n"
	"calibrate_target_leaf:\n"
	"	ret\n"
	".popsection\n");
CHAIN(call, "call calibrate_target_leaf");
CHAIN(push, "push %rax");
CHAIN(nop, "nop");
CHAIN(step, "mov %rax, %rdx");
CHAIN(nested, "jmp 2f");

/*
 * As much of an interpreter as its probes' programs look at: the current thread's state leads to a frame, which is
 * that of a code object. The probes pass a wanted function's name in rsi, another one in r8; the frame is in rdx.
 */
struct fake_code {
	const void *pad, *type;
	const char *fields[4];
};
static const char wanted_name[] __attribute__((used)) = CALIBRATE_TARGET_NAME;
static const char other_name[] __attribute__((used)) = "lprof-bpf other";
static const struct fake_code fake_type, fake_code = {.type = &fake_type};
static const struct fake_frame {
	const struct fake_code *code;
	const void *instr;
} fake_frame __attribute__((used)) = {.code = &fake_code};
static const struct fake_frame *const fake_cframe = &fake_frame;
static const struct fake_frame *const *const fake_thread = &fake_cframe;
static const struct fake_frame *const *const *const fake_current = &fake_thread;

static const struct lprof_python_layout fake_layout = {
	.frame_instr = offsetof(struct fake_frame, instr),
	.code_first_line = offsetof(struct fake_code, fields),
	.code_name = offsetof(struct fake_code, fields),
	.code_qualname = offsetof(struct fake_code, fields),
	.code_file = offsetof(struct fake_code, fields),
	.code_table = offsetof(struct fake_code, fields),
	.code_first_traceable = offsetof(struct fake_code, fields),
};

#define PYTHON_SETUP                                                                                                   \
	"	lea wanted_name(%rip), %rsi\n"                                                                               \
	"	lea other_name(%rip), %r8\n"                                                                                 \
	"	lea fake_frame(%rip), %rdx\n"

CHAIN_WITH(lines, PYTHON_SETUP, "nop");
CHAIN_WITH(others, PYTHON_SETUP, "nop");

static const struct chain {
	void (*run)(uint32_t rounds);
	const uint8_t *code;
	uint8_t size; /* of one instruction */
	bool conditional;
} chains[CALIBRATE_TARGET_ALL_CHAINS] = {
	[INSN_PROBE_JMP] = {calibrate_target_jmp, calibrate_target_jmp_chain, 2, false},
	[INSN_PROBE_JCC] = {calibrate_target_jcc, calibrate_target_jcc_chain, 2, true},
	[INSN_PROBE_CALL] = {calibrate_target_call, calibrate_target_call_chain, 5, false},
	[INSN_PROBE_PUSH] = {calibrate_target_push, calibrate_target_push_chain, 1, false},
	[INSN_PROBE_NOP] = {calibrate_target_nop, calibrate_target_nop_chain, 1, false},
	[INSN_PROBE_STEP] = {calibrate_target_step, calibrate_target_step_chain, 3, false},
	[CALIBRATE_TARGET_NESTED] = {calibrate_target_nested, calibrate_target_nested_chain, 2, false},
	[CALIBRATE_TARGET_LINES] = {calibrate_target_lines, calibrate_target_lines_chain, 1, false},
	[CALIBRATE_TARGET_OTHERS] = {calibrate_target_others, calibrate_target_others_chain, 1, false},
};

void calibrate_target__run(int chain, uint32_t rounds)
{
	chains[chain].run(rounds);
}

struct segment {
	uintptr_t address;  /* looked for */
	intptr_t to_offset; /* added to an address it makes a file offset */
};

static int find_segment(struct dl_phdr_info *info, size_t size, void *data)
{
	struct segment *segment = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		uintptr_t start = info->dlpi_addr + header->p_vaddr;

		if (header->p_type != PT_LOAD || segment->address - start >= header->p_filesz)
			continue;
		segment->to_offset = (intptr_t)(header->p_offset - start);
		return 1;
	}
	return 0;
}

/* A frame's first site begins it and its last one ends it, so that nothing is timed between rounds. */
static void chain_sites(int chain, struct lprof_site *sites)
{
	uint32_t first = (uint32_t)chain * CALIBRATE_TARGET_LENGTH, next[CALIBRATE_TARGET_LENGTH];
	bool nested = chain == CALIBRATE_TARGET_NESTED;

	for (int i = 0; i < CALIBRATE_TARGET_LENGTH; i++)
		next[i] = first + (uint32_t)i + 1;
	next[CALIBRATE_TARGET_LENGTH - 1] = LPROF_NEXT_OUT;
	if (nested) {
		next[0] = LPROF_NEXT_OUT;
		next[CALIBRATE_TARGET_OUTER] = first + CALIBRATE_TARGET_AGAIN;
		next[CALIBRATE_TARGET_AGAIN - 1] = LPROF_NEXT_OUT;
	}
	for (int i = 0; i < CALIBRATE_TARGET_LENGTH; i++) {
		bool inner = nested && i >= CALIBRATE_TARGET_INNER && i < CALIBRATE_TARGET_AGAIN;

		sites[i] = (struct lprof_site){
			.next = {next[i], next[i]},
			.body = (uint32_t)(chain + inner),
			.cfa_reg = DWARF_RBP,
			.cfa_offset = 16,
			.flags = !i || (nested && i <= CALIBRATE_TARGET_INNER) ? LPROF_SITE_ENTRY : 0,
			.flags_mask = chains[chain].conditional ? ZERO_FLAG : 0,
		};
	}
}

/* The offset in the file of a chain's first instruction. */
static int find_chain(int chain, uint64_t *offset)
{
	struct segment segment = {.address = (uintptr_t)chains[chain].code};

	if (!dl_iterate_phdr(find_segment, &segment))
		return -ENOENT;
	*offset = (uint64_t)((intptr_t)chains[chain].code + segment.to_offset);
	return 0;
}

int calibrate_target__sites(struct lprof_site sites[CALIBRATE_TARGET_SITES], uint64_t offsets[CALIBRATE_TARGET_SITES])
{
	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++) {
		int first = chain * CALIBRATE_TARGET_LENGTH, err;
		uint64_t start;

		err = find_chain(chain, &start);
		if (err)
			return err;
		chain_sites(chain, &sites[first]);
		for (int i = 0; i < CALIBRATE_TARGET_LENGTH; i++)
			offsets[first + i] = start + (uint64_t)(i * chains[chain].size);
	}
	return 0;
}

/* Of the chain of others, the first and the last site are in the wanted function. */
static struct lprof_python_site python_site(int chain, int i)
{
	bool other = chain == CALIBRATE_TARGET_OTHERS && i && i < CALIBRATE_TARGET_LENGTH - 1;
	const uint8_t *address = chains[chain].code + i;

	return (struct lprof_python_site){
		.current = (const uint8_t *)&fake_current - address,
		.code_type = (const uint8_t *)&fake_type - address,
		.name = {.place = LPROF_PYTHON_REGISTER, .reg = other ? DWARF_R8 : DWARF_RSI, .size = 8},
		.line = {.place = LPROF_PYTHON_CONSTANT, .offset = calibrate_target__line(chain, i), .size = 4},
		.layout = fake_layout,
		.length = 1,
	};
}

int calibrate_target__python(struct lprof_python_site sites[CALIBRATE_TARGET_PYTHON_SITES],
			     uint64_t offsets[CALIBRATE_TARGET_PYTHON_SITES])
{
	for (int chain = CALIBRATE_TARGET_LINES; chain <= CALIBRATE_TARGET_OTHERS; chain++) {
		uint64_t start;
		int err = find_chain(chain, &start);

		if (err)
			return err;
		for (int i = 0; i < CALIBRATE_TARGET_LENGTH; i++) {
			*sites++ = python_site(chain, i);
			*offsets++ = start + (uint64_t)i;
		}
	}
	return 0;
}

int calibrate_target__line(int chain, int i)
{
	return (chain - CALIBRATE_TARGET_LINES) * CALIBRATE_TARGET_LENGTH + i + 1;
}
