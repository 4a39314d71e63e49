// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "target/mapped.h"

/* What is open only while an image is made. */
struct making {
	const struct image_request *request;
	const struct diag *diag;
	struct objfile *obj;
	struct debuginfo *info;
	struct image *image;
	struct mapped **mapped; /* one for each of the request's PIDs */
};

/* An instance and the function it belongs to, to be grouped by body. */
struct placed {
	const struct debug_function *function;
	const struct debug_instance *instance;
};

static int compare_placed(const void *x, const void *y)
{
	const struct placed *a = x, *b = y;

	if (a->instance->body_entry != b->instance->body_entry)
		return a->instance->body_entry < b->instance->body_entry ? -1 : 1;
	return (int)a->instance->inlined - (int)b->instance->inlined;
}

static size_t place_instances(const struct debug_functions *functions, struct placed *placed)
{
	size_t n = 0;

	for (size_t f = 0; f < functions->n; f++) {
		for (size_t k = 0; k < functions->items[f].n_instances; k++) {
			const struct debug_instance *instance = &functions->items[f].instances[k];

			if (!instance->n_lines)
				continue;
			if (placed)
				placed[n] = (struct placed){&functions->items[f], instance};
			n++;
		}
	}
	return n;
}

/* A range of a body, to find its instructions by their file offsets. */
struct located {
	const struct cfg *cfg;
	uint64_t vaddr, offset; /* of the range's beginning */
};

static size_t instruction_at(uint64_t offset, void *ctx)
{
	const struct located *located = ctx;
	uint32_t i = cfg__find(located->cfg, located->vaddr + (offset - located->offset));

	return i == CFG_NONE ? 0 : located->cfg->insns[i].insn.len;
}

/* How the code of INSTANCE's body is in the processes. */
static enum mapped_state compare_mapped(const struct making *making, const struct debug_instance *instance,
					const struct cfg *cfg)
{
	enum mapped_state state = MAPPED_SAME;

	for (size_t r = 0; r < instance->n_body_ranges; r++) {
		const struct addr_range *range = &instance->body_ranges[r];
		const uint8_t *bytes = objfile__bytes(making->obj, range->lo, range->hi - range->lo);
		struct located located = {.cfg = cfg, .vaddr = range->lo};

		if (!bytes || objfile__file_offset(making->obj, range->lo, &located.offset))
			return MAPPED_CHANGED;
		for (size_t i = 0; i < making->request->n_pids && state == MAPPED_SAME; i++) {
			state = mapped__compare(making->mapped[i], located.offset, bytes, range->hi - range->lo,
						instruction_at, &located);
			/* That it has ended is found out, and said, when it is attached to. */
			if (state == MAPPED_GONE)
				state = MAPPED_SAME;
		}
	}
	return state;
}

static int build_planned(const struct making *making, const struct placed *placed, size_t n, struct body *body)
{
	const struct debug_instance **instances = calloc(n, sizeof(struct debug_instance *));
	struct body_request request = {
		.obj = making->obj,
		.info = making->info,
		.instances = instances,
		.n_instances = n,
		.prices = making->request->prices,
		.every_line = making->request->every_line,
	};
	int err;

	if (!instances)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		instances[i] = placed[i].instance;
	err = body__build(&request, body);
	free(instances);
	return err;
}

/* A body that cannot be profiled is left out and said. */
static int build_body(struct making *making, const struct placed *placed, size_t n)
{
	static const char *const reasons[] = {
		[MAPPED_BREAKPOINT] = "holds a debugger's breakpoint, which a probe would disturb,",
		[MAPPED_CHANGED] = "was changed in the process's memory",
	};
	struct image *image = making->image;
	struct body *body = &image->bodies[image->n_bodies];
	enum mapped_state state;
	const char *why;
	int err = build_planned(making, placed, n, body);

	if (err && err != -ENODATA && err != -EILSEQ)
		return err;
	if (err) {
		why = err == -ENODATA ? "cannot be read from the file" : "cannot be decoded";
	} else {
		state = compare_mapped(making, placed->instance, body->cfg);
		if (state == MAPPED_SAME) {
			image->n_sites += body->plan->n_sites;
			image->n_bodies++;
			return 0;
		}
		body__release(body);
		why = reasons[state];
	}
	diag__note(making->diag, "%s: the code of %s at %#llx %s and is not profiled", image->name,
		   placed->function->name, (unsigned long long)placed->instance->body_entry, why);
	return 0;
}

