// SPDX-License-Identifier: GPL-2.0-or-later
#include "native/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/sorted.h"
#include "flow/register_path.h"
#include "native/body_extent.h"
#include "target/mapped.h"

/* The most of a body's bytes times its instances. */
#define MOST_WORK ((uint64_t)1 << 32)

/* What is needed only while an image is planned. */
struct making {
	const struct image_planning *planning;
	const struct diag *diag;
	struct body_source source;
	struct debuginfo *info;
	struct image *image;
	struct mapped **mapped; /* one for each of the planning's PIDs */
};

size_t image__find_body(const struct image *image, uint64_t entry)
{
	return SORTED_AT(image->bodies, image->n_bodies, entry, entry);
}

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

/* How the body's CODE is in the processes. */
static enum mapped_state compare_mapped(const struct making *making, const struct body_code *code,
					const struct cfg *cfg)
{
	enum mapped_state state = MAPPED_SAME;

	for (size_t r = 0; r < code->n_ranges; r++) {
		const struct cfg_code *range = &code->ranges[r];
		struct located located = {.cfg = cfg, .vaddr = range->addr, .offset = code->offsets[r]};

		for (size_t i = 0; i < making->planning->n_pids && state == MAPPED_SAME; i++) {
			state = mapped__compare(making->mapped[i], located.offset, range->bytes, range->size,
						instruction_at, &located);
			/* That the process has ended is found out, and said, when it is attached to. */
			if (state == MAPPED_GONE)
				state = MAPPED_SAME;
		}
	}
	return state;
}

static int make_room(struct image *image, size_t n_probes)
{
	return grow__resize(&image->probed, n_probes + 1, sizeof(*image->probed)) ||
			       grow__resize(&image->offsets, n_probes + 1, sizeof(*image->offsets)) ||
			       grow__resize(&image->code, n_probes + 1, sizeof(*image->code))
		       ? -ENOMEM
		       : 0;
}

/* Appends the instructions of the body's sites that carry a probe, and where the file has them. */
static int add_sites(struct image *image, const struct body_code *code, const struct body *body)
{
	const struct plan *plan = body->plan;
	int err = make_room(image, (size_t)image->n_probes + plan->n_sites - plan->n_spared);

	for (uint32_t s = 0; !err && s < plan->n_sites; s++) {
		const struct insn *insn = &body->cfg->insns[plan->sites[s].insn].insn;
		struct site_code *site = &image->code[image->n_probes];
		const uint8_t *bytes;

		if (plan->sites[s].spared)
			continue;
		bytes = body_code__at(code, insn->addr, insn->len, &site->offset);
		if (!bytes || insn->len > sizeof(site->bytes))
			return -ENODATA;
		site->len = insn->len;
		memcpy(site->bytes, bytes, insn->len);
		image->probed[image->n_probes] = image->n_sites + s;
		image->offsets[image->n_probes++] = site->offset;
	}
	image->n_sites += plan->n_sites;
	return err;
}

/* Plans the body and adds it to the image, unless its code is otherwise in a process: *why then says how. */
static int add_body(struct making *making, const struct body_request *request, const char **why)
{
	static const char *const reasons[] = {
		[MAPPED_BREAKPOINT] = "holds a debugger's breakpoint, which a probe would disturb,",
		[MAPPED_CHANGED] = "was changed in the process's memory",
	};
	struct image *image = making->image;
	struct body *body = &image->bodies[image->n_bodies];
	enum mapped_state state;
	int err = body__build(request, body);

	if (err)
		return err;
	state = compare_mapped(making, request->code, body->cfg);
	if (state == MAPPED_SAME) {
		image->n_bodies++;
		return add_sites(image, request->code, body);
	}
	body__release(body);
	if (state == MAPPED_UNKNOWN)
		return -ENOMEM;
	*why = reasons[state];
	return 0;
}

static int leave_out(const struct making *making, const struct debug_instance *instance, const char *name,
		     const char *why)
{
	diag__note(making->diag, "%s: the code of %s at %#llx %s and is not profiled", making->image->name, name,
		   (unsigned long long)instance->body_entry, why);
	return 0;
}

