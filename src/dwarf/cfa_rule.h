/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cfa_rule: where the frame of a function is while an instruction of it is executed. */
#ifndef LPROF_CFA_RULE_H
#define LPROF_CFA_RULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Register rule for the canonical frame address: reg + offset, or, with deref, the eight bytes at
 * reg + offset, plus deref_offset. REG is the DWARF number (7 = rsp, 6 = rbp).
 */
struct cfa_rule {
	uint8_t reg;
	bool deref;
	int32_t offset;
	int32_t deref_offset;
};

#endif
