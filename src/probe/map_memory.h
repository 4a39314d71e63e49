/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map_memory: the values of a BPF array with BPF_F_MMAPABLE, as memory of this process. */
#ifndef LPROF_MAP_MEMORY_H
#define LPROF_MAP_MEMORY_H

struct bpf_map;

/*
 * Maps the values of MAP, which is loaded, one after the other; their size is a multiple of 8. The BPF programs may
 * change them at any moment. 0 and *out, to be closed with map_memory__close(), or -errno.
 */
int map_memory__open(const struct bpf_map *map, void **out);
void map_memory__close(const struct bpf_map *map, void *memory); /* NULL is allowed */

#endif
