// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unit/cfg_body.h"
#include "unit/test.h"

static void loop_with_call(void **state)
{
	static const uint8_t code[] = {
		0x55,		     /* 0: push %rbp */
		0xe8, 0,    1, 0, 0, /* 1: call outside; does not end the block */
		0xff, 0xcf,	     /* 6: dec %edi */
		0x75, 0xf7,	     /* 8: jne 1 */
		0x5d,		     /* 10: pop %rbp */
		0xc3,		     /* 11: ret */
	};
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(cfg->n_insns, 6);
	assert_int_equal(cfg->n_blocks, 3);
	check_block(cfg, 0, 0, 0);
	check_block(cfg, 1, 1, 8);
	check_block(cfg, 2, 10, 11);
	assert_int_equal(cfg->entry, 0);
	assert_int_equal(at(cfg, 0)->root, CFG_ROOT_ENTRY);
	assert_int_equal(at(cfg, 0)->n_preds, 0);
	assert_int_equal(at(cfg, 1)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 1)->n_preds, 2);
	assert_int_equal(offset_of(cfg, at(cfg, 1)->next), 6);
	assert_int_equal(at(cfg, 1)->taken, CFG_NONE);
	assert_int_equal(at(cfg, 6)->n_preds, 1);
	assert_int_equal(offset_of(cfg, at(cfg, 8)->next), 10);
	assert_int_equal(offset_of(cfg, at(cfg, 8)->taken), 1);
	assert_int_equal(at(cfg, 11)->next, CFG_NONE);
	assert_int_equal(cfg->n_undecodable, 0);
	assert_int_equal(cfg->n_unresolved, 0);
	assert_int_equal(cfg__find(cfg, ADDR + 2), CFG_NONE);
	assert_int_equal(cfg__find(cfg, ADDR + 12), CFG_NONE);
	assert_int_equal(cfg__find(cfg, 0), CFG_NONE);
	cfg__free(cfg);
}

static void jumps_out_and_to_entry(void **state)
{
	static const uint8_t code[] = {
		0x74, 0x7e, /* 0: je outside */
		0x75, 0xfc, /* 2: jne 0 */
		0x74, 0x00, /* 4: je 6: both ways lead to one place */
		0xeb, 0x78, /* 6: jmp outside */
	};
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(at(cfg, 0)->taken, CFG_NONE);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->next), 2);
	assert_int_equal(at(cfg, 0)->n_preds, 1);
	assert_int_equal(at(cfg, 0)->root, CFG_ROOT_ENTRY);
	assert_int_equal(at(cfg, 6)->n_preds, 2);
	assert_int_equal(at(cfg, 6)->taken, CFG_NONE);
	assert_int_equal(at(cfg, 6)->next, CFG_NONE);
	assert_int_equal(cfg->n_blocks, 4);
	cfg__free(cfg);
}

static void padding_is_no_predecessor(void **state)
{
	static const uint8_t code[] = {
		0xeb, 0x04,		/* 0: jmp 6 */
		0x0f, 0x1f, 0x40, 0x00, /* 2: nop */
		0xff, 0xcf,		/* 6: dec %edi */
		0x75, 0xfc,		/* 8: jne 6 */
		0xc3,			/* 10: ret */
		0x66, 0x90,		/* 11: nop */
		0xcc,			/* 13: int3 */
		0x90,			/* 14: nop */
	};
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(at(cfg, 2)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 2)->n_preds, 0);
	assert_int_equal(at(cfg, 6)->n_preds, 2); /* jmp and jne */
	assert_int_equal(at(cfg, 6)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 11)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 13)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 14)->root, CFG_ROOT_NONE);
	cfg__free(cfg);
}

static void padding_before_unknown_code(void **state)
{
	static const uint8_t code[] = {
		0xc3,	    /* 0: ret */
		0x90,	    /* 1: nop */
		0x66, 0x90, /* 2: nop */
		0x31, 0xc0, /* 4: xor: nothing known leads here */
		0x90,	    /* 6: nop */
		0xc3,	    /* 7: ret */
		0x90,	    /* nop that is a jump target, so it is not padding */
		0x31, 0xc0, /* 9: xor */
		0xeb, 0xfb, /* 11: jmp 8 */
	};
	const uint64_t rows[] = {ADDR + 4, ADDR + 11};
	struct body body;
	struct cfg *cfg = build(with_rows(make_body(&body, code, sizeof(code)), rows, N(rows)));

	(void)state;
	assert_int_equal(at(cfg, 1)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 4)->root, CFG_ROOT_ORPHAN);
	assert_int_equal(at(cfg, 4)->n_preds, 0);
	check_block(cfg, at(cfg, 4)->block, 4, 7);
	/* a circle that nothing else leads to must be entered somewhere, too */
	assert_int_equal(at(cfg, 8)->n_preds, 1);
	assert_int_equal(at(cfg, 8)->root, CFG_ROOT_ORPHAN);
	check_block(cfg, at(cfg, 8)->block, 8, 11);
	cfg__free(cfg);
}

