// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/maps.h"
#include "unit/scratch.h"

#define PAGE   4096ul
#define NOBODY 65534

/* The address to look for, and a copy of the mapping that contains it. */
struct search {
	uintptr_t addr;
	bool found;
	struct mapping mapping;
	char name[PATH_MAX];
	uintptr_t hi; /* end of the previous mapping */
	int calls;
};

static int look(struct mapping *mapping, void *ctx)
{
	struct search *search = ctx;

	search->calls++;
	assert_true(mapping->lo < mapping->hi);
	assert_true(mapping->lo >= search->hi);
	search->hi = mapping->hi;
	if (search->addr < mapping->lo || search->addr >= mapping->hi)
		return 0;
	assert_false(search->found);
	search->found = true;
	search->mapping = *mapping;
	snprintf(search->name, sizeof(search->name), "%s", mapping->name);
	mapping->name[0] = '\0'; /* the callback may change the name, and this must not affect other mappings */
	return 0;
}

/* Finds the mapping of this process that contains ADDR. */
static struct search find(uintptr_t addr)
{
	struct search search = {.addr = addr};

	assert_int_equal(maps__each(getpid(), look, &search), 0);
	assert_true(search.found);
	return search;
}

static int stop_at_third(struct mapping *mapping, void *ctx)
{
	(void)mapping;
	return ++*(int *)ctx == 3 ? 4711 : 0;
}

static int count(struct mapping *mapping, void *ctx)
{
	(void)mapping;
	++*(int *)ctx;
	return 0;
}

/* Creates the file NAME and maps its second and third page. */
static void *map_file(const struct scratch *scratch, const char *name, int protection, struct stat *st)
{
	char *path = scratch__write(scratch, name, "", 0700);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *mapped;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 3 * PAGE), 0);
	assert_int_equal(fstat(fd, st), 0);
	mapped = mmap(NULL, 2 * PAGE, protection, MAP_PRIVATE, fd, PAGE);
	assert_true(mapped != MAP_FAILED);
	close(fd);
	free(path);
	return mapped;
}

static int setup(void **state)
{
	*state = scratch__new();
	return 0;
}

static int teardown(void **state)
{
	scratch__free(*state);
	return 0;
}

static void own_code_is_executable(void **state)
{
	char exe[PATH_MAX] = "";
	struct search search = find((uintptr_t)own_code_is_executable);

	(void)state;
	assert_true(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	assert_true(search.mapping.exec);
	assert_string_equal(search.name, exe);
	assert_true(search.calls > 4);
}

static void data_is_not_executable(void **state)
{
	int local = 0;
	struct search search = find((uintptr_t)&local);

	(void)state;
	assert_false(search.mapping.exec);
	assert_int_equal(search.mapping.ino, 0);
}

static void all_of_a_mapping_is_told(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "with a blank");
	struct stat st;
	void *mapped = map_file(scratch, "with a blank", PROT_READ, &st);
	struct search first = find((uintptr_t)mapped), last = find((uintptr_t)mapped + 2 * PAGE - 1);

	assert_int_equal(first.mapping.lo, (uintptr_t)mapped);
	assert_int_equal(first.mapping.hi, (uintptr_t)mapped + 2 * PAGE);
	assert_int_equal(first.mapping.offset, PAGE);
	assert_int_equal(first.mapping.ino, st.st_ino);
	assert_false(first.mapping.exec);
	assert_string_equal(first.name, path);
	assert_int_equal(last.mapping.lo, first.mapping.lo);
	munmap(mapped, 2 * PAGE);
	free(path);
}

static void line_ends_in_names_are_restored(void **state)
{
	struct scratch *scratch = *state;
	char *path = scratch__path(scratch, "\na\n\nb");
	struct stat st;
	void *mapped = map_file(scratch, "\na\n\nb", PROT_READ, &st);

	assert_string_equal(find((uintptr_t)mapped).name, path);
	munmap(mapped, 2 * PAGE);
	free(path);
}

static void anonymous_memory_has_no_name(void **state)
{
	void *mapped = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct search search;

	(void)state;
	assert_true(mapped != MAP_FAILED);
	search = find((uintptr_t)mapped);
	assert_string_equal(search.name, "");
	assert_int_equal(search.mapping.ino, 0);
	assert_int_equal(search.mapping.offset, 0);
	assert_true(search.mapping.exec);
	munmap(mapped, PAGE);
}

