/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * byte_cursor: reads numbers one after another, as call frame information and exception tables store them. What is
 * read beyond the end is 0, and the cursor has failed from then on. Pure.
 */
#ifndef LPROF_BYTE_CURSOR_H
#define LPROF_BYTE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes being read, and the address at which they are loaded. */
struct byte_cursor {
	const uint8_t *p, *end;
	uint64_t vaddr; /* of p */
	bool failed;
};

/* The next N bytes, borrowed from whoever owns them all, or NULL when there are fewer. */
const uint8_t *byte_cursor__take(struct byte_cursor *cursor, size_t n);

/* A number of N bytes (at most 8), without a sign. */
uint64_t byte_cursor__fixed(struct byte_cursor *cursor, size_t n);
uint64_t byte_cursor__leb128(struct byte_cursor *cursor, bool is_signed);

/* The number stored in the format that the low half of ENCODING (DW_EH_PE) names. */
uint64_t byte_cursor__number(struct byte_cursor *cursor, uint8_t encoding);

/* An encoded pointer; 0 stays 0, whatever it is relative to. Indirect ones are not followed: they are not code. */
uint64_t byte_cursor__pointer(struct byte_cursor *cursor, uint8_t encoding);

#endif
