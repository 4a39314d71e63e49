// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/pprof_places.h"

#include <errno.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/hash.h"
#include "base/printable.h"

struct pprof_location {
	Pprof__Location message;
	Pprof__Line line;
	Pprof__Line *line_pointer;
};

static void check(struct pprof_places *places, int err)
{
	if (!places->err)
		places->err = err;
}

/* Puts item NUMBER into the index. There is room for it by now, because later calls look at all items in the index. */
static bool is_indexed(struct pprof_places *places, struct key_map *index, uint64_t slot, size_t number)
{
	check(places, key_map__set(index, slot, number));
	return !places->err;
}

void pprof_places__init(struct pprof_places *places)
{
	*places = (struct pprof_places){.err = 0};
	check(places, string_table__init(&places->strings));
}

void pprof_places__release(struct pprof_places *places)
{
	string_table__free(&places->strings);
	free(places->mappings);
	free(places->functions);
	free(places->locations);
	free(places->pointers);
	key_map__clear(&places->function_index);
	key_map__clear(&places->location_index);
}

int64_t pprof_places__text(struct pprof_places *places, const char *text)
{
	char *printable = printable__string(text, PRINTABLE_KEEP_TAB);
	size_t number = 0;

	check(places, printable ? string_table__add(&places->strings, printable, &number) : -ENOMEM);
	free(printable);
	return (int64_t)number;
}

uint64_t pprof_places__mapping(struct pprof_places *places, const char *object, const char *build_id)
{
	int64_t filename = pprof_places__text(places, object), id = pprof_places__text(places, build_id);
	size_t n = places->n_mappings;
	Pprof__Mapping *mapping;

	if (!filename)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (places->mappings[i].filename == filename && places->mappings[i].build_id == id)
			return places->mappings[i].id;
	}
	check(places, grow__one(&places->mappings, &places->mappings_capacity, n, sizeof(*mapping)));
	if (places->err)
		return 0;
	mapping = &places->mappings[places->n_mappings++];
	pprof__mapping__init(mapping);
	mapping->id = n + 1;
	mapping->filename = filename;
	mapping->build_id = id;
	/* Tell readers that they need not look up symbols themselves. */
	mapping->has_functions = mapping->has_filenames = mapping->has_line_numbers = true;
	return mapping->id;
}

static bool same_function(const void *functions, size_t index, const void *item)
{
	const Pprof__Function *a = &((const Pprof__Function *)functions)[index], *b = item;

	return a->name == b->name && a->system_name == b->system_name && a->filename == b->filename &&
	       a->start_line == b->start_line;
}

uint64_t pprof_places__function(struct pprof_places *places, const struct pprof_function *function)
{
	Pprof__Function message = PPROF__FUNCTION__INIT;
	uint64_t hash = HASH_START, found;

	message.name = pprof_places__text(places, function->name);
	message.system_name =
		*function->linkage_name ? pprof_places__text(places, function->linkage_name) : message.name;
	message.filename = pprof_places__text(places, function->file);
	message.start_line = function->line;
	hash = hash__number(hash__number(hash, (uint64_t)message.name), (uint64_t)message.system_name);
	hash = hash__number(hash__number(hash, (uint64_t)message.filename), (uint64_t)message.start_line);
	if (key_map__find(&places->function_index, hash, same_function, places->functions, &message, &found))
		return found + 1;
	check(places, grow__one(&places->functions, &places->functions_capacity, places->n_functions, sizeof(message)));
	if (places->err || !is_indexed(places, &places->function_index, found, places->n_functions))
		return 0;
	message.id = places->n_functions + 1;
	places->functions[places->n_functions++] = message;
	return message.id;
}

static bool same_location(const void *locations, size_t index, const void *item)
{
	const struct pprof_location *a = &((const struct pprof_location *)locations)[index], *b = item;

	return a->message.mapping_id == b->message.mapping_id && a->line.function_id == b->line.function_id &&
	       a->line.line == b->line.line;
}

uint64_t pprof_places__location(struct pprof_places *places, uint64_t mapping, uint64_t function, uint32_t line)
{
	struct pprof_location location = {.message = PPROF__LOCATION__INIT, .line = PPROF__LINE__INIT};
	uint64_t hash = hash__number(hash__number(hash__number(HASH_START, mapping), function), line), found;

	location.message.mapping_id = mapping;
	location.line.function_id = function;
	location.line.line = line;
	if (key_map__find(&places->location_index, hash, same_location, places->locations, &location, &found))
		return found + 1;
	check(places,
	      grow__one(&places->locations, &places->locations_capacity, places->n_locations, sizeof(location)));
	if (places->err || !is_indexed(places, &places->location_index, found, places->n_locations))
		return 0;
	location.message.id = places->n_locations + 1;
	places->locations[places->n_locations++] = location;
	return location.message.id;
}

void pprof_places__put(struct pprof_places *places, Pprof__Profile *message)
{
	void **pointers;

	free(places->pointers);
	pointers = calloc(places->n_mappings + places->n_functions + places->n_locations + 1, sizeof(*pointers));
	places->pointers = pointers;
	check(places, pointers ? 0 : -ENOMEM);
	if (places->err)
		return;
	message->string_table = places->strings.strings;
	message->n_string_table = places->strings.n;
	message->mapping = (Pprof__Mapping **)pointers;
	message->n_mapping = places->n_mappings;
	for (size_t i = 0; i < places->n_mappings; i++)
		*pointers++ = &places->mappings[i];
	message->function = (Pprof__Function **)pointers;
	message->n_function = places->n_functions;
	for (size_t i = 0; i < places->n_functions; i++)
		*pointers++ = &places->functions[i];
	message->location = (Pprof__Location **)pointers;
	message->n_location = places->n_locations;
	for (size_t i = 0; i < places->n_locations; i++) {
		struct pprof_location *location = &places->locations[i];

		location->line_pointer = &location->line;
		location->message.line = &location->line_pointer;
		location->message.n_line = 1;
		*pointers++ = &location->message;
	}
}
