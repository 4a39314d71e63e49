// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe/calibrate_cache.h"
#include "unit/scratch.h"

#define KEY    "machine 1"
#define NOBODY 65534

static const struct calibration sample = {
	.price_ns = {101, 102, 103, 104, 105, 999999},
	.uncertainty_ns = {1, 2, 3, 4, 5, 0},
	.kernel_ratio = {11, 12, 13, 14, 15, 16},
	.prices = {.self_ns = 55,
		   .path_ratio = {21, 22, 23, 24, 25},
		   .pre_ratio = 31,
		   .clock_ratio = 32,
		   .return_ratio = 33,
		   .count_self_ratio = 41,
		   .count_ratio = 42,
		   .closed_ratio = 43},
	.kind_ratios = {{34, 35}, {36, 37}},
	.source = CALIBRATION_MEASURED,
};
#define CLASSES_TEXT "101 1 11\n102 2 12\n103 3 13\n104 4 14\n105 5 15\n"
#define PRICES_TEXT  "55 21 22 23 24 25 31 32 33 41 42 43 34 35 36 37 0 0 0 0\n"
#define SAMPLE_TEXT  KEY "\n" CLASSES_TEXT "999999 0 16\n" PRICES_TEXT "end\n"

/* A directory with a valid cache of the sample; each test then damages one thing. */
struct fixture {
	struct scratch *scratch;
	char *directory;
	char *file;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	fixture->scratch = scratch__new();
	fixture->directory = scratch__path(fixture->scratch, "cache");
	fixture->file = scratch__path(fixture->scratch, "cache/" CALIBRATE_CACHE_FILE);
	assert_int_equal(calibrate_cache__store(fixture->directory, KEY, &sample), 0);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	scratch__free(fixture->scratch);
	free(fixture->directory);
	free(fixture->file);
	free(fixture);
	return 0;
}

static void put(const struct fixture *fixture, const char *text)
{
	free(scratch__write(fixture->scratch, "cache/" CALIBRATE_CACHE_FILE, text, 0644));
}

/* Checks that reading fails with ERR and does not change the output. */
static void assert_ignored(const struct fixture *fixture, int err)
{
	struct calibration out = {.prices = {.self_ns = 4711}};

	assert_int_equal(calibrate_cache__load(fixture->directory, KEY, &out), err);
	assert_int_equal(out.prices.self_ns, 4711);
	assert_int_equal(out.price_ns[0], 0);
}

static void assert_loads(const struct fixture *fixture)
{
	struct calibration out = {0};

	assert_int_equal(calibrate_cache__load(fixture->directory, KEY, &out), 0);
	assert_memory_equal(out.price_ns, sample.price_ns, sizeof(sample.price_ns));
	assert_memory_equal(out.uncertainty_ns, sample.uncertainty_ns, sizeof(sample.uncertainty_ns));
	assert_memory_equal(out.kernel_ratio, sample.kernel_ratio, sizeof(sample.kernel_ratio));
	assert_memory_equal(&out.prices, &sample.prices, sizeof(sample.prices));
	assert_memory_equal(out.kind_ratios, sample.kind_ratios, sizeof(sample.kind_ratios));
	assert_int_equal(out.source, CALIBRATION_CACHED);
}

static void round_trip(void **state)
{
	struct fixture *fixture = *state;
	char *text = scratch__read(fixture->file);

	assert_string_equal(text, SAMPLE_TEXT);
	assert_loads(fixture);
	free(text);
}

static void stale_is_ignored(void **state)
{
	struct fixture *fixture = *state;
	struct calibration out;

	assert_int_equal(calibrate_cache__load(fixture->directory, "machine 2", &out), -ESTALE);
	assert_int_equal(calibrate_cache__load(fixture->directory, "machine", &out), -ESTALE);
	assert_int_equal(calibrate_cache__load(fixture->directory, KEY " ", &out), -ESTALE);
}

static void absent_is_no_entry(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlink(fixture->file), 0);
	assert_ignored(fixture, -ENOENT);
	assert_int_equal(rmdir(fixture->directory), 0);
	assert_ignored(fixture, -ENOENT);
}

static void cut_off_is_ignored(void **state)
{
	struct fixture *fixture = *state;

	for (size_t length = 0; length < strlen(SAMPLE_TEXT); length++) {
		put(fixture, SAMPLE_TEXT);
		assert_int_equal(truncate(fixture->file, (off_t)length), 0);
		assert_ignored(fixture, length <= strlen(KEY) ? -ESTALE : -EBADMSG);
	}
	put(fixture, SAMPLE_TEXT);
	assert_loads(fixture);
}

static void damaged_is_ignored(void **state)
{
	static const char *const damaged[] = {
		SAMPLE_TEXT "\n",
		SAMPLE_TEXT SAMPLE_TEXT,
		KEY "\n0 1 11\n102 2 12\n103 3 13\n104 4 14\n105 5 15\n999 0 16\n" PRICES_TEXT "end\n",
		KEY "\n" CLASSES_TEXT "1000001 0 16\n" PRICES_TEXT "end\n",
		KEY "\n" CLASSES_TEXT "99999999999999999999999 0 16\n" PRICES_TEXT "end\n",
		KEY "\n" CLASSES_TEXT "-999 0 16\n" PRICES_TEXT "end\n",
		KEY "\n" CLASSES_TEXT "9x9 0 16\n" PRICES_TEXT "end\n",
		KEY "\n" CLASSES_TEXT PRICES_TEXT "end\n",
		KEY "\n" CLASSES_TEXT "999 0 16\n" PRICES_TEXT "1\nend\n",
		KEY "\n" CLASSES_TEXT "999 0 16\n0 21 22 23 24 25 31 32 33\nend\n",
	};
	struct fixture *fixture = *state;
	char *huge = calloc(1, 10001);

	for (size_t i = 0; i < sizeof(damaged) / sizeof(*damaged); i++) {
		put(fixture, damaged[i]);
		assert_ignored(fixture, -EBADMSG);
	}
	assert_non_null(huge);
	memset(huge, '1', 10000);
	put(fixture, huge);
	assert_ignored(fixture, -EBADMSG);
	free(huge);
}

