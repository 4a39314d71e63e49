// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/keeper_message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define PIECE 32768 /* bytes of an array in one message */

/* Room for the descriptors of a message, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(KEEPER_FDS * sizeof(int))];
};

int keeper_message__send(int socket, const struct keeper_message *message, const int fds[KEEPER_FDS])
{
	struct iovec part = {(void *)message, sizeof(*message)};
	union control control = {0};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};

	if (fds) {
		struct cmsghdr *rights = &control.header;

		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(KEEPER_FDS * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, KEEPER_FDS * sizeof(int));
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL) < 0 ? -EPIPE : 0;
}

int keeper_message__receive(int socket, struct keeper_message *message, int fds[KEEPER_FDS])
{
	struct iovec part = {message, sizeof(*message)};
	union control control;
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct cmsghdr *rights;

	for (int i = 0; i < KEEPER_FDS; i++)
		fds[i] = -1;
	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != sizeof(*message))
		return -EPIPE;
	rights = CMSG_FIRSTHDR(&header);
	if (rights && rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len == CMSG_LEN(KEEPER_FDS * sizeof(int)))
		memcpy(fds, CMSG_DATA(rights), KEEPER_FDS * sizeof(int));
	return 0;
}

int keeper_message__send_array(int socket, const uint64_t *array, size_t n)
{
	const char *bytes = (const char *)array;

	for (size_t left = n * sizeof(*array); left;) {
		size_t piece = left < PIECE ? left : PIECE;

		if (send(socket, bytes, piece, MSG_NOSIGNAL) != (ssize_t)piece)
			return -EPIPE;
		bytes += piece;
		left -= piece;
	}
	return 0;
}

int keeper_message__receive_array(int socket, uint64_t *array, size_t n, void (*await)(void *ctx), void *ctx)
{
	char *bytes = (char *)array;

	for (size_t left = n * sizeof(*array); left;) {
		ssize_t piece;

		await(ctx);
		piece = recv(socket, bytes, left, 0);
		if (piece <= 0)
			return -EPIPE;
		bytes += piece;
		left -= (size_t)piece;
	}
	return 0;
}
