// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/maps.h"
#include "base/process_memory.h"
#include "monitoring/monitoring_door.h"
#include "unit/test.h"

#define PATH_SIZE 512
#define SCRIPT	  "/tmp/room/script"

enum {
	VERSION = 1,
	FREE_THREADED = 2,
	FINALIZING = 4,
	INTERPRETERS = 5,
	ID = 7,
	NEXT = 8,
	THREADS = 9,
	THREAD_NEXT = 24
};
enum { BREAKER, SUPPORT, ENABLED, PENDING, PATH, SIZE };

struct fake_thread {
	struct fake_thread *next;
	uint64_t breaker;
	uint64_t other;
	int32_t pending;
	char path[PATH_SIZE];
};

struct fake_interpreter {
	uint64_t id;
	struct fake_interpreter *next;
	struct fake_thread *threads;
	int32_t enabled;
};

/* What an interpreter has in its memory. A child of this process has it at the same addresses. */
static struct {
	uint64_t table[128];
	uint64_t finalizing;
	struct fake_interpreter *interpreters;
} runtime;

static struct fake_interpreter main_interpreter, sub_interpreter;
static struct fake_thread threads[3];
static struct python_extent eval;
static struct python_interpreter interpreter;

static int take_code(struct mapping *mapping, void *ctx)
{
	const struct stat *st = ctx;

	if (!mapping->exec || mapping->ino != st->st_ino)
		return 0;
	eval.vaddr = mapping->lo;
	interpreter.eval_offset = mapping->offset;
	return 1;
}

/* Lays it all out as version HEX does, whose entries of the door begin at the word DOOR of the table. */
static void lay_out(unsigned hex, unsigned door)
{
	struct stat st;

	memset(&runtime, 0, sizeof(runtime));
	memset(threads, 0, sizeof(threads));
	memcpy(runtime.table, "xdebugpy", 8);
	runtime.table[VERSION] = (uint64_t)hex << 16 | 0xaf0;
	runtime.table[FINALIZING] = (uintptr_t)&runtime.finalizing - (uintptr_t)&runtime;
	runtime.table[INTERPRETERS] = (uintptr_t)&runtime.interpreters - (uintptr_t)&runtime;
	runtime.table[ID] = offsetof(struct fake_interpreter, id);
	runtime.table[NEXT] = offsetof(struct fake_interpreter, next);
	runtime.table[THREADS] = offsetof(struct fake_interpreter, threads);
	runtime.table[THREAD_NEXT] = offsetof(struct fake_thread, next);
	runtime.table[door + BREAKER] = offsetof(struct fake_thread, breaker);
	runtime.table[door + SUPPORT] = offsetof(struct fake_thread, other);
	runtime.table[door + ENABLED] = offsetof(struct fake_interpreter, enabled);
	runtime.table[door + PENDING] = offsetof(struct fake_thread, pending) - offsetof(struct fake_thread, other);
	runtime.table[door + PATH] = offsetof(struct fake_thread, path) - offsetof(struct fake_thread, other);
	runtime.table[door + SIZE] = PATH_SIZE;
	main_interpreter = (struct fake_interpreter){.threads = threads, .enabled = 1};
	sub_interpreter = (struct fake_interpreter){.id = 1, .next = &main_interpreter};
	runtime.interpreters = &sub_interpreter;
	threads[0].next = &threads[1];
	threads[1].next = &threads[2];
	assert_int_equal(stat("/proc/self/exe", &st), 0);
	interpreter = (struct python_interpreter){
		.hex = hex, .ino = st.st_ino, .runtime = (uintptr_t)&runtime, .evals = &eval, .n_evals = 1};
	assert_int_equal(maps__each(getpid(), take_code, &st), 1);
}

static int find(struct monitoring_door *door, const char **reason)
{
	return monitoring_door__find(&interpreter, getpid(), door, reason);
}