static int build_bodies(struct making *making)
{
	size_t n = place_instances(&making->image->functions, NULL);
	struct placed *placed = calloc(n ? n : 1, sizeof(*placed));
	int err = 0;

	making->image->bodies = calloc(n ? n : 1, sizeof(*making->image->bodies));
	if (!placed || !making->image->bodies) {
		free(placed);
		return -ENOMEM;
	}
	place_instances(&making->image->functions, placed);
	qsort(placed, n, sizeof(*placed), compare_placed);
	for (size_t from = 0, to; !err && from < n; from = to) {
		uint64_t entry = placed[from].instance->body_entry;

		for (to = from + 1; to < n && placed[to].instance->body_entry == entry; to++)
			;
		err = build_body(making, &placed[from], to - from);
	}
	free(placed);
	return err;
}

/* Where the file has the site's instruction, and what it is. */
static int find_code(const struct making *making, const struct insn *insn, struct site_code *code)
{
	const uint8_t *bytes = objfile__bytes(making->obj, insn->addr, insn->len);

	if (!bytes || insn->len > sizeof(code->bytes))
		return -ENODATA;
	code->len = insn->len;
	memcpy(code->bytes, bytes, insn->len);
	return objfile__file_offset(making->obj, insn->addr, &code->offset);
}

static int find_sites(struct making *making)
{
	struct image *image = making->image;
	size_t n = 0;
	int err = 0;

	image->offsets = calloc(image->n_sites ? image->n_sites : 1, sizeof(*image->offsets));
	image->code = calloc(image->n_sites ? image->n_sites : 1, sizeof(*image->code));
	if (!image->offsets || !image->code)
		return -ENOMEM;
	for (size_t b = 0; !err && b < image->n_bodies; b++) {
		const struct plan *plan = image->bodies[b].plan;

		for (uint32_t s = 0; !err && s < plan->n_sites; s++, n++) {
			err = find_code(making, &plan->cfg->insns[plan->sites[s].insn].insn, &image->code[n]);
			image->offsets[n] = image->code[n].offset;
		}
	}
	return err;
}

/* A function without line rows is left out; when that leaves nothing, it is why. */
static int check_lines(const struct making *making)
{
	const struct debug_functions *functions = &making->image->functions;
	const struct debug_function *bare = NULL;
	size_t n_bare = 0;

	for (size_t f = 0; f < functions->n; f++) {
		size_t n_lines = 0;

		for (size_t k = 0; k < functions->items[f].n_instances; k++)
			n_lines += functions->items[f].instances[k].n_lines;
		if (n_lines)
			continue;
		bare = &functions->items[f];
		n_bare++;
	}
	if (!bare)
		return 0;
	if (n_bare < functions->n) {
		diag__note(making->diag, "%zu of the selected functions in %s, %s among them, have no line information",
			   n_bare, making->image->name, bare->name);
		return 0;
	}
	diag__error(making->diag, "function %s in %s has no line information; compile its source with -g (not -g1)",
		    bare->name, making->image->name);
	return -ENODATA;
}

static int open_mapped(struct making *making)
{
	const struct image_request *request = making->request;
	int err = 0;

	making->mapped = calloc(request->n_pids + 1, sizeof(struct mapped *));
	if (!making->mapped)
		return -ENOMEM;
	for (size_t i = 0; !err && i < request->n_pids; i++) {
		err = mapped__open(request->pids[i], request->object->dev, request->object->ino, &making->mapped[i]);
		if (err)
			diag__failure(making->diag, err, "cannot read the memory of process %d", (int)request->pids[i]);
	}
	return err;
}

static void close_mapped(struct making *making)
{
	for (size_t i = 0; making->mapped && i < making->request->n_pids; i++)
		mapped__close(making->mapped[i]);
	free(making->mapped);
}

static int make(struct making *making)
{
	const struct image_request *request = making->request;
	int err;

	err = debuginfo__open(making->obj, request->object->files, !request->must_have_info, making->diag,
			      &making->info);
	if (err)
		return err;
	err = debuginfo__find(making->info, request->selectors, request->n_selectors, request->matched,
			      &making->image->functions);
	if (err) {
		diag__failure(making->diag, err, "cannot read the debug information of %s", making->image->name);
		return err;
	}
	if (!making->image->functions.n)
		return 0;
	err = check_lines(making);
	if (!err)
		err = open_mapped(making);
	if (!err)
		err = build_bodies(making);
	if (!err)
		err = find_sites(making);
	return err;
}

