// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * attach on the running kernel. A BPF program counts hits by cookie; the probed code is a few instructions of this
 * program. Each test runs once for each of the two ways of attaching.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/scratch.h"

#include "probe/attach.h"

#define COOKIES		8
#define BREAKPOINT	0xcc
#define MAX_DESCRIPTORS 1024

/* The offsets of instructions are known: push at 0, nop at 1, pop at 2, ret at 3. */
__asm__(".text\n"
	".globl attach_target\n"
	".type attach_target, @function\n"
	"attach_target:\n"
	"	push %rbp\n"
	"	nop\n"
	"	pop %rbp\n"
	"	ret\n"
	".size attach_target, . - attach_target\n");
extern const unsigned char attach_target_code[] __asm__("attach_target");
extern void attach_target(void);

static const unsigned char original[] = {0x55, 0x90, 0x5d, 0xc3};

struct fixture {
	enum attach_way way;
	int map_fd, prog_fd;
	uint64_t offset; /* file offset of attach_target in this program */
};

static int find_main_object(struct dl_phdr_info *info, size_t size, void *data)
{
	uint64_t address = (uintptr_t)attach_target_code - info->dlpi_addr, *offset = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && address - segment->p_vaddr < segment->p_filesz)
			*offset = address - segment->p_vaddr + segment->p_offset;
	}
	return 1; /* the first object is the program itself */
}

static int load_counting_program(int map_fd, enum attach_way way)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_get_attach_cookie},
		{.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = 10, .src_reg = 0, .off = -4},
		{.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map_fd},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 2, .src_reg = 10},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -4},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_map_lookup_elem},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 2},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = 1},
		{.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 0, .src_reg = 1, .imm = BPF_ADD},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = (enum bpf_attach_type)attach__expected_type(way));

	return bpf_prog_load(BPF_PROG_TYPE_KPROBE, "attach_test", "GPL", insns, sizeof(insns) / sizeof(*insns), &opts);
}

static int set_up(void **state, enum attach_way way)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	if (!fixture)
		return -1;
	fixture->way = way;
	dl_iterate_phdr(find_main_object, &fixture->offset);
	fixture->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "attach_test", 4, 8, COOKIES, NULL);
	fixture->prog_fd = load_counting_program(fixture->map_fd, way);
	return fixture->offset && fixture->map_fd >= 0 && fixture->prog_fd >= 0 ? 0 : -1;
}

static int set_up_multi(void **state)
{
	/* Older kernels lack uprobe_multi; the tests of perf events run on all kernels. */
	if (attach__best_way() == ATTACH_UPROBE_MULTI)
		return set_up(state, ATTACH_UPROBE_MULTI);
	*state = NULL;
	return 0;
}

static int set_up_perf_events(void **state)
{
	return set_up(state, ATTACH_PERF_EVENTS);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	if (fixture) {
		close(fixture->prog_fd);
		close(fixture->map_fd);
	}
	free(fixture);
	return 0;
}

static struct fixture *fixture_of(void **state)
{
	if (!*state)
		skip();
	return *state;
}

static uint64_t count_of(const struct fixture *fixture, uint32_t cookie)
{
	uint64_t count = 0;

	assert_int_equal(bpf_map_lookup_elem(fixture->map_fd, &cookie, &count), 0);
	return count;
}

static void assert_counts(const struct fixture *fixture, const uint64_t expected[COOKIES])
{
	for (uint32_t cookie = 0; cookie < COOKIES; cookie++)
		assert_int_equal(count_of(fixture, cookie), expected[cookie]);
}

/* Reads the byte from memory each time: the compiler takes it for constant, but the kernel changes it. */
static unsigned char code_byte(size_t i)
{
	return ((const volatile unsigned char *)attach_target_code)[i];
}

static void assert_untouched(void)
{
	for (size_t i = 0; i < sizeof(original); i++)
		assert_int_equal(code_byte(i), original[i]);
}

static void call_target(int times)
{
	while (times--)
		attach_target();
}

static size_t open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < MAX_DESCRIPTORS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* Probes of the first three instructions, with cookies 5, 2 and 3. */
static const uint64_t three_cookies[] = {5, 2, 3};

static struct attach_request request_three(const struct fixture *fixture, uint64_t offsets[3], pid_t pid)
{
	for (unsigned i = 0; i < 3; i++)
		offsets[i] = fixture->offset + i;
	return (struct attach_request){
		.way = fixture->way,
		.prog_fd = fixture->prog_fd,
		.path = "/proc/self/exe",
		.pid = pid,
		.offsets = offsets,
		.cookies = three_cookies,
		.n = 3,
	};
}

/*
 * A process that runs the same code. Each byte written to ORDER is a number of calls to make, and is answered when
 * they are done.
 */
struct child {
	pid_t pid;
	int order, answer;
};

static void *call_in_thread(void *times)
{
	call_target(*(unsigned char *)times);
	return NULL;
}

