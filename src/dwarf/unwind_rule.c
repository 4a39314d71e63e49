// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/unwind_rule.h"

#include <dwarf.h>
#include <stdbool.h>
#include <string.h>

#include "elf/byte_cursor.h"

#define RETURN_ADDRESS (-8) /* where it is, relative to the CFA */

/* Of an expression: "register + offset", whose eight bytes may be read, to which something may be added then. */
struct address {
	bool known, deref;
	uint64_t reg;
	int64_t offset, added;
};

static struct byte_cursor bytes_of(const struct frame_rule *rule)
{
	return (struct byte_cursor){.p = rule->expression, .end = rule->expression + rule->length};
}

static bool at_end(const struct byte_cursor *cursor)
{
	return cursor->failed || cursor->p == cursor->end;
}

static uint8_t operation(struct byte_cursor *cursor)
{
	return (uint8_t)byte_cursor__fixed(cursor, 1);
}

static struct address parse(const struct frame_rule *rule)
{
	struct address address = {.known = false};
	struct byte_cursor cursor = bytes_of(rule);
	uint8_t op = operation(&cursor);

	if (op == DW_OP_bregx)
		address.reg = byte_cursor__leb128(&cursor, false);
	else if (op >= DW_OP_breg0 && op <= DW_OP_breg31)
		address.reg = op - DW_OP_breg0;
	else
		return address;
	address.offset = (int64_t)byte_cursor__leb128(&cursor, true);
	if (!at_end(&cursor)) {
		address.deref = true;
		if (operation(&cursor) != DW_OP_deref)
			return address;
	}
	if (!at_end(&cursor)) {
		if (operation(&cursor) != DW_OP_plus_uconst)
			return address;
		address.added = (int64_t)byte_cursor__leb128(&cursor, false);
	}
	address.known = !cursor.failed && cursor.p == cursor.end;
	return address;
}

static bool is_at(const struct frame_rule *rule, int64_t from_rsp, bool deref)
{
	struct address address;

	if (rule->kind != FRAME_EXPRESSION)
		return false;
	address = parse(rule);
	return address.known && address.reg == FRAME_RSP && address.offset == from_rsp && address.deref == deref &&
	       !address.added;
}

/* The code to which signal handlers return describes where the kernel has stored the registers. */
static bool is_signal(const struct frame_state *state)
{
	return is_at(&state->rules[FRAME_RETURN], UNWIND_SIGNAL_RIP, false) &&
	       is_at(&state->rules[FRAME_CFA], UNWIND_SIGNAL_RSP, true) &&
	       is_at(&state->rules[FRAME_SAVED_RBP], UNWIND_SIGNAL_RBP, false) &&
	       is_at(&state->rules[FRAME_SAVED_RBX], UNWIND_SIGNAL_RBX, false);
}

/*
 * Linkers describe the entries of a PLT with one expression: rsp + OFFSET + ((rip & 15) >= ADDED) * 8. Whether RULE is
 * this one.
 */
static bool parse_plt(const struct frame_rule *rule, int64_t *offset, int64_t *added)
{
	static const uint8_t begins[] = {DW_OP_breg16, 0, DW_OP_lit15, DW_OP_and};
	static const uint8_t ends[] = {DW_OP_ge, DW_OP_lit3, DW_OP_shl, DW_OP_plus};
	struct byte_cursor cursor = bytes_of(rule);
	const uint8_t *part;
	uint8_t op;

	if (operation(&cursor) != DW_OP_breg0 + FRAME_RSP)
		return false;
	*offset = (int64_t)byte_cursor__leb128(&cursor, true);
	part = byte_cursor__take(&cursor, sizeof(begins));
	if (!part || memcmp(part, begins, sizeof(begins)) != 0)
		return false;
	op = operation(&cursor);
	if (op < DW_OP_lit0 || op > DW_OP_lit15)
		return false;
	*added = op - DW_OP_lit0;
	part = byte_cursor__take(&cursor, sizeof(ends));
	return part && cursor.p == cursor.end && memcmp(part, ends, sizeof(ends)) == 0;
}