static struct image *new_image(const struct target_object *object, const struct objfile *obj)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	image->dev = object->dev;
	image->ino = object->ino;
	image->name = strdup(object->name);
	image->path = strdup(object->path);
	image->files = target_files__ref(object->files);
	image->build_id = strdup(objfile__build_id(obj));
	if (image->name && image->path && image->build_id)
		return image;
	image__close(image);
	return NULL;
}

int image__open(const struct image_request *request, const struct diag *diag, struct image **out)
{
	struct making making = {.request = request, .diag = diag};
	int err;

	err = objfile__open(request->object->path, request->object->name, &making.obj);
	/* Of the others the caller knows more than we do. */
	if (err && err != -ENOENT && err != -ENOEXEC && err != -EOPNOTSUPP)
		diag__failure(diag, err, "cannot open %s", request->object->name);
	if (err)
		return err;
	making.image = new_image(request->object, making.obj);
	err = making.image ? make(&making) : -ENOMEM;
	close_mapped(&making);
	debuginfo__close(making.info);
	objfile__close(making.obj);
	if (err) {
		image__close(making.image);
		return err;
	}
	*out = making.image;
	return 0;
}

void image__close(struct image *image)
{
	if (!image)
		return;
	for (size_t b = 0; b < image->n_bodies; b++)
		body__release(&image->bodies[b]);
	debug_functions__free(&image->functions);
	free(image->bodies);
	free(image->offsets);
	free(image->code);
	free(image->name);
	free(image->path);
	target_files__unref(image->files);
	free(image->build_id);
	free(image);
}

int image__check(const struct image *image, const pid_t *pids, size_t n_pids, const struct diag *diag)
{
	const struct site_code_place place = {
		.name = image->name,
		.path = image->path,
		.dev = image->dev,
		.ino = image->ino,
		.pids = pids,
		.n_pids = n_pids,
	};

	return site_code__check(&place, image->code, image->n_sites, diag);
}

static void fill_site(const struct body *body, uint32_t s, uint32_t first_site, struct lprof_site *out)
{
	const struct plan_site *site = &body->plan->sites[s];
	const struct insn *insn = &body->cfg->insns[site->insn].insn;
	const struct cfa_rule *cfa = &body->cfa[s];

	for (int taken = 0; taken < 2; taken++) {
		if (site->next[taken] == PLAN_OUT)
			out->next[taken] = LPROF_NEXT_OUT;
		else if (site->next[taken] == PLAN_ANY)
			out->next[taken] = LPROF_NEXT_ANY;
		else if (site->next[taken] == PLAN_NEVER)
			out->next[taken] = LPROF_NEXT_NEVER;
		else if (!site->called[taken])
			out->next[taken] = LPROF_NEXT_SURE;
		else
			out->next[taken] = first_site + site->next[taken];
	}
	out->cfa_reg = cfa->reg;
	out->cfa_offset = cfa->offset;
	out->cfa_deref_offset = cfa->deref_offset;
	out->flags |= cfa->deref ? LPROF_SITE_CFA_DEREF : 0;
	out->flags |= site->entry ? LPROF_SITE_ENTRY : 0;
	out->flags |= insn->lng == INSN_LONG_CALL ? LPROF_SITE_CALL : 0;
	out->resume[0] = out->resume[1] = insn->len;
	if (insn->target)
		out->resume[1] = (int32_t)(insn->target - insn->addr);
	if (insn->flow != INSN_FLOW_COND)
		return;
	out->flags_mask = insn->condition.mask;
	out->flags |= insn->condition.sf_xor_of ? LPROF_SITE_SF_XOR_OF : 0;
	out->flags |= insn->condition.invert ? LPROF_SITE_INVERT : 0;
}

void image__sites(const struct image *image, uint32_t first_site, uint32_t first_body, const uint32_t *kernel_ratios,
		  struct lprof_site *sites)
{
	for (size_t b = 0; b < image->n_bodies; b++) {
		const struct body *body = &image->bodies[b];

		for (uint32_t s = 0; s < body->plan->n_sites; s++) {
			*sites = (struct lprof_site){.body = first_body + (uint32_t)b};
			sites->kernel = kernel_ratios[body->cfg->insns[body->plan->sites[s].insn].insn.probe];
			fill_site(body, s, first_site, sites++);
		}
		first_site += body->plan->n_sites;
	}
}
