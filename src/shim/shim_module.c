// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library as a module of a Python that runs already, whose script calls obey(). The script's path was given to
 * every thread, since nobody knows which one is the next to execute Python code; that one takes it away from the
 * others.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "shim/shim_monitoring.h"
#include "shim/shim_run.h"

/* Not of the stable ABI, but in all versions. */
extern PyThreadState *PyInterpreterState_ThreadHead(PyInterpreterState *interpreter);
extern PyThreadState *PyThreadState_Next(PyThreadState *thread);

/* Where a thread's state has what it is to execute. */
struct door {
	unsigned long long pending; /* the flag, 32 bits */
	unsigned long long path, path_size;
};

/* Threads that begin to execute the script need the interpreter's lock for it, which this one holds. Their number. */
static uint32_t take_back(const struct door *door, const char *script)
{
	PyThreadState *thread = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
	uint32_t n = 0;

	for (; thread; thread = PyThreadState_Next(thread)) {
		int32_t *pending = (int32_t *)((char *)thread + door->pending);
		char *path = (char *)thread + door->path;

		if (*pending != 1 || strncmp(path, script, door->path_size) != 0)
			continue;
		*pending = 0;
		*path = '\0';
		n++;
	}
	return n;
}

/* Returns a socket that is connected to DIRECTORY's, or -errno. */
static int join(const char *directory)
{
	struct timeval patience = {.tv_sec = LPROF_SHIM_WAIT_NS / 1000000000u};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), err = 0;

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" LPROF_SHIM_SOCKET, directory);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)))
		err = -errno;
	if (err)
		close(fd);
	return err ? err : fd;
}

/* Receives an order, and a descriptor or -1. 0 or -errno. */
static int receive(int fd, struct lprof_shim_order *order, int *memory)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec data = {order, sizeof(*order)};
	struct msghdr message = {
		.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	const struct cmsghdr *header;
	ssize_t n;

	*memory = -1;
	do
		n = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(memory, CMSG_DATA(header), sizeof(*memory));
	return n == sizeof(*order) && order->magic == LPROF_SHIM_MAGIC ? 0 : -EPROTO;
}

static void begin(const struct lprof_shim_order *order, int memory, struct lprof_shim_answer *answer)
{
	const struct lprof_shim_table *table;

	if (shim_run__is_counting()) {
		answer->state = LPROF_SHIM_BUSY;
		return;
	}
	shim_run__end();
	if (shim_run__open(memory))
		return;
	shim_run__table()->pid = order->pid;
	shim_run__begin(true);
	table = shim_run__table();
	answer->state = table->state;
	memcpy(answer->taken, table->taken, sizeof(answer->taken));
	if (table->state != LPROF_SHIM_COUNTING)
		shim_run__end();
}

/* Joins, and takes an order: so it must hold nothing that others wait for. Returns a connection or -errno. */
static int take_order(const char *directory, uint32_t n_taken_back, struct lprof_shim_order *order, int *memory)
{
	const struct lprof_shim_hello hello = {.magic = LPROF_SHIM_MAGIC, .n_taken_back = n_taken_back};
	PyThreadState *thread = PyEval_SaveThread();
	int fd = join(directory), err = fd < 0 ? fd : 0;

	*memory = -1;
	if (!err && send(fd, &hello, sizeof(hello), MSG_NOSIGNAL) != sizeof(hello))
		err = -EPIPE;
	if (!err)
		err = receive(fd, order, memory);
	if (err && fd >= 0)
		close(fd);
	PyEval_RestoreThread(thread);
	return err ? err : fd;
}

static void execute(const struct lprof_shim_order *order, int memory, int fd)
{
	struct lprof_shim_answer answer = {.magic = LPROF_SHIM_MAGIC, .state = LPROF_SHIM_FAILED};

	if (order->what == LPROF_SHIM_BEGIN) {
		begin(order, memory, &answer);
	} else if (order->what == LPROF_SHIM_END) {
		shim_run__end();
		answer.state = LPROF_SHIM_ENDED;
	}
	(void)send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

/* If the profiler was killed, nobody else does it. */
static void tidy_up(const char *directory)
{
	static const char *const names[] = {LPROF_SHIM_SCRIPT, LPROF_SHIM_COPY, LPROF_SHIM_SOCKET};
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(directory);
}

/* obey(directory, pending, path, path_size): takes the order that waits in DIRECTORY. */
static PyObject *obey(PyObject *self, PyObject *arguments)
{
	char script[sizeof(((struct sockaddr_un *)0)->sun_path)];
	struct lprof_shim_order order;
	const char *directory;
	struct door door;
	int fd, memory;

	(void)self;
	if (!PyArg_ParseTuple(arguments, "sKKK", &directory, &door.pending, &door.path, &door.path_size))
		return NULL;
	snprintf(script, sizeof(script), "%s/" LPROF_SHIM_SCRIPT, directory);
	fd = take_order(directory, take_back(&door, script), &order, &memory);
	if (fd >= 0) {
		execute(&order, memory, fd);
		close(fd);
	} else {
		tidy_up(directory);
	}
	if (memory >= 0)
		close(memory);
	Py_IncRef(Py_None);
	return Py_None;
}

static PyMethodDef methods[] = {
	{"obey", obey, METH_VARARGS, NULL},
	{NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "lprof_python", .m_methods = methods,
				    .m_slots = slots};

PyMODINIT_FUNC PyInit_lprof_python(void);

__attribute__((visibility("default"))) PyObject *PyInit_lprof_python(void)
{
	return PyModuleDef_Init(&module);
}
