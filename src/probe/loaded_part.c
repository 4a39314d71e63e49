// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/loaded_part.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/pid_namespace.h"
#include "lprof.h"
#include "lprof.skel.h"

static bool is_listed(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int loaded_part__open(const char *const *programs, const char *const *maps, struct lprof_bpf **out)
{
	struct lprof_bpf *skel;
	struct bpf_program *program;
	struct bpf_map *map;

	libbpf_set_print(print_nothing);
	skel = lprof_bpf__open();
	if (!skel)
		return -errno;
	skel->rodata->pid_namespace = pid_namespace__number();
	bpf_object__for_each_program(program, skel->obj)
		bpf_program__set_autoload(program, is_listed(bpf_program__name(program), programs));
	/* The sections of variables are maps that all programs need. */
	for (map = bpf_object__next_map(skel->obj, NULL); map; map = bpf_object__next_map(skel->obj, map))
		bpf_map__set_autocreate(map, bpf_map__is_internal(map) || is_listed(bpf_map__name(map), maps));
	*out = skel;
	return 0;
}
