// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Theory. To read all units of a large object takes long, and libdw cannot say which of them hold a name. But their
 * bytes can be searched fast. A DIE's name is the string itself or, mostly, its four-byte offset in .debug_str. So the
 * name is looked for in .debug_str (what is found may be the tail of a longer string, since linkers merge those), and a
 * unit can hold the name only if the bytes of one of the offsets found occur in its part of .debug_info. Units of
 * Clang's DWARF 5 hold an index into their part of .debug_str_offsets instead: the offset occurs in that part, and the
 * address of the part in the unit's first DIE. The files that line tables name are looked for in the same way.
 *
 * Bytes that happen to look like such an offset make a unit wanted in vain, which only costs time. A unit is never
 * missed, but in the 64-bit DWARF format with more than 4 GiB of strings.
 */
#include "dwarf/unit_filter.h"

#include <dwarf.h>
#include <errno.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/sorted.h"
#include "dwarf/die_language.h"
#include "dwarf/die_ranges.h"

struct section {
	const uint8_t *bytes;
	size_t size;
};

struct unit_filter {
	Dwarf *dwarf;
	struct unit *units;
	size_t n, capacity;
	struct section info, str, str_offsets, line, line_str, abbrev;
	bool refers;   /* some unit may refer to DIEs of another */
	bool indirect; /* strings or DIEs live in other files, which are not searched */
};

/* Sorted 32-bit values that are searched for together, with a bitmap of their low halves. */
struct needles {
	uint32_t *values;
	size_t n, capacity;
	uint64_t bitmap[65536 / 64];
};

static void needles__free(struct needles *needles)
{
	if (!needles)
		return;
	free(needles->values);
	free(needles);
}

static int needles__add(struct needles *needles, uint64_t value)
{
	int err = grow__one(&needles->values, &needles->capacity, needles->n, sizeof(*needles->values));

	if (!err)
		needles->values[needles->n++] = (uint32_t)value;
	return err;
}

