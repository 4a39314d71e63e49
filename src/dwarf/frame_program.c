// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The program of an entry makes the rows of a table, from one address to the next: DW_CFA_advance_loc ends the
 * row, other instructions change the rules for the next one. The program of the CIE comes first, and makes the rules
 * that DW_CFA_restore returns to. libdw would execute all of it anew for each row that it is asked for, and it makes
 * room for each register that a damaged program names. Here it is executed once, and other registers are left out.
 */
#include "dwarf/frame_program.h"

#include <dwarf.h>
#include <stdbool.h>
#include <string.h>

#include "elf/byte_cursor.h"

/* Compilers nest remembered states once or twice. */
#define MOST_REMEMBERED 16

struct machine {
	const struct frame_cie *cie;
	struct byte_cursor cursor;
	struct frame_state state, initial;
	struct frame_state remembered[MOST_REMEMBERED];
	size_t n_remembered;
	uint64_t lo, hi; /* of the row that is being made, and the end of the code */
	int (*fn)(const struct frame_state *state, uint64_t lo, uint64_t hi, void *ctx);
	void *ctx;
};

/* Where the rule for register REG is, or NULL when it is not followed. */
static struct frame_rule *rule_of(struct frame_state *state, const struct frame_cie *cie, uint64_t reg)
{
	if (reg == cie->return_register)
		return &state->rules[FRAME_RETURN];
	if (reg == FRAME_RBX)
		return &state->rules[FRAME_SAVED_RBX];
	return reg == FRAME_RBP ? &state->rules[FRAME_SAVED_RBP] : NULL;
}

static uint64_t unsigned_operand(struct machine *m)
{
	return byte_cursor__leb128(&m->cursor, false);
}

static int64_t signed_operand(struct machine *m)
{
	return (int64_t)byte_cursor__leb128(&m->cursor, true);
}

/* In units of the data alignment. Products that overflow are of no use, and do no harm. */
static int64_t factored(const struct machine *m, uint64_t operand)
{
	return (int64_t)(operand * (uint64_t)m->cie->data_alignment);
}

static void set(struct machine *m, uint64_t reg, struct frame_rule rule)
{
	struct frame_rule *place = rule_of(&m->state, m->cie, reg);

	if (place)
		*place = rule;
}

static struct frame_rule expression(struct machine *m)
{
	uint64_t length = unsigned_operand(m);

	return (struct frame_rule){
		.kind = FRAME_EXPRESSION, .expression = byte_cursor__take(&m->cursor, length), .length = length};
}

static struct frame_rule offset(int64_t value)
{
	return (struct frame_rule){.kind = FRAME_OFFSET, .offset = value};
}

static void restore(struct machine *m, uint64_t reg)
{
	const struct frame_rule *before = rule_of(&m->initial, m->cie, reg);

	if (before)
		set(m, reg, *before);
}

/* Ends the row that is being made DELTA bytes further on. */
static int advance_to(struct machine *m, uint64_t addr)
{
	uint64_t lo = m->lo;

	if (addr < lo || addr > m->hi)
		addr = m->hi;
	m->lo = addr;
	return addr > lo ? m->fn(&m->state, lo, addr, m->ctx) : 0;
}

static int advance(struct machine *m, uint64_t delta)
{
	uint64_t bytes, addr;

	if (__builtin_mul_overflow(delta, m->cie->code_alignment, &bytes) ||
	    __builtin_add_overflow(m->lo, bytes, &addr))
		addr = m->hi;
	return advance_to(m, addr);
}

static void define_cfa(struct machine *m, uint64_t reg, int64_t value)
{
	m->state.rules[FRAME_CFA] = (struct frame_rule){.kind = FRAME_OFFSET, .reg = reg, .offset = value};
}

/* The operations that define the CFA. False: it is none of them. */
static bool execute_cfa(struct machine *m, uint8_t op)
{
	struct frame_rule *cfa = &m->state.rules[FRAME_CFA];
	uint64_t reg;

	switch (op) {
	case DW_CFA_def_cfa:
		reg = unsigned_operand(m);
		define_cfa(m, reg, (int64_t)unsigned_operand(m));
		return true;
	case DW_CFA_def_cfa_sf:
		reg = unsigned_operand(m);
		define_cfa(m, reg, factored(m, (uint64_t)signed_operand(m)));
		return true;
	case DW_CFA_def_cfa_register:
		reg = unsigned_operand(m);
		m->cursor.failed |= cfa->kind != FRAME_OFFSET;
		cfa->reg = reg;
		return true;
	case DW_CFA_def_cfa_offset:
	case DW_CFA_def_cfa_offset_sf:
		cfa->offset = op == DW_CFA_def_cfa_offset ? (int64_t)unsigned_operand(m)
							  : factored(m, (uint64_t)signed_operand(m));
		m->cursor.failed |= cfa->kind != FRAME_OFFSET;
		return true;
	case DW_CFA_def_cfa_expression:
		*cfa = expression(m);
		return true;
	default:
		return false;
	}
}