static void unreachable_circle(void **state)
{
	static const uint8_t code[] = {
		0xc3,	    /* 0: ret */
		0x31, 0xc0, /* 1: xor */
		0x75, 0xfc, /* 3: jne 1 */
		0xc3,	    /* 5: ret */
	};
	const uint64_t rows[] = {ADDR + 1};
	struct body body;
	struct cfg *cfg = build(with_rows(make_body(&body, code, sizeof(code)), rows, N(rows)));

	(void)state;
	assert_int_equal(at(cfg, 1)->root, CFG_ROOT_ORPHAN);
	assert_int_equal(at(cfg, 1)->n_preds, 1);
	assert_int_equal(at(cfg, 5)->root, CFG_ROOT_NONE);
	cfg__free(cfg);
}

static void noreturn_calls(void **state)
{
	static const uint8_t code[] = {
		0xe8, 0xfb, 0, 0, 0, /* 0: call ADDR+0x100 */
		0x31, 0xc0,	     /* 5: xor */
		0xff, 0xd0,	     /* 7: call *%rax */
		0xe8, 0xf2, 0, 0, 0, /* 9: call ADDR+0x100 */
	};
	const uint64_t rows[] = {ADDR + 5};
	struct body body;
	struct cfg *cfg = build(with_rows(make_body(&body, code, sizeof(code)), rows, N(rows)));

	(void)state;
	assert_false(at(cfg, 0)->noreturn);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->next), 5);
	assert_int_equal(cfg->n_blocks, 1);
	assert_int_equal(at(cfg, 9)->next, CFG_NONE); /* the last instruction of its range */
	cfg__free(cfg);

	body.noreturn = ADDR + 0x100;
	cfg = build(&body);
	assert_true(at(cfg, 0)->noreturn);
	assert_int_equal(at(cfg, 0)->next, CFG_NONE);
	assert_int_equal(at(cfg, 5)->root, CFG_ROOT_ORPHAN);
	assert_false(at(cfg, 7)->noreturn);
	assert_int_equal(offset_of(cfg, at(cfg, 7)->next), 9);
	assert_int_equal(cfg->n_blocks, 2);
	cfg__free(cfg);

	body.input.is_noreturn = NULL;
	cfg = build(&body);
	assert_false(at(cfg, 0)->noreturn);
	cfg__free(cfg);
}

static bool grows_stack(uint64_t target, void *ctx)
{
	(void)ctx;
	return target == ADDR + 0x1000;
}

/* As Go does it: two checks, one of them of the goroutine's stack, and a tail that goes back to the entry. */
static void restarts(void **state)
{
	static const uint8_t code[] = {
		0x49, 0x89, 0xe4,	   /* 0: mov %rsp,%r12 */
		0x72, 0x0b,		   /* 3: jb 16 */
		0x4d, 0x3b, 0x66, 0x10,	   /* 5: cmp 16(%r14),%r12 */
		0x76, 0x05,		   /* 9: jbe 16 */
		0x85, 0xc0,		   /* 11: test %eax,%eax */
		0x74, 0x0b,		   /* 13: je 26: no check */
		0xc3,			   /* 15: ret */
		0x50,			   /* 16: push %rax */
		0xe8, 0xea, 0x0f, 0,	0, /* 17: call to make the stack larger */
		0x58,			   /* 22: pop %rax */
		0xeb, 0xe7,		   /* 23: jmp 0 */
		0x90,			   /* 25: nop */
		0xe8, 0,    0x01, 0,	0, /* 26: call outside */
		0xeb, 0xdf,		   /* 31: jmp 0 */
	};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, code, sizeof(code))->input.grows_stack = grows_stack;
	cfg = build(&body);
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		assert_int_equal(cfg->insns[i].restart, offset_of(cfg, i) >= 16 && offset_of(cfg, i) <= 23);
	assert_true(cfg->goroutine);
	cfg__free(cfg);

	/* The same code, where what it calls is anything: a loop. */
	cfg = build(make_body(&body, code, sizeof(code)));
	for (uint32_t i = 0; i < cfg->n_insns; i++)
		assert_false(cfg->insns[i].restart);
	assert_false(cfg->goroutine);
	cfg__free(cfg);
}

