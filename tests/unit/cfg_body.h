/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A function body assembled by hand, and helpers to inspect its cfg. Include this after cmocka.h. */
#ifndef TESTS_CFG_BODY_H
#define TESTS_CFG_BODY_H

#include "flow/cfg_build.h"
#include "unit/test.h"

#define ADDR  0x401000u
#define TABLE 0x402000u
#define N(a)  (sizeof(a) / sizeof(*(a)))

/* A body at ADDR with read-only data at TABLE. */
struct body {
	struct cfg_input input;
	struct cfg_code code;
	const void *table;
	size_t table_size;
	uint64_t noreturn;
};

static inline const uint8_t *read_table(uint64_t vaddr, size_t len, void *ctx)
{
	const struct body *body = ctx;

	assert_true(len == 4 || len == 8);
	if (vaddr < TABLE || vaddr + len > TABLE + body->table_size)
		return NULL;
	return (const uint8_t *)body->table + (vaddr - TABLE);
}

static inline bool is_noreturn(uint64_t target, void *ctx)
{
	return target == ((const struct body *)ctx)->noreturn;
}

static inline struct body *make_body(struct body *body, const uint8_t *bytes, size_t size)
{
	*body = (struct body){
		.input = {.n_code = 1, .entry = ADDR, .read_data = read_table, .is_noreturn = is_noreturn},
		.code = {ADDR, bytes, size},
	};
	body->input.code = &body->code;
	body->input.ctx = body;
	return body;
}

/* Gives the body N rows of a line table. */
static inline struct body *with_rows(struct body *body, const uint64_t *rows, size_t n)
{
	body->input.resync = rows;
	body->input.n_resync = n;
	return body;
}

static inline struct cfg *build(struct body *body)
{
	struct cfg *cfg = NULL;

	assert_int_equal(cfg__build(&body->input, &cfg), 0);
	assert_non_null(cfg);
	return cfg;
}

static inline const struct cfg_insn *at(const struct cfg *cfg, uint64_t offset)
{
	uint32_t index = cfg__find(cfg, ADDR + offset);

	assert_int_not_equal(index, CFG_NONE);
	return &cfg->insns[index];
}

static inline uint64_t offset_of(const struct cfg *cfg, uint32_t index)
{
	return index == CFG_NONE ? UINT64_MAX : cfg->insns[index].insn.addr - ADDR;
}

static inline void check_block(const struct cfg *cfg, uint32_t block, uint64_t first, uint64_t last)
{
	assert_in_range(block, 0, cfg->n_blocks - 1);
	assert_int_equal(offset_of(cfg, cfg->blocks[block].first), first);
	assert_int_equal(offset_of(cfg, cfg->blocks[block].last), last);
	for (uint32_t i = cfg->blocks[block].first; i <= cfg->blocks[block].last; i++)
		assert_int_equal(cfg->insns[i].block, block);
}

#endif
