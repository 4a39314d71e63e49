// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interpreter begins its state, _PyRuntime, with a table that tells where all is, for debuggers. Of this table, the
 * last entries are of the door; where they are in it depends on the minor version.
 *
 * A thread executes the script whose path it finds in its state, if the flag there is set. It looks at that only when
 * its "eval breaker" has a bit set. In the same word are bits that others set at any time, and the version of what is
 * instrumented. So it is changed only while all threads are stopped.
 */
#include "monitoring/monitoring_door.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/process_memory.h"
#include "target/stopped_threads.h"

#define COOKIE	     "xdebugpy"
#define PLEASE_STOP  (1u << 5) /* the bit of the eval breaker, in all versions that have a door */
#define MOST_THREADS 100000

/* Numbers of the table's 64-bit words: what is at the same place in all versions, and the entries of the door. */
enum { TABLE_COOKIE, TABLE_VERSION, TABLE_FREE_THREADED, TABLE_FINALIZING = 4, TABLE_INTERPRETERS };
enum { TABLE_INTERPRETER_ID = 7, TABLE_INTERPRETER_NEXT, TABLE_THREADS, TABLE_THREAD_NEXT = 24, TABLE_HEAD };
enum { DOOR_BREAKER, DOOR_SUPPORT, DOOR_ENABLED, DOOR_PENDING, DOOR_PATH, DOOR_PATH_SIZE, DOOR_WORDS };

static const struct {
	unsigned hex;  /* major, minor version */
	unsigned door; /* number of the word at which its entries begin */
} versions[] = {
	{0x030e, 89},
	{0x030f, 105},
};

struct table {
	uint64_t head[TABLE_HEAD], door[DOOR_WORDS];
};

static int read_all(pid_t pid, uint64_t address, void *to, size_t size)
{
	ssize_t n = process_memory__read(pid, address, to, size);

	if (n < 0)
		return (int)n;
	return (size_t)n == size ? 0 : -EFAULT;
}

static int refuse(const char **reason, const char *why)
{
	*reason = why;
	return -ENOTSUP;
}

/* The reason may be that the interpreter has not been set up completely. */
static int refuse_yet(const char **reason, const char *why)
{
	*reason = why;
	return -EAGAIN;
}

/* Reads the table at ADDRESS, of the version HEX. 0 or -errno, with a reason. */
static int read_table(pid_t pid, uint64_t address, unsigned hex, struct table *table, const char **reason)
{
	int err = read_all(pid, address, table->head, sizeof(table->head));
	size_t i = 0;

	if (err)
		*reason = "because its memory cannot be read";
	if (err)
		return err;
	if (memcmp(&table->head[TABLE_COOKIE], COOKIE, sizeof(uint64_t)) != 0)
		return refuse(reason, "because its tables for debuggers are not where they should be");
	if (table->head[TABLE_FREE_THREADED])
		return refuse(reason, "because it is a free-threaded build, in which lines cannot be counted; use the "
				      "usual build of Python");
	while (i < sizeof(versions) / sizeof(*versions) && versions[i].hex != hex)
		i++;
	if (i == sizeof(versions) / sizeof(*versions) || table->head[TABLE_VERSION] >> 16 != hex)
		return refuse(reason, "because its version is newer than this lprof-bpf knows; start it by lprof-bpf "
				      "(-- COMMAND)");
	err = read_all(pid, address + versions[i].door * sizeof(uint64_t), table->door, sizeof(table->door));
	if (err)
		*reason = "because its memory cannot be read";
	return err;
}

/* Finds the main interpreter, which is the last of a list. 0 or -errno, with a reason. */
static int find_interpreter(pid_t pid, uint64_t runtime, const struct table *table, uint64_t *interpreter,
			    const char **reason)
{
	uint64_t finalizing = 0, next, id = 1;
	int err = read_all(pid, runtime + table->head[TABLE_FINALIZING], &finalizing, sizeof(finalizing));

	if (!err && finalizing)
		return refuse(reason, "because it is about to end");
	if (!err)
		err = read_all(pid, runtime + table->head[TABLE_INTERPRETERS], &next, sizeof(next));
	for (int i = 0; !err && next && id && i < MOST_THREADS; i++) {
		*interpreter = next;
		err = read_all(pid, next + table->head[TABLE_INTERPRETER_ID], &id, sizeof(id));
		if (!err)
			err = read_all(pid, next + table->head[TABLE_INTERPRETER_NEXT], &next, sizeof(next));
	}
	if (err || id)
		return refuse_yet(reason, "because it has not begun to run a program yet");
	return 0;
}

/* Whether the interpreter allows it. 0 or -errno, with a reason. */
static int check_lock(pid_t pid, uint64_t interpreter, const struct table *table, const char **reason)
{
	int enabled = 0;
	int err = read_all(pid, interpreter + table->door[DOOR_ENABLED], &enabled, sizeof(enabled));

	if (err || !enabled)
		return refuse_yet(reason, "because remote debugging is disabled in it (-X disable-remote-debug or "
					  "PYTHON_DISABLE_REMOTE_DEBUG); start it without that, or by lprof-bpf (-- "
					  "COMMAND)");
	return 0;
}