/* GCC's split stacks: what is called for a larger stack calls what is behind the return. */
static void split_stacks(void **state)
{
	static const uint8_t apart[] = {
		0x72, 0x03,		/* 0: jb 5 */
		0x85, 0xff,		/* 2: test %edi,%edi */
		0xc3,			/* 4: ret */
		0xe8, 0xf6, 0x0f, 0, 0, /* 5: call for a larger stack */
		0xc3,			/* 10: ret */
		0xeb, 0xf5,		/* 11: jmp 2 */
	};
	static const uint8_t between[] = {
		0x73, 0x06,		/* 0: jae 8 */
		0xe8, 0xf9, 0x0f, 0, 0, /* 2: call for a larger stack */
		0xc3,			/* 7: ret */
		0xc3,			/* 8: ret */
	};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, apart, sizeof(apart))->input.grows_stack = grows_stack;
	cfg = build(&body);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->taken), 11);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->next), 2);
	assert_int_equal(at(cfg, 11)->root, CFG_ROOT_STACK);
	assert_int_equal(at(cfg, 11)->n_preds, 1);
	assert_int_equal(at(cfg, 2)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 2)->n_preds, 2);
	assert_true(at(cfg, 5)->restart && at(cfg, 10)->restart && !at(cfg, 11)->restart && !at(cfg, 4)->restart);
	cfg__free(cfg);

	make_body(&body, between, sizeof(between))->input.grows_stack = grows_stack;
	cfg = build(&body);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->taken), 8);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->next), 8);
	assert_int_equal(at(cfg, 8)->root, CFG_ROOT_STACK);
	assert_true(at(cfg, 2)->restart && at(cfg, 7)->restart && !at(cfg, 8)->restart);
	cfg__free(cfg);
}

static void roots_and_pads(void **state)
{
	static const uint8_t code[] = {
		0xc3,	    /* 0: ret */
		0x90,	    /* 1: nop, a landing pad */
		0x31, 0xc0, /* 2: xor */
		0xc3,	    /* 4: ret */
		0xc3,	    /* 5: ret, handed in */
	};
	const uint64_t roots[] = {ADDR + 5, ADDR + 3, ADDR + 100, ADDR};
	const struct cfg_throwing throwing[] = {{.pad = ADDR + 1}};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, code, sizeof(code));
	body.input.roots = roots;
	body.input.n_roots = N(roots);
	body.input.throwing = throwing;
	body.input.n_throwing = N(throwing);
	cfg = build(&body);
	assert_int_equal(at(cfg, 0)->root, CFG_ROOT_ENTRY);
	assert_int_equal(at(cfg, 1)->root, CFG_ROOT_PAD);
	assert_int_equal(at(cfg, 2)->root, CFG_ROOT_NONE);
	assert_int_equal(at(cfg, 2)->n_preds, 1);
	check_block(cfg, at(cfg, 1)->block, 1, 4);
	assert_int_equal(at(cfg, 5)->root, CFG_ROOT_INDIRECT);
	cfg__free(cfg);
}

static void calls_that_throw_lead_to_their_pads(void **state)
{
	static const uint8_t code[] = {
		0xe8, 0x00, 0x01, 0x00, 0x00, /* 0: call */
		0x90,			      /* 5: nop */
		0xe8, 0x00, 0x01, 0x00, 0x00, /* 6: call */
		0xc3,			      /* 11: ret */
		0xc3,			      /* 12: ret, a landing pad */
	};
	const struct cfg_throwing throwing[] = {
		{ADDR + 4, ADDR + 5, ADDR + 12}, {ADDR + 5, ADDR + 9, ADDR + 12}, {ADDR + 11, ADDR + 12, ADDR + 12}};
	const struct cfg_throw *throws;
	struct body body;
	struct cfg *cfg;
	uint32_t n;

	(void)state;
	make_body(&body, code, sizeof(code));
	body.input.throwing = throwing;
	body.input.n_throwing = N(throwing);
	cfg = build(&body);
	assert_int_equal(cfg->n_throws, 1);
	throws = cfg__throws(cfg, at(cfg, 6)->block, &n);
	assert_int_equal(n, 1);
	assert_int_equal(cfg->insns[throws->call].insn.addr, ADDR + 6);
	assert_int_equal(cfg->insns[throws->pad].insn.addr, ADDR + 12);
	assert_true(at(cfg, 12)->thrown_to);
	assert_int_equal(at(cfg, 12)->root, CFG_ROOT_PAD);
	assert_null(cfg__throws(cfg, at(cfg, 12)->block, &n));
	assert_int_equal(n, 0);
	cfg__free(cfg);
}