/* If the number of calls is even, half of them are made in another thread. */
static void serve(int orders, int answers)
{
	unsigned char times;
	pthread_t thread;

	while (read(orders, &times, 1) == 1) {
		if (times % 2 == 0) {
			times /= 2;
			if (pthread_create(&thread, NULL, call_in_thread, &times) || pthread_join(thread, NULL))
				_exit(1);
		}
		call_target(times);
		times = code_byte(0);
		if (write(answers, &times, 1) != 1)
			_exit(1);
	}
	_exit(0);
}

/* A link lives as long as any process has a descriptor of it. */
static void close_all_but(int one, int other)
{
	for (int fd = 3; fd < MAX_DESCRIPTORS; fd++)
		if (fd != one && fd != other)
			close(fd);
}

static struct child start_child(void)
{
	int orders[2], answers[2];
	struct child child;

	assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
	assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (!child.pid) {
		close_all_but(orders[0], answers[1]);
		serve(orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	child.order = orders[1];
	child.answer = answers[0];
	return child;
}

/* Makes the child call the code; returns the first byte of the code as the child sees it. */
static unsigned char child_calls(const struct child *child, unsigned char times)
{
	unsigned char seen = 0;

	assert_int_equal(write(child->order, &times, 1), 1);
	assert_int_equal(read(child->answer, &seen, 1), 1);
	return seen;
}

static void end_child(const struct child *child)
{
	int status = -1;

	close(child->order);
	close(child->answer);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	assert_int_equal(status, 0);
}

static void test_counts_and_detaches(void **state)
{
	struct fixture *fixture = fixture_of(state);
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, getpid());
	struct attachment *attachment = NULL;
	size_t descriptors = open_descriptors();

	call_target(3);
	assert_int_equal(attach__probes(&request, &attachment), 0);
	assert_non_null(attachment);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(code_byte(i), BREAKPOINT);
	assert_int_equal(code_byte(3), original[3]);
	call_target(1000);
	attachment__detach(attachment);
	assert_untouched();
	assert_int_equal(open_descriptors(), descriptors);
	call_target(10);
	assert_counts(fixture, (const uint64_t[COOKIES]){[2] = 1000, [3] = 1000, [5] = 1000});
}

static void test_only_the_process(void **state)
{
	struct fixture *fixture = fixture_of(state);
	struct child wanted = start_child(), other = start_child();
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, wanted.pid);
	struct attachment *attachment = NULL;

	assert_int_equal(attach__probes(&request, &attachment), 0);
	call_target(50);
	assert_untouched();
	assert_int_equal(child_calls(&other, 70), original[0]);
	assert_counts(fixture, (const uint64_t[COOKIES]){0});
	assert_int_equal(child_calls(&wanted, 21), BREAKPOINT);
	assert_counts(fixture, (const uint64_t[COOKIES]){[2] = 21, [3] = 21, [5] = 21});
	attachment__detach(attachment);
	assert_int_equal(child_calls(&wanted, 9), original[0]);
	assert_counts(fixture, (const uint64_t[COOKIES]){[2] = 21, [3] = 21, [5] = 21});
	end_child(&wanted);
	end_child(&other);
}

static void test_all_threads_of_the_process(void **state)
{
	struct fixture *fixture = fixture_of(state);
	struct child child = start_child();
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, child.pid);
	struct attachment *attachment = NULL;

	assert_int_equal(attach__probes(&request, &attachment), 0);
	assert_int_equal(child_calls(&child, 200), BREAKPOINT);
	attachment__detach(attachment);
	assert_counts(fixture, (const uint64_t[COOKIES]){[2] = 200, [3] = 200, [5] = 200});
	end_child(&child);
}

static void test_every_process(void **state)
{
	struct fixture *fixture = fixture_of(state);
	struct child before = start_child(), after;
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, 0);
	struct attachment *attachment = NULL;

	assert_int_equal(attach__probes(&request, &attachment), 0);
	after = start_child();
	child_calls(&before, 11);
	child_calls(&after, 12);
	call_target(100);
	attachment__detach(attachment);
	assert_untouched();
	assert_int_equal(child_calls(&before, 1), original[0]);
	assert_int_equal(child_calls(&after, 1), original[0]);
	assert_counts(fixture, (const uint64_t[COOKIES]){[2] = 123, [3] = 123, [5] = 123});
	end_child(&before);
	end_child(&after);
}

/* Checks that the request fails with ERROR and leaves neither a probe nor a descriptor behind. */
static void assert_refused(const struct attach_request *request, int error)
{
	struct attachment *attachment = NULL;
	size_t descriptors = open_descriptors();

	assert_int_equal(attach__probes(request, &attachment), error);
	assert_null(attachment);
	assert_untouched();
	assert_int_equal(open_descriptors(), descriptors);
}

