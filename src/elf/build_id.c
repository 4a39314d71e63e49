// SPDX-License-Identifier: GPL-2.0-or-later
#include "elf/build_id.h"

#include <elfutils/libdwelf.h>
#include <stdint.h>
#include <stdlib.h>

char *build_id__hex(const void *bytes, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *from = bytes;
	char *hex = malloc(2 * n + 1);

	if (!hex)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		hex[2 * i] = digits[from[i] >> 4];
		hex[2 * i + 1] = digits[from[i] & 0xf];
	}
	hex[2 * n] = '\0';
	return hex;
}

char *build_id__of(Elf *elf)
{
	const void *id = NULL;
	ssize_t length = dwelf_elf_gnu_build_id(elf, &id);

	return build_id__hex(id, length > 0 ? (size_t)length : 0);
}
