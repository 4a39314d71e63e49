// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process of its own pays the visit. If the profiler is killed meanwhile, that one takes back what the program was
 * asked for, and removes the room.
 */
#include "monitoring/monitoring_visit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "monitoring/monitoring_files.h"
#include "monitoring/monitoring_room.h"
#include "monitoring/monitoring_script.h"
#include "target/process_stat.h"

#define FOR_EVER  (-1)
#define BEGIN_MS  3000 /* after so long, the profiler does something else meanwhile */
#define END_MS	  1000
#define LATE_MS	  500 /* ... if it was on its way by then */
#define LOOK_MS	  50
#define NEW_NS	  1000000000u /* so often new threads are looked for */
#define KNOCK_MS  300
#define ANSWER_MS 5000 /* so long it has for what it was told to do */

#define KNOCK_TRIES 5

/* Another profiler may just have been killed; that is seen when its lease is not renewed. */
#define BUSY_TRIES 4
#define BUSY_MS	   700

struct visit {
	pid_t profiler;
	int err; /* 0, or -errno: the program has not done what was asked for */
	const struct monitoring_door *door;
	struct lprof_shim_order order;
	int memory;	/* the descriptor that is given to the program with an order to begin */
	int ms;		/* so long the program has to come; FOR_EVER: until it ends, or is called off */
	int n_expected; /* threads that were asked to come, and were not told to stay away */
	struct lprof_shim_answer answer;
	char script[MONITORING_DOOR_PATH];
	uint64_t asked_ns; /* when its threads were asked last */
	char failure[256]; /* why it could not do it, by its own words; "": it has none */
};

/* A visit that was not answered yet. */
struct monitoring_visit {
	struct visit visit;
	struct monitoring_door door;
	pid_t pid;  /* of the process that pays it */
	int result; /* a pipe, from which it is to be read what has become of it */
	const struct diag *diag;
};

/* Writes the script and, if it may be needed, the library. 0 or -errno. */
static int furnish(const struct visit *visit, const struct monitoring_room *room)
{
	char *script = monitoring_script__make(visit->door, monitoring_room__path(room));
	int err = script ? monitoring_room__add(room, LPROF_SHIM_SCRIPT, script, strlen(script)) : -ENOMEM;

	free(script);
	if (!err && visit->order.what == LPROF_SHIM_BEGIN)
		err = monitoring_room__add(room, LPROF_SHIM_COPY, monitoring_files__extension,
					   monitoring_files__extension_size);
	return err;
}

static int send_order(const struct visit *visit, int fd, const struct lprof_shim_order *order)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {{0}};
	struct iovec data = {(void *)order, sizeof(*order)};
	struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
	struct cmsghdr *header;

	if (order->what == LPROF_SHIM_BEGIN) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(header), &visit->memory, sizeof(int));
	}
	return sendmsg(fd, &message, MSG_NOSIGNAL) == sizeof(*order) ? 0 : -EPIPE;
}

/* Whether the profiler does not want the program to come any more. It says so by a signal, which is blocked. */
static bool is_called_off(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGTERM);
}

/*
 * Asks the threads of the program to execute the script. One of them may be unable to stop for a while, because it
 * waits for a disk or gets no processor time; or another debugger has asked for something that is not done yet. Returns
 * what monitoring_door__knock() does.
 */
static int knock(const struct visit *visit)
{
	int n = monitoring_door__knock(visit->door, visit->script);

	for (int i = 1; n == -EBUSY && i < KNOCK_TRIES && !is_called_off(); i++) {
		(void)poll(NULL, 0, KNOCK_MS);
		n = monitoring_door__knock(visit->door, visit->script);
	}
	return n;
}

/* Threads that have begun since the others were asked may be the ones that execute Python code. */
static void ask_new_threads(struct visit *visit)
{
	int n;

	if (clock__monotonic_ns() - visit->asked_ns < NEW_NS)
		return;
	visit->asked_ns = clock__monotonic_ns();
	if (!monitoring_door__has_others(visit->door, visit->script))
		return;
	n = monitoring_door__knock(visit->door, visit->script);
	visit->n_expected += n > 0 ? n : 0;
}

