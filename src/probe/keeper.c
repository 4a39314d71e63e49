// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The profiler's side. A request to attach carries descriptors of the BPF program and the object. When the profiler has
 * ended, for whatever reason, the keeper's next receive finds the other end of the socket closed.
 */
#include "probe/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/keeper_message.h"
#include "probe/kept.h"
#include "probe/priority.h"

#define WAKE_MS 100

struct keeper {
	pid_t pid;
	int socket;
	bool unfinished; /* the process is still detaching, and nobody waits for it any more */
};

/*
 * Waits for the keeper's answer, for PATIENCE_MS at most, with -1 for ever. 0, -ETIMEDOUT or -EPIPE. Somebody may have
 * stopped the process, while it holds probes. If it has not been stopped, SIGCONT does nothing to it.
 */
static int await_answer(const struct keeper *keeper, int patience_ms, struct keeper_answer *answer)
{
	struct pollfd pollfd = {.fd = keeper->socket, .events = POLLIN};
	int waited_ms = 0, ready;

	do {
		int left_ms = patience_ms < 0 ? WAKE_MS : patience_ms - waited_ms;

		ready = poll(&pollfd, 1, left_ms < WAKE_MS ? left_ms : WAKE_MS);
		if (!ready) {
			(void)kill(keeper->pid, SIGCONT);
			waited_ms += WAKE_MS;
		}
	} while ((ready < 0 && errno == EINTR) || (!ready && (patience_ms < 0 || waited_ms < patience_ms)));
	if (!ready)
		return -ETIMEDOUT;
	return recv(keeper->socket, answer, sizeof(*answer), 0) == sizeof(*answer) ? 0 : -EPIPE;
}

/* Sends a message and waits for the answer. What the keeper says, or -ETIMEDOUT or -EPIPE. */
static int ask(const struct keeper *keeper, const struct keeper_message *message, const int fds[KEEPER_FDS],
	       int patience_ms, struct keeper_answer *answer)
{
	int err = keeper_message__send(keeper->socket, message, fds);

	if (!err)
		err = await_answer(keeper, patience_ms, answer);
	return err ? err : answer->err;
}

static int send_request(const struct keeper *keeper, enum keeper_verb verb, const struct attach_request *request,
			uint32_t group)
{
	const struct keeper_message message = {
		.verb = verb,
		.semaphores = request->semaphores,
		.way = request->way,
		.pid = request->pid,
		.group = group,
		.n = request->n,
	};
	int object = open(request->path, O_PATH | O_CLOEXEC), err;
	const int fds[KEEPER_FDS] = {[FD_PROGRAM] = request->prog_fd, [FD_OBJECT] = object, object};

	if (object < 0)
		return -errno;
	err = keeper_message__send(keeper->socket, &message, fds);
	close(object);
	if (!err)
		err = keeper_message__send_array(keeper->socket, request->offsets, request->n);
	if (!err)
		err = keeper_message__send_array(keeper->socket, request->cookies, request->n);
	if (!err && request->semaphores)
		err = keeper_message__send_array(keeper->socket, request->semaphores, request->n);
	return err;
}

int keeper__attach(struct keeper *keeper, const struct attach_request *request, uint32_t group)
{
	struct keeper_answer answer;
	int err = send_request(keeper, KEEPER_ATTACH, request, group);

	if (!err)
		err = await_answer(keeper, -1, &answer);
	return err ? err : answer.err;
}

int keeper__detach(struct keeper *keeper, int patience_ms)
{
	const struct keeper_message message = {.verb = KEEPER_DETACH_ALL};
	struct keeper_answer answer;
	int err = ask(keeper, &message, NULL, patience_ms, &answer);

	keeper->unfinished = err == -ETIMEDOUT;
	return err;
}

int keeper__detach_group(struct keeper *keeper, uint32_t group)
{
	const struct keeper_message message = {.verb = KEEPER_DETACH, .group = group};
	struct keeper_answer answer;

	return ask(keeper, &message, NULL, -1, &answer);
}

int keeper__use_gate(struct keeper *keeper, const struct keeper_gate *gate)
{
	const struct keeper_message message = {
		.verb = KEEPER_USE_GATE,
		.data_size = gate->data_size,
		.gate_at = gate->gate_at,
	};
	const int fds[KEEPER_FDS] = {
		[FD_DATA] = gate->data_fd, [FD_SPENDING] = gate->spending_fd, [FD_TRIPS] = gate->trips_fd};
	struct keeper_answer answer;

	return ask(keeper, &message, fds, -1, &answer);
}

int keeper__renew(struct keeper *keeper, uint64_t until_ns, uint64_t limit_ns, bool *ended)
{
	const struct keeper_message message = {.verb = KEEPER_RENEW, .until_ns = until_ns, .limit_ns = limit_ns};
	struct keeper_answer answer;
	int err = ask(keeper, &message, NULL, -1, &answer);

	*ended = !err && answer.ended;
	return err;
}

int keeper__watch_held(struct keeper *keeper, int map_fd)
{
	const struct keeper_message message = {.verb = KEEPER_WATCH_HELD};
	/* A message has all descriptors or none. */
	const int fds[KEEPER_FDS] = {[FD_HELD] = map_fd, map_fd, map_fd};
	struct keeper_answer answer;

	return ask(keeper, &message, fds, -1, &answer);
}

static int send_window(const struct keeper *keeper, const struct keeper_window *window)
{
	const struct keeper_message message = {
		.verb = KEEPER_WINDOW,
		.until_ns = window->open_ns,
		.limit_ns = window->limit_ns,
	};
	const struct keeper_message drop = {.verb = KEEPER_DROP};
	int err = 0;

	for (size_t i = 0; !err && i < window->n_requests; i++)
		err = send_request(keeper, KEEPER_PREPARE, &window->requests[i], 0);
	if (err) {
		(void)keeper_message__send(keeper->socket, &drop, NULL);
		return err;
	}
	return keeper_message__send(keeper->socket, &message, NULL);
}

int keeper__window(struct keeper *keeper, const struct keeper_window *window, struct session_window_result *result)
{
	struct keeper_answer answer;
	int err = send_window(keeper, window);

	if (!err)
		err = await_answer(keeper, -1, &answer);
	if (err)
		return err;
	*result = answer.window;
	return answer.err;
}

bool keeper__is_alive(const struct keeper *keeper)
{
	struct pollfd pollfd = {.fd = keeper->socket};

	return poll(&pollfd, 1, 0) == 0; /* poll() reports POLLHUP without being asked for it */
}

int keeper__start(void (*clean)(void), struct keeper **out)
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
		kept__run(sockets[1], clean);
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
