// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sort.h"

/*
 * Functions that are not declared noreturn where they are called from (the linker only sees a name).
 * Taking one of them for a function that returns costs a probe, never a wrong count.
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
};

static bool is_noreturn(uint64_t target, void *ctx)
{
	const char *name = objfile__callee_name(ctx, target);

	for (size_t i = 0; name && i < sizeof(noreturn_names) / sizeof(*noreturn_names); i++)
		if (!strcmp(name, noreturn_names[i]))
			return true;
	/* libstdc++'s std::__throw_...: the mangled names begin alike. */
	return name && !strncmp(name, "_ZSt", 4) && strstr(name, "__throw_");
}

static bool returns_twice(uint64_t target, void *ctx)
{
	static const char *const names[] = {"setjmp",	   "_setjmp", "__setjmp",  "sigsetjmp",
					    "__sigsetjmp", "vfork",   "getcontext"};
	const char *name = objfile__callee_name(ctx, target);

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static const uint8_t *read_data(uint64_t vaddr, size_t len, void *ctx)
{
	/* Tables in writable data (RELRO) hold pointers: those come from objfile__each_pointer(). */
	if (objfile__is_writable(ctx, vaddr))
		return NULL;
	return objfile__bytes(ctx, vaddr, len);
}

/* A growing list of addresses. */
struct addresses {
	uint64_t *items;
	size_t n, room;
};

static int addresses__add(struct addresses *list, uint64_t addr)
{
	if (grow__one(&list->items, &list->room, list->n, sizeof(addr)))
		return -ENOMEM;
	list->items[list->n++] = addr;
	return 0;
}

static int add_address(uint64_t addr, void *ctx)
{
	return addresses__add(ctx, addr);
}

/* Landing pads and label tables: places that control reaches by other ways than branches. */
static int find_roots(const struct body_request *request, const struct debug_instance *body, struct addresses *roots,
		      struct addresses *pads)
{
	for (size_t i = 0; i < body->n_body_ranges; i++) {
		const struct addr_range *range = &body->body_ranges[i];
		int err;

		err = objfile__each_pointer(request->obj, range->lo, range->hi, add_address, roots);
		if (!err)
			err = objfile__each_landing_pad(request->obj, range->lo, add_address, pads);
		if (err && err != -ENOENT)
			return err;
	}
	return 0;
}

static int find_resync(const struct body_request *request, struct addresses *resync)
{
	for (size_t i = 0; i < request->n_instances; i++)
		for (size_t k = 0; k < request->instances[i]->n_lines; k++)
			if (addresses__add(resync, request->instances[i]->lines[k].lo))
				return -ENOMEM;
	sort__u64(resync->items, resync->n);
	return 0;
}

static int build_cfg(const struct body_request *request, struct cfg **out)
{
	const struct debug_instance *body = request->instances[0];
	struct cfg_code *code = calloc(body->n_body_ranges ? body->n_body_ranges : 1, sizeof(*code));
	struct addresses roots = {0}, pads = {0}, resync = {0};
	struct cfg_input input = {
		.code = code,
		.n_code = body->n_body_ranges,
		.entry = body->body_entry,
		.read_data = read_data,
		.is_noreturn = is_noreturn,
		.returns_twice = returns_twice,
		.ctx = request->obj,
	};
	int err = code ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < body->n_body_ranges; i++) {
		const struct addr_range *range = &body->body_ranges[i];

		code[i].addr = range->lo;
		code[i].size = range->hi - range->lo;
		code[i].bytes = objfile__bytes(request->obj, range->lo, code[i].size);
		if (!code[i].bytes || !objfile__is_code(request->obj, range->lo))
			err = -ENODATA;
	}
	if (!err)
		err = find_roots(request, body, &roots, &pads);
	if (!err)
		err = find_resync(request, &resync);
	input.roots = roots.items;
	input.n_roots = roots.n;
	input.pads = pads.items;
	input.n_pads = pads.n;
	input.resync = resync.items;
	input.n_resync = resync.n;
	if (!err)
		err = cfg__build(&input, out);
	free(code);
	free(roots.items);
	free(pads.items);
	free(resync.items);
	return err == -ENOENT ? -EILSEQ : err;
}

