/* SPDX-License-Identifier: GPL-2.0-or-later */
/* attachments: what a process has attached, by group. */
#ifndef LPROF_ATTACHMENTS_H
#define LPROF_ATTACHMENTS_H

#include <stddef.h>
#include <stdint.h>

#include "probe/attach.h"
#include "probe/closers.h"

struct attachments {
	struct attachment_of_group {
		struct attachment *attachment;
		uint32_t group;
	} * items;
	size_t n, capacity;
};

/* Attaches what REQUEST says, as part of GROUP. 0 or -errno, as attach__probes(). */
int attachments__add(struct attachments *attachments, const struct attach_request *request, uint32_t group);

/* Takes over ATTACHMENT, as part of GROUP. Without memory it is detached at once. */
void attachments__take(struct attachments *attachments, struct attachment *attachment, uint32_t group);

/*
 * Takes everything out. The links are closed at the same time, because the end of each waits for a grace period of the
 * kernel before the breakpoints of the next one would go out.
 */
void attachments__detach(struct attachments *attachments);

/* The same of one group. */
void attachments__detach_group(struct attachments *attachments, uint32_t group);

/* Has CLOSERS take everything out, and does not wait for that. */
void attachments__hand_over(struct attachments *attachments, struct closers *closers);

void attachments__release(struct attachments *attachments); /* detaches as well */

#endif
