/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key_map: a hash table from non-zero 64-bit keys to sizes. Pure.
 */
#ifndef LPROF_KEY_MAP_H
#define LPROF_KEY_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_map {
	struct key_map_slot {
		uint64_t key; /* 0: free */
		size_t value;
	} * slots;
	size_t n, capacity; /* capacity is zero or a power of two */
};

/* Whether the map holds KEY. If it does, its value is stored in *value, unless VALUE is NULL. */
bool key_map__get(const struct key_map *map, uint64_t key, size_t *value);

/* Adds KEY or replaces its value. Returns 0, -EINVAL when KEY is zero, or -ENOMEM. */
int key_map__set(struct key_map *map, uint64_t key, size_t value);

/* Whether the thing of this number in THINGS is ITEM. */
typedef bool (*key_map_same)(const void *things, size_t number, const void *item);

/*
 * For maps from hashes, which different things may share, to numbers of things: finds the number of ITEM among THINGS.
 * Returns true and sets *found to it; or returns false and sets *found to the key for which the number that ITEM gets
 * must be set.
 */
bool key_map__find(const struct key_map *map, uint64_t hash, key_map_same same, const void *things, const void *item,
		   uint64_t *found);

void key_map__clear(struct key_map *map); /* releases the memory; MAP is empty afterwards */

#endif
