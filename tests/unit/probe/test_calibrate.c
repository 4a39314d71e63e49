// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe/calibrate.h"
#include "probe/calibrate_target.h"
#include "unit/scratch.h"

static const struct calibration_request plain = {0}, apart = {.apart = true};

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

static int count_entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void chains_are_of_their_class(void **state)
{
	struct lprof_site sites[CALIBRATE_TARGET_SITES];
	uint64_t offsets[CALIBRATE_TARGET_SITES];
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(calibrate_target__sites(sites, offsets), 0);
	for (int i = 0; i < CALIBRATE_TARGET_SITES; i++) {
		int chain = i / CALIBRATE_TARGET_LENGTH;
		bool last = (i + 1) % CALIBRATE_TARGET_LENGTH == 0;
		uint8_t code[16];
		struct insn insn;

		assert_int_equal(pread(fd, code, sizeof(code), (off_t)offsets[i]), sizeof(code));
		assert_int_equal(insn__decode(code, sizeof(code), offsets[i], &insn), 0);
		assert_int_equal(insn.probe, chain < INSN_PROBE_CLASSES ? chain : INSN_PROBE_JMP);
		assert_int_equal(sites[i].flags_mask, insn.condition.mask);
		/* A call leads away, and comes back. */
		if (insn.target && insn.flow != INSN_FLOW_CALL)
			assert_int_equal(insn.target, offsets[i] + insn.len);
		if (!last)
			assert_int_equal(offsets[i + 1], offsets[i] + insn.len);
	}
	close(fd);
}

/* Each site leads to the next one of its frame; the first and last of a frame begin and end it. */
static void chains_are_frames(void **state)
{
	struct lprof_site sites[CALIBRATE_TARGET_SITES];
	uint64_t offsets[CALIBRATE_TARGET_SITES];

	(void)state;
	assert_int_equal(calibrate_target__sites(sites, offsets), 0);
	for (int i = 0; i < CALIBRATE_TARGET_NESTED * CALIBRATE_TARGET_LENGTH; i++) {
		bool first = i % CALIBRATE_TARGET_LENGTH == 0, last = (i + 1) % CALIBRATE_TARGET_LENGTH == 0;

		assert_int_equal(sites[i].flags, first ? LPROF_SITE_ENTRY : 0);
		assert_int_equal(sites[i].next[0], last ? LPROF_NEXT_OUT : (uint32_t)i + 1);
		assert_int_equal(sites[i].next[1], sites[i].next[0]);
		assert_int_equal(sites[i].body, i / CALIBRATE_TARGET_LENGTH);
		assert_int_equal(sites[i].kernel, 0);
	}
}

static void one_frame_is_nested_in_another(void **state)
{
	struct lprof_site sites[CALIBRATE_TARGET_SITES], *nested;
	uint64_t offsets[CALIBRATE_TARGET_SITES];
	const uint32_t first = CALIBRATE_TARGET_NESTED * CALIBRATE_TARGET_LENGTH, out = LPROF_NEXT_OUT;
	const struct {
		uint32_t next, body;
		uint8_t flags;
	} expected[CALIBRATE_TARGET_LENGTH] = {
		{out, 0, LPROF_SITE_ENTRY},
		{first + 4, 0, LPROF_SITE_ENTRY},
		{first + 3, 1, LPROF_SITE_ENTRY},
		{out, 1, 0},
		{first + 5, 0, 0},
		{out, 0, 0},
	};

	(void)state;
	assert_int_equal(calibrate_target__sites(sites, offsets), 0);
	nested = &sites[first];
	for (int i = 0; i < CALIBRATE_TARGET_LENGTH; i++) {
		assert_int_equal(nested[i].next[0], expected[i].next);
		assert_int_equal(nested[i].body, CALIBRATE_TARGET_NESTED + expected[i].body);
		assert_int_equal(nested[i].flags, expected[i].flags);
	}
}

