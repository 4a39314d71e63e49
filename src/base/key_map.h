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

void key_map__clear(struct key_map *map); /* releases the memory; MAP is empty afterwards */

#endif
