// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/kept.h"

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
#include <unistd.h>

#include "base/clock.h"
#include "base/grow.h"
#include "base/pid_namespace.h"
#include "files/run_directory.h"
#include "probe/attachments.h"
#include "probe/closers.h"
#include "probe/detached.h"
#include "probe/expedite.h"
#include "probe/gate_view.h"
#include "probe/guard.h"
#include "probe/held.h"
#include "probe/keeper_message.h"
#include "probe/kept_window.h"
#include "probe/priority.h"
#include "probe/probe_notes.h"
#include "probe/resting.h"

#define NAME	  "lprof-probes"
#define HELD_NAME "lprof-held" /* of the one that holds no probes, but lets processes go on */

#define PERCENT 20 /* of a processor: twenty milliseconds in a hundred, and a window takes one */

#define HELD_NS		(5 * CLOCK_SECOND_NS) /* how long a process may be held */
#define HELD_LOOK_MS	500
#define RESTING_LOOK_MS 100
#define LAST_HELD_MS	100 /* from the profiler's end until no BPF program of it holds anybody any more, at most */
#define LAST_HELD	10  /* so many times */

#define DUE_NS 10000000 /* how late this process may be before it is taken for stopped */

/* Descriptors and arrays of a request to attach, which the process owns. */
struct prepared {
	struct attach_request request;
	int fds[KEEPER_FDS];
	char path[64];
	uint64_t *arrays;
};

struct kept {
	int socket;
	struct probe_notes *notes; /* NULL: notes cannot be written */
	struct attachments attachments;
	struct gate_view *view;	 /* NULL: there is no gate */
	struct closers *closers; /* may be NULL */
	struct resting *resting; /* likewise */
	int held_fd;		 /* the BPF map `held`; -1: nobody is held */
	bool leased;		 /* the profiler has said how long probes may stay in */
	bool ended; /* everything was taken out because the lease was over, and the profiler does not know yet */
	struct prepared **prepared; /* for the next window */
	size_t n_prepared, prepared_capacity;
	int not_prepared; /* why something could not be prepared for the next window; 0: all could */
};

