// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/body_code.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/*
 * Functions that never return. Symbols do not tell this, so they are known by name. A function that is missing here is
 * taken for one that returns; that costs a probe, but never makes a count wrong.
 */
static const char *const noreturn_names[] = {
	"abort",
	"exit",
	"_exit",
	"_Exit",
	"quick_exit",
	"__assert_fail",
	"__assert",
	"__stack_chk_fail",
	"__chk_fail",
	"__fortify_fail",
	"longjmp",
	"_longjmp",
	"siglongjmp",
	"__longjmp_chk",
	"pthread_exit",
	"err",
	"errx",
	"verr",
	"verrx",
	"__cxa_throw",
	"__cxa_rethrow",
	"_Unwind_Resume",
	"_ZSt9terminatev",
	"__cxa_bad_cast",
	"__cxa_throw_bad_array_new_length",
	"__libc_fatal",
	"__cxa_pure_virtual",
	"rust_begin_unwind",
	"__rust_start_panic",
	"fpc_raiseexception",
	"FPC_RAISEEXCEPTION",
	"fpc_reraise",
	"FPC_RERAISE",
};

static bool is_noreturn(uint64_t target, void *ctx)
{
	const char *name = objfile__callee_name(ctx, target);

	for (size_t i = 0; name && i < sizeof(noreturn_names) / sizeof(*noreturn_names); i++)
		if (!strcmp(name, noreturn_names[i]))
			return true;
	/* The functions std::__throw_... of libstdc++, in their mangled form. */
	return name && !strncmp(name, "_ZSt", 4) && strstr(name, "__throw_");
}

static bool returns_twice(uint64_t target, void *ctx)
{
	static const char *const names[] = {"setjmp", "_setjmp",    "__setjmp",	  "sigsetjmp", "__sigsetjmp",
					    "vfork",  "getcontext", "fpc_setjmp", "FPC_SETJMP"};
	const char *name = objfile__callee_name(ctx, target);

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* What compilers make of loops that fill, copy or search memory. */
static enum cfg_operation block_operation(uint64_t target, void *ctx)
{
	static const struct {
		const char *name;
		enum cfg_operation operation;
	} known[] = {
		{"memset", CFG_OPERATION_STORES}, {"memcpy", CFG_OPERATION_STORES},   {"memmove", CFG_OPERATION_STORES},
		{"strlen", CFG_OPERATION_OTHER},  {"rawmemchr", CFG_OPERATION_OTHER},
	};
	const char *name = objfile__callee_name(ctx, target);

	for (size_t i = 0; name && i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(name, known[i].name))
			return known[i].operation;
	return CFG_OPERATION_NONE;
}

/* Go's runtime.morestack, runtime.morestack_noctxt and the like, and what split stacks of GCC have. */
static bool grows_stack(uint64_t target, void *ctx)
{
	static const char prefix[] = "runtime.morestack";
	const char *name = objfile__callee_name(ctx, target);

	return name && (!strncmp(name, prefix, sizeof(prefix) - 1) || !strcmp(name, "__morestack"));
}

static const uint8_t *read_data(uint64_t vaddr, size_t len, void *ctx)
{
	/*
	 * A jump table in writable data (RELRO) holds pointers; these have been found already, and are among the
	 * labels.
	 */
	if (objfile__is_writable(ctx, vaddr))
		return NULL;
	return objfile__bytes(ctx, vaddr, len);
}

static int add_address(uint64_t addr, void *ctx)
{
	struct body_addresses *list = ctx;
	int err = grow__one(&list->items, &list->capacity, list->n, sizeof(addr));

	if (!err)
		list->items[list->n++] = addr;
	return err;
}

static int add_site(const struct lsda_site *site, void *ctx)
{
	struct body_code *code = ctx;
	int err = grow__one(&code->throwing, &code->throwing_capacity, code->n_throwing, sizeof(*code->throwing));

	if (!err)
		code->throwing[code->n_throwing++] = (struct cfg_throwing){site->lo, site->hi, site->pad};
	return err;
}

static int compare_throwing(const void *x, const void *y)
{
	const struct cfg_throwing *a = x, *b = y;

	return (a->lo > b->lo) - (a->lo < b->lo);
}

static int read_ranges(const struct body_source *source, const struct debug_instance *instance, struct body_code *code)
{
	code->ranges = calloc(instance->n_body_ranges + 1, sizeof(*code->ranges));
	code->offsets = calloc(instance->n_body_ranges + 1, sizeof(*code->offsets));
	if (!code->ranges || !code->offsets)
		return -ENOMEM;
	for (size_t i = 0; i < instance->n_body_ranges; i++) {
		const struct addr_range *range = &instance->body_ranges[i];
		size_t size = range->hi - range->lo;
		const uint8_t *bytes = objfile__code(source->obj, range->lo, size, &code->offsets[i]);

		if (!bytes)
			return -ENODATA;
		code->ranges[code->n_ranges++] = (struct cfg_code){.addr = range->lo, .bytes = bytes, .size = size};
	}
	return 0;
}

/* Finds where control gets into the body other than by branches: labels whose address is stored, and landing pads. */
static int find_ways_in(const struct body_source *source, struct body_code *code)
{
	for (size_t i = 0; i < code->n_ranges; i++) {
		uint64_t lo = code->ranges[i].addr, hi = lo + code->ranges[i].size;
		int err = pointers__each(source->pointers, lo, hi, add_address, &code->labels);

		if (!err)
			err = lsda_index__each_pad(source->pads, source->obj, lo, add_site, code);
		if (err && err != -ENOENT)
			return err;
	}
	if (code->n_throwing)
		qsort(code->throwing, code->n_throwing, sizeof(*code->throwing), compare_throwing);
	return 0;
}

static int find_rows(const struct debug_instance *const *instances, size_t n, struct body_code *code)
{
	int err = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; !err && k < instances[i]->n_lines; k++)
			err = add_address(instances[i]->lines[k].lo, &code->rows);
	return err;
}

