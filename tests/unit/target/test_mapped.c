// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/maps.h"
#include "target/mapped.h"
#include "unit/test.h"
#include "unit/uprobe.h"

#define PAGE	   4096ul
#define SIZE	   (3 * PAGE)
#define NOP	   0x90
#define BREAKPOINT 0xcc
#define WATCHDOG   60 /* seconds after which a child that was left behind is killed */

/* Code that is never executed, in this program's file. */
__asm__(".pushsection .text\n"
	".balign 4096\n"
	"test_code: .fill 12288, 1, 0x90\n"
	".popsection\n");
extern uint8_t test_code[SIZE];

/* This program, a child of it, and the child's mappings. */
struct fixture {
	struct stat exe;
	uint64_t offset; /* offset of test_code in the file */
	uint8_t bytes[SIZE];
	void *second; /* a free address for a second mapping of SIZE bytes */
	pid_t pid;
	struct mapped *mapped;
};

static int find_offset(struct mapping *mapping, void *ctx)
{
	uint64_t *offset = ctx;
	uintptr_t addr = (uintptr_t)test_code;

	if (addr < mapping->lo || addr >= mapping->hi)
		return 0;
	*offset = mapping->offset + (addr - mapping->lo);
	return 1;
}

static void open_mapped(struct fixture *fixture, unsigned long long dev, unsigned long long ino)
{
	mapped__close(fixture->mapped);
	fixture->mapped = NULL;
	assert_int_equal(mapped__open(fixture->pid, dev, ino, &fixture->mapped), 0);
	assert_non_null(fixture->mapped);
}

/* Starts a child that calls PREPARE, and opens its mappings. */
static void start_child(struct fixture *fixture, void (*prepare)(const struct fixture *fixture))
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	fixture->pid = fork();
	assert_true(fixture->pid >= 0);
	if (!fixture->pid) {
		alarm(WATCHDOG);
		if (prepare)
			prepare(fixture);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1); /* 0 if the child has failed */
	close(ready[0]);
	open_mapped(fixture, fixture->exe.st_dev, fixture->exe.st_ino);
}

static void end_child(struct fixture *fixture)
{
	assert_int_equal(kill(fixture->pid, SIGKILL), 0);
	assert_int_equal(waitpid(fixture->pid, NULL, 0), fixture->pid);
	fixture->pid = 0;
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_non_null(fixture);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &fixture->exe), 0);
	assert_int_equal(maps__each(getpid(), find_offset, &fixture->offset), 1);
	assert_int_equal(pread(fd, fixture->bytes, SIZE, (off_t)fixture->offset), SIZE);
	close(fd);
	fixture->second = mmap(NULL, SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(fixture->second != MAP_FAILED);
	assert_int_equal(fixture->bytes[0], NOP);
	assert_int_equal(fixture->bytes[SIZE - 1], NOP);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	mapped__close(fixture->mapped);
	if (fixture->pid > 0)
		end_child(fixture);
	munmap(fixture->second, SIZE);
	free(fixture);
	return 0;
}

/* Puts BYTE into the child's code at AT, as a debugger would. */
static void poke(const struct fixture *fixture, uintptr_t at, uint8_t byte)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", fixture->pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	close(fd);
}

static void poke_code(const struct fixture *fixture, size_t at, uint8_t byte)
{
	poke(fixture, (uintptr_t)test_code + at, byte);
}

/* A mapped_insn_fn: all instructions have one byte. */
static size_t any_place(uint64_t offset, void *ctx)
{
	(void)offset;
	(void)ctx;
	return 1;
}

static size_t no_place(uint64_t offset, void *ctx)
{
	(void)offset;
	(void)ctx;
	return 0;
}

static enum mapped_state compare(const struct fixture *fixture, size_t from, size_t len)
{
	return mapped__compare(fixture->mapped, fixture->offset + from, fixture->bytes + from, len, any_place, NULL);
}