static void what_others_can_write_is_ignored(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(chmod(fixture->file, 0664), 0);
	assert_ignored(fixture, -EPERM);
	assert_int_equal(chmod(fixture->file, 0646), 0);
	assert_ignored(fixture, -EPERM);
	assert_int_equal(chmod(fixture->file, 0644), 0);
	assert_int_equal(chown(fixture->file, NOBODY, 0), 0);
	assert_ignored(fixture, -EPERM);
	assert_int_equal(chown(fixture->file, 0, 0), 0);
	assert_loads(fixture);
	assert_int_equal(chmod(fixture->directory, 0777), 0);
	assert_ignored(fixture, -EPERM);
	assert_int_equal(calibrate_cache__store(fixture->directory, KEY, &sample), -EPERM);
	assert_int_equal(chmod(fixture->directory, 0755), 0);
	assert_int_equal(chown(fixture->directory, NOBODY, 0), 0);
	assert_ignored(fixture, -EPERM);
	assert_int_equal(calibrate_cache__store(fixture->directory, KEY, &sample), -EPERM);
}

static void what_is_no_file_is_ignored(void **state)
{
	struct fixture *fixture = *state;
	char *elsewhere = scratch__write(fixture->scratch, "elsewhere", SAMPLE_TEXT, 0644), *text;

	assert_int_equal(unlink(fixture->file), 0);
	assert_int_equal(symlink(elsewhere, fixture->file), 0);
	assert_ignored(fixture, -ELOOP);
	/* Storing must replace the link, not follow it. */
	assert_int_equal(truncate(elsewhere, 3), 0);
	assert_int_equal(calibrate_cache__store(fixture->directory, KEY, &sample), 0);
	assert_loads(fixture);
	text = scratch__read(elsewhere);
	assert_string_equal(text, "mac");
	assert_int_equal(unlink(fixture->file), 0);
	assert_int_equal(mkfifo(fixture->file, 0644), 0);
	assert_ignored(fixture, -EPERM);
	free(text);
	free(elsewhere);
}

static void linked_directory_is_not_followed(void **state)
{
	struct fixture *fixture = *state;
	char *link = scratch__path(fixture->scratch, "link");
	struct calibration out;

	assert_int_equal(symlink(fixture->directory, link), 0);
	assert_int_equal(calibrate_cache__load(link, KEY, &out), -ENOTDIR);
	assert_int_equal(calibrate_cache__store(link, KEY, &sample), -ENOTDIR);
	free(link);
}

static void everyone_can_read_what_is_stored(void **state)
{
	struct fixture *fixture = *state;
	char *other = scratch__path(fixture->scratch, "other"),
	     *file = scratch__path(fixture->scratch, "other/calibration");
	mode_t mask = umask(0077);
	struct stat st;

	assert_int_equal(calibrate_cache__store(other, KEY, &sample), 0);
	assert_int_equal(calibrate_cache__store(other, KEY, &sample), 0);
	umask(mask);
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(scratch__count(other), 1); /* no temporary file */
	free(other);
	free(file);
}

static void parents_are_not_made(void **state)
{
	struct fixture *fixture = *state;
	char *deep = scratch__path(fixture->scratch, "a/b");

	assert_int_equal(calibrate_cache__store(deep, KEY, &sample), -ENOENT);
	assert_int_equal(calibrate_cache__store(fixture->file, KEY, &sample), -ENOTDIR);
	free(deep);
}

static void key_names_this_boot(void **state)
{
	static const struct calibration_kind kinds[] = {{.name = "one"}, {.name = "two"}};
	struct calibration_request request = {0};
	char first[CALIBRATE_KEY_SIZE], second[CALIBRATE_KEY_SIZE];
	char *boot = scratch__read("/proc/sys/kernel/random/boot_id");

	(void)state;
	boot[strcspn(boot, "\n")] = '\0';
	assert_int_equal(calibrate_cache__key(&request, first), 0);
	assert_int_equal(calibrate_cache__key(&request, second), 0);
	assert_string_equal(first, second);
	request.apart = true;
	assert_int_equal(calibrate_cache__key(&request, second), 0);
	assert_string_not_equal(first, second);
	request = (struct calibration_request){.kinds = {&kinds[0]}, .n_kinds = 1};
	assert_int_equal(calibrate_cache__key(&request, second), 0);
	assert_string_not_equal(first, second);
	assert_non_null(strstr(second, " one;"));
	request = (struct calibration_request){.kinds = {&kinds[0], &kinds[1]}, .n_kinds = 2};
	assert_int_equal(calibrate_cache__key(&request, second), 0);
	assert_non_null(strstr(second, " one two;"));
	assert_non_null(strstr(first, boot));
	assert_null(strchr(first, '\n'));
	free(boot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(round_trip, setup, teardown),
		cmocka_unit_test_setup_teardown(stale_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(absent_is_no_entry, setup, teardown),
		cmocka_unit_test_setup_teardown(cut_off_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(what_others_can_write_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_ignored, setup, teardown),
		cmocka_unit_test_setup_teardown(linked_directory_is_not_followed, setup, teardown),
		cmocka_unit_test_setup_teardown(everyone_can_read_what_is_stored, setup, teardown),
		cmocka_unit_test_setup_teardown(parents_are_not_made, setup, teardown),
		cmocka_unit_test(key_names_this_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
