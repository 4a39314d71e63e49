// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The profiler and the keeper talk through a socket that keeps messages apart. A request to attach carries descriptors
 * of the BPF program and the object; the arrays of struct attach_request follow it in pieces. (They are not passed as a
 * file in memory, because that would be subject to the limit of file sizes.) When the profiler has ended, for whatever
 * reason, the keeper's next receive finds the other end of the socket closed.
 */
#include "probe/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/grow.h"
#include "files/run_directory.h"
#include "probe/detached.h"
#include "probe/expedite.h"
#include "probe/priority.h"
#include "probe/probe_notes.h"

#define NAME "lprof-probes"

#define PIECE 32768 /* bytes of an array in one message */

enum { FD_PROGRAM, FD_OBJECT, N_FDS };

struct message {
	bool attach; /* otherwise: detach all */
	bool semaphores;
	enum attach_way way;
	pid_t pid;
	size_t n;
};

struct keeper {
	pid_t pid;
	int socket;
	bool unfinished; /* the process is still detaching, and nobody waits for it any more */
};

/* The state of the keeper's own process. */
struct kept {
	int socket;
	struct probe_notes *notes; /* NULL: notes cannot be written */
	struct attachment **attachments;
	size_t n, capacity;
};

/* Room for the descriptors of a message, aligned as the kernel wants it. */
union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(N_FDS * sizeof(int))];
};

