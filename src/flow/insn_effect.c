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

static bool is_low(const ZydisDecodedOperand *operand)
{
	return operand->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetClass(operand->reg.value) == ZYDIS_REGCLASS_GPR32;
}

/* The first operand gets the value of SOURCE and OFFSET, in as many bits as it has. */
static void sum(const struct decoded *d, struct insn_effect *effect, int source, int64_t offset)
{
	if (source < 0 || !fits(offset))
		return;
	effect->assigns = is_whole(&d->operands[0]);
	effect->narrow = is_low(&d->operands[0]);
	effect->source = (uint8_t)source;
	effect->offset = (int32_t)offset;
}

/* The first operand gets the number VALUE. */
static void set(const struct decoded *d, struct insn_effect *effect, int64_t value)
{
	/* Of 32 bits, the sign would not be extended. */
	effect->constant = fits(value) && (value >= 0 || is_whole(&d->operands[0]));
	effect->offset = effect->constant ? (int32_t)value : 0;
}

/* The first operand gets the second's value. */
static void move(const struct decoded *d, struct insn_effect *effect)
{
	const ZydisDecodedOperand *to = &d->operands[0], *from = &d->operands[1];

	if (from->type == ZYDIS_OPERAND_TYPE_IMMEDIATE)
		set(d, effect, is_low(to) ? (int64_t)(int32_t)from->imm.value.u : from->imm.value.s);
	else if ((is_whole(to) && is_whole(from)) || (is_low(to) && is_low(from)))
		sum(d, effect, general(from->reg.value), 0);
}

static void load_address(const struct decoded *d, struct insn_effect *effect)
{
	const ZydisDecodedOperandMem *mem = &d->operands[1].mem;

	if (d->insn.address_width != 64 || mem->index != ZYDIS_REGISTER_NONE)
		return;
	if (mem->base == ZYDIS_REGISTER_RIP)
		effect->address = is_whole(&d->operands[0]);
	else
		sum(d, effect, general(mem->base), mem->disp.value);
}

/* A register that is combined with itself, which gives 0. */
static void clear(const struct decoded *d, struct insn_effect *effect)
{
	const ZydisDecodedOperand *second = &d->operands[1];

	if (second->type == ZYDIS_OPERAND_TYPE_REGISTER && second->reg.value == d->operands[0].reg.value)
		set(d, effect, 0);
}

static void assign(const struct decoded *d, struct insn_effect *effect)
{
	const ZydisDecodedOperand *first = &d->operands[0], *second = &d->operands[1];
	bool constant = second->type == ZYDIS_OPERAND_TYPE_IMMEDIATE;

	if (!is_whole(first) && !is_low(first))
		return;
	effect->dest = (uint8_t)general(first->reg.value);
	switch (d->insn.mnemonic) {
	case M(MOV):
		move(d, effect);
		break;
	case M(MOVSXD): /* the lower 32 bits are the same */
		effect->narrow = is_low(second);
		effect->source = effect->narrow ? (uint8_t)general(second->reg.value) : 0;
		break;
	case M(LEA):
		load_address(d, effect);
		break;
	case M(XOR):
		clear(d, effect);
		break;
	case M(ADD):
		if (constant)
			sum(d, effect, effect->dest, second->imm.value.s);
		break;
	case M(SUB):
		if (constant && second->imm.value.s != INT64_MIN)
			sum(d, effect, effect->dest, -second->imm.value.s);
		else
			clear(d, effect);
		break;
	case M(INC):
		sum(d, effect, effect->dest, 1);
		break;
	case M(DEC):
		sum(d, effect, effect->dest, -1);
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