int monitoring_door__find(const struct python_interpreter *interpreter, pid_t pid, struct monitoring_door *door,
			  const char **reason)
{
	struct table table;
	uint64_t bias, runtime, state = 0;
	int err;

	if (interpreter->hex < PYTHON_DOOR_SINCE)
		return refuse(reason, "because Python has a door for that only from 3.14 on; start it by lprof-bpf (-- "
				      "COMMAND)");
	*reason = "because it has ended";
	*door = (struct monitoring_door){.pid = pid};
	err = python_interpreter__bias(interpreter, pid, &bias);
	if (err)
		return err;
	runtime = interpreter->runtime + bias;
	err = read_table(pid, runtime, interpreter->hex, &table, reason);
	if (!err)
		err = find_interpreter(pid, runtime, &table, &state, reason);
	if (!err)
		err = check_lock(pid, state, &table, reason);
	if (err)
		return err;
	*reason = NULL;
	*door = (struct monitoring_door){
		.pid = pid,
		.interpreter = state,
		.threads = table.head[TABLE_THREADS],
		.next = table.head[TABLE_THREAD_NEXT],
		.breaker = table.door[DOOR_BREAKER],
		.pending = table.door[DOOR_SUPPORT] + table.door[DOOR_PENDING],
		.path = table.door[DOOR_SUPPORT] + table.door[DOOR_PATH],
		.path_size = table.door[DOOR_PATH_SIZE],
	};
	return 0;
}

/* What a thread's state says that it is to execute. */
struct request {
	int32_t pending;
	char path[MONITORING_DOOR_PATH];
};

static int read_request(const struct monitoring_door *door, uint64_t thread, struct request *request)
{
	int err = read_all(door->pid, thread + door->pending, &request->pending, sizeof(request->pending));

	return err ? err : read_all(door->pid, thread + door->path, request->path, sizeof(request->path));
}

/* The flag last, which is what counts. */
static int write_request(const struct monitoring_door *door, uint64_t thread, const struct request *request)
{
	int err = process_memory__write(door->pid, thread + door->path, request->path, sizeof(request->path));

	return err ? err
		   : process_memory__write(door->pid, thread + door->pending, &request->pending,
					   sizeof(request->pending));
}

/* Asks THREAD, unless somebody else has asked it for something. 1, 0 or -errno. */
static int ask(const struct monitoring_door *door, uint64_t thread, const char *script)
{
	struct request request;
	uint64_t breaker;
	int err = read_request(door, thread, &request);

	if (!err && request.pending)
		return 0;
	if (!err)
		err = read_all(door->pid, thread + door->breaker, &breaker, sizeof(breaker));
	if (err)
		return err;
	request = (struct request){.pending = 1};
	memcpy(request.path, script, strlen(script));
	breaker |= PLEASE_STOP;
	err = write_request(door, thread, &request);
	if (!err)
		err = process_memory__write(door->pid, thread + door->breaker, &breaker, sizeof(breaker));
	return err ? err : 1;
}

/* Takes back what THREAD was asked for, if it is SCRIPT. 1, 0 or -errno. */
static int take_back(const struct monitoring_door *door, uint64_t thread, const char *script)
{
	struct request request;
	int err = read_request(door, thread, &request);

	if (err || request.pending != 1 || strncmp(request.path, script, sizeof(request.path)) != 0)
		return err;
	request = (struct request){.pending = 0};
	err = write_request(door, thread, &request);
	return err ? err : 1;
}

/* Does that in all threads, while they are stopped. Returns in how many, or -errno. */
static int in_all_threads(const struct monitoring_door *door,
			  int (*fn)(const struct monitoring_door *door, uint64_t thread, const char *script),
			  const char *script)
{
	struct stopped_threads *stopped;
	uint64_t thread;
	int err, n = 0;

	if (strlen(script) >= MONITORING_DOOR_PATH || door->path_size < MONITORING_DOOR_PATH)
		return -ENAMETOOLONG;
	err = stopped_threads__stop(door->pid, &stopped);
	if (err)
		return err;
	err = read_all(door->pid, door->interpreter + door->threads, &thread, sizeof(thread));
	for (int i = 0; !err && thread && i < MOST_THREADS; i++) {
		n += fn(door, thread, script) > 0;
		err = read_all(door->pid, thread + door->next, &thread, sizeof(thread));
	}
	stopped_threads__let_go(stopped);
	return n ? n : err;
}

int monitoring_door__knock(const struct monitoring_door *door, const char *script)
{
	int n = in_all_threads(door, ask, script);

	return n ? n : -EBUSY;
}

bool monitoring_door__has_others(const struct monitoring_door *door, const char *script)
{
	struct request request;
	uint64_t thread;
	int err = read_all(door->pid, door->interpreter + door->threads, &thread, sizeof(thread));

	for (int i = 0; !err && thread && i < MOST_THREADS; i++) {
		err = read_request(door, thread, &request);
		if (!err && !(request.pending == 1 && !strncmp(request.path, script, sizeof(request.path))))
			return true;
		if (!err)
			err = read_all(door->pid, thread + door->next, &thread, sizeof(thread));
	}
	return false;
}

int monitoring_door__withdraw(const struct monitoring_door *door, const char *script)
{
	return in_all_threads(door, take_back, script);
}
