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
 *
 * GCC's split stacks (gccgo, -fsplit-stack) differ in how they go on. The tail calls __morestack and then returns. But
 * before it comes to that, __morestack has called what lies behind the return, on the new stack: the body.
 *
 *	tail:	mov $3016,%r10d
 *		call __morestack
 *		ret
 *		jmp body
 *
 * So the jump that leads to the tail leads in truth to what lies behind it, where a new frame begins.
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

/* Where a body goes on whose code at instruction I asks for a split stack, which is marked; CFG_NONE: it does not. */
static uint32_t behind_split(struct cfg *cfg, const struct cfg_input *input, uint32_t i)
{
	uint32_t tail[MOST_INSNS], n = 0, end;

	while (i != CFG_NONE && n < MOST_INSNS && cfg->insns[i].insn.flow == INSN_FLOW_NEXT) {
		tail[n++] = i;
		i = cfg->insns[i].next;
	}
	if (i == CFG_NONE || cfg->insns[i].insn.flow != INSN_FLOW_CALL || cfg->insns[i].next == CFG_NONE ||
	    !input->grows_stack(cfg->insns[i].insn.target, input->ctx))
		return CFG_NONE;
	end = cfg->insns[i].next;
	if (cfg->insns[end].insn.flow != INSN_FLOW_RETURN)
		return CFG_NONE;
	cfg->insns[i].restart = cfg->insns[end].restart = true;
	while (n)
		cfg->insns[tail[--n]].restart = true;
	return cfg__find(cfg, cfg->insns[end].insn.addr + cfg->insns[end].insn.len);
}

static void link_split(struct cfg *cfg, const struct cfg_input *input, uint32_t *successor)
{
	uint32_t behind = behind_split(cfg, input, *successor);

	if (behind == CFG_NONE)
		return;
	*successor = behind;
	cfg__add_root(cfg, behind, CFG_ROOT_STACK);
}

void restart__link(struct cfg *cfg, const struct cfg_input *input)
{
	for (uint32_t i = 0; input->grows_stack && i < cfg->n_insns; i++) {
		if (cfg->insns[i].insn.flow != INSN_FLOW_COND)
			continue;
		link_split(cfg, input, &cfg->insns[i].next);
		link_split(cfg, input, &cfg->insns[i].taken);
	}
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
