// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/key_map.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"

/*
 * Returns the slot that holds KEY, or the free slot where KEY belongs. The search ends because the table is never more
 * than half full.
 */
static struct key_map_slot *find(struct key_map_slot *slots, size_t capacity, uint64_t key)
{
	size_t i = (size_t)(key * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (capacity - 1);

	while (slots[i].key && slots[i].key != key)
		i = (i + 1) & (capacity - 1);
	return &slots[i];
}

bool key_map__get(const struct key_map *map, uint64_t key, size_t *value)
{
	const struct key_map_slot *slot;

	if (!map->capacity || !key)
		return false;
	slot = find(map->slots, map->capacity, key);
	if (slot->key && value)
		*value = slot->value;
	return slot->key != 0;
}

static int enlarge(struct key_map *map)
{
	size_t capacity = map->capacity ? map->capacity * 2 : 64;
	struct key_map_slot *slots = calloc(capacity, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->capacity; i++)
		if (map->slots[i].key)
			*find(slots, capacity, map->slots[i].key) = map->slots[i];
	free(map->slots);
	map->slots = slots;
	map->capacity = capacity;
	return 0;
}

int key_map__set(struct key_map *map, uint64_t key, size_t value)
{
	struct key_map_slot *slot;

	if (!key)
		return -EINVAL;
	if (map->n >= map->capacity / 2) {
		int err = enlarge(map);

		if (err)
			return err;
	}
	slot = find(map->slots, map->capacity, key);
	map->n += slot->key == 0;
	*slot = (struct key_map_slot){key, value};
	return 0;
}

/*
 * Of different things with the same hash, the later one is kept under the hash of that hash, and so on. This works
 * since nothing is ever removed.
 */
bool key_map__find(const struct key_map *map, uint64_t hash, key_map_same same, const void *things, const void *item,
		   uint64_t *found)
{
	for (;; hash = hash__number(hash, 1)) {
		size_t number;

		*found = hash | 1; /* the key 0 is not allowed */
		if (!key_map__get(map, *found, &number))
			return false;
		if (!same(things, number, item))
			continue;
		*found = number;
		return true;
	}
}

void key_map__clear(struct key_map *map)
{
	free(map->slots);
	*map = (struct key_map){NULL, 0, 0};
}
