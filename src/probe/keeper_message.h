/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper_message: what the profiler and the keeper's process say to each other, through a socket that keeps messages
 * apart. Arrays follow a message in pieces. (They are not passed as a file in memory, because that would be subject to
 * the limit of file sizes.)
 */
#ifndef LPROF_KEEPER_MESSAGE_H
#define LPROF_KEEPER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "probe/attach.h"
#include "probe/session_window.h"

enum keeper_verb {
	KEEPER_ATTACH, /* with FD_PROGRAM, FD_OBJECT; the arrays of struct attach_request follow */
	KEEPER_DETACH_ALL,
	KEEPER_DETACH,	 /* those of one group */
	KEEPER_USE_GATE, /* with FD_DATA, FD_SPENDING, FD_TRIPS */
	KEEPER_RENEW,
	KEEPER_PREPARE,	   /* as KEEPER_ATTACH, but for the next window; it is not answered */
	KEEPER_WINDOW,	   /* of what was prepared */
	KEEPER_DROP,	   /* what was prepared; it is not answered */
	KEEPER_WATCH_HELD, /* with FD_HELD */
};

enum { FD_PROGRAM, FD_OBJECT };
enum { FD_DATA, FD_SPENDING, FD_TRIPS };
enum { FD_HELD };
#define KEEPER_FDS 3 /* a message has so many descriptors, or none */

struct keeper_message {
	enum keeper_verb verb;
	enum attach_way way;
	bool semaphores;
	pid_t pid;
	uint32_t group;
	size_t n;		   /* items of each array that follows */
	size_t data_size, gate_at; /* of the BPF object's data: its size, and where the struct lprof_gate is */
	uint64_t until_ns, limit_ns;
};

struct keeper_answer {
	int err;
	bool ended; /* of KEEPER_RENEW: the probes that stay in had been taken out */
	struct session_window_result window;
};

/* FDS may be NULL: the message has none. 0, or -EPIPE when the other end is closed. */
int keeper_message__send(int socket, const struct keeper_message *message, const int fds[KEEPER_FDS]);

/* Fills FDS with the message's descriptors, owned by the caller, or with -1. 0 or -EPIPE. */
int keeper_message__receive(int socket, struct keeper_message *message, int fds[KEEPER_FDS]);

/* A whole array, of N numbers. 0 or -EPIPE. */
int keeper_message__send_array(int socket, const uint64_t *array, size_t n);

/*
 * Calls AWAIT, with CTX, before each piece: it is to return when the socket can be read. The sender may be stopped in
 * the middle.
 */
int keeper_message__receive_array(int socket, uint64_t *array, size_t n, void (*await)(void *ctx), void *ctx);

#endif