static void branches_without_known_condition(void **state)
{
	static const uint8_t code[] = {
		0x31, 0xc0, /* 0: xor */
		0xe2, 0xfc, /* 2: loop 0 */
		0xe3, 0xfa, /* 4: jrcxz 0: this one can be evaluated */
		0xc3,	    /* 6: ret */
	};
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(at(cfg, 0)->root, CFG_ROOT_ENTRY | CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 0)->n_preds, 2);
	assert_int_equal(at(cfg, 4)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 4)->n_preds, 1);
	assert_int_equal(at(cfg, 6)->root, CFG_ROOT_NONE);
	cfg__free(cfg);
}

static void skipped_lock_prefix(void **state)
{
	static const uint8_t code[] = {
		0x74, 0x01,		      /* 0: je 3: into the instruction */
		0xf0, 0xff, 0x07,	      /* 2: lock incl (%rdi) */
		0x75, 0x78,		      /* 5: jne outside */
		0xe8, 0x00, 0x00, 0x00, 0x00, /* 7: call 12: as code does that asks where it is */
		0xe8, 0xf4, 0xff, 0xff, 0xff, /* 12: call 5: a part of this */
		0xe8, 0xea, 0xff, 0xff, 0xff, /* 17: call 0: recursion */
		0xc3,
	};
	const uint64_t rows[] = {ADDR + 17};
	struct body body;
	struct cfg *cfg = build(with_rows(make_body(&body, code, sizeof(code)), rows, N(rows)));

	(void)state;
	assert_int_equal(offset_of(cfg, at(cfg, 0)->taken), 2);
	assert_int_equal(at(cfg, 2)->n_preds, 2);
	assert_int_equal(at(cfg, 5)->taken, CFG_NONE);
	assert_int_equal(at(cfg, 5)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 12)->root, CFG_ROOT_INDIRECT);
	assert_int_equal(at(cfg, 12)->taken, CFG_NONE);
	assert_int_equal(at(cfg, 0)->root, CFG_ROOT_ENTRY);
	assert_int_equal(at(cfg, 0)->n_preds, 0);
	cfg__free(cfg);
}

static void data_among_code(void **state)
{
	static const uint8_t code[] = {
		0xeb, 0x03,	  /* 0: jmp 5 */
		0x06, 0x06, 0x06, /* 2: nothing */
		0x31, 0xc0,	  /* 5: xor */
		0xeb, 0x02,	  /* 7: jmp 11 */
		0x48, 0xb8,	  /* 9: decodes as the beginning of movabs */
		0x31, 0xc0,	  /* 11: xor */
		0xc3,		  /* 13: ret */
		0xe8, 0x00,	  /* 14: cut off */
	};
	const uint64_t resync[] = {ADDR - 8, ADDR, ADDR + 5, ADDR + 11, ADDR + 0x1000};
	struct body body;
	struct cfg *cfg;

	(void)state;
	make_body(&body, code, sizeof(code));
	body.input.resync = resync;
	body.input.n_resync = N(resync);
	cfg = build(&body);
	assert_int_equal(cfg->n_undecodable, 3 + 2 + 2);
	assert_int_equal(cfg->n_insns, 5);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->taken), 5);
	assert_int_equal(offset_of(cfg, at(cfg, 7)->taken), 11);
	assert_int_equal(at(cfg, 11)->n_preds, 1);
	cfg__free(cfg);

	/* without the line table the branches tell where to start again */
	body.input.n_resync = 0;
	cfg = build(&body);
	assert_int_equal(cfg->n_undecodable, 3 + 2 + 2);
	assert_int_equal(cfg->n_insns, 5);
	assert_int_equal(offset_of(cfg, at(cfg, 7)->taken), 11);
	cfg__free(cfg);
}