static void test_bad_paths(void **state)
{
	struct fixture *fixture = fixture_of(state);
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, getpid());

	request.path = "/nonexistent/program";
	assert_refused(&request, -ENOENT);
	request.path = "/";
	assert_refused(&request, fixture->way == ATTACH_UPROBE_MULTI ? -EBADF : -EINVAL);
}

static void test_bad_offset_after_good_ones(void **state)
{
	struct fixture *fixture = fixture_of(state);
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, getpid());

	offsets[2] = 1ULL << 40; /* far behind the file's end */
	assert_refused(&request, -EINVAL);
	call_target(10);
	assert_counts(fixture, (const uint64_t[COOKIES]){0});
}

static void test_process_that_is_gone(void **state)
{
	struct fixture *fixture = fixture_of(state);
	struct child child = start_child();
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, child.pid);

	end_child(&child);
	assert_refused(&request, -ESRCH);
}

static void test_wrong_program(void **state)
{
	struct fixture *fixture = fixture_of(state);
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, getpid());

	request.prog_fd = -1;
	assert_refused(&request, -EBADF);
}

/*
 * Lowers the limit of descriptors, which cannot be undone, and therefore ends this process. Exits with attach's errno,
 * or 255 if something is left behind.
 */
static void attach_with_few_descriptors(const struct fixture *fixture, bool hard)
{
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, getpid());
	struct attachment *attachment = NULL;
	int first_free = open("/dev/null", O_RDONLY | O_CLOEXEC), err;
	struct rlimit limit;
	size_t descriptors;

	close(first_free);
	descriptors = open_descriptors();
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = first_free + 3;
	if (hard)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		_exit(255);
	err = attach__probes(&request, &attachment);
	attachment__detach(attachment);
	for (size_t i = 0; i < sizeof(original); i++)
		if (code_byte(i) != original[i])
			_exit(255);
	_exit(open_descriptors() == descriptors ? -err : 255);
}

static int errno_with_few_descriptors(const struct fixture *fixture, bool hard)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		attach_with_few_descriptors(fixture, hard);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/*
 * There are descriptors for the first probe but not for all: a link needs one descriptor, perf events need two for
 * each probe.
 */
static void test_out_of_descriptors(void **state)
{
	struct fixture *fixture = fixture_of(state);
	int expected = fixture->way == ATTACH_UPROBE_MULTI ? 0 : EMFILE;

	assert_int_equal(errno_with_few_descriptors(fixture, true), expected);
}

static void test_soft_limit_is_raised(void **state)
{
	struct fixture *fixture = fixture_of(state);

	assert_int_equal(errno_with_few_descriptors(fixture, false), 0);
}

/* When a process dies, by whatever signal, its probes go away. */
static void test_killed_owner(void **state)
{
	struct fixture *fixture = fixture_of(state);
	uint64_t offsets[3];
	struct attach_request request = request_three(fixture, offsets, getpid());
	struct attachment *attachment;
	pid_t owner = fork();
	int status;

	assert_true(owner >= 0);
	if (!owner) {
		if (!attach__probes(&request, &attachment) && code_byte(0) == original[0])
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(owner, &status, 0), owner);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
	/* The kernel releases links and events soon after the death, not before the parent sees it. */
	for (int i = 0; i < 1000 && code_byte(0) != original[0]; i++)
		usleep(10000);
	assert_untouched();
	call_target(5);
	assert_counts(fixture, (const uint64_t[COOKIES]){0});
}

static void test_best_way_works(void **state)
{
	struct fixture *fixture;
	uint64_t offsets[3];
	struct attach_request request;
	struct attachment *attachment = NULL;

	(void)state;
	assert_int_equal(set_up((void **)&fixture, attach__best_way()), 0);
	request = request_three(fixture, offsets, getpid());
	assert_int_equal(attach__probes(&request, &attachment), 0);
	call_target(7);
	attachment__detach(attachment);
	assert_int_equal(count_of(fixture, 5), 7);
	tear_down((void **)&fixture);
}

static void test_nothing_to_detach(void **state)
{
	(void)state;
	attachment__detach(NULL);
}

#define BOTH_WAYS(test)                                                                                                \
	{#test ": uprobe_multi", test, set_up_multi, tear_down, NULL},                                                 \
	{                                                                                                              \
#test ": perf events", test, set_up_perf_events, tear_down, NULL                                       \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH_WAYS(test_counts_and_detaches),
		BOTH_WAYS(test_only_the_process),
		BOTH_WAYS(test_all_threads_of_the_process),
		BOTH_WAYS(test_every_process),
		BOTH_WAYS(test_bad_paths),
		BOTH_WAYS(test_bad_offset_after_good_ones),
		BOTH_WAYS(test_process_that_is_gone),
		BOTH_WAYS(test_wrong_program),
		BOTH_WAYS(test_out_of_descriptors),
		BOTH_WAYS(test_soft_limit_is_raised),
		BOTH_WAYS(test_killed_owner),
		cmocka_unit_test(test_best_way_works),
		cmocka_unit_test(test_nothing_to_detach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