/* Waits MS for the program to come. Returns a connection or -errno. */
static int await(struct visit *visit, const struct monitoring_room *room, int ms)
{
	uint64_t end_ns = clock__monotonic_ns() + (uint64_t)ms * 1000000u;
	int fd = -ETIMEDOUT;

	while (fd == -ETIMEDOUT && (ms < 0 || clock__monotonic_ns() < end_ns)) {
		fd = monitoring_room__await(room, LOOK_MS);
		if (fd != -ETIMEDOUT)
			break;
		monitoring_room__read(room, MONITORING_SCRIPT_FAILURE, visit->failure, sizeof(visit->failure));
		if (*visit->failure)
			fd = -EIO;
		else if (process_stat__has_ended(visit->door->pid))
			fd = -ESRCH;
		else if (getppid() != visit->profiler)
			fd = -EPIPE;
		else if (ms < 0 && is_called_off())
			fd = -ECANCELED;
		else if (ms < 0)
			ask_new_threads(visit);
	}
	return fd;
}

/* Receives a message of SIZE bytes, which begins with the magic number. 0 or -errno. */
static int receive(int fd, void *message, size_t size)
{
	static const uint64_t magic = LPROF_SHIM_MAGIC;
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	if (poll(&ready, 1, ANSWER_MS) != 1)
		return -ETIMEDOUT;
	return recv(fd, message, size, MSG_DONTWAIT) == (ssize_t)size && !memcmp(message, &magic, sizeof(magic))
		       ? 0
		       : -EPROTO;
}

/* Gives ORDER to a thread of the program, which has come, and takes the answer. 0 or -errno. */
static int talk(struct visit *visit, int fd, const struct lprof_shim_order *order, struct lprof_shim_answer *answer)
{
	struct lprof_shim_hello hello;
	int err = receive(fd, &hello, sizeof(hello));

	if (err)
		return err;
	visit->n_expected -= 1 + (int)hello.n_taken_back;
	err = send_order(visit, fd, order);
	if (!err)
		err = receive(fd, answer, sizeof(*answer));
	answer->taken[sizeof(answer->taken) - 1] = '\0';
	return err;
}

/* Lets threads that were on their way in, too, come and go, as long as the script is there. */
static void receive_others(struct visit *visit, const struct monitoring_room *room)
{
	const struct lprof_shim_order nothing = {LPROF_SHIM_MAGIC, LPROF_SHIM_NOTHING, visit->door->pid};
	struct lprof_shim_answer answer;

	while (visit->n_expected > 0) {
		int fd = await(visit, room, LATE_MS);

		if (fd < 0)
			return;
		(void)talk(visit, fd, &nothing, &answer);
		close(fd);
	}
}

/* Asks the program to come, and waits for it. Returns a connection or -errno; then nothing is asked for any more. */
static int invite(struct visit *visit, const struct monitoring_room *room)
{
	int fd = -ENAMETOOLONG, n;

	if (snprintf(visit->script, sizeof(visit->script), "%s/" LPROF_SHIM_SCRIPT, monitoring_room__path(room)) <
	    (int)sizeof(visit->script))
		fd = knock(visit);
	if (fd < 0)
		return fd;
	visit->n_expected = fd;
	visit->asked_ns = clock__monotonic_ns();
	fd = await(visit, room, visit->ms);
	if (fd >= 0)
		return fd;
	n = monitoring_door__withdraw(visit->door, visit->script);
	visit->n_expected -= n > 0 ? n : 0;
	/* The others are about to come. */
	return (fd == -ETIMEDOUT || fd == -ECANCELED) && visit->n_expected > 0 ? await(visit, room, LATE_MS) : fd;
}

/* 0, or -errno: the program has not done what was asked for. */
static int meet(struct visit *visit)
{
	struct monitoring_room *room;
	int fd, err = monitoring_room__open(visit->door->pid, &room);

	if (err)
		return err;
	err = furnish(visit, room);
	fd = err ? err : invite(visit, room);
	if (fd >= 0) {
		err = talk(visit, fd, &visit->order, &visit->answer);
		close(fd);
		receive_others(visit, room);
	} else {
		err = fd;
	}
	monitoring_room__close(room);
	return err;
}

/*
 * Closes all descriptors but A, B and those of messages. What the profiler holds by others has to end when that closes
 * them, probes for one.
 */
static void keep_only(int a, int b)
{
	unsigned low = (unsigned)(a < b ? a : b), high = (unsigned)(a < b ? b : a);

	if (b < 0)
		low = high = (unsigned)a;
	if (low > 3)
		(void)close_range(3, low - 1, 0);
	if (high > low + 1)
		(void)close_range(low + 1, high - 1, 0);
	(void)close_range(high + 1, ~0u, 0);
}