static void close_all(int fds[KEEPER_FDS])
{
	for (int i = 0; i < KEEPER_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void prepared__free(struct prepared *prepared)
{
	close_all(prepared->fds);
	free(prepared->arrays);
	free(prepared);
}

static void detach_all(struct kept *kept)
{
	struct expedite expedite;

	expedite__begin(&expedite, kept->view);
	attachments__detach(&kept->attachments);
	expedite__end(&expedite);
	resting__drop(kept->resting);
	probe_notes__clear(kept->notes);
}

/* Whether there is a time by which all probes are to be out: from the first lease on. */
static bool is_bounded(const struct kept *kept)
{
	return kept->view && kept->leased && kept->attachments.n;
}

/*
 * Says by when this process will have done something about the probes that are in: if it has not, a BPF program takes
 * it for stopped, and has it continue.
 */
static void set_due(const struct kept *kept)
{
	volatile struct lprof_gate *gate;

	if (!kept->view)
		return;
	gate = gate_view__gate(kept->view);
	if (is_bounded(kept) && gate->steady_until_ns < UINT64_MAX - DUE_NS)
		gate->due_ns = gate->steady_until_ns + DUE_NS;
	else
		gate->due_ns = 0;
}

/* Takes all probes that stay in out, if it is time to. */
static void look_at_lease(struct kept *kept)
{
	volatile struct lprof_gate *gate;

	if (!is_bounded(kept))
		return;
	gate = gate_view__gate(kept->view);
	if (clock__monotonic_ns() < gate->steady_until_ns)
		return;
	gate->steady_until_ns = 0;
	kept->ended = true;
	detach_all(kept);
	set_due(kept);
}

static void look_at_held(const struct kept *kept)
{
	uint64_t now_ns = clock__monotonic_ns();

	if (kept->held_fd >= 0 && now_ns > HELD_NS)
		held__let_go(kept->held_fd, now_ns - HELD_NS);
}

static void forget_held(struct kept *kept)
{
	if (kept->held_fd >= 0)
		close(kept->held_fd);
	kept->held_fd = -1;
}

/* The profiler is gone. Its BPF programs may go a little later. */
static void let_go_held(const struct kept *kept)
{
	for (int i = 0; kept->held_fd >= 0 && i < LAST_HELD; i++) {
		held__let_go(kept->held_fd, 0);
		(void)poll(NULL, 0, LAST_HELD_MS / LAST_HELD);
	}
}

static void look_at_resting(const struct kept *kept)
{
	struct gate_spending spending;

	if (!resting__is_empty(kept->resting) && !gate_view__spending(kept->view, &spending))
		resting__look_idle(kept->resting, gate_view__gate(kept->view), spending.late_ns);
}

/* How long nothing need be done unless somebody says so, in milliseconds; -1: for ever. */
static int patience(const struct kept *kept)
{
	bool rests = !resting__is_empty(kept->resting);
	uint64_t now_ns = clock__monotonic_ns(), until_ns;
	int most_ms = rests ? RESTING_LOOK_MS : 1000;

	if (!is_bounded(kept) && !rests)
		return kept->held_fd >= 0 ? HELD_LOOK_MS : -1;
	if (!is_bounded(kept))
		return RESTING_LOOK_MS;
	until_ns = gate_view__gate(kept->view)->steady_until_ns;
	if (until_ns <= now_ns)
		return 0;
	return until_ns - now_ns < most_ms * 1000000ul ? (int)((until_ns - now_ns) / 1000000 + 1) : most_ms;
}

/* Waits for a message, and takes probes out meanwhile when that is due. */
static void await_message(void *ctx)
{
	struct kept *kept = ctx;
	struct pollfd pollfds[] = {
		{.fd = kept->socket, .events = POLLIN},
		{.fd = kept->view ? gate_view__fd(kept->view) : -1, .events = POLLIN},
	};
	uint64_t window_ns;

	do {
		(void)poll(pollfds, 2, patience(kept));
		if (kept->view)
			(void)gate_view__take(kept->view, &window_ns);
		look_at_lease(kept);
		look_at_held(kept);
		look_at_resting(kept);
	} while (!pollfds[0].revents);
}

/* Receives what follows a request to attach. Takes over FDS. NULL when out of memory or the profiler is gone. */
static struct prepared *receive_request(struct kept *kept, const struct keeper_message *message, int fds[KEEPER_FDS])
{
	size_t n_arrays = message->semaphores ? 3 : 2;
	struct prepared *prepared = calloc(1, sizeof(*prepared));

	if (!prepared) {
		close_all(fds);
		return NULL;
	}
	memcpy(prepared->fds, fds, sizeof(prepared->fds));
	prepared->arrays = calloc(message->n + 1, n_arrays * sizeof(*prepared->arrays));
	if (!prepared->arrays ||
	    keeper_message__receive_array(kept->socket, prepared->arrays, n_arrays * message->n, await_message, kept)) {
		prepared__free(prepared);
		return NULL;
	}
	snprintf(prepared->path, sizeof(prepared->path), "/proc/self/fd/%d", fds[FD_OBJECT]);
	prepared->request = (struct attach_request){
		.way = message->way,
		.prog_fd = fds[FD_PROGRAM],
		.path = prepared->path,
		.pid = message->pid,
		.offsets = prepared->arrays,
		.cookies = prepared->arrays + message->n,
		.semaphores = message->semaphores ? prepared->arrays + 2 * message->n : NULL,
		.n = message->n,
	};
	return prepared;
}

static void note(const struct kept *kept, const struct prepared *prepared)
{
	(void)probe_notes__add(kept->notes, prepared->fds[FD_OBJECT], prepared->request.offsets, prepared->request.n);
}

static int attach(struct kept *kept, const struct keeper_message *message, int fds[KEEPER_FDS])
{
	struct prepared *prepared = receive_request(kept, message, fds);
	struct expedite expedite;
	int err = -ECANCELED;

	if (!prepared)
		return -ENOMEM;
	if (!kept->ended) {
		note(kept, prepared);
		resting__make_way(kept->resting, &prepared->request, prepared->fds[FD_OBJECT]);
		expedite__begin(&expedite, kept->view);
		err = attachments__add(&kept->attachments, &prepared->request, message->group);
		expedite__end(&expedite);
	}
	prepared__free(prepared);
	return err;
}

static void detach_group(struct kept *kept, uint32_t group)
{
	struct expedite expedite;

	expedite__begin(&expedite, true);
	attachments__detach_group(&kept->attachments, group);
	expedite__end(&expedite);
	if (!kept->attachments.n && resting__is_empty(kept->resting))
		probe_notes__clear(kept->notes);
}

static int use_gate(struct kept *kept, const struct keeper_message *message, int fds[KEEPER_FDS])
{
	int err;

	gate_view__close(kept->view);
	kept->view = NULL;
	err = gate_view__open(fds[FD_DATA], message->data_size, message->gate_at, fds[FD_SPENDING], fds[FD_TRIPS],
			      &kept->view);
	if (err)
		return err;
	priority__be_first(PERCENT);
	if (!kept->closers)
		kept->closers = closers__new();
	if (!kept->resting)
		kept->resting = resting__new();
	/* The kernel's number of this process is known only if it is the same as here. */
	gate_view__gate(kept->view)->keeper = pid_namespace__number() ? 0 : (uint32_t)getpid();
	return 0;
}

static bool renew(struct kept *kept, const struct keeper_message *message)
{
	volatile struct lprof_gate *gate = kept->view ? gate_view__gate(kept->view) : NULL;
	bool ended;

	if (!gate)
		return false;
	look_at_lease(kept);
	kept->leased = true;
	ended = kept->ended;
	kept->ended = false;
	gate->steady_limit_ns = message->limit_ns;
	__atomic_fetch_and(&gate->tripped, ~(uint32_t)LPROF_TRIP_STEADY, __ATOMIC_SEQ_CST);
	gate->steady_until_ns = message->until_ns;
	return ended;
}

static void drop_prepared(struct kept *kept)
{
	kept->not_prepared = 0;
	while (kept->n_prepared)
		prepared__free(kept->prepared[--kept->n_prepared]);
}

static void prepare(struct kept *kept, const struct keeper_message *message, int fds[KEEPER_FDS])
{
	struct prepared *prepared = receive_request(kept, message, fds);

	if (!prepared) {
		kept->not_prepared = -ENOMEM;
		return;
	}
	if (!grow__one(&kept->prepared, &kept->prepared_capacity, kept->n_prepared, sizeof(struct prepared *))) {
		kept->prepared[kept->n_prepared++] = prepared;
		return;
	}
	prepared__free(prepared);
	kept->not_prepared = -ENOMEM;
}

static int run_window(struct kept *kept, const struct keeper_message *message, struct session_window_result *result)
{
	struct attach_request *requests = calloc(kept->n_prepared + 1, sizeof(*requests));
	int *object_fds = calloc(kept->n_prepared + 1, sizeof(*object_fds));
	const struct kept_window window = {
		.view = kept->view,
		.closers = kept->closers,
		.resting = kept->resting,
		.notes = kept->notes,
		.requests = requests,
		.object_fds = object_fds,
		.n_requests = kept->n_prepared,
		.open_ns = message->until_ns,
		.limit_ns = message->limit_ns,
	};
	int err = requests && object_fds ? kept->not_prepared : -ENOMEM;

	for (size_t i = 0; !err && i < kept->n_prepared; i++) {
		requests[i] = kept->prepared[i]->request;
		object_fds[i] = kept->prepared[i]->fds[FD_OBJECT];
	}
	if (!err)
		err = kept->view ? kept_window__run(&window, result) : -EBADF;
	drop_prepared(kept);
	free(requests);
	free(object_fds);
	return err;
}

/* Does what MESSAGE asks for. Takes over FDS. Returns whether there is an answer. */
static bool obey(struct kept *kept, const struct keeper_message *message, int fds[KEEPER_FDS],
		 struct keeper_answer *answer)
{
	switch (message->verb) {
	case KEEPER_ATTACH:
		answer->err = attach(kept, message, fds);
		return true;
	case KEEPER_DETACH_ALL:
		detach_all(kept);
		forget_held(kept);
		return true;
	case KEEPER_DETACH:
		detach_group(kept, message->group);
		return true;
	case KEEPER_USE_GATE:
		answer->err = use_gate(kept, message, fds);
		return true;
	case KEEPER_RENEW:
		answer->ended = renew(kept, message);
		return true;
	case KEEPER_PREPARE:
		prepare(kept, message, fds);
		return false;
	case KEEPER_WINDOW:
		answer->err = run_window(kept, message, &answer->window);
		return true;
	case KEEPER_DROP:
		drop_prepared(kept);
		return false;
	case KEEPER_WATCH_HELD:
		forget_held(kept);
		prctl(PR_SET_NAME, HELD_NAME);
		kept->held_fd = fds[FD_HELD];
		close(fds[FD_HELD + 1]);
		close(fds[FD_HELD + 2]);
		return true;
	}
	return false;
}

/* Serves until the profiler is gone, or has closed its end. */
static void serve(struct kept *kept)
{
	struct keeper_message message;
	int fds[KEEPER_FDS];

	for (;;) {
		struct keeper_answer answer = {0};
		bool answers;

		await_message(kept);
		if (keeper_message__receive(kept->socket, &message, fds))
			return;
		answers = obey(kept, &message, fds, &answer);
		set_due(kept);
		/* If the profiler is gone, the next receive reports that. */
		if (answers)
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

void kept__run(int socket, void (*clean)(void))
{
	struct kept kept = {.held_fd = -1};
	char directory[RUN_DIRECTORY_SIZE];
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
		if (clean)
			guard__start(clean);
		priority__raise();
		(void)probe_notes__begin(run_directory__path(directory), &kept.notes);
		serve(&kept);
		let_go_held(&kept);
		detach_all(&kept);
		resting__free(kept.resting);
		closers__free(kept.closers);
		probe_notes__end(kept.notes);
	}
	_exit(err ? EXIT_FAILURE : EXIT_SUCCESS);
}
