// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/put_in.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/grow.h"

struct put_in_item {
	struct attach_request request; /* its arrays are owned; its path is set when it is used */
	int fd;			       /* of the object: its path may lead to another file some day */
};

static void release(const struct put_in_item *item)
{
	if (item->fd >= 0)
		close(item->fd);
	free((void *)item->request.offsets);
	free((void *)item->request.cookies);
	free((void *)item->request.semaphores);
}

void put_in__release(struct put_in *put_in)
{
	for (size_t i = 0; i < put_in->n; i++)
		release(&put_in->items[i]);
	free(put_in->items);
	*put_in = (struct put_in){0};
}

static const uint64_t *copy(const uint64_t *array, size_t n)
{
	uint64_t *copied = array ? malloc((n + 1) * sizeof(*copied)) : NULL;

	return copied ? memcpy(copied, array, n * sizeof(*copied)) : NULL;
}

int put_in__add(struct put_in *put_in, const struct attach_request *request)
{
	struct put_in_item item = {.request = *request};
	int err = 0;

	if (grow__counted(&put_in->items, put_in->n, 1, sizeof(item)))
		return -ENOMEM;
	item.request.offsets = copy(request->offsets, request->n);
	item.request.cookies = copy(request->cookies, request->n);
	item.request.semaphores = copy(request->semaphores, request->n);
	item.fd = open(request->path, O_PATH | O_CLOEXEC);
	if (item.fd < 0)
		err = -errno;
	if (!item.request.offsets || !item.request.cookies || (request->semaphores && !item.request.semaphores))
		err = -ENOMEM;
	if (err)
		release(&item);
	else
		put_in->items[put_in->n++] = item;
	return err;
}

int put_in__repeat(const struct put_in *put_in, struct keeper *keeper, pid_t pid, uint32_t group)
{
	int err = 0;

	for (size_t i = 0; !err && i < put_in->n; i++) {
		struct attach_request request = put_in->items[i].request;
		char path[32];

		snprintf(path, sizeof(path), "/proc/self/fd/%d", put_in->items[i].fd);
		request.path = path;
		request.pid = pid;
		err = keeper__attach(keeper, &request, group);
	}
	return err;
}