/* Whether the SIZE bytes of CODE are refused when the line table has a row at ROW. */
static bool is_refused(const uint8_t *code, size_t size, uint64_t row)
{
	const uint64_t rows[] = {ADDR + row};
	struct body body;
	struct cfg *cfg = NULL;
	int err = cfg__build(&with_rows(make_body(&body, code, size), rows, N(rows))->input, &cfg);

	cfg__free(cfg);
	assert_true(err == 0 || err == -EILSEQ);
	return err != 0;
}

static void what_control_cannot_pass_is_refused(void **state)
{
	static const uint8_t falls_in[] = {0x31, 0xc0, 0x06, 0x31, 0xc0, 0xc3},
			     stops_before[] = {0x31, 0xc3, 0xc3, 0x06, 0x31, 0xc0, 0xc3},
			     falls_in_row[] = {0x31, 0xc0, 0x48, 0xb8, 0, 0, 0, 0, 0x31, 0xc0, 0xc3, 0xc3, 0xc3},
			     jumps_in[] = {0x74, 0x02, 0xc3, 0x06, 0x06, 0xc3},
			     jumps_between[] = {0x74, 0x03, 0x31, 0xc0, 0xb8, 0x31, 0xc0, 0xc3, 0xc3, 0xc3},
			     calls_in[] = {0xe8, 0x01, 0, 0, 0, 0xc3, 0x06, 0xc3},
			     falls_out[] = {0x31, 0xc0, 0xe8, 0, 1, 0, 0};

	(void)state;
	assert_true(is_refused(falls_in, sizeof(falls_in), 3));
	assert_false(is_refused(stops_before, sizeof(stops_before), 4));
	assert_true(is_refused(falls_in_row, sizeof(falls_in_row), 8));
	assert_false(is_refused(falls_in_row, sizeof(falls_in_row), 0));
	assert_true(is_refused(jumps_in, sizeof(jumps_in), 5));
	assert_true(is_refused(jumps_between, sizeof(jumps_between), 0));
	assert_true(is_refused(calls_in, sizeof(calls_in), 5));
	assert_false(is_refused(falls_out, sizeof(falls_out), 0)); /* after a call that does not return */
}

/*
 * Data that look like code, with a jump into their middle; an unknown breakpoint makes an instruction look like this.
 */
static void data_that_decode(void **state)
{
	static const uint8_t code[] = {
		0xeb, 0x06,		      /* 0: jmp 8 */
		0x74, 0x05, 0x90, 0x90, 0x31, /* 2: data: je 9; nop; nop */
		0xe8,			      /* 7: data that swallow what follows */
		0x31, 0xc0,		      /* 8: xor */
		0x90,			      /* 10: nop */
		0xc3,			      /* 11: ret */
		0x90,			      /* 12: padding */
	};
	struct body body;
	struct cfg *cfg = build(make_body(&body, code, sizeof(code)));

	(void)state;
	assert_int_equal(offset_of(cfg, at(cfg, 0)->taken), 8);
	assert_int_equal(at(cfg, 8)->n_preds, 1);
	assert_int_equal(at(cfg, 10)->n_preds, 1); /* no jump in the data counts */
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint64_t offset = offset_of(cfg, i);

		assert_true(offset < 2 || offset >= 8 || cfg->insns[i].insn.filler);
	}
	cfg__free(cfg);
}

/* An assembler source may have `lock; incl (%rdi)` and `rep; nop` on two lines each. */
static void rows_behind_prefixes(void **state)
{
	static const uint8_t code[] = {0xf0, 0xff, 0x07, 0xf3, 0x90, 0xc3};
	const uint64_t rows[] = {ADDR, ADDR + 1, ADDR + 3, ADDR + 4, ADDR + 5};
	struct body body;
	struct cfg *cfg = build(with_rows(make_body(&body, code, sizeof(code)), rows, N(rows)));

	(void)state;
	assert_int_equal(cfg->n_insns, 3);
	assert_int_equal(cfg->n_undecodable, 0);
	assert_int_equal(offset_of(cfg, at(cfg, 0)->next), 3);
	assert_int_equal(offset_of(cfg, at(cfg, 3)->next), 5);
	cfg__free(cfg);
}