/*
 * Whether the dynamic loader completes the body's code. The kernel executes probed instructions as the file has them,
 * so a probe would destroy the program.
 */
static bool is_patched(const struct making *making, const struct debug_instance *instance)
{
	for (size_t i = 0; i < instance->n_body_ranges; i++)
		if (pointers__patch(making->source.pointers, instance->body_ranges[i].lo, instance->body_ranges[i].hi))
			return true;
	return false;
}

/*
 * Whether going through all code of the body for each of the N INSTANCES, as is done several times, would take minutes.
 * Compilers make no such code.
 */
static bool is_crowded(const struct debug_instance *const *instances, size_t n)
{
	uint64_t size = 0;

	for (size_t i = 0; i < instances[0]->n_body_ranges; i++)
		size += instances[0]->body_ranges[i].hi - instances[0]->body_ranges[i].lo;
	return size > MOST_WORK / n;
}

/* Makes one body of the N INSTANCES in it, which are of the functions NAME and others. */
static int make_body(struct making *making, const struct debug_instance *const *instances, size_t n, const char *name)
{
	struct body_code code;
	struct body_request request = {
		.code = &code,
		.info = making->info,
		.instances = instances,
		.n_instances = n,
		.prices = making->planning->prices,
		.every_line = making->planning->every_line,
		.spare = !making->planning->every_line && !making->planning->all_jumps,
	};
	const char *why = NULL;
	int err;

	if (objfile__is_writable(making->image->obj, instances[0]->body_entry))
		return leave_out(making, instances[0], name,
				 "is to be loaded into writable memory (linked with -N?), where the kernel puts no "
				 "probes,");
	if (is_patched(making, instances[0]))
		return leave_out(making, instances[0], name,
				 "is completed when it is loaded (text relocations; not compiled with -fPIC?), which a "
				 "probe would undo,");
	if (is_crowded(instances, n))
		return leave_out(making, instances[0], name, "has too many inlined calls for its size");
	err = body_code__read(&making->source, instances, n, &code);
	if (!err) {
		err = add_body(making, &request, &why);
		body_code__release(&code);
		if (err == -EILSEQ)
			why = "cannot be decoded";
	} else if (err == -ENODATA) {
		why = "cannot be read from the file";
	}
	return why ? leave_out(making, instances[0], name, why) : err;
}

static int make_bodies(struct making *making)
{
	size_t n = place_instances(&making->image->functions, NULL);
	struct placed *placed = calloc(n + 1, sizeof(*placed));
	const struct debug_instance **instances = calloc(n + 1, sizeof(struct debug_instance *));
	int err = placed && instances ? 0 : -ENOMEM;

	making->image->bodies = calloc(n + 1, sizeof(*making->image->bodies));
	if (!making->image->bodies)
		err = -ENOMEM;
	if (!err) {
		place_instances(&making->image->functions, placed);
		qsort(placed, n, sizeof(*placed), compare_placed);
		for (size_t i = 0; i < n; i++)
			instances[i] = placed[i].instance;
	}
	for (size_t from = 0, to; !err && from < n; from = to) {
		uint64_t entry = instances[from]->body_entry;

		for (to = from + 1; to < n && instances[to]->body_entry == entry; to++)
			;
		err = make_body(making, &instances[from], to - from, placed[from].function->name);
	}
	free(placed);
	free(instances);
	return err;
}

/* Finds where the bodies end of which only the beginning is known. */
static int find_ends(struct making *making)
{
	struct debug_functions *functions = &making->image->functions;
	int err = 0;

	for (size_t f = 0; f < functions->n; f++)
		for (size_t k = 0; !err && k < functions->items[f].n_instances; k++)
			if (functions->items[f].instances[k].open_ended)
				err = body_extent__cut(&making->source, &functions->items[f].instances[k]);
	return err;
}

/* Finds the calls by which bodies of a function call one another, as far as they are planned. */
static int find_own_calls(struct image *image)
{
	int err = 0;

	for (size_t f = 0; f < image->functions.n; f++) {
		const struct debug_function *function = &image->functions.items[f];

		for (size_t k = 0; !err && k < function->n_instances; k++) {
			const struct debug_instance *instance = &function->instances[k];
			size_t b = image__find_body(image, instance->body_entry);

			if (b < image->n_bodies)
				err = own_calls__find(&image->own_calls, image->obj, function, instance,
						      &image->bodies[b], image->bodies, image->n_bodies);
		}
	}
	return err;
}