/* Whether the code is the same as in the file; fails the test unless it is either that or changed. */
static bool same(const struct fixture *fixture, size_t from, size_t len)
{
	enum mapped_state state = compare(fixture, from, len);

	assert_true(state == MAPPED_SAME || state == MAPPED_CHANGED);
	return state == MAPPED_SAME;
}

static void this_process_is_as_its_file(void **state)
{
	struct fixture *fixture = *state;
	struct mapped *mapped = NULL;

	assert_int_equal(mapped__open(getpid(), fixture->exe.st_dev, fixture->exe.st_ino, &mapped), 0);
	fixture->mapped = mapped;
	assert_true(same(fixture, 0, SIZE));
	assert_true(same(fixture, 0, 0));
	fixture->bytes[SIZE - 1]++;
	assert_false(same(fixture, 0, SIZE));
	assert_true(same(fixture, 0, SIZE - 1));
	mapped__close(NULL);
}

static void any_byte_that_was_changed_is_seen(void **state)
{
	static const size_t places[] = {0, 1, PAGE - 1, PAGE, 2 * PAGE + 5, SIZE - 1};
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	assert_true(same(fixture, 0, SIZE));
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		size_t at = places[i];

		poke_code(fixture, at, NOP + 1);
		assert_false(same(fixture, 0, SIZE));
		assert_false(same(fixture, at, 1));
		assert_true(same(fixture, 0, at));
		assert_true(same(fixture, at + 1, SIZE - at - 1));
		poke_code(fixture, at, NOP);
		assert_true(same(fixture, 0, SIZE));
	}
}

/* A mapped_insn_fn: instructions begin only at even offsets. */
static size_t even_place(uint64_t offset, void *ctx)
{
	return (offset - *(const uint64_t *)ctx) % 2 ? 0 : 2;
}

static void breakpoints_inside_instructions_are_changes(void **state)
{
	struct fixture *fixture = *state;
	uint64_t base = fixture->offset;

	start_child(fixture, NULL);
	poke_code(fixture, 4, BREAKPOINT);
	assert_int_equal(mapped__compare(fixture->mapped, base, fixture->bytes, SIZE, even_place, &base), MAPPED_SAME);
	assert_int_equal(mapped__compare(fixture->mapped, base, fixture->bytes, SIZE, no_place, NULL), MAPPED_CHANGED);
	poke_code(fixture, 4, NOP);
	poke_code(fixture, 5, BREAKPOINT);
	assert_int_equal(mapped__compare(fixture->mapped, base, fixture->bytes, SIZE, even_place, &base),
			 MAPPED_CHANGED);
}

static void a_debugger_s_breakpoints_are_told_apart(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	assert_int_equal(ptrace(PTRACE_SEIZE, fixture->pid, NULL, NULL), 0);
	assert_int_equal(compare(fixture, 0, SIZE), MAPPED_SAME); /* the debugger has set no breakpoint */
	poke_code(fixture, PAGE, BREAKPOINT);
	assert_int_equal(compare(fixture, 0, SIZE), MAPPED_BREAKPOINT);
	assert_int_equal(compare(fixture, 0, PAGE), MAPPED_SAME);
	poke_code(fixture, PAGE + 1, NOP + 1);
	assert_int_equal(compare(fixture, 0, SIZE), MAPPED_CHANGED);
}

/* A call in the place of a five-byte nop is not taken for the kernel's unless it calls the trampoline. */
static void calls_of_others_are_changes(void **state)
{
	static const uint8_t nop5[] = {0x0f, 0x1f, 0x44, 0x00, 0x00};
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	for (size_t i = 0; i < sizeof(nop5); i++) {
		fixture->bytes[i] = nop5[i];
		poke_code(fixture, i, nop5[i]);
	}
	assert_true(same(fixture, 0, SIZE));
	poke_code(fixture, 0, BREAKPOINT);
	assert_true(same(fixture, 0, SIZE));
	poke_code(fixture, 0, 0xe8);
	assert_false(same(fixture, 0, SIZE));
	poke_code(fixture, 0, BREAKPOINT);
	poke_code(fixture, 4, 1);
	assert_false(mapped__compare(fixture->mapped, fixture->offset, fixture->bytes, 5, no_place, NULL) ==
		     MAPPED_SAME);
}

