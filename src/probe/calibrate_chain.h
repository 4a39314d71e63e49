/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * calibrate_chain: a chain of adjacent copies of one instruction in our own executable. Each can be given a probe,
 * whose cost is then measured.
 */
#ifndef LPROF_CALIBRATE_CHAIN_H
#define LPROF_CALIBRATE_CHAIN_H

#include <stdint.h>

#define CALIBRATE_CHAIN_LENGTH	 6 /* copies; must be a plain number, since it becomes part of the assembler's text */
#define CALIBRATE_CHAIN_TEXT_(x) #x
#define CALIBRATE_CHAIN_TEXT(x)	 CALIBRATE_CHAIN_TEXT_(x)

/*
 * Defines calibrate_chain_NAME(), a function that executes SETUP and then runs ROUNDS times through the chain of copies
 * of INSTRUCTION, which begins at calibrate_chain_NAME_code. A label "2" stands behind each copy. The frame is based on
 * rbp, so the chain may push: each round drops what it pushed. The zero flag is set throughout the chain. The
 * instructions around the chain take about a nanosecond a round.
 */
#define CALIBRATE_CHAIN(name, setup, instruction)                                                                      \
	extern const uint8_t calibrate_chain_##name##_code[] __attribute__((visibility("hidden")));                    \
	void calibrate_chain_##name(uint32_t rounds) __attribute__((visibility("hidden")));                            \
	__asm__(".pushsection .text\n"                                                                                 \
		".p2align 6\n"                                                                                         \
		".globl calibrate_chain_" #name "\n"                                                                   \
		".hidden calibrate_chain_" #name "\n"                                                                  \
		".type calibrate_chain_" #name ", @function\n"                                                         \
		".globl calibrate_chain_" #name "_code\n"                                                              \
		".hidden calibrate_chain_" #name "_code\n"                                                             \
		"calibrate_chain_" #name ":\n"                                                                         \
		"	push %rbp\n"                                                                                         \
		"	mov %rsp, %rbp\n" setup "1:	xor %eax, %eax\n"                                                  \
		"calibrate_chain_" #name "_code:\n"                                                                    \
		"	.rept " CALIBRATE_CHAIN_TEXT(CALIBRATE_CHAIN_LENGTH) "\n"                                      \
									     "	" instruction "\n"                     \
									     "2:\n"                                    \
									     "	.endr\n"                                \
									     "	mov %rbp, %rsp\n"                       \
									     "	dec %edi\n"                             \
									     "	jnz 1b\n"                               \
									     "	pop %rbp\n"                             \
									     "	ret\n"                                  \
									     ".size calibrate_chain_" #name            \
									     ", . - calibrate_chain_" #name "\n"       \
									     ".popsection\n")

/* The offset in /proc/self/exe of CODE, a chain's first instruction. 0, or -ENOENT when its segment is not found. */
int calibrate_chain__offset(const uint8_t *code, uint64_t *offset);

#endif
