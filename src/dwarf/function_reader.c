// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. Many DIEs stand for one function: a declaration, an abstract instance, out-of-line bodies, clones, and each
 * place where it was inlined. Chains of origins (DW_AT_abstract_origin, DW_AT_specification) lead from all of them to
 * one, the root, by which the function is known here.
 *
 * The selectors judge a root once. What they said is remembered by the address that the root has in memory, and also by
 * the addresses of the DIEs that lead to it directly, so that most chains need not be followed.
 *
 * Each unit that includes a header has a root of its own for the header's functions. Those are joined in the end, by
 * file, line and names (function_choice).
 */
#include "dwarf/function_reader.h"
#include "dwarf/compiled.h"

#include <dwarf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/key_map.h"
#include "dwarf/code_piece.h"
#include "dwarf/coroutine.h"
#include "dwarf/die_candidate.h"
#include "dwarf/die_name.h"
#include "dwarf/entry_place.h"
#include "dwarf/function_candidate.h"
#include "dwarf/function_choice.h"
#include "dwarf/function_instance.h"
#include "dwarf/function_listing.h"
#include "dwarf/function_match.h"
#include "dwarf/function_part.h"
#include "dwarf/included_lines.h"
#include "dwarf/inlined_regions.h"
#include "dwarf/same_code.h"
#include "dwarf/stray_code.h"
#include "dwarf/symbol_candidate.h"
#include "dwarf/symbol_functions.h"
#include "dwarf/thunk.h"
#include "dwarf/thunk_die.h"

enum { MAX_DEPTH = 256 };

/* The most lines' pieces of code that are kept, a gigabyte of them: functions of a hostile file lie over each other. */
#define MOST_SPANS ((size_t)1 << 25)

#define NOT_SELECTED SIZE_MAX

struct function_reader {
	struct function_reader_input input;
	struct function_match match;
	struct function_listing listing;
	struct die_scopes *scopes;
	struct key_map by_die;	     /* address of a DIE: index of its candidate */
	struct key_map rejected;     /* addresses of DIEs of functions that are not selected, found in this unit */
	struct symbol_names by_name; /* filled when it is needed */
	struct function_candidate *candidates;
	size_t n, capacity;
	struct line_files files;
	struct compiled_unit compiled;
	Dwarf_Off *offsets;
	size_t n_offsets, offsets_capacity;
	Dwarf_Die *unit, *skeleton;   /* that are being read */
	struct addr_range *described; /* the code of that unit's out-of-line bodies */
	size_t n_described, described_capacity;
	size_t n_spans;		  /* of all instances so far */
	Dwarf_Die *body;	  /* the subprogram whose body is being read; NULL: none */
	struct stray_code strays; /* of that body, if code of it is selected */
};

struct function_reader *function_reader__new(const struct function_reader_input *input)
{
	struct function_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->input = *input;
	reader->match = (struct function_match){
		.selectors = input->selectors,
		.n = input->n,
		.asked = input->asked,
		.names_only = input->each != NULL,
	};
	reader->listing = (struct function_listing){.each = input->each, .ctx = input->ctx};
	reader->match.included = calloc(input->n + 1, sizeof(bool));
	reader->scopes = die_scopes__new();
	if (!reader->scopes || !reader->match.included) {
		function_reader__free(reader);
		return NULL;
	}
	return reader;
}

void function_reader__free(struct function_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < reader->n; i++)
		function_candidate__clear(&reader->candidates[i]);
	free(reader->candidates);
	free(reader->match.included);
	debug_places__release(&reader->files.places);
	function_extents__release(&reader->files.extents);
	free(reader->offsets);
	free(reader->described);
	symbol_names__clear(&reader->by_name);
	key_map__clear(&reader->by_die);
	key_map__clear(&reader->rejected);
	function_listing__clear(&reader->listing);
	die_scopes__free(reader->scopes);
	stray_code__clear(&reader->strays);
	free(reader);
}

