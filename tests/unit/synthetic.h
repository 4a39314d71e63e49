/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * synthetic: control-flow graphs for tests, made from a table instead of from machine code.
 */
#ifndef LPROF_TESTS_SYNTHETIC_H
#define LPROF_TESTS_SYNTHETIC_H

#include <stdint.h>

#include "flow/cfg.h"
#include "flow/insn.h"

struct synthetic_insn {
	enum insn_flow flow;
	uint32_t to; /* target of a jump or conditional jump; CFG_NONE: outside */
	enum insn_probe probe;
	uint32_t line;
	enum insn_long lng;
	uint8_t root;
};

/* Short forms for tables. */
#define PLAIN(line)                                                                                                    \
	{                                                                                                              \
		INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_STEP, line, INSN_SHORT, 0                                         \
	}
#define NEVER(line)                                                                                                    \
	{                                                                                                              \
		INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_NEVER, line, INSN_SHORT, 0                                        \
	}
#define PUSH(line)                                                                                                     \
	{                                                                                                              \
		INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_PUSH, line, INSN_SHORT, 0                                         \
	}
#define JUMP(to, line)                                                                                                 \
	{                                                                                                              \
		INSN_FLOW_JUMP, to, INSN_PROBE_JMP, line, INSN_SHORT, 0                                                \
	}
#define COND(to, line)                                                                                                 \
	{                                                                                                              \
		INSN_FLOW_COND, to, INSN_PROBE_JCC, line, INSN_SHORT, 0                                                \
	}
#define CALL(line)                                                                                                     \
	{                                                                                                              \
		INSN_FLOW_CALL, CFG_NONE, INSN_PROBE_CALL, line, INSN_LONG_CALL, 0                                     \
	}
#define CALLR(line)                                                                                                    \
	{                                                                                                              \
		INSN_FLOW_CALL_INDIRECT, CFG_NONE, INSN_PROBE_NEVER, line, INSN_LONG_CALL, 0                           \
	}
#define SYSCALL(line)                                                                                                  \
	{                                                                                                              \
		INSN_FLOW_NEXT, CFG_NONE, INSN_PROBE_NEVER, line, INSN_LONG_SYSCALL, 0                                 \
	}
#define JUMPR(line)                                                                                                    \
	{                                                                                                              \
		INSN_FLOW_JUMP_INDIRECT, CFG_NONE, INSN_PROBE_NEVER, line, INSN_SHORT, 0                               \
	}
#define RET(line)                                                                                                      \
	{                                                                                                              \
		INSN_FLOW_RETURN, CFG_NONE, INSN_PROBE_STEP, line, INSN_SHORT, 0                                       \
	}

/* Makes the cfg of N instructions, entered at the first one; *lines has the line of each. Owned by the caller. */
struct cfg *synthetic__cfg(const struct synthetic_insn *insns, uint32_t n, uint32_t **lines);

/* Prices of probes: 10 on an emulated instruction, 100 on one that is stepped. */
extern const uint32_t synthetic_prices[INSN_PROBE_CLASSES];

#endif