/* In a process of its own: pays the visit, and writes VISIT to RESULT. */
static void pay_there(struct visit *visit, int result)
{
	sigset_t called_off;

	sigemptyset(&called_off);
	sigaddset(&called_off, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &called_off, NULL);
	keep_only(result, visit->memory);
	(void)setsid(); /* so that it outlives the profiler when that is killed with all of its group */
	visit->err = getppid() == visit->profiler ? meet(visit) : -EPIPE;
	(void)!write(result, visit, sizeof(*visit));
	_exit(0);
}

/* Takes what has become of the visit from the process PID, which ends then. */
static void take_result(struct visit *visit, pid_t pid, int result)
{
	struct visit paid;
	ssize_t n;

	do
		n = read(result, &paid, sizeof(paid));
	while (n < 0 && errno == EINTR);
	visit->err = -EPIPE;
	if (n == sizeof(paid))
		*visit = paid;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Has a process pay the visit. Returns its PID and *result, from which it is to be read; or -errno. */
static pid_t depart(struct visit *visit, int *result)
{
	int ends[2];
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	visit->profiler = getpid();
	pid = fork();
	if (pid < 0)
		pid = -errno;
	if (!pid) {
		close(ends[0]);
		pay_there(visit, ends[1]);
	}
	close(ends[1]);
	*result = ends[0];
	if (pid < 0)
		close(ends[0]);
	return pid;
}

/* 0, or -errno: the program has not done what was asked for. */
static int finish(struct visit *visit, pid_t pid, int result)
{
	take_result(visit, pid, result);
	close(result);
	return visit->err;
}

/* The same as a whole. */
static int pay(struct visit *visit)
{
	int result = -1;
	pid_t pid = depart(visit, &result);

	return pid < 0 ? pid : finish(visit, pid, result);
}

/* Why the program has not come, as the end of a sentence. */
static const char *explain(int err)
{
	static const struct {
		int err;
		const char *text;
	} reasons[] = {
		{-ESRCH, "because it has ended"},
		{-EPIPE, "because the process that was to ask it for that was killed"},
		{-EPERM, "because a debugger is attached to it; detach that first"},
		{-EACCES, "because its user can make files neither in /tmp nor in /var/tmp or /dev/shm; make one of "
			  "them writable, or start it by lprof-bpf (-- COMMAND)"},
		{-EBUSY, "because it is in the middle of something that cannot be interrupted, or another debugger has "
			 "asked it for something; try again"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].err == err)
			return reasons[i].text;
	return strerror(-err);
}

/* What has become of it in the program. 0, or -errno that was reported to DIAG. */
static int check_answer(const struct visit *visit, const struct diag *diag)
{
	static const char *const reasons[LPROF_SHIM_STATES] = {
		[LPROF_SHIM_NO_MONITORING] = "because it has no sys.monitoring",
		[LPROF_SHIM_FREE_THREADED] = "because it is a free-threaded build; use the usual build of Python",
		[LPROF_SHIM_BUSY] = "because another lprof-bpf counts them; end that first",
	};
	uint32_t state = visit->answer.state;
	int pid = (int)visit->door->pid;

	if (state == LPROF_SHIM_COUNTING)
		return 0;
	if (state == LPROF_SHIM_NO_TOOL)
		diag__error(diag,
			    "process %d cannot be made to count lines of Python, because both of the numbers that "
			    "sys.monitoring has for other tools are in use there: by %s; end one of them",
			    pid, visit->answer.taken);
	else
		diag__error(diag, "process %d cannot be made to count lines of Python, %s", pid,
			    state < LPROF_SHIM_STATES && reasons[state] ? reasons[state]
									: "because an unexpected error occurred in it");
	return -ENOTSUP;
}

/* Whether the program waits until somebody lets it go on. */
static bool is_stopped(pid_t pid)
{
	char state[PROCESS_STAT_ROOM];

	return process_stat__read(pid, PROCESS_STAT_STATE, state) && (*state == 'T' || *state == 't');
}

/* What has become of the visit, which was paid; ERR: 0, or -errno. The same, reported to DIAG. */
static int conclude(struct visit *visit, int err, const struct diag *diag)
{
	for (int i = 0; !err && visit->answer.state == LPROF_SHIM_BUSY && i < BUSY_TRIES; i++) {
		(void)poll(NULL, 0, BUSY_MS);
		visit->ms = BEGIN_MS;
		err = pay(visit);
	}
	if (!err)
		return check_answer(visit, diag);
	if (*visit->failure)
		diag__error(diag, "process %d cannot be made to count lines of Python: it says \"%s\"",
			    (int)visit->door->pid, visit->failure);
	else if (err != -ENOMEM)
		diag__error(diag, "process %d cannot be made to count lines of Python, %s", (int)visit->door->pid,
			    explain(err));
	return err;
}

static bool is_answered(int result, int ms)
{
	struct pollfd ready = {.fd = result, .events = POLLIN};
	int n;

	do
		n = poll(&ready, 1, ms);
	while (n < 0 && errno == EINTR);
	return n != 0;
}

/* The same within BEGIN_MS, or until the user wants the run to end, which a blocked signal tells. */
static bool is_answered_soon(int result)
{
	uint64_t end_ns = clock__monotonic_ns() + BEGIN_MS * UINT64_C(1000000);
	sigset_t pending;

	while (clock__monotonic_ns() < end_ns) {
		if (is_answered(result, LOOK_MS))
			return true;
		if (sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM)))
			break;
	}
	return is_answered(result, 0);
}