static int add_candidate(struct function_reader *reader, const struct function_candidate *candidate, size_t *index)
{
	int err = grow__one(&reader->candidates, &reader->capacity, reader->n, sizeof(*candidate));

	if (err)
		return err;
	*index = reader->n;
	reader->candidates[reader->n++] = *candidate;
	return 0;
}

/*
 * Judges the function that DIE, with origin ROOT, belongs to: sets *index to its candidate or NOT_SELECTED. ENTRY as in
 * die_candidate__make().
 */
static int judge(struct function_reader *reader, Dwarf_Die *die, Dwarf_Die *root, uint64_t entry, size_t *index)
{
	const struct die_candidate_input input = {reader->input.obj, reader->scopes, &reader->match};
	struct function_candidate candidate;
	int err = die_candidate__make(&input, die, root, entry, &candidate);

	*index = NOT_SELECTED;
	if (err)
		return err == -ENOENT ? 0 : err;
	err = add_candidate(reader, &candidate, index);
	if (err)
		function_candidate__clear(&candidate);
	return err;
}

static uint64_t die_key(const Dwarf_Die *die)
{
	return (uint64_t)(uintptr_t)die->addr;
}

/* Whether the DIE has been judged; sets *index to its candidate or NOT_SELECTED. */
static bool recall(const struct function_reader *reader, const Dwarf_Die *die, size_t *index)
{
	return key_map__get(&reader->by_die, die_key(die), index) ||
	       key_map__get(&reader->rejected, die_key(die), index);
}

/* Remembers that the DIE belongs to the candidate at INDEX. */
static int remember(struct function_reader *reader, Dwarf_Die *die, size_t index)
{
	size_t known;
	int err;

	if (recall(reader, die, &known) && known == index)
		return 0;
	if (index == NOT_SELECTED)
		return key_map__set(&reader->rejected, die_key(die), index);
	err = key_map__set(&reader->by_die, die_key(die), index);
	if (err)
		return err;
	err = grow__one(&reader->offsets, &reader->offsets_capacity, reader->n_offsets, sizeof(*reader->offsets));
	if (!err)
		reader->offsets[reader->n_offsets++] = dwarf_dieoffset(die);
	return err;
}

/* The candidate that DIE is an instance or declaration of, or NOT_SELECTED. */
static int look_up(struct function_reader *reader, Dwarf_Die *die, size_t *index)
{
	Dwarf_Attribute attribute;
	Dwarf_Die origin = *die;
	Dwarf_Die root;
	bool has_origin =
		dwarf_attr(die, DW_AT_abstract_origin, &attribute) || dwarf_attr(die, DW_AT_specification, &attribute);
	bool own_name;
	int err = 0;

	if (has_origin && !dwarf_formref_die(&attribute, &origin)) {
		*index = NOT_SELECTED;
		return 0;
	}
	/* Each body of a constructor has a linkage name of its own besides the common one: it is judged by both. */
	own_name = has_origin && dwarf_hasattr(die, DW_AT_linkage_name);
	if (recall(reader, &origin, index) && (*index != NOT_SELECTED || !own_name))
		return 0;
	root = die_name__root(die);
	if (!recall(reader, &root, index) || (*index == NOT_SELECTED && own_name))
		err = judge(reader, die, &root, 0, index);
	if (!err)
		err = remember(reader, &root, *index);
	if (!err)
		err = remember(reader, &origin, *index);
	return err;
}

/* Selects the function of DIE, whose body is entered at ENTRY, when a name of the symbol table asks for that. */
static int take_asked(struct function_reader *reader, Dwarf_Die *die, uint64_t entry, size_t *index)
{
	const struct asked_symbol *asked;
	size_t n;
	int err = 0;

	asked = function_match__asked(&reader->match, entry, &n);
	if (n && *index == NOT_SELECTED) {
		Dwarf_Die root = die_name__root(die);

		err = judge(reader, die, &root, entry, index);
	}
	for (size_t i = 0; i < n && !err && *index != NOT_SELECTED; i++) {
		struct function_candidate *candidate = &reader->candidates[*index];

		if (candidate->unplaced ||
		    selector__matches_file(reader->input.selectors[asked[i].selector], candidate->function.file))
			candidate->selected[asked[i].selector] = true;
		if (asked[i].indirect)
			err = debug_function__add_note(&candidate->function,
						       "%s is an indirect function: when the program is loaded, one "
						       "of several implementations is chosen for it; %s is one of them",
						       asked[i].symbol->name, candidate->function.name);
	}
	return err;
}