/* A call of a part of the body need not return to the bytes after it. */
static void data_behind_a_local_call(void **state)
{
	static const uint8_t code[] = {
		0xe8, 0x02, 0, 0, 0, /* 0: call 7 */
		0x74, 0x01,	     /* 5: data */
		0x58,		     /* 7: pop %rax: their address */
		0xc3,		     /* 8: ret */
	};
	const uint64_t rows[] = {ADDR + 5};
	struct body body;
	struct cfg *cfg;

	(void)state;
	assert_int_equal(cfg__build(&make_body(&body, code, sizeof(code))->input, &cfg), -EILSEQ);
	cfg = build(with_rows(&body, rows, N(rows)));
	assert_int_equal(offset_of(cfg, at(cfg, 0)->next), 5);
	cfg__free(cfg);
}

static void entry_is_an_instruction(void **state)
{
	static const uint8_t code[] = {0x48, 0xb8, 0x31, 0xc0, 0xc3, 0x06};
	struct body body;
	struct cfg *cfg = (void *)1;

	(void)state;
	make_body(&body, code, sizeof(code));
	body.input.entry = ADDR + 2; /* inside an instruction that the bytes before it look like */
	cfg = build(&body);
	assert_int_equal(cfg->entry, 0);
	assert_int_equal(cfg->insns[0].insn.addr, ADDR + 2);
	assert_int_equal(cfg->n_undecodable, 2 + 1);
	cfg__free(cfg);

	body.input.entry = ADDR + 5;
	assert_int_equal(cfg__build(&body.input, &cfg), -ENOENT);
	body.input.entry = ADDR + sizeof(code);
	assert_int_equal(cfg__build(&body.input, &cfg), -ENOENT);
	body.input.n_code = 0;
	assert_int_equal(cfg__build(&body.input, &cfg), -ENOENT);
	cfg__free(NULL);
}

static void several_ranges(void **state)
{
	static const uint8_t cold[] = {0x31, 0xc0, 0xe9, 0xfb, 0x0f, 0, 0}; /* ADDR-0x1000: xor; jmp ADDR+2 */
	static const uint8_t hot[] = {0x31, 0xc0, 0x0f, 0x84, 0xf8, 0xef, 0xff, 0xff}; /* xor; je cold */
	static const uint8_t more[] = {0xc3};
	const struct cfg_code code[] = {
		{ADDR - 0x1000, cold, sizeof(cold)},
		{ADDR, hot, sizeof(hot)},
		{ADDR + sizeof(hot), more, sizeof(more)},
	};
	struct body body;
	struct cfg *cfg;
	uint32_t i;

	(void)state;
	make_body(&body, hot, sizeof(hot));
	body.input.code = code;
	body.input.n_code = N(code);
	cfg = build(&body);
	assert_int_equal(cfg->n_insns, 5);
	assert_int_equal(cfg->entry, 2);
	i = cfg__find(cfg, ADDR - 0x1000);
	assert_int_equal(i, 0);
	assert_int_equal(cfg->insns[i].root, CFG_ROOT_NONE);
	assert_int_equal(cfg->insns[i].n_preds, 1);
	assert_int_equal(offset_of(cfg, cfg->insns[1].taken), 2);
	assert_int_equal(at(cfg, 2)->taken, 0);
	assert_int_equal(at(cfg, 2)->n_preds, 2);
	assert_int_equal(offset_of(cfg, at(cfg, 2)->next), 8); /* adjacent ranges are one run of code */
	cfg__free(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loop_with_call),
		cmocka_unit_test(jumps_out_and_to_entry),
		cmocka_unit_test(padding_is_no_predecessor),
		cmocka_unit_test(padding_before_unknown_code),
		cmocka_unit_test(unreachable_circle),
		cmocka_unit_test(noreturn_calls),
		cmocka_unit_test(restarts),
		cmocka_unit_test(split_stacks),
		cmocka_unit_test(roots_and_pads),
		cmocka_unit_test(calls_that_throw_lead_to_their_pads),
		cmocka_unit_test(branches_without_known_condition),
		cmocka_unit_test(skipped_lock_prefix),
		cmocka_unit_test(data_among_code),
		cmocka_unit_test(what_control_cannot_pass_is_refused),
		cmocka_unit_test(data_that_decode),
		cmocka_unit_test(rows_behind_prefixes),
		cmocka_unit_test(data_behind_a_local_call),
		cmocka_unit_test(entry_is_an_instruction),
		cmocka_unit_test(several_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
