// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "monitoring/monitoring_lease.h"
#include "monitoring/monitoring_memory.h"
#include "unit/scratch.h"

#define MOST 8

struct fixture {
	struct scratch *scratch;
	struct selector *selectors[MOST];
	size_t n;
	struct monitoring_memory *memory;
	struct target_equipment equipment;
	struct lprof_shim_run *run; /* what programs see */
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	if (fixture->run)
		munmap(fixture->run, LPROF_SHIM_RUN_SIZE);
	monitoring_memory__close(fixture->memory);
	for (size_t i = 0; i < fixture->n; i++)
		selector__free(fixture->selectors[i]);
	scratch__free(fixture->scratch);
	free(fixture);
	return 0;
}

static void open_memory(struct fixture *fixture, const char *const *texts)
{
	struct monitoring_wish wish = {.selectors = (const struct selector *const *)fixture->selectors};

	for (; texts[fixture->n]; fixture->n++)
		assert_int_equal(selector__parse(texts[fixture->n], &fixture->selectors[fixture->n]), 0);
	wish.n_selectors = fixture->n;
	assert_int_equal(monitoring_memory__open(&wish, &fixture->scratch->diag, &fixture->memory), 0);
	monitoring_memory__equip(fixture->memory, &fixture->equipment);
	assert_int_equal(fixture->equipment.n_fds, 3);
	fixture->run =
		mmap(NULL, LPROF_SHIM_RUN_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fixture->equipment.fds[2], 0);
	assert_ptr_not_equal(fixture->run, MAP_FAILED);
}

static void programs_see_what_is_selected(void **state)
{
	static const char *const texts[] = {"A.fit",	 "dir/x.py:fit", "f*",	     "x.py:B.*",
					    "/^(a|b)$/", "x.py:7",	 "x.py:7-9", NULL};
	static const struct {
		uint32_t kind;
		const char *name, *file;
		uint32_t first, last;
	} expected[] = {
		{LPROF_SHIM_NAME, "fit", "", 0, 0},	 {LPROF_SHIM_NAME, "fit", "x.py", 0, 0},
		{LPROF_SHIM_GLOB, "f*", "", 0, 0},	 {LPROF_SHIM_GLOB, "B.*", "x.py", 0, 0},
		{LPROF_SHIM_REGEX, "^(a|b)$", "", 0, 0}, {LPROF_SHIM_ALL, "", "x.py", 7, 7},
		{LPROF_SHIM_ALL, "", "x.py", 7, 9},
	};
	struct fixture *fixture = *state;

	open_memory(fixture, texts);
	assert_int_equal(fixture->run->magic, LPROF_SHIM_MAGIC);
	assert_int_equal(fixture->run->n_selectors, fixture->n);
	for (size_t i = 0; i < fixture->n; i++) {
		const struct lprof_shim_selector *selector = &fixture->run->selectors[i];

		assert_int_equal(selector->kind, expected[i].kind);
		assert_string_equal(fixture->run->text + selector->name, expected[i].name);
		assert_string_equal(fixture->run->text + selector->file, expected[i].file);
		assert_int_equal(selector->first, expected[i].first);
		assert_int_equal(selector->last, expected[i].last);
	}
}

/* Names that do not fit are no reason to select too little. */
static void long_names_select_all(void **state)
{
	char *name = malloc(LPROF_SHIM_TEXT + 1);
	const char *texts[] = {name, NULL};
	struct fixture *fixture = *state;

	assert_non_null(name);
	memset(name, 'n', LPROF_SHIM_TEXT);
	name[LPROF_SHIM_TEXT] = '\0';
	open_memory(fixture, texts);
	assert_int_equal(fixture->run->selectors[0].kind, LPROF_SHIM_ALL);
	free(name);
}

static void counting_ends(void **state)
{
	static const char *const texts[] = {"f", NULL};
	struct fixture *fixture = *state;
	uint64_t lease_ns, end;

	open_memory(fixture, texts);
	lease_ns = fixture->run->lease_ns;
	assert_true(lease_ns > 0);
	monitoring_memory__renew(fixture->memory);
	assert_true(fixture->run->lease_ns > lease_ns);
	assert_int_equal(fixture->run->over, 0);
	monitoring_memory__stop(fixture->memory);
	assert_int_equal(fixture->run->over, 1);
	end = monitoring_memory__now(fixture->memory);
	usleep(1000);
	assert_int_equal(monitoring_memory__now(fixture->memory), end);
	assert_true(monitoring_memory__tick_ns(fixture->memory) > 0.05 &&
		    monitoring_memory__tick_ns(fixture->memory) <= 1);
}

