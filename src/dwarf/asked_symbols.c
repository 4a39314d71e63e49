// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. The address of an indirect function is that of its resolver, which is called once, when the program is
 * loaded, and returns the address of the implementation to be called from then on. The resolver loads the addresses of
 * all implementations into registers: relative to the instruction (lea), or in a program that is not
 * position-independent as a number (mov). So each place of its code that has the form of such an instruction, and the
 * address of a function in it, names an implementation. That other bytes look so by chance is possible, but the address
 * of a function's first byte is not likely among them.
 */
#include "dwarf/asked_symbols.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/thunk.h"

enum { MAX_RESOLVER = 1 << 16 };

struct asking {
	const struct objfile *obj;
	const struct symbols *symbols;
	struct asked_symbols *asked;
};

static int add(struct asked_symbols *asked, uint64_t vaddr, size_t selector, const struct objfile_symbol *symbol,
	       bool indirect)
{
	int err = grow__one(&asked->items, &asked->capacity, asked->n, sizeof(*asked->items));

	if (!err)
		asked->items[asked->n++] = (struct asked_symbol){vaddr, selector, symbol, indirect};
	return err;
}

/*
 * The address that the instruction whose last four bytes are at CODE[AT] loads into a register, if its form is one of
 * those above, else 0. The first byte of CODE is at VADDR.
 */
static uint64_t loaded_address(const uint8_t *code, size_t at, uint64_t vaddr)
{
	int32_t value;

	memcpy(&value, code + at, sizeof(value));
	if (code[at - 2] == 0x8d && (code[at - 1] & 0xc7) == 0x05) /* lea value(%rip) */
		return vaddr + at + sizeof(value) + (uint64_t)(int64_t)value;
	if ((code[at - 1] & 0xf8) == 0xb8 || (code[at - 2] == 0xc7 && (code[at - 1] & 0xf8) == 0xc0)) /* mov $value */
		return (uint32_t)value;
	return 0;
}

static int add_implementations(struct asking *asking, size_t selector, size_t index)
{
	const struct objfile_symbol *symbol = symbols__get(asking->symbols, index);
	uint64_t size = symbols__end(asking->symbols, index, symbol->vaddr) - symbol->vaddr;
	uint64_t offset;
	const uint8_t *code =
		size <= MAX_RESOLVER ? objfile__code(asking->obj, symbol->vaddr, (size_t)size, &offset) : NULL;
	int err = 0;

	for (size_t at = 2; !err && code && at + 4 <= size; at++) {
		uint64_t vaddr = loaded_address(code, at, symbol->vaddr);
		size_t found = vaddr ? symbols__from(asking->symbols, vaddr) : symbols__count(asking->symbols);
		const struct objfile_symbol *target =
			found < symbols__count(asking->symbols) ? symbols__get(asking->symbols, found) : NULL;

		if (target && target->vaddr == vaddr && target->kind == SYMBOL_FUNCTION)
			err = add(asking->asked, vaddr, selector, symbol, true);
	}
	return err;
}

static bool is_called(const struct selector *selector, const char *name)
{
	const char *key = selector__exact_name(selector);

	/* Names without the key need not be demangled, and the cold part of a function is none of its own. */
	if (!name || (key && !strcasestr(name, key)) || strstr(name, ".cold"))
		return false;
	/* Where the dots of D's names are taken for letters, "m.f" is the beginning of "m.f().nested()". */
	return selector__matches_name(
		selector, &(struct function_names){.linkage = name,
						   .style = strncmp(name, "_D", 2) == 0 ? &name_style_dots : NULL});
}

/* As is_called(), for the VERSIONED name of a symbol: references have "@" where the definition may have "@@". */
static bool is_called_with_version(const struct selector *selector, const char *versioned)
{
	const char *at = versioned ? strstr(versioned, "@@") : NULL;
	char *reference = NULL;
	bool is = is_called(selector, versioned);

	if (!is && at && asprintf(&reference, "%.*s%s", (int)(at - versioned), versioned, at + 1) >= 0)
		is = is_called(selector, reference);
	free(reference);
	return is;
}

/* Whether SYMBOL is a thunk of a function that is called so as well: the function is what is asked for. */
static bool is_way_to_it(const struct selector *selector, const struct objfile_symbol *symbol)
{
	char *function = thunk__function(symbol->name);
	bool is = is_called(selector, function);

	free(function);
	return is;
}

static bool is_asked(const struct selector *selector, const struct objfile_symbol *symbol)
{
	/* A pattern would select many a label within a function. */
	if (symbol->kind == SYMBOL_LOCAL_LABEL && !selector__exact_name(selector))
		return false;
	return (is_called(selector, symbol->name) || is_called_with_version(selector, symbol->versioned)) &&
	       !is_way_to_it(selector, symbol);
}

static int compare_asked(const void *a, const void *b)
{
	const struct asked_symbol *left = a, *right = b;

	if (left->vaddr != right->vaddr)
		return left->vaddr < right->vaddr ? -1 : 1;
	if (left->selector != right->selector)
		return left->selector < right->selector ? -1 : 1;
	return (left->symbol > right->symbol) - (left->symbol < right->symbol);
}

int asked_symbols__find(const struct objfile *obj, const struct symbols *symbols,
			const struct selector *const *selectors, size_t n, struct asked_symbols *out)
{
	struct asking asking = {obj, symbols, out};
	int err = 0;

	*out = (struct asked_symbols){NULL, 0, 0};
	for (size_t s = 0; s < n; s++) {
		for (size_t i = 0; !err && i < symbols__count(symbols); i++) {
			const struct objfile_symbol *symbol = symbols__get(symbols, i);

			if (!is_asked(selectors[s], symbol))
				continue;
			if (symbol->kind == SYMBOL_INDIRECT)
				err = add_implementations(&asking, s, i);
			else
				err = add(out, symbol->vaddr, s, symbol, false);
		}
	}
	if (out->n)
		qsort(out->items, out->n, sizeof(*out->items), compare_asked);
	return err;
}

void asked_symbols__clear(struct asked_symbols *asked)
{
	free(asked->items);
	*asked = (struct asked_symbols){NULL, 0, 0};
}

const struct asked_symbol *asked_symbols__at(const struct asked_symbols *asked, uint64_t vaddr, size_t *n)
{
	size_t first = SORTED_FROM(asked->items, asked->n, vaddr, vaddr);

	*n = SORTED_ABOVE(asked->items, asked->n, vaddr, vaddr) - first;
	return *n ? &asked->items[first] : NULL;
}
