/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hash: hashes of texts and numbers by FNV-1a, to find things in tables of this program only. Pure. */
#ifndef LPROF_HASH_H
#define LPROF_HASH_H

#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325) /* the hash of nothing */
#define HASH_PRIME UINT64_C(0x100000001b3)

/* HASH, continued with TEXT. Its terminating NUL is included, so that "ab", "c" and "a", "bc" differ. */
static inline uint64_t hash__text(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (unsigned char)*text) * HASH_PRIME;
	while (*text++);
	return hash;
}

static inline uint64_t hash__number(uint64_t hash, uint64_t number)
{
	hash = (hash ^ number) * HASH_PRIME;
	return hash ^ hash >> 32;
}

#endif