/* Gives the candidate the place where its CODE begins when debug information has none for it. */
static int place(struct function_reader *reader, Dwarf_Die *die, const struct code_piece *code,
		 struct function_candidate *candidate)
{
	struct debug_function *function = &candidate->function;
	struct entry_place found;
	int err;

	if (!candidate->unplaced && (function->line || !reader->input.each))
		return 0;
	err = entry_place__find(die, code->entry, code_piece__end(code), &found);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (reader->input.each)
		function->line = found.line;
	if (!candidate->unplaced) {
		free(found.file);
		return 0;
	}
	free(function->file);
	function->file = found.file;
	candidate->unplaced = false;
	candidate->listed = !function_match__place(&reader->match, candidate);
	return 0;
}

static int add_instance(struct function_reader *reader, struct function_candidate *candidate, Dwarf_Die *die,
			const struct code_piece *own, const struct code_piece *body)
{
	const struct function_instance_place place = {
		.die = die,
		.unit = reader->unit,
		.own = own,
		.body = body,
		.strays = reader->body ? &reader->strays : NULL,
		.symbols = reader->input.symbols,
		.files = &reader->files,
		.compiled = &reader->compiled,
	};
	int err;

	if (debug_function__is_full(&candidate->function))
		return debug_function__leave_out(&candidate->function);
	if (reader->n_spans > MOST_SPANS)
		return debug_function__add_note(&candidate->function,
						"some of its code is not counted: more code is selected than memory "
						"should be spent on; select fewer functions");
	err = reader->body ? stray_code__find(&reader->strays, reader->body) : 0;
	if (!err)
		err = function_instance__add(candidate, &place);
	if (!err)
		reader->n_spans += candidate->function.instances[candidate->function.n_instances - 1].n_lines;
	return err;
}

/*
 * GCC's copies of a virtual function in thunks are found by their symbols. If the function at ENTRY has lost its own
 * (the linker and strip have options for that), it is not known whether there are any.
 */
static int note_hidden_thunks(struct function_reader *reader, Dwarf_Die *die, uint64_t entry,
			      struct debug_function *function)
{
	const struct debug_instance *instance =
		function->n_instances ? &function->instances[function->n_instances - 1] : NULL;

	if (!instance || !instance->marked || !instance->optimised || !thunk_die__may_have_any(die) ||
	    (reader->input.symbols && symbols__at(reader->input.symbols, entry)))
		return 0;
	return debug_function__add_note(function,
					"calls of it through another base of its class may be missing: the compiler "
					"may have made copies of it for them (thunks), which only symbols tell of, and "
					"the object has none for it; do not strip them");
}

/* Takes OWN, a piece of code of a function. BODY is the out-of-line body around it, NULL when OWN is one itself. */
static int take(struct function_reader *reader, Dwarf_Die *die, const struct code_piece *own,
		const struct code_piece *body)
{
	size_t index;
	int err = look_up(reader, die, &index);

	if (!err && !body)
		err = take_asked(reader, die, own->entry, &index);
	if (err || index == NOT_SELECTED)
		return err;
	err = place(reader, die, own, &reader->candidates[index]);
	if (err)
		return err;
	if (reader->input.each)
		return function_listing__name(&reader->listing, &reader->candidates[index]);
	err = add_instance(reader, &reader->candidates[index], die, own, body);
	return err || body ? err : note_hidden_thunks(reader, die, own->entry, &reader->candidates[index].function);
}

/*
 * A declaration does not tell where the function is, so the function is not judged by it. But other units may define
 * what is declared here, and refer to it; so it is noted if its names may be wanted.
 */