/* A function without rows in the line table is left out, which is noted; if that leaves none, it is an error. */
static int check_lines(const struct image *image, const struct diag *diag)
{
	const struct debug_functions *functions = &image->functions;
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
		diag__note(diag, "%zu of the selected functions in %s, %s among them, have no line information", n_bare,
			   image->name, bare->name);
		return 0;
	}
	diag__error(diag, "function %s in %s has no line information; compile its source with -g (not -g1)", bare->name,
		    image->name);
	return -ENODATA;
}

static int open_mapped(struct making *making)
{
	const struct image_planning *planning = making->planning;
	int err = 0;

	making->mapped = calloc(planning->n_pids + 1, sizeof(struct mapped *));
	if (!making->mapped)
		return -ENOMEM;
	for (size_t i = 0; !err && i < planning->n_pids; i++) {
		err = mapped__open(planning->pids[i], making->image->dev, making->image->ino, &making->mapped[i]);
		if (err)
			diag__failure(making->diag, err, "cannot read the memory of process %d",
				      (int)planning->pids[i]);
	}
	return err;
}

static void close_mapped(struct making *making)
{
	for (size_t i = 0; making->mapped && i < making->planning->n_pids; i++)
		mapped__close(making->mapped[i]);
	free(making->mapped);
}

static int find_functions(struct image *image, const struct image_request *request, const struct diag *diag)
{
	enum debuginfo_need need = request->must_have_info ? DEBUGINFO_REQUIRED
				   : request->object->main ? DEBUGINFO_WANTED
							   : DEBUGINFO_AT_HAND;
	int err = debuginfo__open(image->obj, request->object->files, need, diag, &image->info);

	if (err)
		return err;
	err = debuginfo__find(image->info, request->selectors, request->n_selectors, request->matched,
			      &image->functions);
	if (err && err != -EIO) /* the reason of which was said */
		diag__failure(diag, err, "cannot read the debug information of %s", image->name);
	if (err)
		return err;
	return image->functions.n ? check_lines(image, diag) : 0;
}

static struct image *new_image(const struct target_object *object, const struct objfile *obj)
{
	struct image *image = calloc(1, sizeof(*image));
	struct stat st;

	if (!image)
		return NULL;
	image->dev = object->dev;
	image->ino = object->ino;
	image->made_ns =
		stat(object->path, &st) ? 0 : st.st_mtim.tv_sec * (int64_t)CLOCK_SECOND_NS + st.st_mtim.tv_nsec;
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
	struct image *image;
	struct objfile *obj;
	int err = objfile__open(request->object->path, request->object->name, &obj);

	/* What the other errors mean for the run is for the caller to say. */
	if (err && err != -ENOENT && err != -ENOEXEC && err != -EOPNOTSUPP)
		diag__failure(diag, err, "cannot open %s", request->object->name);
	if (err)
		return err;
	image = new_image(request->object, obj);
	if (!image) {
		objfile__close(obj);
		return -ENOMEM;
	}
	image->obj = obj;
	err = find_functions(image, request, diag);
	if (err) {
		image__close(image);
		return err;
	}
	*out = image;
	return 0;
}

static void close_object(struct image *image)
{
	debuginfo__close(image->info);
	objfile__close(image->obj);
	image->info = NULL;
	image->obj = NULL;
}

int image__plan(struct image *image, const struct image_planning *planning, const struct diag *diag)
{
	struct making making = {
		.planning = planning,
		.diag = diag,
		.image = image,
		.source = {.obj = image->obj},
		.info = image->info,
	};
	int err = open_mapped(&making);

	if (!err)
		err = lsda_index__new(image->obj, &making.source.pads);
	if (!err)
		err = pointers__new(image->obj, &making.source.pointers);
	if (!err)
		err = find_ends(&making);
	if (!err)
		err = make_bodies(&making);
	if (!err)
		err = find_own_calls(image);
	close_mapped(&making);
	pointers__free(making.source.pointers);
	lsda_index__free(making.source.pads);
	close_object(image);
	return err;
}