int body_code__read(const struct body_source *source, const struct debug_instance *const *instances, size_t n,
		    struct body_code *code)
{
	int err;

	*code = (struct body_code){.obj = source->obj, .entry = instances[0]->body_entry};
	err = read_ranges(source, instances[0], code);
	if (!err)
		err = find_ways_in(source, code);
	if (!err)
		err = find_rows(instances, n, code);
	if (err)
		body_code__release(code);
	return err;
}

void body_code__release(struct body_code *code)
{
	free(code->ranges);
	free(code->offsets);
	free(code->labels.items);
	free(code->throwing);
	free(code->rows.items);
	*code = (struct body_code){.n_ranges = 0};
}

struct cfg_input body_code__input(const struct body_code *code)
{
	return (struct cfg_input){
		.code = code->ranges,
		.n_code = code->n_ranges,
		.entry = code->entry,
		.roots = code->labels.items,
		.n_roots = code->labels.n,
		.throwing = code->throwing,
		.n_throwing = code->n_throwing,
		.resync = code->rows.items,
		.n_resync = code->rows.n,
		.read_data = read_data,
		.is_noreturn = is_noreturn,
		.returns_twice = returns_twice,
		.block_operation = block_operation,
		.grows_stack = grows_stack,
		.ctx = code->obj,
	};
}

const uint8_t *body_code__at(const struct body_code *code, uint64_t addr, size_t len, uint64_t *offset)
{
	for (size_t i = 0; i < code->n_ranges; i++) {
		const struct cfg_code *range = &code->ranges[i];
		uint64_t at = addr - range->addr;

		if (at >= range->size || len > range->size - at)
			continue;
		*offset = code->offsets[i] + at;
		return range->bytes + at;
	}
	return NULL;
}