static int note_declaration(struct function_reader *reader, Dwarf_Die *die)
{
	const char *bare = die_name__bare(die);
	const char *linkage = die_name__linkage(die);
	int err;

	if (!function_match__may(&reader->match, bare, linkage))
		return 0;
	err = grow__one(&reader->offsets, &reader->offsets_capacity, reader->n_offsets, sizeof(*reader->offsets));
	if (!err)
		reader->offsets[reader->n_offsets++] = dwarf_dieoffset(die);
	return err;
}

/* Notes that DIEs describe the function with this BODY. */
static int describe(struct function_reader *reader, const struct code_piece *body)
{
	int err = grow__to(&reader->described, &reader->described_capacity, reader->n_described + body->n_ranges,
			   sizeof(*reader->described));

	if (err)
		return err;
	memcpy(reader->described + reader->n_described, body->ranges, body->n_ranges * sizeof(*body->ranges));
	reader->n_described += body->n_ranges;
	return 0;
}

/* Finds the code of a subprogram whose DIE has lost it because the linker made it one with another's. */
static int find_folded(struct function_reader *reader, Dwarf_Die *die, struct code_piece *body)
{
	const struct objfile_symbol *symbol;
	size_t index;
	int err;

	if (!reader->input.symbols || !same_code__may_be_folded(die))
		return 0;
	err = look_up(reader, die, &index);
	if (err || index == NOT_SELECTED || reader->candidates[index].unplaced)
		return err;
	err = symbol_names__fill(&reader->by_name, reader->input.symbols);
	if (err)
		return err;
	symbol = same_code__folded(&reader->by_name, die, reader->unit, &reader->candidates[index].function);
	if (!symbol)
		return 0;
	free(body->ranges); /* those that were dropped */
	body->ranges = calloc(1, sizeof(*body->ranges));
	if (!body->ranges)
		return -ENOMEM;
	*body->ranges = (struct addr_range){symbol->vaddr, symbol->vaddr + symbol->size};
	body->n_ranges = 1;
	body->entry = symbol->vaddr;
	return 0;
}

/* What is around the DIEs that are read. */
struct around {
	const struct code_piece *body; /* the out-of-line body, or NULL */
	Dwarf_Die *function;	       /* the nearest subprogram or inlined subroutine in it */
	unsigned depth;
};

static int read_children(struct function_reader *reader, Dwarf_Die *die, struct around around);

static int read_subprogram(struct function_reader *reader, Dwarf_Die *die, unsigned depth)
{
	struct code_piece body = {NULL, 0, 0};
	Dwarf_Die *around = reader->body;
	size_t index;
	int err = code_piece__read(reader->input.obj, die, &body);

	if (!err && !body.n_ranges)
		err = find_folded(reader, die, &body);
	reader->body = body.n_ranges ? die : NULL;
	if (!err && body.n_ranges) {
		bool thunk = thunk_die__may_hold_copy(die); /* which is found by its symbol */

		if (!thunk)
			err = describe(reader, &body);
		if (!err && !thunk)
			err = take(reader, die, &body, NULL);
	} else if (!err && !reader->input.each && dwarf_hasattr(die, DW_AT_declaration)) {
		err = note_declaration(reader, die);
	} else if (!err && !reader->input.each) {
		/* Other units may refer to an abstract instance. */
		err = look_up(reader, die, &index);
		if (!err && index != NOT_SELECTED)
			err = remember(reader, die, index);
	}
	if (!err)
		err = read_children(reader, die, (struct around){body.n_ranges ? &body : NULL, die, depth + 1});
	reader->body = around;
	free(body.ranges);
	return err;
}

static int read_inlined(struct function_reader *reader, Dwarf_Die *die, struct around around)
{
	struct code_piece own = {NULL, 0, 0};
	struct inlined_entry entry;
	size_t index = NOT_SELECTED;
	int err = look_up(reader, die, &index);

	/* The code of a part is the instance's around it. */
	if (!err && index != NOT_SELECTED && !function_part__is_inlined(die, around.function)) {
		err = code_piece__read(reader->input.obj, die, &own);
		if (!err && own.n_ranges)
			err = take(reader, die, &own, around.body);
		else if (!err)
			reader->candidates[index].function.emptied |= inlined_entry__read(die, &entry) == 0;
	}
	free(own.ranges);
	return err ? err : read_children(reader, die, (struct around){around.body, die, around.depth + 1});
}

