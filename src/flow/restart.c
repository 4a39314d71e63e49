// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Go's functions begin with one or two conditional jumps that find whether the stack is large enough. If it is
 * not, or if the runtime pretends so because it wants to interrupt the goroutine, control goes to code that calls the
 * runtime for a larger stack and then jumps to the entry:
 *
 *	entry:	cmp 16(%r14),%rsp
 *		jbe tail
 *		...
 *	tail:	mov %rax,8(%rsp)
 *		call runtime.morestack_noctxt
 *		mov 8(%rsp),%rax
 *		jmp entry
 *
 * For whoever called the function and for its source, nothing has happened: neither is it one more call, nor is its
 * first line executed once more. So such a tail is marked, for the plan to leave it out of the scope, and for attribute
 * to take back what its entry and the jumps counted.
 */
#include "flow/restart.h"

#define MOST_INSNS 64 /* of a tail: it saves all registers with arguments and restores them */

/* Whether code that begins at instruction I does nothing but ask for a larger stack and begin anew; marks it if so. */
static bool mark_tail(struct cfg *cfg, const struct cfg_input *input, uint32_t i)
{
	uint32_t tail[MOST_INSNS], n = 0, n_calls = 0;

	while (i != CFG_NONE && i != cfg->entry && n < MOST_INSNS) {
		const struct cfg_insn *ci = &cfg->insns[i];

		tail[n++] = i;
		if (ci->insn.flow == INSN_FLOW_CALL) {
			if (!input->grows_stack(ci->insn.target, input->ctx))
				return false;
			n_calls++;
		} else if (ci->insn.flow != INSN_FLOW_NEXT && ci->insn.flow != INSN_FLOW_JUMP) {
			return false;
		}
		i = ci->insn.flow == INSN_FLOW_JUMP ? ci->taken : ci->next;
	}
	if (i != cfg->entry || n_calls != 1)
		return false;
	while (n)
		cfg->insns[tail[--n]].restart = true;
	return true;
}

/* Whether INSN is `cmp 16(%r14),REGISTER`: it compares with the lower end of a goroutine's stack. */
static bool asks_goroutine(const struct cfg_input *input, const struct insn *insn)
{
	const uint8_t *code = cfg_input__byte(input, insn->addr);

	return insn->len == 4 && (code[0] & 0xfb) == 0x49 && code[1] == 0x3b && (code[2] & 0xc7) == 0x46 &&
	       code[3] == 16;
}

void restart__mark(struct cfg *cfg, const struct cfg_input *input)
{
	uint32_t before = CFG_NONE;

	/* What comes before the first conditional jump that is no such check has no side effects. */
	for (uint32_t i = cfg->entry; input->grows_stack && i != CFG_NONE && cfg->insns[i].insn.lng == INSN_SHORT;) {
		const struct cfg_insn *ci = &cfg->insns[i];
		uint32_t next = ci->next;

		if (ci->insn.flow == INSN_FLOW_COND) {
			if (ci->next != CFG_NONE && mark_tail(cfg, input, ci->next))
				next = ci->taken;
			else if (ci->taken == CFG_NONE || !mark_tail(cfg, input, ci->taken))
				return;
			cfg->goroutine |= before != CFG_NONE && asks_goroutine(input, &cfg->insns[before].insn);
		} else if (ci->insn.flow != INSN_FLOW_NEXT) {
			return;
		}
		before = i;
		i = next;
	}
}
