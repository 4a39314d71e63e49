// SPDX-License-Identifier: GPL-2.0-or-later
/* Line tables of CPython's code objects: first line and first traceable instruction (two bytes each), then the table. */
#include "cpython/python_table.h"
#include "fuzz/common/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	uint32_t first_line = fuzz__u16(&bytes), traceable = fuzz__u16(&bytes);
	struct python_lines lines;
	struct python_units units;

	fuzz__assert(!python_table__lines(bytes.at, bytes.left, first_line, traceable, &lines));
	for (size_t i = 1; i < lines.n; i++)
		fuzz__assert(lines.lines[i - 1] < lines.lines[i]);
	fuzz__assert(!python_table__units(bytes.at, bytes.left, first_line, &units));
	fuzz__assert(units.n <= 8 * bytes.left);
	python_lines__release(&lines);
	python_units__release(&units);
	return 0;
}
