// SPDX-License-Identifier: GPL-2.0-or-later
#include "cpython/python_owners.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/grow.h"

static int make_room(struct python_owners *owners, uint32_t id)
{
	size_t before = owners->n;

	if (grow__to(&owners->items, &owners->n, id, sizeof(struct target_files *)))
		return -ENOMEM;
	for (size_t i = before; i < owners->n; i++)
		owners->items[i] = NULL;
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

/* Adds FILES to DISTINCT, unless an equal one is there. Consumes the reference. *out is borrowed. 0 or -ENOMEM. */
static int share(struct python_owners *owners, struct target_files *files, struct target_files **out)
{
	int err;

	for (size_t i = 0; i < owners->n_distinct; i++) {
		if (target_files__equal(owners->distinct[i], files)) {
			target_files__unref(files);
			*out = owners->distinct[i];
			return 0;
		}
	}
	err = grow__one(&owners->distinct, &owners->distinct_capacity, owners->n_distinct,
			sizeof(struct target_files *));
	if (err) {
		target_files__unref(files);
		return err;
	}
	*out = owners->distinct[owners->n_distinct++] = files;
	return 0;
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
	return err ? err : share(owners, seen, &owners->items[id - 1]);
}

const struct target_files *python_owners__files(const struct python_owners *owners, uint32_t id)
{
	if (owners->all)
		return owners->all;
	return id && id <= owners->n ? owners->items[id - 1] : NULL;
}

void python_owners__release(struct python_owners *owners)
{
	for (size_t i = 0; i < owners->n_distinct; i++)
		target_files__unref(owners->distinct[i]);
	free(owners->distinct);
	free(owners->items);
	*owners = (struct python_owners){0};
}