static int read_children(struct function_reader *reader, Dwarf_Die *die, struct around around)
{
	const struct around below = {around.body, around.function, around.depth + 1};
	Dwarf_Die child;
	int err = 0;

	if (around.depth > MAX_DEPTH || dwarf_child(die, &child) != 0)
		return 0;
	do {
		switch (dwarf_tag(&child)) {
		case DW_TAG_subprogram:
			err = read_subprogram(reader, &child, around.depth);
			break;
		case DW_TAG_inlined_subroutine:
			if (around.body)
				err = read_inlined(reader, &child, around);
			break;
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
			err = read_children(reader, &child, below);
			break;
		case DW_TAG_namespace:
		case DW_TAG_module:
		case DW_TAG_class_type:
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
		case DW_TAG_interface_type:
		case DW_TAG_enumeration_type:
			err = read_children(reader, &child, (struct around){NULL, NULL, below.depth});
			break;
		default:
			break;
		}
	} while (!err && dwarf_siblingof(&child, &child) == 0);
	return err;
}

/* The selected function with a body at ENTRY, or NULL. */
static struct function_candidate *body_at(const struct function_reader *reader, uint64_t entry)
{
	for (size_t i = 0; i < reader->n; i++) {
		const struct debug_function *function = &reader->candidates[i].function;

		for (size_t k = 0; k < function->n_instances; k++)
			if (!function->instances[k].inlined && function->instances[k].entry == entry)
				return &reader->candidates[i];
	}
	return NULL;
}

/* What was inlined into the body at ENTRY is in its copy in a thunk as well, where nothing tells of it. */
static int note_copies(struct function_reader *reader, uint64_t entry)
{
	int err = 0;

	for (size_t i = 0; i < reader->n; i++) {
		struct debug_function *function = &reader->candidates[i].function;

		for (size_t k = 0; !err && k < function->n_instances; k++) {
			if (!function->instances[k].inlined || function->instances[k].body_entry != entry)
				continue;
			function->copied = true;
			err = debug_function__add_note(function,
						       "it was inlined into a virtual function that the compiler "
						       "copied into a thunk, for calls through another base of the "
						       "class; debug information does not tell what is executed "
						       "there, so its calls and hits may be too low; compile with "
						       "-fno-inline for exact ones");
		}
	}
	return err;
}

/* Makes PIECE, the code of a thunk, a body of the candidate, whose mangled name is NAME. */
static int add_thunk(struct function_candidate *candidate, const struct function_instance_place *place,
		     const struct code_piece *piece, const char *name)
{
	struct function_instance_place own = *place;
	struct debug_instance *instance;
	int err;

	own.own = piece;
	own.symbols = NULL; /* its names are no other names of the function */
	err = function_instance__add(candidate, &own);
	if (err)
		return err;
	instance = &candidate->function.instances[candidate->function.n_instances - 1];
	instance->thunk = true;
	instance->variant = function_part__variant(name);
	return 0;
}

/*
 * Takes FOUND as a body of the selected function called NAME if it is a thunk that holds a copy of that; sets *taken
 * then.
 */
static int take_copy(struct function_reader *reader, const struct symbol_function *found, const char *name,
		     const struct function_instance_place *place, bool *taken)
{
	const struct objfile_symbol *const *symbols;
	struct addr_range range = found->range;
	const struct code_piece piece = {&range, 1, range.lo};
	int err = symbol_names__fill(&reader->by_name, reader->input.symbols);
	size_t n;

	if (err)
		return err;
	symbols = symbol_names__find(&reader->by_name, name, &n);
	for (size_t i = 0; i < n && !err && !*taken; i++) {
		struct function_candidate *candidate = body_at(reader, symbols[i]->vaddr);

		if (thunk__leads_on(reader->input.obj, &range, name, symbols[i]->vaddr))
			continue;
		err = thunk__is_covariant(found->symbol->name) ? 0 : note_copies(reader, symbols[i]->vaddr);
		if (err || !candidate)
			continue;
		err = add_thunk(candidate, place, &piece, name);
		*taken = !err;
	}
	return err;
}