/* Goes on waiting for VISIT, which PID pays. -EINPROGRESS or -ENOMEM. */
static int put_off(const struct visit *visit, pid_t pid, int result, const struct diag *diag,
		   struct monitoring_visit **out)
{
	struct monitoring_visit *late = malloc(sizeof(*late));

	if (!late) {
		kill(pid, SIGTERM);
		(void)finish(&(struct visit){0}, pid, result);
		return -ENOMEM;
	}
	*late = (struct monitoring_visit){
		.visit = *visit, .door = *visit->door, .pid = pid, .result = result, .diag = diag};
	*out = late;
	diag__note(diag,
		   "process %d has executed no Python code since it was asked to count lines: all its threads wait in "
		   "system calls, execute native code or get no processor time; its lines count as soon as one of them "
		   "goes on",
		   (int)visit->door->pid);
	return -EINPROGRESS;
}

int monitoring_visit__begin(const struct monitoring_door *door, const struct monitoring_memory *memory,
			    const struct diag *diag, struct monitoring_visit **late)
{
	struct visit visit = {
		.door = door,
		.order = {LPROF_SHIM_MAGIC, LPROF_SHIM_BEGIN, door->pid},
		.memory = monitoring_memory__fd(memory),
		.ms = FOR_EVER,
	};
	int result = -1;
	pid_t pid;

	*late = NULL;
	if (is_stopped(door->pid)) {
		diag__error(diag,
			    "process %d cannot be made to count lines of Python, because it is stopped; let it go on "
			    "(kill -CONT %d, or by the debugger)",
			    (int)door->pid, (int)door->pid);
		return -ENOTSUP;
	}
	pid = depart(&visit, &result);
	if (pid > 0 && !is_answered_soon(result))
		return put_off(&visit, pid, result, diag, late);
	return conclude(&visit, pid < 0 ? pid : finish(&visit, pid, result), diag);
}

/* What has become of the visit LATE, which is freed. */
static int take_late(struct monitoring_visit *late, struct visit *visit)
{
	int err = finish(&late->visit, late->pid, late->result);

	*visit = late->visit;
	free(late);
	return err;
}

int monitoring_visit__look(struct monitoring_visit **late)
{
	const struct monitoring_door door = (*late)->door;
	const struct diag *diag = (*late)->diag;
	struct visit visit;
	int err;

	if (!is_answered((*late)->result, 0))
		return -EINPROGRESS;
	err = take_late(*late, &visit);
	*late = NULL;
	visit.door = &door;
	return conclude(&visit, err, diag);
}

int monitoring_visit__call_off(struct monitoring_visit *late)
{
	struct visit visit;
	int err;

	kill(late->pid, SIGTERM);
	err = take_late(late, &visit);
	return err ? err : visit.answer.state == LPROF_SHIM_COUNTING ? 0 : -ENOTSUP;
}

int monitoring_visit__end(const struct monitoring_door *door)
{
	struct visit visit = {
		.door = door,
		.order = {LPROF_SHIM_MAGIC, LPROF_SHIM_END, door->pid},
		.memory = -1,
		.ms = END_MS,
	};

	return is_stopped(door->pid) ? -EAGAIN : pay(&visit);
}