static void chains_can_be_run(void **state)
{
	(void)state;
	for (int chain = 0; chain < CALIBRATE_TARGET_CHAINS; chain++)
		calibrate_target__run(chain, 1000);
}

static void assert_plausible(const struct calibration *calibration)
{
	for (int class = 0; class < INSN_PROBE_CLASSES; class ++) {
		assert_in_range(calibration->price_ns[class], 30, class == INSN_PROBE_STEP ? 500000 : 20000);
		assert_in_range(calibration->uncertainty_ns[class], 0, 2 * calibration->price_ns[class]);
		if (class != INSN_PROBE_STEP)
			assert_true(calibration->price_ns[class] < calibration->price_ns[INSN_PROBE_STEP]);
	}
	assert_in_range(calibration->prices.self_ns, 5, 10000);
	for (int path = 0; path < LPROF_PATHS; path++)
		assert_in_range(calibration->prices.path_ratio[path], 1 << LPROF_RATIO_BITS >> 2,
				10 << LPROF_RATIO_BITS);
	assert_true(calibration->prices.clock_ratio <= 1 << LPROF_RATIO_BITS);
	assert_true(calibration->prices.return_ratio <= 20 << LPROF_RATIO_BITS);
}

static void prices_are_plausible(void **state)
{
	struct calibration calibration = {0};

	(void)state;
	assert_int_equal(calibrate__measure(&plain, &calibration), 0);
	assert_int_equal(calibration.source, CALIBRATION_MEASURED);
	assert_plausible(&calibration);
	assert_int_equal(calibrate__measure(&apart, &calibration), 0);
	assert_int_equal(calibration.source, CALIBRATION_MEASURED);
	assert_plausible(&calibration);
	calibrate__defaults(&plain, &calibration);
	assert_int_equal(calibration.source, CALIBRATION_DEFAULTS);
	assert_plausible(&calibration);
}

/* Not even while the measuring process is still busy taking its probes out. */
static void measuring_leaves_nothing_behind(void **state)
{
	int fds = count_entries("/proc/self/fd"), ends[2];
	struct calibration calibration;
	struct pollfd reader;
	char *maps;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(calibrate__measure(&plain, &calibration), 0);
	close(ends[1]);
	reader = (struct pollfd){.fd = ends[0], .events = POLLIN};
	assert_int_equal(poll(&reader, 1, 0), 1);
	assert_int_equal(reader.revents, POLLHUP);
	close(ends[0]);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(count_entries("/proc/self/fd"), fds);
	maps = scratch__read("/proc/self/maps");
	assert_null(strstr(maps, "[uprobes]"));
	free(maps);
}

