// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit/cfg_body.h"
#include "unit/test.h"

/* lea TABLE(%rip),%rdx; add %rdx,%rax; jmp *%rax; four one-byte cases; the end */
static const uint8_t relative_switch[] = {
	0x48, 0x8d, 0x15, 0xf9, 0x0f, 0, 0, /* 0 */
	0x48, 0x01, 0xd0,		    /* 7 */
	0xff, 0xe0,			    /* 10 */
	0xc3, 0xc3, 0xc3, 0xc3,		    /* 12-15 */
};

#define RELATIVE(offset) ((int32_t)(ADDR + (offset)-TABLE))

static void relative_table(void **state)
{
	/*
	 * the third entry is an unreachable default; no instruction begins at 11, so the entries after that are not
	 * read
	 */
	const int32_t table[] = {RELATIVE(12), RELATIVE(14), RELATIVE(16), RELATIVE(15), RELATIVE(11), RELATIVE(13)};
	const uint64_t rows[] = {ADDR + 13, ADDR + 14, ADDR + 15};
	struct body body;
	struct cfg *cfg;

	(void)state;
	with_rows(make_body(&body, relative_switch, sizeof(relative_switch)), rows, N(rows));
	body.table = table;
	body.table_size = sizeof(table);
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 10)->next, CFG_NONE);
	assert_int_equal(at(cfg, 12)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 13)->root, CFG_ROOT_ORPHAN);
	assert_int_equal(at(cfg, 14)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 15)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 12)->n_preds, 0);
	cfg__free(cfg);

	/* the table also ends where its section ends; a single entry is enough if no other is found */
	body.table_size = 4;
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 12)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 14)->root, CFG_ROOT_ORPHAN);
	cfg__free(cfg);
}

static void absolute_table(void **state)
{
	static const uint8_t code[] = {
		0xff, 0x24, 0xc5, 0x08, 0x20, 0x40, 0, /* 0: jmp *TABLE+8(,%rax,8) */
		0xc3, 0xc3, 0xc3,		       /* 7-9 */
	};
	static const uint64_t table[] = {ADDR + 9, ADDR + 7, ADDR + 8, 0, ADDR + 9};
	const uint64_t rows[] = {ADDR + 9};
	struct body body;
	struct cfg *cfg;

	(void)state;
	with_rows(make_body(&body, code, sizeof(code)), rows, N(rows));
	body.table = table;
	body.table_size = sizeof(table);
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 7)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 8)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 9)->root, CFG_ROOT_ORPHAN);
	cfg__free(cfg);
}

static void tables_need_an_indirect_jump(void **state)
{
	const int32_t table[] = {RELATIVE(12), RELATIVE(12)};
	uint8_t code[sizeof(relative_switch)];
	struct body body;
	struct cfg *cfg;

	(void)state;
	memcpy(code, relative_switch, sizeof(code));
	code[10] = 0x31; /* xor %esp,%eax instead of the jump */
	make_body(&body, code, sizeof(code));
	body.table = table;
	body.table_size = sizeof(table);
	cfg = build(&body);
	assert_int_equal(at(cfg, 12)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 12)->n_preds, 1);
	cfg__free(cfg);
}

static void labels(void **state)
{
	static const uint8_t code[] = {
		0x48, 0x8d, 0x05, 0x09, 0,    0, 0, /* 0: lea 16(%rip),%rax: &&a */
		0x48, 0x63, 0x0c, 0x8f,		    /* 7: movslq (%rdi,%rcx,4),%rcx */
		0xff, 0xe0,			    /* 11: jmp *%rax */
		0xc3, 0xc3, 0xc3,		    /* 13-15 */
		0xc3,				    /* 16: a */
		0xc3,				    /* 17: b */
		0x48, 0x8d, 0x3d, 0xe7, 0x0f, 0, 0, /* 18: lea TABLE(%rip),%rdi */
	};
	static const int32_t differences[] = {0, 1, -1, 1000};
	const uint64_t rows[] = {ADDR + 14, ADDR + 17, ADDR + 18};
	struct body body;
	struct cfg *cfg;

	(void)state;
	with_rows(make_body(&body, code, sizeof(code)), rows, N(rows));
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 16)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 17)->root, CFG_ROOT_ORPHAN);
	cfg__free(cfg);

	body.table = differences;
	body.table_size = sizeof(differences);
	cfg = build(&body);
	assert_int_equal(at(cfg, 15)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 16)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 17)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 14)->root, CFG_ROOT_ORPHAN);
	cfg__free(cfg);
}

