// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/site_code.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/maps.h"
#include "unit/scratch.h"

#define WATCHDOG 60 /* seconds after which a child that was left behind is killed */

/* Two instructions that are never executed, in this program's file. */
__asm__(".pushsection .text\n"
	"test_sites: xor %eax, %eax\n"
	"ret\n"
	".popsection\n");
extern uint8_t test_sites[3];

struct fixture {
	struct scratch *scratch;
	struct site_code sites[2];
	struct site_code_place place;
	pid_t child; /* runs this program */
};

static int find_offset(struct mapping *mapping, void *ctx)
{
	uintptr_t addr = (uintptr_t)test_sites;

	if (addr < mapping->lo || addr >= mapping->hi)
		return 0;
	*(uint64_t *)ctx = mapping->offset + (addr - mapping->lo);
	return 1;
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	alarm(WATCHDOG);
	for (;;)
		pause();
}

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct stat exe;
	uint64_t offset;

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	assert_int_equal(stat("/proc/self/exe", &exe), 0);
	assert_int_equal(maps__each(getpid(), find_offset, &offset), 1);
	fixture->sites[0] = (struct site_code){.offset = offset, .len = 2, .bytes = {test_sites[0], test_sites[1]}};
	fixture->sites[1] = (struct site_code){.offset = offset + 2, .len = 1, .bytes = {test_sites[2]}};
	fixture->child = start_child();
	fixture->place = (struct site_code_place){
		.name = "prog",
		.path = "/proc/self/exe",
		.dev = exe.st_dev,
		.ino = exe.st_ino,
		.pids = &fixture->child,
		.n_pids = 1,
	};
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	kill(fixture->child, SIGKILL);
	waitpid(fixture->child, NULL, 0);
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static int check(struct fixture *fixture)
{
	return site_code__check(&fixture->place, fixture->sites, 2, &fixture->scratch->diag);
}

/* Writes BYTE at offset AT of the sites in the child's code. */
static void poke(const struct fixture *fixture, size_t at, uint8_t byte)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", fixture->child);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)(uintptr_t)(test_sites + at)), 1);
	close(fd);
}

static void what_is_as_it_was(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(check(fixture), 0);
	poke(fixture, 0, 0xcc); /* another tracer's probe */
	poke(fixture, 2, 0xcc);
	assert_int_equal(check(fixture), 0);
	assert_string_equal(scratch__said(fixture->scratch), "");
}

static void what_was_changed_in_memory(void **state)
{
	struct fixture *fixture = *state;

	poke(fixture, 1, 0xcc); /* inside an instruction */
	assert_int_equal(check(fixture), -ESTALE);
	assert_said(fixture->scratch, "the code of prog in process");
	assert_said(fixture->scratch, "was changed after it was read; no probe was set");
	poke(fixture, 1, test_sites[1]);
	assert_int_equal(check(fixture), 0);
}

static void what_a_debugger_has_set(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ptrace(PTRACE_SEIZE, fixture->child, NULL, NULL), 0);
	assert_int_equal(check(fixture), 0);
	poke(fixture, 2, 0xcc);
	assert_int_equal(check(fixture), -ESTALE);
	assert_said(fixture->scratch, "got a debugger's breakpoint");
}

static void what_was_changed_in_the_file(void **state)
{
	struct fixture *fixture = *state;
	char *path = scratch__write(fixture->scratch, "file", "123", 0644);

	fixture->place.path = path;
	fixture->place.n_pids = 0;
	fixture->sites[0] = (struct site_code){.offset = 0, .len = 2, .bytes = "12"};
	fixture->sites[1] = (struct site_code){.offset = 2, .len = 1, .bytes = "3"};
	assert_int_equal(check(fixture), 0);
	fixture->sites[1].bytes[0] = '4';
	assert_int_equal(check(fixture), -ESTALE);
	assert_said(fixture->scratch, "prog was changed after it was read; no probe was set");
	fixture->sites[1] = (struct site_code){.offset = 3, .len = 1}; /* the instruction has become shorter */
	assert_int_equal(check(fixture), -ESTALE);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(check(fixture), -ENOENT);
	assert_said(fixture->scratch, "cannot read prog again");
	free(path);
}

static void who_has_ended_does_not_count(void **state)
{
	struct fixture *fixture = *state;
	pid_t zombie = start_child();

	poke(fixture, 1, 0xcc);
	fixture->place.pids = &zombie;
	assert_int_equal(kill(zombie, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)zombie, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
	assert_int_equal(check(fixture), 0);
	assert_int_equal(waitpid(zombie, NULL, 0), zombie);
	assert_int_equal(check(fixture), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_as_it_was, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_changed_in_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(what_a_debugger_has_set, setup, teardown),
		cmocka_unit_test_setup_teardown(what_was_changed_in_the_file, setup, teardown),
		cmocka_unit_test_setup_teardown(who_has_ended_does_not_count, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
