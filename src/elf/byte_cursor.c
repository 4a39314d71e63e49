// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/byte_cursor.h"

#include <dwarf.h>
#include <stddef.h>
#include <string.h>

const uint8_t *byte_cursor__take(struct byte_cursor *cursor, size_t n)
{
	const uint8_t *p = cursor->p;

	if (cursor->failed || (size_t)(cursor->end - cursor->p) < n) {
		cursor->failed = true;
		return NULL;
	}
	cursor->p += n;
	cursor->vaddr += n;
	return p;
}

uint64_t byte_cursor__fixed(struct byte_cursor *cursor, size_t n)
{
	const uint8_t *p = byte_cursor__take(cursor, n);
	uint64_t value = 0;

	if (p)
		memcpy(&value, p, n);
	return value;
}

uint64_t byte_cursor__leb128(struct byte_cursor *cursor, bool is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = (uint8_t)byte_cursor__fixed(cursor, 1);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) && !cursor->failed);
	if (is_signed && shift < 64 && (byte & 0x40))
		value |= UINT64_MAX << shift;
	return value;
}

uint64_t byte_cursor__number(struct byte_cursor *cursor, uint8_t encoding)
{
	switch (encoding & 0x0f) {
	case DW_EH_PE_absptr:
	case DW_EH_PE_udata8:
	case DW_EH_PE_sdata8:
		return byte_cursor__fixed(cursor, 8);
	case DW_EH_PE_uleb128:
		return byte_cursor__leb128(cursor, false);
	case DW_EH_PE_sleb128:
		return byte_cursor__leb128(cursor, true);
	case DW_EH_PE_udata2:
		return byte_cursor__fixed(cursor, 2);
	case DW_EH_PE_sdata2:
		return (uint64_t)(int16_t)byte_cursor__fixed(cursor, 2);
	case DW_EH_PE_udata4:
		return byte_cursor__fixed(cursor, 4);
	case DW_EH_PE_sdata4:
		return (uint64_t)(int32_t)byte_cursor__fixed(cursor, 4);
	default:
		cursor->failed = true;
		return 0;
	}
}

uint64_t byte_cursor__pointer(struct byte_cursor *cursor, uint8_t encoding)
{
	uint64_t base = 0;
	uint64_t value;

	if (encoding == DW_EH_PE_omit)
		return 0;
	switch (encoding & 0x70) {
	case 0:
		break;
	case DW_EH_PE_pcrel:
		base = cursor->vaddr;
		break;
	default:
		cursor->failed = true;
		return 0;
	}
	value = byte_cursor__number(cursor, encoding);
	return value && !cursor->failed ? value + base : 0;
}
