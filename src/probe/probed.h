/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probed: the objects that a session has put probes into, and where, to tell which processes these do not reach. */
#ifndef LPROF_PROBED_H
#define LPROF_PROBED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/maps.h"

struct probed_site {
	uint64_t offset; /* in the file */
	uint8_t byte;	 /* what the file has there; with a probe, memory has something else */
};

struct probed_object {
	char *name; /* for messages */
	/* Both together identify it: the device is not the same by way of every mount. */
	ino_t ino;
	uint64_t size; /* of the file */
	struct probed_site *sites;
	size_t n_sites;
};

struct probed {
	struct probed_object *objects;
	size_t n;
};

/*
 * Remembers that the object NAME, which PATH opens, has probes at the N file offsets OFFSETS. Strings are copied.
 * Returns 0 or -errno.
 */
int probed__add(struct probed *probed, const char *name, const char *path, const uint64_t *offsets, size_t n);
void probed__release(struct probed *probed);

/* The object that MAPPING of process PID is of, if the mapping can be executed; otherwise NULL. */
const struct probed_object *probed__find(const struct probed *probed, pid_t pid, const struct mapping *mapping);

/* Whether process PID maps the code of one of the objects; *object, if it is not NULL, is set to that one. */
bool probed__is_mapped(const struct probed *probed, pid_t pid, const struct probed_object **object);

#endif