/* A function that begins with a nop of five bytes. */
__asm__(".pushsection .text\n"
	"test_nop: .byte 0x0f, 0x1f, 0x44, 0x00, 0x00\n"
	"ret\n"
	".popsection\n");
extern uint8_t test_nop[6];

static void *call_nop(void *arg)
{
	(void)arg;
	for (;;)
		((void (*)(void))test_nop)();
	return NULL;
}

/* Starts a thread that executes the nop all the time. */
static void run_nop(const struct fixture *fixture)
{
	pthread_t thread;

	(void)fixture;
	if (pthread_create(&thread, NULL, call_nop, NULL))
		_exit(1);
}

/* The first byte of test_nop in the child's memory. */
static uint8_t peek_nop(const struct fixture *fixture)
{
	uint8_t byte = 0;
	struct iovec to = {&byte, 1}, from = {test_nop, 1};

	assert_int_equal(process_vm_readv(fixture->pid, &to, 1, &from, 1, 0), 1);
	return byte;
}

static size_t only_nop(uint64_t offset, void *ctx)
{
	return offset == *(const uint64_t *)ctx ? 5 : 0;
}

/* From Linux 6.18 on, the kernel turns the nop into a call once the probe was hit. */
static void a_probed_nop_of_five_bytes_is_a_probe(void **state)
{
	struct fixture *fixture = *state;
	uint64_t offset = fixture->offset + (uint64_t)(test_nop - test_code);
	uint8_t bytes[5], first;
	int probe, fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, bytes, sizeof(bytes), (off_t)offset), sizeof(bytes));
	close(fd);
	assert_int_equal(bytes[0], 0x0f);
	start_child(fixture, run_nop);
	assert_int_equal(mapped__compare(fixture->mapped, offset, bytes, 5, no_place, NULL), MAPPED_SAME);
	probe = uprobe__set("/proc/self/exe", offset, fixture->pid);
	for (int tries = 0; tries < 2000; tries++) {
		assert_int_equal(mapped__compare(fixture->mapped, offset, bytes, 5, only_nop, &offset), MAPPED_SAME);
		first = peek_nop(fixture);
		assert_int_not_equal(first, 0x0f);
		if (first != BREAKPOINT)
			break;
		usleep(500);
	}
	assert_int_equal(mapped__compare(fixture->mapped, offset, bytes, 5, no_place, NULL), MAPPED_CHANGED);
	close(probe);
}

static void breakpoints_are_no_differences(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	poke_code(fixture, 0, BREAKPOINT);
	poke_code(fixture, PAGE + 7, BREAKPOINT);
	assert_true(same(fixture, 0, SIZE));
	poke_code(fixture, PAGE + 8, NOP + 1); /* a change beside a probe is found */
	assert_false(same(fixture, 0, SIZE));
	assert_false(same(fixture, PAGE + 8, 1));
	assert_true(same(fixture, 0, PAGE + 8));
}

static void breakpoints_of_the_file_must_be_there(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	fixture->bytes[3] = BREAKPOINT;
	assert_false(same(fixture, 0, SIZE));
	poke_code(fixture, 3, BREAKPOINT);
	assert_true(same(fixture, 0, SIZE));
}