/* As started by a daemon: without standard descriptors, ignoring its children, with signals blocked. */
static void measures_in_a_bare_environment(void **state)
{
	struct calibration calibration;
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (!pid) {
		sigset_t all;

		sigfillset(&all);
		sigprocmask(SIG_BLOCK, &all, NULL);
		signal(SIGCHLD, SIG_IGN);
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		_exit(calibrate__measure(&plain, &calibration) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void measured_once_then_cached(void **state)
{
	struct scratch *scratch = *state;
	char *directory = scratch__path(scratch, "cache"), *file = scratch__path(scratch, "cache/calibration");
	struct calibration first, second, third;
	char *text;

	assert_int_equal(calibrate__get_in(directory, &plain, &scratch->diag, &first), 0);
	assert_int_equal(first.source, CALIBRATION_MEASURED);
	assert_int_equal(calibrate__get_in(directory, &plain, &scratch->diag, &second), 0);
	assert_int_equal(second.source, CALIBRATION_CACHED);
	assert_memory_equal(second.price_ns, first.price_ns, sizeof(first.price_ns));
	assert_memory_equal(second.uncertainty_ns, first.uncertainty_ns, sizeof(first.uncertainty_ns));
	assert_memory_equal(second.kernel_ratio, first.kernel_ratio, sizeof(first.kernel_ratio));
	assert_memory_equal(&second.prices, &first.prices, sizeof(first.prices));

	/* Under other conditions it must be measured anew. */
	assert_int_equal(calibrate__get_in(directory, &apart, &scratch->diag, &second), 0);
	assert_int_equal(second.source, CALIBRATION_MEASURED);

	/* Damage is repaired. */
	text = scratch__read(file);
	assert_int_equal(truncate(file, (off_t)strlen(text) - 1), 0);
	assert_int_equal(calibrate__get_in(directory, &plain, &scratch->diag, &third), 0);
	assert_int_equal(third.source, CALIBRATION_MEASURED);
	assert_int_equal(calibrate__get_in(directory, &plain, &scratch->diag, &third), 0);
	assert_int_equal(third.source, CALIBRATION_CACHED);
	assert_string_equal(scratch__said(scratch), "");
	free(text);
	free(file);
	free(directory);
}

static void does_without_a_cache(void **state)
{
	struct scratch *scratch = *state;
	char *directory = scratch__path(scratch, "missing/cache");
	struct calibration calibration;

	assert_int_equal(calibrate__get_in(directory, &plain, &scratch->diag, &calibration), 0);
	assert_int_equal(calibration.source, CALIBRATION_MEASURED);
	assert_string_equal(scratch__said(scratch), "");
	scratch->diag.verbosity = 1;
	assert_int_equal(calibrate__get_in(directory, &plain, &scratch->diag, &calibration), 0);
	assert_said(scratch, "cannot be kept in");
	free(directory);
}

/* In a child that gives up its rights. */
static void defaults_without_rights(void **state)
{
	struct scratch *scratch = *state;
	struct calibration calibration, defaults;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		calibrate__defaults(&plain, &defaults);
		if (setresuid(65534, 65534, 65534) || calibrate__get(&plain, &scratch->diag, &calibration) != -EPERM)
			_exit(1);
		_exit(memcmp(&calibration, &defaults, sizeof(defaults)) ? 2 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int cannot_open(struct session_part *part, struct session_object *object, void **state)
{
	(void)part;
	(void)object;
	(void)state;
	return -ENODEV;
}

/* Then the other prices are not measured either, and nothing is kept. */
static void defaults_for_a_kind_that_fails(void **state)
{
	const struct calibration_kind kind = {
		.name = "failing",
		.n_ratios = CALIBRATION_RATIOS,
		.defaults = {11, 12},
		.open = cannot_open,
	};
	const struct calibration_request request = {.kinds = {&kind}, .n_kinds = 1};
	struct scratch *scratch = *state;
	char *directory = scratch__path(scratch, "cache");
	struct calibration calibration;

	scratch->diag.verbosity = 1;
	assert_int_equal(calibrate__get_in(directory, &request, &scratch->diag, &calibration), -ENODEV);
	assert_int_equal(calibration.source, CALIBRATION_DEFAULTS);
	assert_int_equal(calibration.kind_ratios[0][0], 11);
	assert_int_equal(calibration.kind_ratios[0][1], 12);
	assert_int_equal(calibration.kind_ratios[1][0], 0);
	assert_plausible(&calibration);
	assert_said(scratch, "cannot be measured");
	assert_int_equal(access(directory, F_OK), -1);
	free(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chains_are_of_their_class),
		cmocka_unit_test(chains_are_frames),
		cmocka_unit_test(one_frame_is_nested_in_another),
		cmocka_unit_test(chains_can_be_run),
		cmocka_unit_test(prices_are_plausible),
		cmocka_unit_test(measuring_leaves_nothing_behind),
		cmocka_unit_test(measures_in_a_bare_environment),
		cmocka_unit_test_setup_teardown(measured_once_then_cached, setup, teardown),
		cmocka_unit_test_setup_teardown(does_without_a_cache, setup, teardown),
		cmocka_unit_test_setup_teardown(defaults_without_rights, setup, teardown),
		cmocka_unit_test_setup_teardown(defaults_for_a_kind_that_fails, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