/*
 * If FOUND is a thunk, takes it for what it is: code of its function. It is a function of its own only for those who
 * ask for it by its name; otherwise sets *taken.
 */
static int take_thunk(struct function_reader *reader, const struct symbol_function *found,
		      const struct function_instance_place *place, bool *taken)
{
	char *name = thunk__function(found->symbol->name);
	size_t n;
	int err = 0;

	*taken = false;
	if (!name)
		return 0;
	if (!reader->input.each)
		err = take_copy(reader, found, name, place, taken);
	function_match__asked(&reader->match, found->range.lo, &n);
	*taken = *taken || !n;
	free(name);
	return err;
}

/* Takes a function that only the symbol table names. */
static int take_symbol(const struct symbol_function *found, void *ctx)
{
	struct function_reader *reader = ctx;
	const struct function_instance_place place = {
		.die = reader->skeleton,
		.unit = reader->unit,
		.symbols = reader->input.symbols,
		.files = &reader->files,
		.compiled = &reader->compiled,
	};
	struct function_candidate candidate;
	size_t index;
	bool taken;
	int err = take_thunk(reader, found, &place, &taken);

	if (err || taken)
		return err;
	err = symbol_candidate__make(&reader->match, found, reader->skeleton, &candidate);
	if (err)
		return err == -ENOENT ? 0 : err;
	if (reader->input.each)
		err = function_listing__name(&reader->listing, &candidate);
	else
		err = symbol_candidate__add_code(found, &place, &candidate);
	if (!err && candidate.function.n_instances && candidate.function.instances->n_lines) {
		err = add_candidate(reader, &candidate, &index);
		if (!err)
			return 0;
	}
	function_candidate__clear(&candidate);
	return err;
}

static bool is_wanted_label(const struct objfile_symbol *symbol, void *ctx)
{
	const struct function_reader *reader = ctx;
	size_t n;

	return symbol->kind == SYMBOL_LOCAL_LABEL && function_match__asked(&reader->match, symbol->vaddr, &n);
}

static int find_included(struct function_reader *reader, Dwarf_Die *unit)
{
	int err = 0;

	for (size_t i = 0; !err && i < reader->input.n; i++)
		err = included_lines__find(unit, &reader->files.extents, reader->input.selectors[i],
					   &reader->match.included[i]);
	return err;
}

int function_reader__read(struct function_reader *reader, Dwarf_Die *unit, Dwarf_Die *skeleton)
{
	int err;

	reader->unit = unit;
	reader->skeleton = skeleton;
	reader->n_described = 0;
	err = find_included(reader, unit);
	if (!err)
		err = read_children(reader, unit, (struct around){NULL, NULL, 0});
	if (!err && reader->input.symbols) {
		const struct symbol_functions_input input = {
			.symbols = reader->input.symbols,
			.unit = skeleton,
			.described = reader->described,
			.n = reader->n_described,
			.wanted = is_wanted_label,
			.fn = take_symbol,
			.ctx = reader,
		};

		err = symbol_functions__each(&input);
	}
	/* Other units rarely refer to these functions; if one does, they are judged anew. */
	key_map__clear(&reader->rejected);
	return err;
}

bool function_reader__knows(const struct function_reader *reader, uint64_t vaddr)
{
	return body_at(reader, vaddr) != NULL;
}

Dwarf_Off *function_reader__offsets(struct function_reader *reader, size_t first, size_t *n)
{
	*n = reader->n_offsets - first;
	return reader->offsets + first;
}

int function_reader__finish(struct function_reader *reader, bool *matched, struct debug_functions *out)
{
	int err = coroutine__join(reader->candidates, reader->n, reader->input.n, reader->input.symbols);

	if (!err)
		err = function_choice__make(reader->candidates, reader->n, reader->input.selectors, reader->input.n,
					    &reader->files.places, matched, out);

	out->places = reader->files.places;
	reader->files.places = (struct debug_places){.n = 0};
	return err;
}
