// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/unnamed_code.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "elf/demangle.h"
#include "elf/frame_entries.h"

static int add_range(const struct frame_entry *frame, const struct frame_cie *cie, void *ctx)
{
	struct unnamed_code *code = ctx;
	int err = grow__one(&code->items, &code->capacity, code->n, sizeof(*code->items));

	(void)cie;
	if (!err)
		code->items[code->n++] = (struct addr_range){frame->lo, frame->hi};
	return err;
}

static int read_ranges(struct unnamed_code *code, const struct objfile *obj)
{
	int err = code->read ? 0 : frame_entries__each(objfile__elf(obj), false, add_range, code);

	if (!code->read && code->n)
		qsort(code->items, code->n, sizeof(*code->items), addr_range__compare);
	code->read = true;
	return err;
}

int unnamed_code__begin(struct unnamed_code *code, const struct objfile *obj, uint64_t addr, uint64_t *begin)
{
	int err = read_ranges(code, obj);
	size_t i = SORTED_ABOVE(code->items, code->n, lo, addr);

	*begin = i > 0 && addr < code->items[i - 1].hi ? code->items[i - 1].lo : UINT64_MAX;
	return err;
}

/* "puts@plt" for an IMPORTED symbol, as its source calls it. NULL when out of memory. */
static char *stub_name(const char *imported)
{
	char *demangled = demangle__name(imported), *name;

	if (asprintf(&name, "%s@plt", demangled ? demangled : imported) < 0)
		name = NULL;
	free(demangled);
	return name;
}

int unnamed_code__name(struct unnamed_code *code, const struct objfile *obj, uint64_t addr, uint64_t *begin,
		       char **name)
{
	const char *imported = objfile__stub_name(obj, addr, begin), *slash;
	int err;

	*name = NULL;
	if (imported) {
		*name = stub_name(imported);
		return *name ? 0 : -ENOMEM;
	}
	err = unnamed_code__begin(code, obj, addr, begin);
	if (err || *begin == UINT64_MAX)
		return err;
	slash = strrchr(objfile__name(obj), '/');
	return asprintf(name, "%s+0x%llx", slash ? slash + 1 : objfile__name(obj), (unsigned long long)*begin) < 0
		       ? -ENOMEM
		       : 0;
}

void unnamed_code__clear(struct unnamed_code *code)
{
	free(code->items);
	*code = (struct unnamed_code){.n = 0};
}