static const uint8_t unresolved_jumps[] = {
	/* lea of the function's own entry, which proves nothing about the jump */
	0x48, 0x8d, 0x05, 0xf9, 0xff, 0xff, 0xff, 0x74, 0x02, /* 7: je 11 */
	0xff, 0xe0,					      /* 9: jmp *%rax */
	0xff, 0x60, 0x08,				      /* 11: jmp *8(%rax) */
	0x0f, 0x1f, 0x00,				      /* 14: padding */
	0x66, 0x90,					      /* 17: nop with a line */
	0x31, 0xc0,					      /* 19: xor */
	0x31, 0xc0,					      /* 21: xor with a line */
	0xc3,						      /* 23: ret */
};

static void unresolved_is_suspect(void **state)
{
	const uint64_t resync[] = {ADDR + 17, ADDR + 21};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, unresolved_jumps, sizeof(unresolved_jumps));
	body.input.resync = resync;
	body.input.n_resync = N(resync);
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 2);
	assert_int_equal(at(cfg, 0)->root, CFG_ROOT_ENTRY | CFG_ROOT_SUSPECT);
	assert_int_equal(at(cfg, 7)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 9)->root, CFG_ROOT_SUSPECT);
	assert_int_equal(at(cfg, 11)->root, CFG_ROOT_SUSPECT);
	assert_int_equal(at(cfg, 14)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 17)->root, CFG_ROOT_SUSPECT);
	assert_int_equal(at(cfg, 17)->n_preds, 0);
	assert_int_equal(at(cfg, 19)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 19)->n_preds, 1);
	assert_int_equal(at(cfg, 21)->root, CFG_ROOT_SUSPECT);
	check_block(cfg, at(cfg, 17)->block, 17, 19);
	check_block(cfg, at(cfg, 21)->block, 21, 23);
	cfg__free(cfg);
}

static void handed_in_roots_resolve(void **state)
{
	const uint64_t inside[] = {ADDR + 19}, entry[] = {ADDR};
	const struct cfg_throwing throwing[] = {{.pad = ADDR + 21}};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, unresolved_jumps, sizeof(unresolved_jumps));
	body.input.roots = inside;
	body.input.n_roots = 1;
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 19)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 9)->root, CFG_ROOT_NONE);
	cfg__free(cfg);

	/* a pointer to the function itself is not a label in it, and landing pads are not targets of jumps */
	body.input.roots = entry;
	body.input.throwing = throwing;
	body.input.n_throwing = 1;
	with_rows(&body, inside, N(inside));
	cfg = build(&body);
	assert_int_equal(cfg->n_unresolved, 2);
	assert_int_equal(at(cfg, 21)->root, CFG_ROOT_PAD | CFG_ROOT_SUSPECT);
	cfg__free(cfg);
}

/* Every possible target of an indirect jump must be known to be code; otherwise the counts would be wrong. */
static void unresolved_jumps_to_what_is_not_proven(void **state)
{
	const int32_t table[] = {RELATIVE(12), RELATIVE(14)};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, relative_switch, sizeof(relative_switch));
	assert_int_equal(cfg__build(&body.input, &cfg), -EILSEQ);
	/* if its targets are known, the remaining bytes are left out, and their number is counted */
	body.table = table;
	body.table_size = sizeof(table);
	cfg = build(&body);
	assert_int_equal(cfg->n_undecodable, 2);
	assert_int_equal(cfg__find(cfg, ADDR + 13), CFG_NONE);
	assert_int_equal(cfg__find(cfg, ADDR + 15), CFG_NONE);
	assert_int_equal(at(cfg, 14)->root, CFG_ROOT_INDIRECT);
	cfg__free(cfg);
}

/* All code is reachable without the jump, so the jump leads out of the function. */
static void tail_call_through_register(void **state)
{
	static const uint8_t code[] = {0x74, 0x02, 0xff, 0xe0, 0xc3}; /* je 4; jmp *%rax; ret */
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 2)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 4)->root, CFG_ROOT_NONE);
	cfg__free(cfg);
}

static void tail_call_through_got(void **state)
{
	static const uint8_t code[] = {0x74, 0x06, 0xff, 0x25, 0, 0, 0, 0, 0xc3};
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(at(cfg, 2)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 2)->next, CFG_NONE);
	cfg__free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(relative_table),
		cmocka_unit_test(absolute_table),
		cmocka_unit_test(tables_need_an_indirect_jump),
		cmocka_unit_test(labels),
		cmocka_unit_test(unresolved_is_suspect),
		cmocka_unit_test(handed_in_roots_resolve),
		cmocka_unit_test(unresolved_jumps_to_what_is_not_proven),
		cmocka_unit_test(tail_call_through_register),
		cmocka_unit_test(tail_call_through_got),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