/* Patches code like a program that patches itself; the other pages become separate mappings. */
static void patch_second_page(const struct fixture *fixture)
{
	uint8_t *page = test_code + PAGE;

	(void)fixture;
	if (mprotect(page, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		_exit(1);
	page[10]++;
}

static void patches_of_its_own_are_seen(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, patch_second_page);
	assert_true(same(fixture, 0, PAGE));
	assert_true(same(fixture, PAGE, 10));
	assert_false(same(fixture, PAGE + 10, 1));
	assert_false(same(fixture, PAGE, PAGE));
	assert_true(same(fixture, PAGE + 11, PAGE - 11));
	assert_true(same(fixture, 2 * PAGE, PAGE));
	/* across the mappings into which the change of protection has split one */
	assert_false(same(fixture, 0, SIZE));
}

static void map_code_again(const struct fixture *fixture)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || mmap(fixture->second, SIZE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd,
			   (off_t)fixture->offset) == MAP_FAILED)
		_exit(1);
}

static void every_mapping_counts(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, map_code_again);
	assert_true(same(fixture, 0, SIZE));
	poke(fixture, (uintptr_t)fixture->second + 20, NOP + 1);
	assert_false(same(fixture, 0, SIZE));
	assert_true(same(fixture, 21, SIZE - 21));
	poke(fixture, (uintptr_t)fixture->second + 20, NOP);
	poke_code(fixture, 20, NOP + 1);
	assert_false(same(fixture, 0, SIZE));
}

static void what_is_mapped_nowhere_is_the_same(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	poke_code(fixture, 0, NOP + 1);
	assert_false(same(fixture, 0, SIZE));
	open_mapped(fixture, fixture->exe.st_dev, fixture->exe.st_ino + 1);
	assert_true(same(fixture, 0, SIZE));
	open_mapped(fixture, fixture->exe.st_dev + 1, fixture->exe.st_ino);
	assert_true(same(fixture, 0, SIZE));
}

static void forbid_execution(const struct fixture *fixture)
{
	(void)fixture;
	if (mprotect(test_code, SIZE, PROT_READ))
		_exit(1);
}

static void what_cannot_be_executed_does_not_count(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, forbid_execution);
	poke_code(fixture, 0, NOP + 1);
	assert_true(same(fixture, 0, SIZE));
}

static void memory_that_is_gone_is_told(void **state)
{
	struct fixture *fixture = *state;

	start_child(fixture, NULL);
	assert_true(same(fixture, 0, SIZE));
	end_child(fixture);
	assert_int_equal(compare(fixture, 0, SIZE), MAPPED_GONE);
}

static void ended_process_is_said(void **state)
{
	struct fixture *fixture = *state;
	struct mapped *mapped = NULL;
	pid_t pid;

	start_child(fixture, NULL);
	pid = fixture->pid;
	end_child(fixture);
	assert_int_equal(mapped__open(pid, fixture->exe.st_dev, fixture->exe.st_ino, &mapped), -ESRCH);
	assert_null(mapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(this_process_is_as_its_file, setup, teardown),
		cmocka_unit_test_setup_teardown(any_byte_that_was_changed_is_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(breakpoints_are_no_differences, setup, teardown),
		cmocka_unit_test_setup_teardown(breakpoints_inside_instructions_are_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_debugger_s_breakpoints_are_told_apart, setup, teardown),
		cmocka_unit_test_setup_teardown(calls_of_others_are_changes, setup, teardown),
		cmocka_unit_test_setup_teardown(a_probed_nop_of_five_bytes_is_a_probe, setup, teardown),
		cmocka_unit_test_setup_teardown(breakpoints_of_the_file_must_be_there, setup, teardown),
		cmocka_unit_test_setup_teardown(patches_of_its_own_are_seen, setup, teardown),
		cmocka_unit_test_setup_teardown(every_mapping_counts, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_mapped_nowhere_is_the_same, setup, teardown),
		cmocka_unit_test_setup_teardown(what_cannot_be_executed_does_not_count, setup, teardown),
		cmocka_unit_test_setup_teardown(memory_that_is_gone_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(ended_process_is_said, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