static bool in_ranges(const struct addr_range *ranges, size_t n, uint64_t addr)
{
	for (size_t i = 0; i < n; i++)
		if (addr >= ranges[i].lo && addr < ranges[i].hi)
			return true;
	return false;
}

struct insn_line *body__lines(const struct body *body, const struct debug_instance *instance)
{
	struct insn_line *lines = calloc(body->cfg->n_insns, sizeof(*lines));
	size_t k = 0;

	for (uint32_t i = 0; lines && i < body->cfg->n_insns; i++) {
		uint64_t addr = body->cfg->insns[i].insn.addr;

		while (k < instance->n_lines && instance->lines[k].hi <= addr)
			k++;
		if (k < instance->n_lines && instance->lines[k].lo <= addr &&
		    in_ranges(instance->ranges, instance->n_ranges, addr))
			lines[i] = (struct insn_line){instance->lines[k].line, instance->lines[k].call};
	}
	return lines;
}

enum { IN_INSTANCE = 1, BEHIND_INSTANCE = 2 };

/*
 * A call at the end of an inlined instance returns to code that is not the instance's. For the call to have an
 * end, the code up to where a probe can be is in scope too (without a line of its own).
 */
static void extend_scope(const struct cfg *cfg, uint8_t *scope)
{
	for (uint32_t i = 0; i < cfg->n_insns; i++) {
		uint32_t next = cfg->insns[i].next;

		if (scope[i] != IN_INSTANCE || cfg->insns[i].insn.lng == INSN_SHORT)
			continue;
		while (next != CFG_NONE && !scope[next]) {
			scope[next] = BEHIND_INSTANCE;
			if (cfg->insns[next].insn.probe < INSN_PROBE_CLASSES ||
			    cfg->insns[next].insn.flow != INSN_FLOW_NEXT)
				break;
			next = cfg->insns[next].next;
		}
	}
}

static int build_plan(const struct body_request *request, struct body *body)
{
	uint32_t n = body->cfg->n_insns;
	struct plan_input input = {.cfg = body->cfg, .prices = request->prices, .every_line = request->every_line};
	uint32_t *lines = calloc(n, sizeof(*lines));
	uint8_t *scope = calloc(n, sizeof(*scope));
	bool whole = false;
	int err = lines && scope ? 0 : -ENOMEM;

	for (size_t k = 0; !err && k < request->n_instances; k++) {
		const struct debug_instance *instance = request->instances[k];
		struct insn_line *own = body__lines(body, instance);

		for (uint32_t i = 0; own && i < n; i++) {
			if (!lines[i])
				lines[i] = own[i].line;
			if (in_ranges(instance->ranges, instance->n_ranges, body->cfg->insns[i].insn.addr))
				scope[i] = IN_INSTANCE;
		}
		whole |= !instance->inlined;
		if (!own)
			err = -ENOMEM;
		free(own);
	}
	if (!err)
		extend_scope(body->cfg, scope);
	input.lines = lines;
	input.scope = whole ? NULL : scope;
	if (!err)
		err = plan__build(&input, &body->plan);
	free(lines);
	free(scope);
	return err;
}

static int find_frames(const struct body_request *request, struct body *body)
{
	const struct plan *plan = body->plan;

	body->cfa = calloc(plan->n_sites ? plan->n_sites : 1, sizeof(*body->cfa));
	if (!body->cfa)
		return -ENOMEM;
	for (uint32_t s = 0; s < plan->n_sites; s++) {
		uint64_t addr = body->cfg->insns[plan->sites[s].insn].insn.addr;

		if (debuginfo__cfa(request->info, addr, &body->cfa[s]))
			body->n_frameless++;
	}
	return 0;
}

int body__build(const struct body_request *request, struct body *body)
{
	int err;

	*body = (struct body){.entry = request->instances[0]->body_entry};
	err = build_cfg(request, &body->cfg);
	if (!err)
		err = build_plan(request, body);
	if (!err)
		err = find_frames(request, body);
	if (err)
		body__release(body);
	return err;
}

void body__release(struct body *body)
{
	free(body->cfa);
	plan__free(body->plan);
	cfg__free(body->cfg);
	*body = (struct body){0};
}