/* Sets the part of ROW that says where the CFA is. *address is what that is relative to. */
static void set_cfa(const struct frame_rule *rule, struct unwind_row *row, struct address *address)
{
	int64_t offset, added;

	if (rule->kind == FRAME_OFFSET)
		*address = (struct address){.known = true, .reg = rule->reg, .offset = rule->offset};
	else if (rule->kind == FRAME_EXPRESSION)
		*address = parse(rule);
	offset = address->offset;
	added = address->added;
	if (address->known && address->reg == FRAME_RSP)
		row->cfa = address->deref ? UNWIND_RSP_DEREF : UNWIND_RSP;
	else if (address->known && address->reg == FRAME_RBP)
		row->cfa = address->deref ? UNWIND_RBP_DEREF : UNWIND_RBP;
	else if (address->known && !address->deref && address->reg == FRAME_RBX)
		row->cfa = UNWIND_RBX;
	else if (rule->kind == FRAME_EXPRESSION && parse_plt(rule, &offset, &added))
		row->cfa = UNWIND_PLT;
	row->cfa_offset = (int32_t)offset;
	row->cfa_add = (int16_t)added;
	if (row->cfa_offset != offset || row->cfa_add != added)
		row->cfa = UNWIND_UNKNOWN;
}

/* Whether RULE says where a register is stored by what REG holds. */
static bool is_stored_from(const struct frame_rule *rule, uint64_t reg)
{
	struct address address;

	if (rule->kind != FRAME_EXPRESSION)
		return false;
	address = parse(rule);
	return address.known && !address.deref && address.reg == reg;
}

/* Where a register of the caller is stored, as in struct unwind_row; BASE is where the CFA is. */
static int16_t saved(const struct frame_rule *rule, const struct address *base, bool from_register)
{
	int64_t offset;

	if (rule->kind == FRAME_UNSPECIFIED || rule->kind == FRAME_SAME)
		return UNWIND_SAME;
	/*
	 * At the end of a function that aligns its stack, GCC's rules still say that registers are stored relative to
	 * rbp. But all of them have been restored by then, rbp included.
	 */
	if (base->known && base->reg == FRAME_RSP && !base->deref && is_stored_from(rule, FRAME_RBP))
		return UNWIND_SAME;
	if (rule->kind == FRAME_OFFSET && !from_register)
		offset = rule->offset;
	else if (base->known && is_stored_from(rule, base->reg) && from_register == base->deref)
		offset = parse(rule).offset - (base->deref ? 0 : base->offset);
	else
		return UNWIND_LOST;
	return offset <= UNWIND_SAME || offset > INT16_MAX ? UNWIND_LOST : (int16_t)offset;
}

struct unwind_row unwind_rule__of(const struct frame_state *state)
{
	static const struct unwind_row unknown = {.cfa = UNWIND_UNKNOWN, .rbp = UNWIND_LOST, .rbx = UNWIND_LOST};
	struct unwind_row row = {.cfa = UNWIND_UNKNOWN};
	const struct frame_rule *return_address = &state->rules[FRAME_RETURN];
	struct address base = {.known = false};

	if (return_address->kind == FRAME_UNDEFINED)
		return (struct unwind_row){.cfa = UNWIND_OUTERMOST, .rbp = UNWIND_LOST, .rbx = UNWIND_LOST};
	if (is_signal(state))
		return (struct unwind_row){.cfa = UNWIND_SIGNAL, .rbp = UNWIND_LOST, .rbx = UNWIND_LOST};
	set_cfa(&state->rules[FRAME_CFA], &row, &base);
	if (row.cfa == UNWIND_UNKNOWN || return_address->kind != FRAME_OFFSET ||
	    return_address->offset != RETURN_ADDRESS)
		return unknown;
	/* From a CFA that is itself read from the stack, no other place can be told, and the other way round. */
	row.from_register = base.known && base.deref && is_stored_from(&state->rules[FRAME_SAVED_RBP], base.reg);
	row.rbp = saved(&state->rules[FRAME_SAVED_RBP], &base, row.from_register);
	row.rbx = saved(&state->rules[FRAME_SAVED_RBX], &base, row.from_register);
	return row;
}