/* The operations that say where a register is. False: it is none of them. */
static bool execute_register(struct machine *m, uint8_t op)
{
	struct frame_rule other = {.kind = FRAME_OTHER};
	uint64_t reg = unsigned_operand(m);

	switch (op) {
	case DW_CFA_offset_extended:
		set(m, reg, offset(factored(m, unsigned_operand(m))));
		return true;
	case DW_CFA_offset_extended_sf:
		set(m, reg, offset(factored(m, (uint64_t)signed_operand(m))));
		return true;
	case DW_CFA_GNU_negative_offset_extended:
		set(m, reg, offset(-factored(m, unsigned_operand(m))));
		return true;
	case DW_CFA_restore_extended:
		restore(m, reg);
		return true;
	case DW_CFA_undefined:
	case DW_CFA_same_value:
		other.kind = op == DW_CFA_undefined ? FRAME_UNDEFINED : FRAME_SAME;
		set(m, reg, other);
		return true;
	case DW_CFA_register:
	case DW_CFA_val_offset:
	case DW_CFA_val_offset_sf:
		(void)unsigned_operand(m);
		set(m, reg, other);
		return true;
	case DW_CFA_expression:
		set(m, reg, expression(m));
		return true;
	case DW_CFA_val_expression:
		(void)expression(m);
		set(m, reg, other);
		return true;
	default:
		return false;
	}
}

static int set_location(struct machine *m)
{
	struct byte_cursor *cursor = &m->cursor;
	uint64_t addr = byte_cursor__pointer(cursor, m->cie->fde_encoding);

	return advance_to(m, addr);
}

/* The operations that concern the whole row, and all others. */
static int execute_row(struct machine *m, uint8_t op)
{
	switch (op) {
	case DW_CFA_nop:
		return 0;
	case DW_CFA_set_loc:
		return set_location(m);
	case DW_CFA_advance_loc1:
	case DW_CFA_advance_loc2:
	case DW_CFA_advance_loc4:
		return advance(m, byte_cursor__fixed(&m->cursor, (size_t)1 << (op - DW_CFA_advance_loc1)));
	case DW_CFA_remember_state:
		if (m->n_remembered < MOST_REMEMBERED)
			m->remembered[m->n_remembered++] = m->state;
		else
			m->cursor.failed = true;
		return 0;
	case DW_CFA_restore_state:
		if (m->n_remembered)
			m->state = m->remembered[--m->n_remembered];
		else
			m->cursor.failed = true;
		return 0;
	case DW_CFA_GNU_args_size:
		(void)unsigned_operand(m);
		return 0;
	default:
		if (!execute_cfa(m, op) && !execute_register(m, op))
			m->cursor.failed = true;
		return 0;
	}
}

/* Some operations have their first operand in the low bits of their own byte. */
static int execute(struct machine *m)
{
	uint8_t op = (uint8_t)byte_cursor__fixed(&m->cursor, 1), low = op & 0x3f;

	switch (op & 0xc0) {
	case DW_CFA_advance_loc:
		return advance(m, low);
	case DW_CFA_offset:
		set(m, low, offset(factored(m, unsigned_operand(m))));
		return 0;
	case DW_CFA_restore:
		restore(m, low);
		return 0;
	default:
		return execute_row(m, op);
	}
}

/* Executes the instructions of [P, END). */
static int run(struct machine *m, const uint8_t *p, const uint8_t *end, uint64_t vaddr)
{
	int result = 0;

	m->cursor = (struct byte_cursor){.p = p, .end = end, .vaddr = vaddr};
	while (m->cursor.p < m->cursor.end && !m->cursor.failed && !result && m->lo < m->hi)
		result = execute(m);
	return result;
}

int frame_program__run(const struct frame_entry *entry, const struct frame_cie *cie,
		       int (*fn)(const struct frame_state *state, uint64_t lo, uint64_t hi, void *ctx), void *ctx)
{
	struct machine m;
	bool failed;
	int result;

	m.cie = cie;
	m.fn = fn;
	m.ctx = ctx;
	m.lo = entry->lo;
	m.hi = entry->hi;
	m.n_remembered = 0;
	memset(&m.state, 0, sizeof(m.state));
	result = run(&m, cie->program, cie->program_end, 0);
	failed = m.cursor.failed;
	m.initial = m.state;
	if (!result && !failed) {
		result = run(&m, entry->program, entry->program_end, entry->program_vaddr);
		failed = m.cursor.failed;
	}
	if (result || m.lo >= m.hi)
		return result;
	return fn(failed ? NULL : &m.state, m.lo, m.hi, ctx);
}
