// SPDX-License-Identifier: GPL-2.0-or-later
#include "flow/cfg_input.h"

const uint8_t *cfg_input__byte(const struct cfg_input *input, uint64_t addr)
{
	for (size_t i = 0; i < input->n_code; i++)
		if (addr - input->code[i].addr < input->code[i].size)
			return &input->code[i].bytes[addr - input->code[i].addr];
	return NULL;
}
