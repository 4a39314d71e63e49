// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * keeper on the running kernel: probes are removed when the process that asked for them is killed, and the end of the
 * keeper itself is noticed.
 */
#include <errno.h>
#include <link.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit/scratch.h"

#include "probe/attach.h"
#include "probe/keeper.h"

#define BREAKPOINT 0xcc
#define PATIENCE   5000 /* milliseconds */

__asm__(".text\n"
	".globl keeper_target\n"
	".type keeper_target, @function\n"
	"keeper_target:\n"
	"	push %rbp\n"
	"	nop\n"
	"	pop %rbp\n"
	"	ret\n"
	".size keeper_target, . - keeper_target\n");
extern const volatile unsigned char keeper_target[];

static int find_main_object(struct dl_phdr_info *info, size_t size, void *data)
{
	uint64_t address = (uintptr_t)keeper_target - info->dlpi_addr, *offset = data;

	(void)size;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_LOAD && address - segment->p_vaddr < segment->p_filesz)
			*offset = address - segment->p_vaddr + segment->p_offset;
	}
	return 1; /* the first object is the program itself */
}

/* Puts a probe on the first instruction of keeper_target in process PID. */
static int attach_to(struct keeper *keeper, pid_t pid)
{
	const uint64_t cookie = 0;
	uint64_t offset = 0;
	struct attach_request request = {
		.way = attach__best_way(),
		.prog_fd = attach__empty_program(),
		.path = "/proc/self/exe",
		.pid = pid,
		.offsets = &offset,
		.cookies = &cookie,
		.n = 1,
	};
	int err;

	dl_iterate_phdr(find_main_object, &offset);
	assert_true(request.prog_fd >= 0);
	err = keeper__attach(keeper, &request, 0);
	close(request.prog_fd);
	return err;
}

static bool wait_for_byte(unsigned char wanted)
{
	for (int i = 0; i < PATIENCE && *keeper_target != wanted; i++)
		poll(NULL, 0, 1);
	return *keeper_target == wanted;
}

static void test_attaches_and_detaches(void **state)
{
	unsigned char original = *keeper_target;
	struct keeper *keeper;

	(void)state;
	assert_int_equal(keeper__start(NULL, &keeper), 0);
	assert_true(keeper__is_alive(keeper));
	assert_int_equal(attach_to(keeper, getpid()), 0);
	assert_int_equal(*keeper_target, BREAKPOINT);
	assert_int_equal(keeper__detach(keeper, -1), 0);
	assert_int_equal(*keeper_target, original);
	assert_int_equal(attach_to(keeper, getpid()), 0);
	assert_int_equal(*keeper_target, BREAKPOINT);
	keeper__stop(keeper);
	assert_int_equal(*keeper_target, original);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
	keeper__stop(NULL);
}

/* The kernel's error is returned, as without a keeper. */
static void test_errors_come_back(void **state)
{
	struct keeper *keeper;
	pid_t gone = fork();

	(void)state;
	if (!gone)
		_exit(0);
	waitpid(gone, NULL, 0);
	assert_int_equal(keeper__start(NULL, &keeper), 0);
	assert_int_equal(attach_to(keeper, gone), -ESRCH);
	assert_int_equal(attach_to(keeper, getpid()), 0);
	keeper__stop(keeper);
}

/* A process asks for a probe in this one, and is killed. */
static void test_asker_is_killed(void **state)
{
	unsigned char original = *keeper_target;
	pid_t target = getpid(), asker = fork();

	(void)state;
	if (!asker) {
		struct keeper *keeper;

		if (!keeper__start(NULL, &keeper) && !attach_to(keeper, target))
			pause();
		_exit(1);
	}
	assert_true(wait_for_byte(BREAKPOINT));
	kill(asker, SIGKILL);
	waitpid(asker, NULL, 0);
	assert_true(wait_for_byte(original));
}

static pid_t only_child(void)
{
	char path[64], text[32] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	file = fopen(path, "re");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	return (pid_t)strtol(text, NULL, 10);
}

static void test_keeper_is_killed(void **state)
{
	unsigned char original = *keeper_target;
	struct keeper *keeper;

	(void)state;
	assert_int_equal(keeper__start(NULL, &keeper), 0);
	assert_int_equal(attach_to(keeper, getpid()), 0);
	kill(only_child(), SIGTERM); /* the keeper ignores it */
	assert_int_equal(attach_to(keeper, getpid()), 0);
	assert_true(keeper__is_alive(keeper));
	kill(only_child(), SIGKILL);
	assert_true(wait_for_byte(original));
	for (int i = 0; i < PATIENCE && keeper__is_alive(keeper); i++)
		poll(NULL, 0, 1); /* the keeper closes its descriptors one after the other, which takes time */
	assert_false(keeper__is_alive(keeper));
	assert_int_equal(attach_to(keeper, getpid()), -EPIPE);
	assert_int_equal(keeper__detach(keeper, -1), -EPIPE);
	keeper__stop(keeper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attaches_and_detaches),
		cmocka_unit_test(test_errors_come_back),
		cmocka_unit_test(test_asker_is_killed),
		cmocka_unit_test(test_keeper_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
