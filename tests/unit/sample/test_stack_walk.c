// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample/address_space.h"
#include "sample/sampled_objects.h"
#include "sample/stack_walk.h"
#include "unit/test.h"

#define DEPTH	 20
#define WATCHDOG 60 /* seconds after which a child that was left behind is killed */

static volatile int unwound;

/* Calls itself DEPTH times, and stops in a system call. */
static __attribute__((noinline)) void descend(int depth)
{
	if (depth)
		descend(depth - 1);
	else
		(void)kill(getpid(), SIGSTOP);
	unwound++; /* or the call above would be a jump */
}

/* A child that has stopped, what it maps, and its registers. */
struct fixture {
	pid_t pid;
	struct sampled_objects objects;
	struct address_space space;
	struct unwind_registers regs;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct user_regs_struct regs;
	int status;

	assert_non_null(fixture);
	fixture->pid = fork();
	if (!fixture->pid) {
		alarm(WATCHDOG);
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		descend(DEPTH);
		_exit(0);
	}
	assert_int_equal(waitpid(fixture->pid, &status, 0), fixture->pid);
	assert_true(WIFSTOPPED(status));
	assert_int_equal(ptrace(PTRACE_GETREGS, fixture->pid, NULL, &regs), 0);
	fixture->regs = (struct unwind_registers){regs.rip, regs.rsp, regs.rbp, regs.rbx};
	assert_int_equal(address_space__read(&fixture->space, fixture->pid, &fixture->objects), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->pid) {
		(void)kill(fixture->pid, SIGKILL);
		(void)waitpid(fixture->pid, NULL, 0);
	}
	address_space__release(&fixture->space);
	sampled_objects__release(&fixture->objects);
	free(fixture);
	return 0;
}

/* How many of the frames are of descend(), whose frames all have called it but for one. */
static size_t count_same(const struct sample_frame *frames, size_t n, const struct sample_frame *frame)
{
	size_t same = 0;

	for (size_t i = 0; i < n; i++)
		same += frames[i].addr == frame->addr && frames[i].object == frame->object;
	return same;
}

static void finds_all_callers_of_a_stopped_thread(void **state)
{
	const struct fixture *fixture = *state;
	struct sample_frame frames[100];
	size_t n, most = 0;
	bool cut;

	n = stack_walk__frames(fixture->pid, &fixture->space, &fixture->objects, fixture->regs, frames, 100, &cut);
	assert_false(cut);
	assert_in_range(n, DEPTH + 3, 99);
	for (size_t i = 0; i < n; i++) {
		size_t same = count_same(frames, n, &frames[i]);

		assert_int_not_equal(frames[i].object, SAMPLE_UNKNOWN);
		most = same > most ? same : most;
	}
	assert_int_equal(most, DEPTH);
}

static void tells_that_callers_are_missing(void **state)
{
	const struct fixture *fixture = *state;
	struct unwind_registers nowhere = fixture->regs;
	struct sample_frame frames[5];
	bool cut;

	assert_int_equal(
		stack_walk__frames(fixture->pid, &fixture->space, &fixture->objects, fixture->regs, frames, 5, &cut),
		5);
	assert_true(cut);
	nowhere.ip = 16;
	nowhere.bp = 0;
	assert_int_equal(stack_walk__frames(fixture->pid, &fixture->space, &fixture->objects, nowhere, frames, 5, &cut),
			 1);
	assert_true(cut);
	assert_int_equal(frames[0].object, SAMPLE_UNKNOWN);
}

static void finds_what_is_mapped(void **state)
{
	const struct fixture *fixture = *state;
	const struct address_space *space = &fixture->space;
	uint64_t here = (uint64_t)(uintptr_t)descend;
	const struct space_mapping *mapping = address_space__find(space, here);
	struct sample_frame frame = address_space__frame(space, here);

	assert_non_null(mapping);
	assert_in_range(here, mapping->start, mapping->end - 1);
	assert_int_equal(frame.object, mapping->object);
	assert_int_equal(frame.addr - mapping->vaddr, here - mapping->start);
	assert_null(address_space__find(space, 0));
	assert_null(address_space__find(space, space->mappings[space->n - 1].end));
	assert_int_equal(address_space__frame(space, 0).object, SAMPLE_UNKNOWN);
}

static void keeps_objects_and_what_is_known_of_ended_processes(void **state)
{
	struct fixture *fixture = *state;
	struct address_space again = {0};
	size_t n = fixture->objects.n;

	assert_int_equal(address_space__read(&again, fixture->pid, &fixture->objects), 0);
	assert_int_equal(fixture->objects.n, n);
	assert_true(address_space__equal(&again, &fixture->space));
	again.mappings[again.n - 1].vaddr++;
	assert_false(address_space__equal(&again, &fixture->space));
	again.mappings[again.n - 1].vaddr--;
	again.n--;
	assert_false(address_space__equal(&again, &fixture->space));
	again.n++;

	assert_int_equal(kill(fixture->pid, SIGKILL), 0);
	assert_int_equal(waitpid(fixture->pid, NULL, 0), fixture->pid);
	assert_int_equal(address_space__read(&again, fixture->pid, &fixture->objects), -ESRCH);
	fixture->pid = 0;
	assert_true(address_space__equal(&again, &fixture->space));
	address_space__release(&again);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds_all_callers_of_a_stopped_thread, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tells_that_callers_are_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finds_what_is_mapped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(keeps_objects_and_what_is_known_of_ended_processes, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
