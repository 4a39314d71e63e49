// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process_memory.h"
#include "unit/scratch.h"

#define PAGE 4096ul

static uint8_t own[8] = "parent";

/* A child that has other contents in `own` than this process, and waits to be killed. */
static pid_t start_child(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		memcpy(own, "child", sizeof("child"));
		if (write(ready[1], "x", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static void test_reads_the_other_process(void **state)
{
	pid_t pid = start_child();
	char found[sizeof(own)] = "";
	ssize_t n = process_memory__read(pid, (uintptr_t)own, found, sizeof(found));

	(void)state;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(n, sizeof(found));
	assert_string_equal(found, "child");
	assert_string_equal((char *)own, "parent");
	assert_int_equal(process_memory__read(pid, (uintptr_t)own, found, sizeof(found)), -ESRCH);
}

static void test_stops_where_nothing_is_mapped(void **state)
{
	uint8_t *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t found[16] = {0};

	(void)state;
	assert_true(pages != MAP_FAILED);
	memset(pages, 7, PAGE);
	assert_int_equal(munmap(pages + PAGE, PAGE), 0);
	assert_int_equal(process_memory__read(getpid(), (uintptr_t)pages + PAGE - 4, found, sizeof(found)), 4);
	assert_int_equal(found[3], 7);
	assert_int_equal(found[4], 0);
	assert_int_equal(process_memory__read(getpid(), (uintptr_t)pages + PAGE, found, sizeof(found)), -EFAULT);
	munmap(pages, PAGE);
}

static void test_gathers_words(void **state)
{
	static uint64_t words[3] = {1, 2, 3};
	const uint64_t addresses[] = {(uintptr_t)&words[2], (uintptr_t)&words[0]};
	const uint64_t bad[] = {(uintptr_t)&words[2], 8};
	uint64_t found[2] = {0};
	pid_t pid = start_child();

	(void)state;
	words[2] = 4;
	assert_true(process_memory__gather(pid, addresses, 2, found));
	assert_true(found[0] == 3 && found[1] == 1);
	assert_false(process_memory__gather(pid, bad, 2, found));
	assert_false(process_memory__gather(pid, addresses, PROCESS_MEMORY_MOST + 1, found));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_the_other_process),
		cmocka_unit_test(test_gathers_words),
		cmocka_unit_test(test_stops_where_nothing_is_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
