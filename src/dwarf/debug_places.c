// SPDX-License-Identifier: GPL-2.0-or-later
#include "dwarf/debug_places.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* Sets *index to that of FILE, which is added when it is new. */
static int find_file(struct debug_places *places, const char *file, size_t *index)
{
	char *copy;

	for (*index = 0; *index < places->n_files; ++*index)
		if (!strcmp(places->files[*index], file))
			return 0;
	if (grow__counted(&places->files, places->n_files, 1, sizeof(*places->files)))
		return -ENOMEM;
	copy = strdup(file);
	if (!copy)
		return -ENOMEM;
	places->files[places->n_files++] = copy;
	return 0;
}

int debug_places__number(struct debug_places *places, const char *file, uint32_t line, uint32_t *number)
{
	size_t index, known;
	uint64_t key;
	int err = find_file(places, file, &index);

	if (err)
		return err;
	key = (uint64_t)(index + 1) << 32 | line;
	if (!key_map__get(&places->numbers, key, &known)) {
		known = places->n;
		err = grow__one(&places->items, &places->capacity, places->n, sizeof(*places->items));
		if (!err)
			err = key_map__set(&places->numbers, key, known);
		if (err)
			return err;
		places->items[places->n++] = (struct debug_place){.file = places->files[index], .line = line};
	}
	*number = DEBUG_PLACE_OTHER | (uint32_t)known;
	return 0;
}

struct debug_place debug_places__at(const struct debug_places *places, uint32_t number)
{
	if (number & DEBUG_PLACE_OTHER)
		return places->items[number & ~DEBUG_PLACE_OTHER];
	return (struct debug_place){.file = NULL, .line = number};
}

void debug_places__release(struct debug_places *places)
{
	for (size_t i = 0; i < places->n_files; i++)
		free(places->files[i]);
	free(places->files);
	free(places->items);
	key_map__clear(&places->numbers);
	*places = (struct debug_places){.n = 0};
}
