// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"
#include "unit/test.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1 /* the sanitizers need what the sandbox refuses */
#else
#define SANITIZED 0
#endif

#define MIB (1 << 20)

static const struct sandbox_limits ample = {.cpu_s = 60, .bytes = 1 << 30};

/* What a child process does in the sandbox; its exit status. */
typedef int (*deed_fn)(int socket);

/* The status, as of waitpid(2), of a child that does DEED within LIMITS, and before that what PREPARE does. */
static int status_of_prepared(void (*prepare)(void), deed_fn deed, const struct sandbox_limits *limits)
{
	int sockets[2], status;
	pid_t pid;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGSEGV, SIG_DFL); /* the test program has a handler of its own */
		prepare();
		_exit(sandbox__enter(sockets[1], limits) ? 99 : deed(sockets[1]));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	close(sockets[0]);
	close(sockets[1]);
	return status;
}

static void prepare_nothing(void)
{
}

static int status_of(deed_fn deed, const struct sandbox_limits *limits)
{
	return status_of_prepared(prepare_nothing, deed, limits);
}

/* STATUS is that of a child that has got as far as it was to get. */
static void assert_done(int status)
{
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static int answer(int socket)
{
	char *bytes = malloc(64 * MIB);

	if (!bytes)
		return 1;
	memset(bytes, 'x', 64 * MIB);
	if (write(socket, bytes, 10) != 10)
		return 2;
	bytes = realloc(bytes, 128 * MIB);
	free(bytes);
	return bytes ? 7 : 3;
}

static void computing_is_possible(void **state)
{
	(void)state;
	assert_done(status_of(answer, &ample));
}

static int execute(int socket)
{
	(void)socket;
	execl("/bin/true", "true", (char *)NULL);
	return 0;
}

static int connect_out(int sock)
{
	(void)sock;
	return socket(AF_INET, SOCK_STREAM, 0) < 0;
}

static int start(int socket)
{
	(void)socket;
	return fork() < 0;
}

static int signal_parent(int socket)
{
	(void)socket;
	return kill(getppid(), 0);
}

static int trace_parent(int socket)
{
	(void)socket;
	return (int)ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

static int load_bpf(int socket)
{
	(void)socket;
	return (int)syscall(SYS_bpf, 0, NULL, 0);
}

static int make_executable(int socket)
{
	(void)socket;
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}

static int protect_executable(int socket)
{
	void *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)socket;
	return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int write_memory(int socket)
{
	(void)socket;
	return (int)process_vm_writev(getppid(), NULL, 0, NULL, 0, 0);
}

static int remove_file(int socket)
{
	(void)socket;
	return unlink("/nonexistent");
}

static int send_descriptor(int socket)
{
	struct msghdr message = {.msg_iov = NULL};

	return (int)sendmsg(socket, &message, 0);
}

static int leave_user(int socket)
{
	(void)socket;
	return setuid(0);
}

/* Each of these is what a reader that was taken over might do. */
static void what_would_do_harm_ends_the_process(void **state)
{
	static const struct {
		const char *name;
		deed_fn deed;
	} deeds[] = {
		{"execve", execute},	   {"socket", connect_out},	     {"fork", start},
		{"kill", signal_parent},   {"ptrace", trace_parent},	     {"bpf", load_bpf},
		{"mmap", make_executable}, {"mprotect", protect_executable}, {"process_vm_writev", write_memory},
		{"unlink", remove_file},   {"sendmsg", send_descriptor},     {"setuid", leave_user},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++) {
		int status = status_of(deeds[i].deed, &ample);

		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			fail_msg("%s: status %#x", deeds[i].name, (unsigned)status);
	}
}

static int open_file(int socket)
{
	(void)socket;
	return open("/dev/null", O_RDONLY) < 0 && errno == EACCES ? 7 : 1;
}

static void no_file_is_opened(void **state)
{
	(void)state;
	assert_done(status_of(open_file, &ample));
}

static int allocate(int socket)
{
	(void)socket;
	return malloc(200 * MIB) || errno != ENOMEM ? 1 : 7;
}

static int compute(int socket)
{
	volatile bool always = true;

	(void)socket;
	while (always)
		;
	return 0;
}

static void memory_and_time_are_bounded(void **state)
{
	const struct sandbox_limits narrow = {.cpu_s = 1, .bytes = 100 * MIB};
	char text[256];
	int status;

	(void)state;
	assert_done(status_of(allocate, &narrow));
	status = status_of(compute, &narrow);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGXCPU);
	sandbox__explain(status, &narrow, text, sizeof(text));
	assert_non_null(strstr(text, "too much processor time to read: more than 1 s"));
}

/* Whether the process can still use descriptor FD. */
static bool has(int fd)
{
	struct stat st;

	return !fstat(fd, &st);
}

struct heritage {
	int file, pipe, written, null; /* descriptors */
	int *shared;
};

static struct heritage heritage;

static int look_at_heritage(int socket)
{
	if (!has(socket) || !has(STDERR_FILENO) || !has(heritage.file))
		return 1;
	if (has(heritage.pipe) || has(heritage.written) || has(heritage.null) || has(STDIN_FILENO))
		return 2;
	*heritage.shared = 1; /* it is not there any more */
	return 0;
}

static void only_files_to_be_read_stay(void **state)
{
	char name[] = "/tmp/lprof-sandbox-XXXXXX";
	int pipes[2], status;

	(void)state;
	heritage.written = mkstemp(name);
	heritage.file = open(name, O_RDONLY);
	heritage.null = open("/dev/null", O_RDONLY);
	assert_int_equal(unlink(name), 0);
	assert_int_equal(pipe(pipes), 0);
	heritage.pipe = pipes[0];
	heritage.shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(heritage.shared != MAP_FAILED);
	status = status_of(look_at_heritage, &ample);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	assert_int_equal(*heritage.shared, 0);
	munmap(heritage.shared, 4096);
	close(heritage.file);
	close(heritage.written);
	close(heritage.null);
	close(pipes[0]);
	close(pipes[1]);
}

static int count_capabilities(int socket)
{
	char text[4096];
	ssize_t n = pread(heritage.file, text, sizeof(text) - 1, 0);

	(void)socket;
	if (n < 0)
		return 1;
	text[n] = '\0';
	return strstr(text, "\nCapPrm:\t0000000000000000\n") && strstr(text, "\nCapEff:\t0000000000000000\n") &&
			       strstr(text, "\nNoNewPrivs:\t1\n") && strstr(text, "\nSeccomp:\t2\n")
		       ? 7
		       : 2;
}

/* The file is that of the child, which has opened it before. */
static void open_own_status(void)
{
	heritage.file = open("/proc/self/status", O_RDONLY);
}

static void no_capability_is_left(void **state)
{
	(void)state;
	assert_done(status_of_prepared(open_own_status, count_capabilities, &ample));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(computing_is_possible),      cmocka_unit_test(what_would_do_harm_ends_the_process),
		cmocka_unit_test(no_file_is_opened),	      cmocka_unit_test(memory_and_time_are_bounded),
		cmocka_unit_test(only_files_to_be_read_stay), cmocka_unit_test(no_capability_is_left),
	};

	return SANITIZED ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