static void link_leads_to_the_file(void **state)
{
	struct scratch *scratch = *state;
	struct stat st, linked;
	void *mapped = map_file(scratch, "gone", PROT_READ, &st);
	char *path = scratch__path(scratch, "gone"), link[MAPS_LINK_SIZE], expected[MAPS_LINK_SIZE];
	struct search search;

	assert_int_equal(unlink(path), 0); /* the name now leads nowhere */
	free(scratch__write(scratch, "gone", "another", 0600));
	search = find((uintptr_t)mapped);
	maps__link(getpid(), &search.mapping, link);
	snprintf(expected, sizeof(expected), "/proc/%d/map_files/%" PRIxPTR "-%" PRIxPTR, getpid(), (uintptr_t)mapped,
		 (uintptr_t)mapped + 2 * PAGE);
	assert_string_equal(link, expected);
	assert_int_equal(stat(link, &linked), 0);
	assert_int_equal(linked.st_ino, st.st_ino);
	assert_int_equal(linked.st_dev, st.st_dev);
	munmap(mapped, 2 * PAGE);
	free(path);
}

static void longest_link_fits(void **state)
{
	const struct mapping mapping = {.lo = UINTPTR_MAX - 1, .hi = UINTPTR_MAX};
	char link[MAPS_LINK_SIZE];

	(void)state;
	maps__link(INT_MAX, &mapping, link);
	assert_string_equal(link, "/proc/2147483647/map_files/fffffffffffffffe-ffffffffffffffff");
}

static void first_answer_stops(void **state)
{
	int calls = 0;

	(void)state;
	assert_int_equal(maps__each(getpid(), stop_at_third, &calls), 4711);
	assert_int_equal(calls, 3);
}

static void ended_process_has_none(void **state)
{
	siginfo_t info;
	int calls = 0;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (!pid)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(maps__each(pid, count, &calls), 0); /* a zombie is still a process */
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(maps__each(pid, count, &calls), -ESRCH);
	assert_int_equal(calls, 0);
}

static void others_are_forbidden(void **state)
{
	int status, calls = 0;
	pid_t pid;

	(void)state;
	if (geteuid())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(setresuid(NOBODY, NOBODY, NOBODY) ? 255 : -maps__each(getppid(), count, &calls));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EACCES);
}

static void test_permissions(void **state)
{
	const struct {
		int protection, flags;
		bool exec, writable, shared;
	} cases[] = {
		{PROT_READ, MAP_PRIVATE, false, false, false},
		{PROT_READ | PROT_WRITE, MAP_SHARED, false, true, true},
		{PROT_READ | PROT_EXEC, MAP_PRIVATE, true, false, false},
		{PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE, true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		void *page = mmap(NULL, PAGE, cases[i].protection, cases[i].flags | MAP_ANONYMOUS, -1, 0);
		struct search search = find((uintptr_t)page);

		assert_int_equal(search.mapping.exec, cases[i].exec);
		assert_int_equal(search.mapping.writable, cases[i].writable);
		assert_int_equal(search.mapping.shared, cases[i].shared);
		munmap(page, PAGE);
	}
}

static void test_parse_link(void **state)
{
	const struct mapping mapping = {.lo = 0x7f0123456000, .hi = 0x7f0123457000};
	char link[MAPS_LINK_SIZE];
	uintptr_t lo;
	pid_t pid;

	(void)state;
	maps__link(4711, &mapping, link);
	assert_true(maps__parse_link(link, &pid, &lo));
	assert_int_equal(pid, 4711);
	assert_int_equal(lo, mapping.lo);
	assert_false(maps__parse_link("/proc/4711/root/bin/sh", &pid, &lo));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_code_is_executable),
		cmocka_unit_test(data_is_not_executable),
		cmocka_unit_test_setup_teardown(all_of_a_mapping_is_told, setup, teardown),
		cmocka_unit_test_setup_teardown(line_ends_in_names_are_restored, setup, teardown),
		cmocka_unit_test(anonymous_memory_has_no_name),
		cmocka_unit_test_setup_teardown(link_leads_to_the_file, setup, teardown),
		cmocka_unit_test(longest_link_fits),
		cmocka_unit_test(first_answer_stops),
		cmocka_unit_test(ended_process_has_none),
		cmocka_unit_test(others_are_forbidden),
		cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_parse_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