static int send_message(int socket, const struct message *message, const int fds[N_FDS])
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
		rights->cmsg_len = CMSG_LEN(N_FDS * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, N_FDS * sizeof(int));
	}
	return sendmsg(socket, &header, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Fills FDS with the message's descriptors, or with -1 if it has none. 0, or -EPIPE when the other end is closed. */
static int receive_message(int socket, struct message *message, int fds[N_FDS])
{
	struct iovec part = {message, sizeof(*message)};
	union control control;
	struct msghdr header = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct cmsghdr *rights;

	for (int i = 0; i < N_FDS; i++)
		fds[i] = -1;
	if (recvmsg(socket, &header, MSG_CMSG_CLOEXEC) != sizeof(*message))
		return -EPIPE;
	rights = CMSG_FIRSTHDR(&header);
	if (rights && rights->cmsg_type == SCM_RIGHTS && rights->cmsg_len == CMSG_LEN(N_FDS * sizeof(int)))
		memcpy(fds, CMSG_DATA(rights), N_FDS * sizeof(int));
	return 0;
}

static void close_all(int fds[N_FDS])
{
	for (int i = 0; i < N_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Waits for the keeper's answer, for PATIENCE_MS at most, with -1 for ever. The answer, -ETIMEDOUT or -EPIPE. */
static int await_answer(const struct keeper *keeper, int patience_ms)
{
	struct pollfd pollfd = {.fd = keeper->socket, .events = POLLIN};
	int answer, ready;

	do
		ready = poll(&pollfd, 1, patience_ms);
	while (ready < 0 && errno == EINTR);
	if (!ready)
		return -ETIMEDOUT;
	return recv(keeper->socket, &answer, sizeof(answer), 0) == sizeof(answer) ? answer : -EPIPE;
}

/* How many arrays a request has: offsets, cookies, and semaphores if there are any. */
static size_t n_arrays(bool semaphores)
{
	return semaphores ? 3 : 2;
}

static int send_array(int socket, const uint64_t *array, size_t n)
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

static int receive_array(int socket, uint64_t *array, size_t n)
{
	char *bytes = (char *)array;

	for (size_t left = n * sizeof(*array); left;) {
		ssize_t piece = recv(socket, bytes, left, 0);

		if (piece <= 0)
			return -EPIPE;
		bytes += piece;
		left -= (size_t)piece;
	}
	return 0;
}

static int send_request(int socket, const struct message *message, const int fds[N_FDS],
			const struct attach_request *request)
{
	const uint64_t *const arrays[] = {request->offsets, request->cookies, request->semaphores};
	int err = send_message(socket, message, fds);

	for (size_t i = 0; !err && i < n_arrays(message->semaphores); i++)
		err = send_array(socket, arrays[i], request->n);
	return err ? -EPIPE : 0;
}

int keeper__attach(struct keeper *keeper, const struct attach_request *request)
{
	const struct message message = {
		.attach = true,
		.semaphores = request->semaphores,
		.way = request->way,
		.pid = request->pid,
		.n = request->n,
	};
	int fds[N_FDS] = {request->prog_fd, open(request->path, O_PATH | O_CLOEXEC)}, err;

	if (fds[FD_OBJECT] < 0)
		return -errno;
	err = send_request(keeper->socket, &message, fds, request);
	close(fds[FD_OBJECT]);
	return err ? err : await_answer(keeper, -1);
}

int keeper__detach(struct keeper *keeper, int patience_ms)
{
	const struct message message = {.attach = false};
	int err = send_message(keeper->socket, &message, NULL) ? -EPIPE : await_answer(keeper, patience_ms);

	keeper->unfinished = err == -ETIMEDOUT;
	return err;
}

bool keeper__is_alive(const struct keeper *keeper)
{
	struct pollfd pollfd = {.fd = keeper->socket};

	return poll(&pollfd, 1, 0) == 0; /* poll() reports POLLHUP without being asked for it */
}

static int attach_kept(struct kept *kept, const struct message *message, const int fds[N_FDS], const uint64_t *arrays)
{
	char path[64];
	const struct attach_request request = {
		.way = message->way,
		.prog_fd = fds[FD_PROGRAM],
		.path = path,
		.pid = message->pid,
		.offsets = arrays,
		.cookies = arrays + message->n,
		.semaphores = message->semaphores ? arrays + 2 * message->n : NULL,
		.n = message->n,
	};
	struct expedite expedite;
	int err = grow__one(&kept->attachments, &kept->capacity, kept->n, sizeof(struct attachment *));

	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[FD_OBJECT]);
	(void)probe_notes__add(kept->notes, fds[FD_OBJECT], request.offsets, request.n);
	expedite__begin(&expedite, RUN_DIRECTORY);
	err = attach__probes(&request, &kept->attachments[kept->n]);
	expedite__end(&expedite);
	if (!err)
		kept->n++;
	return err;
}

/* Receives the arrays that follow MESSAGE, and attaches. -EPIPE: the profiler is gone. */
static int attach_message(struct kept *kept, const struct message *message, const int fds[N_FDS])
{
	size_t n = n_arrays(message->semaphores);
	uint64_t *arrays = calloc(message->n, n * sizeof(*arrays));
	int err = arrays ? receive_array(kept->socket, arrays, n * message->n) : -ENOMEM;

	if (!err)
		err = attach_kept(kept, message, fds, arrays);
	free(arrays);
	return err;
}

static void detach_all(struct kept *kept)
{
	struct expedite expedite;

	expedite__begin(&expedite, RUN_DIRECTORY);
	while (kept->n)
		attachment__detach(kept->attachments[--kept->n]);
	expedite__end(&expedite);
	probe_notes__clear(kept->notes);
}

/* Serves until the profiler is gone, or has closed its end. */
static void serve(struct kept *kept)
{
	struct message message;
	int fds[N_FDS], answer;

	while (!receive_message(kept->socket, &message, fds)) {
		answer = 0;
		if (message.attach)
			answer = attach_message(kept, &message, fds);
		else
			detach_all(kept);
		close_all(fds);
		/* If the profiler is gone, the next receive reports that. */
		(void)send(kept->socket, &answer, sizeof(answer), MSG_NOSIGNAL);
	}
}

/* Makes the kernel kill this process last when memory is short: killed, it would leave its probes in the target. */
static void avoid_oom_killer(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "-1000", 5);
	close(fd);
}

static void __attribute__((noreturn)) run_keeper(int socket)
{
	struct kept kept = {0};
	sigset_t all;
	int err;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	prctl(PR_SET_NAME, NAME);
	kept.socket =
		fcntl(socket, F_DUPFD_CLOEXEC, 3); /* it may be one of 0 to 2, if these were closed at the start */
	err = kept.socket < 0 ? -errno : detached__become(kept.socket);
	if (!err) {
		avoid_oom_killer();
		priority__raise();
		(void)probe_notes__begin(RUN_DIRECTORY, &kept.notes);
		serve(&kept);
		detach_all(&kept);
		probe_notes__end(kept.notes);
	}
	_exit(err ? EXIT_FAILURE : EXIT_SUCCESS);
}

int keeper__start(struct keeper **out)
{
	struct keeper *keeper = calloc(1, sizeof(*keeper));
	int sockets[2], err = 0;

	if (!keeper)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets)) {
		err = -errno;
		free(keeper);
		return err;
	}
	keeper->socket = sockets[0];
	keeper->pid = priority__fork();
	if (!keeper->pid)
		run_keeper(sockets[1]);
	if (keeper->pid < 0)
		err = -errno;
	close(sockets[1]);
	if (err) {
		close(keeper->socket);
		free(keeper);
		return err;
	}
	*out = keeper;
	return 0;
}

void keeper__stop(struct keeper *keeper)
{
	if (!keeper)
		return;
	close(keeper->socket);
	while (!keeper->unfinished && waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		;
	free(keeper);
}