void image__close(struct image *image)
{
	if (!image)
		return;
	close_object(image);
	for (size_t b = 0; b < image->n_bodies; b++)
		body__release(&image->bodies[b]);
	debug_functions__free(&image->functions);
	free(image->bodies);
	free(image->own_calls.items);
	free(image->own_calls.inner);
	free(image->probed);
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

	return site_code__check(&place, image->code, image->n_probes, diag);
}

/* DWARF's number of a general register that instructions call REG. */
static uint8_t dwarf_register(uint8_t reg)
{
	static const uint8_t numbers[] = {0, 2, 1, 3, 7, 6, 4, 5};

	return reg < sizeof(numbers) ? numbers[reg] : reg;
}

/* How lprof_variable says what register_value.source says. */
static uint8_t source_of(uint8_t source)
{
	if (source == REGISTER_NONE)
		return LPROF_NO_REGISTER;
	return source == REGISTER_ADDRESS ? LPROF_SITE_ADDRESS : dwarf_register(source);
}

static struct lprof_variable variable_of(const struct plan *plan, uint32_t site, bool taken)
{
	uint32_t number = plan__edge_variable(plan, site, taken);
	const struct plan_variable *variable;
	struct register_value values[INSN_REGISTERS];
	struct lprof_variable out = {.kind = LPROF_VARIABLE_NONE};

	if (!number)
		return out;
	variable = &plan->variables[number - 1];
	register_path__edge(plan, plan->effects, site, taken, values);
	out = (struct lprof_variable){
		.offset = values[variable->reg].offset,
		.source = source_of(values[variable->reg].source),
		.reg = dwarf_register(variable->reg),
		.kind = !variable->narrow ? LPROF_VARIABLE_WHOLE
			: variable->falls ? LPROF_VARIABLE_FALLS
					  : LPROF_VARIABLE_RISES,
	};
	while (out.shift < 31 && 1u << out.shift < variable->most_change)
		out.shift++;
	return out;
}

/* Where an edge of site S leads, as lprof_site.next says it. */
static uint32_t next_of(const struct plan *plan, uint32_t s, bool taken, uint32_t first_site)
{
	const struct plan_site *site = &plan->sites[s];
	uint32_t next = site->next[taken];
	bool spared = next < plan->n_sites && plan->sites[next].spared;

	/* From the region of a variable, control cannot leave the body. */
	if (spared)
		return plan->sites[next].variable ? LPROF_NEXT_SURE : LPROF_NEXT_NEAR;
	if (next == PLAN_OUT || site->moves[taken])
		return LPROF_NEXT_OUT;
	if (next == PLAN_ANY)
		return LPROF_NEXT_ANY;
	if (next == PLAN_NEVER)
		return LPROF_NEXT_NEVER;
	if (!site->called[taken] && !plan->sites[next].entry)
		return LPROF_NEXT_SURE;
	return first_site + next;
}

static void fill_site(const struct body *body, uint32_t s, uint32_t first_site, struct lprof_site *out)
{
	const struct plan_site *site = &body->plan->sites[s];
	const struct insn *insn = &body->cfg->insns[site->insn].insn;
	const struct cfa_rule *cfa = &body->cfa[s];

	for (int taken = 0; taken < 2; taken++) {
		out->variables[taken] = variable_of(body->plan, s, taken);
		out->next[taken] = next_of(body->plan, s, taken, first_site);
	}
	out->cfa_reg = cfa->reg;
	out->cfa_offset = cfa->offset;
	out->cfa_deref_offset = cfa->deref_offset;
	out->flags |= cfa->deref ? LPROF_SITE_CFA_DEREF : 0;
	out->flags |= site->entry ? LPROF_SITE_ENTRY : 0;
	out->flags |= body->frameless ? LPROF_SITE_FRAMELESS : 0;
	out->flags |= body->cfg->goroutine ? LPROF_SITE_MOVABLE : 0;
	out->flags |= insn->lng == INSN_LONG_CALL ? LPROF_SITE_CALL : 0;
	out->flags |= body->plan->n_spared && !site->rooted ? LPROF_SITE_BALANCED : 0;
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
