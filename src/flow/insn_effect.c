// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/insn_effect.h"

#include <Zydis/Zydis.h>
#include <errno.h>

#define M(name) ZYDIS_MNEMONIC_##name

#define WORD 8 /* bytes that a push takes */

struct decoded {
	ZydisDecodedInstruction insn;
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

/* The general register that REG is a part of, or -1. */
static int general(ZydisRegister reg)
{
	ZydisRegister whole = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, reg);

	return ZydisRegisterGetClass(whole) == ZYDIS_REGCLASS_GPR64 ? ZydisRegisterGetId(whole) : -1;
}

static bool is_whole(const ZydisDecodedOperand *operand)
{
	return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetClass(operand->reg.value) == ZYDIS_REGCLASS_GPR64;
}

static bool fits(int64_t value)
{
	return value == (int32_t)value && value != INT32_MIN;
}

static uint16_t bit_of(int reg)
{
	return reg < 0 ? 0 : (uint16_t)(1u << (reg & (INSN_REGISTERS - 1)));
}

/* Every register that is written, by name or as a matter of course, perhaps only under a condition. */
static uint16_t written(const struct decoded *d)
{
	uint16_t bits = 0;

	for (uint8_t i = 0; i < d->insn.operand_count; i++) {
		const ZydisDecodedOperand *operand = &d->operands[i];

		if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    (operand->actions & ZYDIS_OPERAND_ACTION_MASK_WRITE))
			bits |= bit_of(general(operand->reg.value));
	}
	return bits;
}

/* The first operand gets the second's value. */
static void move(const struct decoded *d, struct insn_effect *effect)
{
	effect->assigns = is_whole(&d->operands[0]) && is_whole(&d->operands[1]);
	if (effect->assigns)
		effect->source = (uint8_t)general(d->operands[1].reg.value);
}

static void load_address(const struct decoded *d, struct insn_effect *effect)
{
	const ZydisDecodedOperandMem *mem = &d->operands[1].mem;
	int base = general(mem->base);

	effect->assigns = is_whole(&d->operands[0]) && d->insn.address_width == 64 && base >= 0 &&
			  mem->base != ZYDIS_REGISTER_RIP && mem->index == ZYDIS_REGISTER_NONE && fits(mem->disp.value);
	effect->source = (uint8_t)(base < 0 ? 0 : base);
	effect->offset = effect->assigns ? (int32_t)mem->disp.value : 0;
}

/* The first operand is changed by the constant CHANGE. */
static void change(const struct decoded *d, struct insn_effect *effect, int64_t by)
{
	effect->assigns = is_whole(&d->operands[0]) && fits(by);
	effect->source = effect->dest;
	effect->offset = effect->assigns ? (int32_t)by : 0;
}

static void assign(const struct decoded *d, struct insn_effect *effect)
{
	const ZydisDecodedOperand *first = &d->operands[0], *second = &d->operands[1];
	bool constant = second->type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

	if (!is_whole(first))
		return;
	effect->dest = (uint8_t)general(first->reg.value);
	switch (d->insn.mnemonic) {
	case M(MOV):
		move(d, effect);
		break;
	case M(LEA):
		load_address(d, effect);
		break;
	case M(ADD):
		if (constant)
			change(d, effect, second->imm.value.s);
		break;
	case M(SUB):
		if (constant && second->imm.value.s != INT64_MIN)
			change(d, effect, -second->imm.value.s);
		break;
	case M(INC):
		change(d, effect, 1);
		break;
	case M(DEC):
		change(d, effect, -1);
		break;
	default:
		break;
	}
}

/* Pushes, pops and the like: their change of rsp is known, and what they read is not. */
static void use_stack(const struct decoded *d, struct insn_effect *effect)
{
	int width = d->insn.operand_width / 8;
	uint16_t unknown = effect->unknown & (uint16_t)~bit_of(INSN_RSP);

	switch (d->insn.mnemonic) {
	case M(PUSH):
	case M(PUSHF):
	case M(PUSHFQ):
		effect->stack_change = -width;
		break;
	case M(POP):
		/* `pop %rsp` sets the stack pointer to what is popped. */
		if (is_whole(&d->operands[0]) && d->operands[0].reg.value == ZYDIS_REGISTER_RSP)
			return;
		effect->stack_change = width;
		break;
	case M(POPF):
	case M(POPFQ):
		effect->stack_change = width;
		break;
	case M(CALL):
		effect->stack_change = -WORD;
		break;
	case M(RET):
		effect->stack_change = WORD;
		break;
	case M(LEAVE):
		effect->assigns = true;
		effect->dest = INSN_RSP;
		effect->source = INSN_RBP;
		effect->stack_change = WORD;
		unknown |= bit_of(INSN_RBP);
		break;
	default:
		return;
	}
	effect->unknown = unknown;
}

int insn_effect__decode(const uint8_t *code, size_t size, struct insn_effect *out)
{
	struct decoded d;
	ZydisDecoder decoder;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	if (ZYAN_FAILED(ZydisDecoderDecodeFull(&decoder, code, size, &d.insn, d.operands)))
		return -EILSEQ;
	*out = (struct insn_effect){.unknown = written(&d)};
	assign(&d, out);
	if (out->assigns)
		out->unknown &= (uint16_t)~bit_of(out->dest);
	else
		use_stack(&d, out);
	return 0;
}