/* The lease, once it has been left alone for a little longer than the thread's period. */
static uint64_t lease_later(const struct fixture *fixture)
{
	usleep(MONITORING_LEASE_PERIOD_NS / 1000 + 300000);
	return __atomic_load_n(&fixture->run->lease_ns, __ATOMIC_RELAXED);
}

static void a_thread_renews_the_lease(void **state)
{
	static const char *const texts[] = {"f", NULL};
	struct fixture *fixture = *state;
	struct monitoring_lease *lease = NULL;
	uint64_t before_ns;

	open_memory(fixture, texts);
	before_ns = fixture->run->lease_ns;
	assert_int_equal(lease_later(fixture), before_ns);
	assert_int_equal(monitoring_lease__begin(fixture->memory, UINT64_MAX, &lease), 0);
	assert_true(lease_later(fixture) > before_ns + MONITORING_LEASE_PERIOD_NS);
	monitoring_lease__end(lease);
	before_ns = fixture->run->lease_ns;
	assert_int_equal(lease_later(fixture), before_ns);
}

/* A main thread that hangs does not come by. */
static void the_lease_of_one_that_hangs_is_not_renewed(void **state)
{
	static const char *const texts[] = {"f", NULL};
	struct fixture *fixture = *state;
	struct monitoring_lease *lease = NULL;
	uint64_t before_ns;

	open_memory(fixture, texts);
	assert_int_equal(monitoring_lease__begin(fixture->memory, CLOCK_SECOND_NS / 2, &lease), 0);
	before_ns = lease_later(fixture);
	assert_int_equal(lease_later(fixture), before_ns);
	for (int i = 0; i < 15; i++) {
		monitoring_lease__come_by(lease);
		usleep(100000);
	}
	assert_true(fixture->run->lease_ns > before_ns);
	monitoring_lease__end(lease);
}

/* Neither libraries can be changed nor the memory be made shorter, by whoever inherits the descriptors. */
static void files_are_sealed(void **state)
{
	static const char *const texts[] = {"f", NULL};
	struct fixture *fixture = *state;
	char magic[4];

	open_memory(fixture, texts);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pread(fixture->equipment.fds[i], magic, sizeof(magic), 0), sizeof(magic));
		assert_memory_equal(magic, "\177ELF", sizeof(magic));
		assert_int_equal(pwrite(fixture->equipment.fds[i], magic, 1, 0), -1);
		assert_int_equal(errno, EPERM);
	}
	assert_int_equal(ftruncate(fixture->equipment.fds[2], 0), -1);
	for (int i = 0; i < 3; i++)
		assert_true(fcntl(fixture->equipment.fds[i], F_GETFD) & FD_CLOEXEC);
}

static void tables_that_are_not_valid(void **state)
{
	static const char *const texts[] = {"f", NULL};
	struct fixture *fixture = *state;
	struct lprof_shim_table head = {.used = LPROF_SHIM_HEAD_SIZE};
	int fd;
	uint32_t n, n_lost;
	void *bytes;
	size_t size;

	open_memory(fixture, texts);
	fd = fixture->equipment.fds[2];
	fixture->run->n_taken = 0xffffffff;
	fixture->run->n_lost = 3;
	assert_int_equal(monitoring_memory__tables(fixture->memory, &n, &n_lost), 0);
	assert_int_equal(n, LPROF_SHIM_TABLES);
	assert_int_equal(n_lost, 3);
	assert_int_equal(monitoring_memory__read(fixture->memory, 1, &bytes, &size), 0);
	assert_int_equal(size, 0);
	for (int i = 0; i < 3; i++) {
		static const uint64_t used[] = {LPROF_SHIM_HEAD_SIZE, 8, LPROF_SHIM_TABLE_SIZE + 1ul};

		head.magic = LPROF_SHIM_MAGIC;
		head.used = used[i];
		assert_int_equal(pwrite(fd, &head, sizeof(head), LPROF_SHIM_RUN_SIZE + (off_t)LPROF_SHIM_TABLE_SIZE),
				 sizeof(head));
		assert_int_equal(monitoring_memory__read(fixture->memory, 1, &bytes, &size), 0);
		assert_int_equal(size, i ? 0 : LPROF_SHIM_HEAD_SIZE);
		free(bytes);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(programs_see_what_is_selected),
		TEST(long_names_select_all),
		TEST(counting_ends),
		TEST(a_thread_renews_the_lease),
		TEST(the_lease_of_one_that_hangs_is_not_renewed),
		TEST(files_are_sealed),
		TEST(tables_that_are_not_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
