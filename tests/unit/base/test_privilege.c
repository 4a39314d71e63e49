// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/privilege.h"
#include "unit/test.h"

#define ALL    "CAP_BPF, CAP_PERFMON, CAP_CHECKPOINT_RESTORE, CAP_SYS_PTRACE"
#define NOBODY 65534
#define NONE   (-1)

/* What a child process found; in memory shared with it. */
struct answer {
	bool dropped;
	int n;
	char text[256];
};

static bool clear_effective(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	if (syscall(__NR_capget, &header, data))
		return false;
	data[CAP_TO_INDEX(capability)].effective &= ~CAP_TO_MASK(capability);
	return !syscall(__NR_capset, &header, data);
}

static bool become_nobody(void)
{
	return !setresuid(NOBODY, NOBODY, NOBODY);
}

/*
 * Asks, with a text of SIZE bytes, what is missing in a process without the capabilities FIRST and SECOND, or in a
 * process of the user nobody.
 */
static struct answer ask(int first, int second, bool nobody, size_t size)
{
	struct answer *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct answer answer;
	pid_t pid;
	int status;

	assert_true(shared != MAP_FAILED);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		memset(shared->text, '#', sizeof(shared->text));
		shared->dropped = (first == NONE || clear_effective(first)) &&
				  (second == NONE || clear_effective(second)) && (!nobody || become_nobody());
		shared->n = privilege__missing(PRIVILEGE_ALL, shared->text, size);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	answer = *shared;
	assert_int_equal(munmap(shared, sizeof(*shared)), 0);
	assert_true(answer.dropped);
	return answer;
}

static void assert_missing(int first, int second, bool nobody, int n, const char *names)
{
	const struct answer answer = ask(first, second, nobody, sizeof(answer.text));

	assert_string_equal(answer.text, names);
	assert_int_equal(answer.n, n);
}

static void root_lacks_nothing(void **state)
{
	char text[256] = "left over";

	(void)state;
	assert_int_equal(privilege__missing(PRIVILEGE_ALL, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

static void each_is_named(void **state)
{
	(void)state;
	assert_missing(CAP_BPF, CAP_SYS_ADMIN, false, 1, "CAP_BPF");
	assert_missing(CAP_PERFMON, CAP_SYS_ADMIN, false, 1, "CAP_PERFMON");
	assert_missing(CAP_CHECKPOINT_RESTORE, CAP_SYS_ADMIN, false, 1, "CAP_CHECKPOINT_RESTORE");
	assert_missing(CAP_SYS_PTRACE, CAP_SYS_ADMIN, false, 1, "CAP_SYS_PTRACE");
}

static void sys_admin_includes_what_was_split_off(void **state)
{
	(void)state;
	assert_missing(CAP_BPF, CAP_PERFMON, false, 0, "");
	assert_missing(CAP_CHECKPOINT_RESTORE, NONE, false, 0, "");
	assert_missing(CAP_SYS_PTRACE, NONE, false, 1, "CAP_SYS_PTRACE");
}

static void several_are_separated(void **state)
{
	(void)state;
	assert_missing(NONE, NONE, true, 4, "CAP_BPF, CAP_PERFMON, CAP_CHECKPOINT_RESTORE, CAP_SYS_PTRACE");
}

static void what_is_not_needed_is_not_missed(void **state)
{
	(void)state;
	assert_missing(CAP_NET_ADMIN, CAP_CHOWN, false, 0, "");
}

static void nobody_lacks_all(void **state)
{
	(void)state;
	assert_missing(NONE, NONE, true, 4, ALL);
}

static void short_text_is_cut(void **state)
{
	const char *all = ALL;

	(void)state;
	for (size_t size = 1; size <= strlen(all) + 1; size++) {
		const struct answer answer = ask(NONE, NONE, true, size);

		assert_int_equal(answer.n, 4);
		assert_int_equal(strlen(answer.text), size - 1);
		assert_memory_equal(answer.text, all, size - 1);
		assert_int_equal(answer.text[size], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_lacks_nothing),
		cmocka_unit_test(each_is_named),
		cmocka_unit_test(sys_admin_includes_what_was_split_off),
		cmocka_unit_test(several_are_separated),
		cmocka_unit_test(what_is_not_needed_is_not_missed),
		cmocka_unit_test(nobody_lacks_all),
		cmocka_unit_test(short_text_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
