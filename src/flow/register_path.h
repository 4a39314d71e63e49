/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * register_path: what general registers hold at the end of a path between two sites, by what they held at its
 * beginning. Pure.
 */
#ifndef LPROF_REGISTER_PATH_H
#define LPROF_REGISTER_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/insn_effect.h"
#include "flow/plan.h"

/* Values of register_value.source that are not the number of a register. */
#define REGISTER_NONE	 INSN_REGISTERS	      /* the value is the number `offset` */
#define REGISTER_ADDRESS (INSN_REGISTERS + 1) /* it is the address `offset` bytes behind where the path begins */
#define REGISTER_UNKNOWN (INSN_REGISTERS + 2) /* nothing is known of the value */

/* A register's value at the end: what the register `source` held at the beginning, plus `offset`. */
struct register_value {
	int32_t offset;
	uint8_t source;
	bool narrow; /* only the lower 32 bits are so */
};

/* EFFECTS has the effect of each instruction of the body. OUT has INSN_REGISTERS items. */
void register_path__edge(const struct plan *plan, const struct insn_effect *effects, uint32_t site, bool taken,
			 struct register_value *out);

/* The same for the path from in front of the instruction INSN to the first site on it. */
void register_path__from(const struct plan *plan, const struct insn_effect *effects, uint32_t insn,
			 struct register_value *out);

#endif