static void doors_are_found(void **state)
{
	struct monitoring_door door;
	const char *reason;

	(void)state;
	lay_out(0x030e, 89);
	assert_int_equal(find(&door, &reason), 0);
	assert_null(reason);
	assert_int_equal(door.interpreter, (uintptr_t)&main_interpreter);
	assert_int_equal(door.pending, offsetof(struct fake_thread, pending));
	assert_int_equal(door.path, offsetof(struct fake_thread, path));
	assert_int_equal(door.path_size, PATH_SIZE);
	lay_out(0x030f, 105);
	assert_int_equal(find(&door, &reason), 0);
	assert_int_equal(door.breaker, offsetof(struct fake_thread, breaker));
}

static void assert_refused_with(int err, const char *why)
{
	struct monitoring_door door;
	const char *reason = NULL;

	assert_int_equal(find(&door, &reason), err);
	assert_non_null(strstr(reason, why));
	lay_out(0x030e, 89);
}

static void assert_refused(const char *why)
{
	assert_refused_with(-ENOTSUP, why);
}

static void who_has_no_door_is_refused(void **state)
{
	(void)state;
	lay_out(0x030d, 89);
	assert_refused("only from 3.14 on");
	lay_out(0x0310, 105);
	assert_refused("newer than this lprof-bpf knows");
	runtime.table[FREE_THREADED] = 1;
	assert_refused("free-threaded");
	runtime.finalizing = 1;
	assert_refused("about to end");
	memset(runtime.table, 0, 8);
	assert_refused("not where they should be");
	runtime.table[VERSION] = (uint64_t)0x030f << 16;
	assert_refused("newer than this lprof-bpf knows");
}

/* It may still be set up. */
static void who_has_no_door_yet_is_told_apart(void **state)
{
	(void)state;
	lay_out(0x030e, 89);
	main_interpreter.enabled = 0;
	assert_refused_with(-EAGAIN, "-X disable-remote-debug");
	runtime.interpreters = NULL;
	assert_refused_with(-EAGAIN, "has not begun to run");
}

/* The state of a thread in process PID. */
static struct fake_thread thread_of(pid_t pid, size_t number)
{
	struct fake_thread thread;

	assert_int_equal(process_memory__read(pid, (uintptr_t)&threads[number], &thread, sizeof(thread)),
			 sizeof(thread));
	return thread;
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

static void all_threads_are_asked(void **state)
{
	struct monitoring_door door;
	struct fake_thread thread;
	const char *reason;
	pid_t pid;

	(void)state;
	lay_out(0x030e, 89);
	threads[0].breaker = 0x1203;
	threads[1].pending = 1; /* somebody else has asked it */
	strcpy(threads[1].path, "/other");
	pid = start_child();
	assert_true(pid > 0);
	assert_int_equal(find(&door, &reason), 0);
	door.pid = pid;
	assert_int_equal(monitoring_door__knock(&door, SCRIPT), 2);
	thread = thread_of(pid, 0);
	assert_int_equal(thread.breaker, 0x1203 | 1u << 5);
	assert_int_equal(thread.pending, 1);
	assert_string_equal(thread.path, SCRIPT);
	thread = thread_of(pid, 1);
	assert_int_equal(thread.breaker, 0);
	assert_string_equal(thread.path, "/other");
	assert_int_equal(thread_of(pid, 2).pending, 1);
	assert_int_equal(monitoring_door__knock(&door, SCRIPT), -EBUSY);
	assert_int_equal(monitoring_door__withdraw(&door, "/tmp/another/script"), 0);
	assert_int_equal(monitoring_door__withdraw(&door, SCRIPT), 2);
	thread = thread_of(pid, 0);
	assert_int_equal(thread.pending, 0);
	assert_string_equal(thread.path, "");
	assert_int_equal(thread_of(pid, 1).pending, 1);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(monitoring_door__knock(&door, SCRIPT), -ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doors_are_found),
		cmocka_unit_test(who_has_no_door_is_refused),
		cmocka_unit_test(who_has_no_door_yet_is_told_apart),
		cmocka_unit_test(all_threads_are_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