static int compare_values(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a;
	uint32_t right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

static void needles__prepare(struct needles *needles)
{
	if (needles->n)
		qsort(needles->values, needles->n, sizeof(*needles->values), compare_values);
	for (size_t i = 0; i < needles->n; i++) {
		uint16_t low = (uint16_t)needles->values[i];

		needles->bitmap[low / 64] |= UINT64_C(1) << (low % 64);
	}
}

/* Whether one of the values occurs, at any alignment, in the SIZE bytes. */
static bool needles__occur(const struct needles *needles, const uint8_t *bytes, size_t size)
{
	if (!needles->n)
		return false;
	for (size_t i = 0; i + sizeof(uint32_t) <= size; i++) {
		uint32_t value;
		uint16_t low;

		memcpy(&value, bytes + i, sizeof(value));
		low = (uint16_t)value;
		if ((needles->bitmap[low / 64] >> (low % 64) & 1) &&
		    bsearch(&value, needles->values, needles->n, sizeof(value), compare_values))
			return true;
	}
	return false;
}

static struct section get_section(Dwarf *dwarf, const char *wanted)
{
	Elf *elf = dwarf_getelf(dwarf);
	struct section result = {NULL, 0};
	Elf_Scn *section = NULL;
	size_t names;

	if (!elf || elf_getshdrstrndx(elf, &names))
		return result;
	while ((section = elf_nextscn(elf, section))) {
		GElf_Shdr room;
		const GElf_Shdr *header = gelf_getshdr(section, &room);
		const char *name = header ? elf_strptr(elf, names, header->sh_name) : NULL;
		Elf_Data *data;

		/* libdw has decompressed .zdebug_* and renamed nothing. */
		if (!name || header->sh_type == SHT_NOBITS || *name != '.' ||
		    strcmp(name + (name[1] == 'z' ? 2 : 1), wanted) != 0)
			continue;
		data = elf_getdata(section, NULL);
		if (data && data->d_buf)
			result = (struct section){.bytes = data->d_buf, .size = data->d_size};
		break;
	}
	return result;
}

static int list_units(struct unit_filter *filter)
{
	Dwarf_Off offset = 0;
	Dwarf_Off next;
	size_t header;

	while (dwarf_next_unit(filter->dwarf, offset, &next, &header, NULL, NULL, NULL, NULL, NULL, NULL) == 0) {
		struct unit unit = {.offset = offset, .end = next, .die = offset + header};
		int err;

		if (next <= offset)
			return -EINVAL;
		err = grow__one(&filter->units, &filter->capacity, filter->n, sizeof(unit));
		if (err)
			return err;
		/* A damaged length may point beyond the section. */
		if (filter->info.bytes && next > filter->info.size)
			unit.end = filter->info.size;
		if (unit.end > unit.offset)
			filter->units[filter->n++] = unit;
		offset = next;
	}
	return filter->n ? 0 : -EINVAL;
}

/* Whether the abbreviations hold an attribute of DIEs' origins in the form that can reach other units. */
static bool has_references(const struct section *abbrev)
{
	static const uint8_t attributes[] = {DW_AT_abstract_origin, DW_AT_specification, DW_AT_import};

	for (size_t i = 0; i < sizeof(attributes); i++) {
		const uint8_t pair[] = {attributes[i], DW_FORM_ref_addr};

		if (abbrev->bytes && memmem(abbrev->bytes, abbrev->size, pair, sizeof(pair)))
			return true;
	}
	return false;
}

/* Whether the first DIE's abbreviation may name a .dwo file; its strings are then elsewhere. */
static bool has_skeletons(const struct section *abbrev)
{
	static const uint8_t gnu[] = {0xb0, 0x42}; /* ULEB128 of DW_AT_GNU_dwo_name */
	static const uint8_t dwarf5[] = {DW_AT_dwo_name, DW_FORM_strp};
	static const uint8_t indexed[] = {DW_AT_dwo_name, DW_FORM_strx1};

	if (!abbrev->bytes)
		return true;
	return memmem(abbrev->bytes, abbrev->size, gnu, sizeof(gnu)) ||
	       memmem(abbrev->bytes, abbrev->size, dwarf5, sizeof(dwarf5)) ||
	       memmem(abbrev->bytes, abbrev->size, indexed, sizeof(indexed));
}

int unit_filter__new(Dwarf *dwarf, struct unit_filter **out)
{
	struct unit_filter *filter = calloc(1, sizeof(*filter));
	int err;

	if (!filter)
		return -ENOMEM;
	filter->dwarf = dwarf;
	filter->info = get_section(dwarf, "debug_info");
	filter->str = get_section(dwarf, "debug_str");
	filter->str_offsets = get_section(dwarf, "debug_str_offsets");
	filter->line = get_section(dwarf, "debug_line");
	filter->line_str = get_section(dwarf, "debug_line_str");
	filter->abbrev = get_section(dwarf, "debug_abbrev");
	filter->refers = has_references(&filter->abbrev);
	filter->indirect = !filter->info.bytes || dwarf_getalt(dwarf) || has_skeletons(&filter->abbrev);
	err = list_units(filter);
	if (err) {
		unit_filter__free(filter);
		return err;
	}
	*out = filter;
	return 0;
}

void unit_filter__free(struct unit_filter *filter)
{
	if (!filter)
		return;
	free(filter->units);
	free(filter);
}

struct unit *unit_filter__units(struct unit_filter *filter, size_t *n)
{
	*n = filter->n;
	return filter->units;
}

void unit_filter__want_all(struct unit_filter *filter)
{
	for (size_t i = 0; i < filter->n; i++)
		filter->units[i].wanted = !filter->units[i].read;
}

static bool ends_name(uint8_t c)
{
	return !(c == '_' || c == '$' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		 c >= 0x80);
}

/* Whether a part of a name may end before P: where the name ends, or as in "fact__module_12" and "camlMod__fact_12". */
static bool ends_part(const uint8_t *p, const uint8_t *end)
{
	return p < end &&
	       (ends_name(*p) || (*p == '_' && p + 1 < end && (p[1] == '_' || (p[1] >= '0' && p[1] <= '9'))));
}

/*
 * The first occurrence of NAME, as a whole name or its last part, in the section's bytes from OFFSET on; the section's
 * size when there is none.
 */
static size_t find_name(const struct section *section, size_t offset, const char *name)
{
	size_t length = strlen(name);

	while (offset < section->size) {
		const uint8_t *hit = memmem(section->bytes + offset, section->size - offset, name, length);

		if (!hit)
			break;
		offset = (size_t)(hit - section->bytes);
		if (ends_part(hit + length, section->bytes + section->size))
			return offset;
		offset++;
	}
	return section->size;
}

static int new_needles(struct needles **out)
{
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

/*
 * The beginning of the string in which the name at AT is the last part, after a dot or two underscores ("main.fact",
 * "work__fact"). AT itself for other names.
 */
static size_t string_start(const struct section *section, size_t at)
{
	size_t start = at;

	while (start > 0 && section->bytes[start - 1])
		start--;
	if (at > start + 1 && section->bytes[at - 1] == '.')
		return start;
	if (at > start + 2 && section->bytes[at - 1] == '_' && section->bytes[at - 2] == '_')
		return start;
	return at;
}

static int find_strings(const struct section *section, const char *name, struct needles *needles)
{
	int err = 0;

	for (size_t at = find_name(section, 0, name); at < section->size && !err;
	     at = find_name(section, at + 1, name)) {
		size_t start = string_start(section, at);

		err = needles__add(needles, at);
		if (!err && start < at)
			err = needles__add(needles, start);
	}
	needles__prepare(needles);
	return err;
}

/* The bases of those contributions to .debug_str_offsets that hold one of the strings. */
static int find_bases(const struct unit_filter *filter, const struct needles *strings, struct needles *bases)
{
	const struct section *section = &filter->str_offsets;
	size_t offset = 0;
	int err = 0;

	while (!err && section->size - offset > 8) {
		uint32_t length;
		size_t end;

		memcpy(&length, section->bytes + offset, sizeof(length));
		end = length >= section->size - offset - 4 ? section->size : offset + 4 + length;
		if (length < 4)
			break;
		if (needles__occur(strings, section->bytes + offset + 8, end - offset - 8))
			err = needles__add(bases, offset + 8);
		offset = end;
	}
	needles__prepare(bases);
	return err;
}

/* Whether the names of the unit's language may be written in other letters than in its debug information. */
static bool is_any_case(const struct unit_filter *filter, const struct unit *unit)
{
	Dwarf_Die die;

	return dwarf_offdie(filter->dwarf, unit->die, &die) && die_language__style(&die, NULL)->any_case;
}

int unit_filter__want_name(struct unit_filter *filter, const char *name)
{
	struct needles *strings = NULL;
	struct needles *bases = NULL;
	int err = new_needles(&strings);

	if (filter->indirect) {
		unit_filter__want_all(filter);
		goto out;
	}
	if (!err)
		err = new_needles(&bases);
	if (!err)
		err = find_strings(&filter->str, name, strings);
	if (!err)
		err = find_bases(filter, strings, bases);
	for (size_t i = 0; i < filter->n && !err; i++) {
		struct unit *unit = &filter->units[i];
		struct section part = {filter->info.bytes + unit->offset, unit->end - unit->offset};
		enum { FIRST_DIE = 256 };

		if (unit->read || unit->wanted)
			continue;
		unit->wanted = needles__occur(strings, part.bytes, part.size) ||
			       needles__occur(bases, part.bytes, part.size < FIRST_DIE ? part.size : FIRST_DIE) ||
			       find_name(&part, 0, name) < part.size || is_any_case(filter, unit);
	}
out:
	needles__free(strings);
	needles__free(bases);
	return err;
}

/* Adds the offsets of all strings that end in a file name's last component, from any of their directories on. */
static int find_paths(const struct section *section, const char *base, struct needles *needles)
{
	size_t length = strlen(base) + 1;
	size_t offset = 0;
	int err = 0;

	while (!err && offset < section->size) {
		const uint8_t *hit = memmem(section->bytes + offset, section->size - offset, base, length);
		size_t at;

		if (!hit)
			break;
		at = (size_t)(hit - section->bytes);
		err = needles__add(needles, at);
		for (size_t start = at; !err && start > 0 && section->bytes[start - 1]; start--)
			err = needles__add(needles, start - 1);
		offset = at + length;
	}
	needles__prepare(needles);
	return err;
}

/* The unit's line table, or an empty section when it is not known to have one. */
static struct section line_table(const struct unit_filter *filter, const struct unit *unit)
{
	struct section none = {NULL, 0};
	Dwarf_Attribute attribute;
	Dwarf_Word offset;
	Dwarf_Die die;
	uint32_t length;

	if (!dwarf_offdie(filter->dwarf, unit->die, &die) ||
	    dwarf_formudata(dwarf_attr(&die, DW_AT_stmt_list, &attribute), &offset))
		return none;
	if (offset >= filter->line.size || filter->line.size - offset < sizeof(length))
		return none;
	memcpy(&length, filter->line.bytes + offset, sizeof(length));
	if (length > filter->line.size - offset - sizeof(length))
		length = (uint32_t)(filter->line.size - offset - sizeof(length));
	return (struct section){filter->line.bytes + offset + sizeof(length), length};
}

int unit_filter__want_file(struct unit_filter *filter, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	struct needles *paths = NULL;
	int err;

	if (filter->indirect || !*base || strpbrk(file, "*?[")) {
		unit_filter__want_all(filter);
		return 0;
	}
	err = new_needles(&paths);
	if (!err)
		err = find_paths(&filter->line_str, base, paths);
	if (!err)
		err = find_paths(&filter->str, base, paths);
	for (size_t i = 0; i < filter->n && !err; i++) {
		struct unit *unit = &filter->units[i];
		struct section table;

		if (unit->read || unit->wanted)
			continue;
		table = line_table(filter, unit);
		unit->wanted = table.bytes && (needles__occur(paths, table.bytes, table.size) ||
					       memmem(table.bytes, table.size, base, strlen(base) + 1));
	}
	needles__free(paths);
	return err;
}

static bool is_any_in(const struct addr_range *range, const uint64_t *addresses, size_t n)
{
	size_t i = sorted__from(addresses, n, SORTED_U64, range->lo);

	return i < n && addresses[i] < range->hi;
}

int unit_filter__want_addresses(struct unit_filter *filter, const uint64_t *addresses, size_t n)
{
	int err = 0;

	for (size_t i = 0; i < filter->n && n && !err; i++) {
		struct unit *unit = &filter->units[i];
		struct addr_range *ranges = NULL;
		size_t n_ranges = 0;
		Dwarf_Die die;

		if (unit->read || unit->wanted || !dwarf_offdie(filter->dwarf, unit->die, &die))
			continue;
		err = die_ranges__read(&die, &ranges, &n_ranges);
		for (size_t r = 0; r < n_ranges && !unit->wanted; r++)
			unit->wanted = is_any_in(&ranges[r], addresses, n);
		free(ranges);
	}
	return err;
}

int unit_filter__want_references(struct unit_filter *filter, Dwarf_Off *offsets, size_t n)
{
	struct needles *needles;
	int err;

	if (!filter->refers || !n || filter->indirect)
		return 0;
	err = new_needles(&needles);
	for (size_t i = 0; i < n && !err; i++)
		err = needles__add(needles, offsets[i]);
	if (err)
		goto out;
	needles__prepare(needles);
	for (size_t i = 0; i < filter->n; i++) {
		struct unit *unit = &filter->units[i];

		if (!unit->read && !unit->wanted)
			unit->wanted =
				needles__occur(needles, filter->info.bytes + unit->offset, unit->end - unit->offset);
	}
out:
	needles__free(needles);
	return err;
}
