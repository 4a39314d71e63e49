// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/calibrate_target.h"

#include <stdbool.h>

#define DWARF_RBP 6
#define ZERO_FLAG 0x40

CALIBRATE_CHAIN(jmp, "", "jmp 2f");
CALIBRATE_CHAIN(jcc, "", "jz 2f");
/*
 * The processor mispredicts the return from here, because the kernel emulated the call: the processor did not see it.
 */
__asm__(".pushsection .text\n"
	"calibrate_target_leaf:\n"
	"	ret\n"
	".popsection\n");
CALIBRATE_CHAIN(call, "", "call calibrate_target_leaf");
CALIBRATE_CHAIN(push, "", "push %rax");
CALIBRATE_CHAIN(nop, "", "nop");
CALIBRATE_CHAIN(step, "", "mov %rax, %rdx");
CALIBRATE_CHAIN(nested, "", "jmp 2f");
CALIBRATE_CHAIN(count, "", "jmp 2f");

static const struct chain {
	void (*run)(uint32_t rounds);
	const uint8_t *code;
	uint8_t size; /* of one instruction */
	bool conditional;
} chains[CALIBRATE_TARGET_CHAINS] = {
	[INSN_PROBE_JMP] = {calibrate_chain_jmp, calibrate_chain_jmp_code, 2, false},
	[INSN_PROBE_JCC] = {calibrate_chain_jcc, calibrate_chain_jcc_code, 2, true},
	[INSN_PROBE_CALL] = {calibrate_chain_call, calibrate_chain_call_code, 5, false},
	[INSN_PROBE_PUSH] = {calibrate_chain_push, calibrate_chain_push_code, 1, false},
	[INSN_PROBE_NOP] = {calibrate_chain_nop, calibrate_chain_nop_code, 1, false},
	[INSN_PROBE_STEP] = {calibrate_chain_step, calibrate_chain_step_code, 3, false},
	[CALIBRATE_TARGET_NESTED] = {calibrate_chain_nested, calibrate_chain_nested_code, 2, false},
	[CALIBRATE_TARGET_COUNT] = {calibrate_chain_count, calibrate_chain_count_code, 2, false},
};

void calibrate_target__run(int chain, uint32_t rounds)
{
	chains[chain].run(rounds);
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

int calibrate_target__sites(struct lprof_site sites[CALIBRATE_TARGET_SITES], uint64_t offsets[CALIBRATE_TARGET_SITES])
{
	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++) {
		int first = chain * CALIBRATE_TARGET_LENGTH, err;
		uint64_t start;

		err = calibrate_chain__offset(chains[chain].code, &start);
		if (err)
			return err;
		chain_sites(chain, &sites[first]);
		for (int i = 0; i < CALIBRATE_TARGET_LENGTH; i++)
			offsets[first + i] = start + (uint64_t)(i * chains[chain].size);
	}
	return 0;
}
