// SPDX-License-Identifier: GPL-2.0-or-later
/* The text of /proc/PID/maps. Its file names are chosen by whoever runs the process. */
#include <string.h>

#include "base/maps.h"
#include "fuzz/common/fuzz.h"

static int check_mapping(struct mapping *mapping, void *ctx)
{
	uintptr_t lo;
	pid_t pid;
	char link[MAPS_LINK_SIZE];

	(void)ctx;
	maps__link(1, mapping, link);
	fuzz__assert(maps__parse_link(link, &pid, &lo) && pid == 1 && lo == mapping->lo);
	fuzz__assert(!strchr(mapping->name, '\n') || strlen(mapping->name));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_bytes bytes = {data, size};
	char *text = fuzz__string(&bytes);

	fuzz__assert(!maps__parse(text, check_mapping, NULL));
	free(text);
	return 0;
}
