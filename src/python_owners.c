// SPDX-License-Identifier: GPL-2.0-or-later
#include "python_owners.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int make_room(struct python_owners *owners, uint32_t id)
{
	size_t wanted = owners->n ? owners->n : 16;
	struct target_files **larger;

	while (wanted < id)
		wanted *= 2;
	if (wanted == owners->n)
		return 0;
	larger = reallocarray(owners->items, wanted, sizeof(struct target_files *));
	if (!larger)
		return -ENOMEM;
	memset(larger + owners->n, 0, (wanted - owners->n) * sizeof(struct target_files *));
	owners->items = larger;
	owners->n = wanted;
	return 0;
}

static bool is_known(const struct python_owners *owners, pid_t pid)
{
	for (size_t i = 0; i < owners->n_known; i++)
		if (owners->known[i] == pid)
			return true;
	return false;
}

static int of_ended_process(bool known, struct target_files *files, struct target_files **out)
{
	struct target_files *anybody;
	int err;

	if (known) {
		*out = target_files__ref(files);
		return 0;
	}
	err = target_files__of_anybody(&anybody);
	if (err)
		return err;
	err = target_files__of_both(files, anybody, out);
	target_files__unref(anybody);
	return err;
}

/* Most code objects are of the same process as the one before. */
static struct target_files *shared(const struct python_owners *owners, uint32_t id, struct target_files *files)
{
	struct target_files *last = id > 1 ? owners->items[id - 2] : NULL;

	if (!last || !target_files__equal(last, files))
		return files;
	target_files__unref(files);
	return target_files__ref(last);
}

int python_owners__add(struct python_owners *owners, uint32_t id, pid_t pid, struct target_files *files)
{
	struct target_files *seen;
	int err = make_room(owners, id);

	if (err)
		return err;
	err = target_files__of_process(pid, &seen);
	if (err && err != -ENOMEM)
		err = of_ended_process(is_known(owners, pid), files, &seen);
	if (err)
		return err;
	target_files__unref(owners->items[id - 1]);
	owners->items[id - 1] = shared(owners, id, seen);
	return 0;
}

const struct target_files *python_owners__files(const struct python_owners *owners, uint32_t id)
{
	return id && id <= owners->n ? owners->items[id - 1] : NULL;
}

void python_owners__release(struct python_owners *owners)
{
	for (size_t i = 0; i < owners->n; i++)
		target_files__unref(owners->items[i]);
	free(owners->items);
	*owners = (struct python_owners){0};
}
